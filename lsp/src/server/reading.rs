//! What a document holds, and what is wrong with it, at one version.

use std::ops::Range;

use tower_lsp::ls_types::Uri;

use super::{configs::Rules, uri};
use crate::{
    document::{
        Document,
        holder::{Found, Holder, Target},
        read,
    },
    lint::{Finding, lint},
};

/// A document that was looked at.
#[derive(Debug)]
pub(super) struct Reading {
    /// What it is called, with an end that tells what kind of file it is.
    pub(super) name: String,
    /// How it was read and judged.
    pub(super) rules: Rules,
    /// What it holds.
    pub(super) document: Document,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
}

impl Reading {
    /// Looks at a text.
    pub(super) fn new(address: &Uri, language: &str, text: &str, rules: Rules) -> Reading {
        let name = uri::name(address, language);
        let document = read(&name, text, &rules.known);
        let findings = lint(&document, &rules.options);
        Reading { name, rules, document, findings }
    }

    /// Returns the queries that lie in a part of the file or touch it, with what they stand in.
    pub(super) fn queries(&self, span: Range<usize>) -> impl Iterator<Item = (&Holder, &Target, &Found)> {
        let sent = |(holder, target)| Some((holder, target, Target::sent(target)?));
        let touches = move |found: &Found| found.span.start <= span.end && span.start <= found.span.end;
        self.document.targets().filter_map(sent).filter(move |(_, _, found)| touches(found))
    }
}
