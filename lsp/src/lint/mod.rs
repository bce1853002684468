//! What is wrong with the queries of a document, and with what stands beside them.
//!
//! [`lint`] asks the grammar about every query, for each case that the dashboard's variables allow, and the rules of
//! this crate about panels, variables and files.

use std::ops::Range;

use traceql_grammar::{CheckOptions, diagnostic::Diagnostic, vocab::release::Release};

use crate::document::Document;

/// How a document is judged.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Tempo release that the queries are for.
    pub release: Release,
}

/// One finding in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is wrong. Its places are bytes of what [`Finding::about`] says.
    pub diagnostic: Diagnostic,
    /// What the places of the diagnostic count in.
    pub about: About,
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// Under which values of the variables it is wrong, in words: "when several values of `service` are chosen"; `None` if in
    /// any case.
    pub case: Option<String>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The query that a target sends: places are bytes of [`crate::document::holder::Found::text`].
    Query {
        /// The index of the holder.
        holder: usize,
        /// The index of the target in it.
        target: usize,
    },
    /// A holder, beside its queries: places are bytes of the file.
    Holder(usize),
    /// The file: places are bytes of it.
    File,
}

/// Returns what is wrong with a document, in order of the file.
pub fn lint(document: &Document, options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (h, holder) in document.holders.iter().enumerate() {
        for (t, target) in holder.targets.iter().enumerate() {
            let Some(found) = target.sent() else { continue };
            let checked = traceql_grammar::check(&found.text, CheckOptions::of(options.release));
            findings.extend(checked.diagnostics.into_iter().map(|diagnostic| Finding {
                span: found.map.to_file(diagnostic.primary.span.range()),
                diagnostic,
                about: About::Query { holder: h, target: t },
                case: None,
            }));
        }
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
    findings
}
