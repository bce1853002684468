//! The contents of a document and its findings, at one version.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use tower_lsp::ls_types::Uri;

use super::{configs::Rules, uri};
use crate::{
    document::{
        Document, Known,
        holder::{Found, Holder, Target},
    },
    ide::Analysis,
    lint::{Finding, lint},
};

/// A document that was looked at.
#[derive(Debug)]
pub(super) struct Reading {
    /// The queries in it.
    pub(super) analysis: Analysis,
    /// Facts known before it was read.
    pub(super) known: Known,
    /// Whether the configuration leaves it out.
    pub(super) is_excluded: bool,
    findings: OnceLock<Vec<Finding>>,
}

impl Reading {
    /// Looks at a text.
    pub(super) fn new(address: &Uri, language: &str, text: &Arc<str>, rules: Rules) -> Reading {
        let Rules { known, options, is_excluded } = rules;
        let analysis = Analysis::new(uri::name(address, language), Arc::clone(text), &known, options);
        Reading { analysis, known, is_excluded, findings: OnceLock::new() }
    }

    /// Returns its findings. Answers that need none, as those to each key, do not wait for them.
    pub(super) fn findings(&self) -> &[Finding] {
        self.findings.get_or_init(|| lint(self.analysis.document(), self.analysis.options()))
    }

    /// Returns the queries of the document.
    pub(super) fn document(&self) -> &Document {
        self.analysis.document()
    }

    /// Returns the queries that lie in a part of the file or touch it, with what they stand in.
    pub(super) fn queries(&self, span: Range<usize>) -> impl Iterator<Item = (&Holder, &Target, &Found)> {
        let sent = |(holder, target)| Some((holder, target, Target::sent(target)?));
        let touches = move |found: &Found| found.span.start <= span.end && span.start <= found.span.end;
        self.document().targets().filter_map(sent).filter(move |(_, _, found)| touches(found))
    }
}
