//! The linter: finds faults of the queries in a document, and of the panels, variables and settings beside them.
//!
//! ```text
//! Document ─► cases (the grammar, once a case) ─┐
//!        └──► rules (panels, variables, files) ─┴─► levels ─► suppressions ─► Finding
//! ```
//!
//! [`lint`] asks the grammar about every query, for each case that the dashboard's variables allow, and the rules of
//! this crate about panels, variables and files. What the findings are about can be mended by [`fix`], and passed over by
//! comments ([`suppress`]) and by a list of what is known ([`baseline`]). [`config`] reads how a team wants it.

pub mod baseline;
pub mod cases;
pub mod config;
pub mod filled;
pub mod fix;
mod interpolate;
pub mod levels;
pub mod rules;
pub mod suppress;
mod variables;

use std::ops::Range;

use traceql_grammar::{
    diagnostic::{Diagnostic, Severity},
    vocab::release::Release,
};

use crate::document::Document;

use levels::{Level, Levels};

/// Options of a run over a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The Tempo release that the queries are for.
    pub release: Release,
    /// The least level of a finding that is told.
    pub level: Severity,
    /// The levels that somebody has set.
    pub levels: Levels,
    /// Attributes that the team has, beside those of the conventions.
    pub known: Vec<String>,
    /// The day on which it is judged, as `2026-11-30`. Without it no suppression ends.
    pub today: Option<String>,
}

/// The newest release, and everything that is worth knowing.
impl Default for Options {
    fn default() -> Options {
        Options::of(Release::Main)
    }
}

impl Options {
    /// Makes the options for a release: everything is told, at the levels of the rules.
    pub fn of(release: Release) -> Options {
        Options { release, level: Severity::Info, levels: Levels::default(), known: Vec::new(), today: None }
    }
}

/// One finding in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The finding itself. Its places are bytes of the text that [`Finding::about`] tells.
    pub diagnostic: Diagnostic,
    /// The text in which the places of the diagnostic count.
    pub about: About,
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// Under which values of the variables it is wrong, in words: "when several values of `service` are chosen"; `None` if in
    /// any case.
    pub case: Option<String>,
}

/// The subject of a finding.
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

impl About {
    /// Returns the index of the holder.
    pub fn holder(self) -> Option<usize> {
        match self {
            About::Query { holder, .. } | About::Holder(holder) => Some(holder),
            About::File => None,
        }
    }
}

/// Returns what is wrong with a document, in order of the file.
pub fn lint(document: &Document, options: &Options) -> Vec<Finding> {
    let queries = cases::queries(document, options);
    let mut findings: Vec<Finding> = Vec::new();
    for query in &queries {
        let about = About::Query { holder: query.holder, target: query.target };
        findings.extend(query.diagnostics.iter().map(|(diagnostic, case)| Finding {
            span: query.found.map.to_file(diagnostic.primary.span.range()),
            diagnostic: diagnostic.clone(),
            about,
            case: case.clone(),
        }));
    }
    rules::judge(document, &queries, options, &mut findings);
    set_levels(&mut findings, &options.levels);
    suppress::apply(document, options, &mut findings);
    findings.retain(|finding| finding.diagnostic.severity <= options.level);
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.diagnostic.code));
    findings
}

/// Gives findings the levels that somebody has set, and takes out those of rules that are off.
fn set_levels(findings: &mut Vec<Finding>, levels: &Levels) {
    findings.retain_mut(|finding| match levels.get(finding.diagnostic.code) {
        Some(Level::Off) => false,
        Some(Level::At(level)) => {
            finding.diagnostic.severity = level;
            true
        }
        None => true,
    });
}
