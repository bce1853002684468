//! Findings with their places in files: the input of all formats.

use std::{ops::Range, sync::Arc};

use traceql_grammar::diagnostic::{Applicability, Diagnostic, Severity};
use traceql_lsp::document::lines::{Lines, Position};

use super::{Judged, severity_word};

/// The findings of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The number of files that were looked at.
    pub files: usize,
    /// The number of queries in them.
    pub queries: usize,
    /// The sources with findings, in order of their names.
    pub sources: Vec<Source>,
}

/// A file with its findings, or a text that stands in none.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path of the file with `/` between its parts; `None` if there is no file.
    pub file: Option<String>,
    /// The name that is shown: the path, `<stdin>` or `<query>`.
    pub name: String,
    /// The whole text, if it stands in no file.
    pub text: Option<String>,
    /// The findings, in order of the text.
    pub findings: Vec<Finding>,
}

/// A finding with its place in the file.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The mistake. Its places are bytes of the excerpt.
    pub diagnostic: Diagnostic,
    /// The query, or the part of the file around the place.
    pub excerpt: Arc<str>,
    /// The kind of the excerpt.
    pub kind: Excerpted,
    /// The place in the file.
    pub place: Place,
    /// Under which values of the variables it is wrong: "when several values of `service` are chosen".
    pub case: Option<String>,
    /// The holder of the query.
    pub holder: Option<Arc<HolderName>>,
    /// The fix, if it can be made in the file.
    pub fix: Option<FileFix>,
}

/// The kinds of excerpts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excerpted {
    /// A whole query.
    Query,
    /// A part of the file that begins on this line.
    Part(usize),
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line and column of the first character.
    pub start: Position,
    /// The line and column behind the last character.
    pub end: Position,
    /// The columns of both in bytes, from 1.
    pub byte_columns: [usize; 2],
    /// The bytes.
    pub bytes: Range<usize>,
}

/// The holder of a query, as people know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolderName {
    /// The kind in a word or two: `panel`, `alert rule`.
    pub kind: &'static str,
    /// The title.
    pub title: Option<String>,
    /// The number of the panel or the uid of the rule.
    pub id: Option<String>,
    /// The title of the dashboard.
    pub dashboard: Option<String>,
    /// The letter of the query.
    pub ref_id: Option<String>,
}

/// Edits of a file that mend one finding.
#[derive(Clone, Debug)]
pub struct FileFix {
    /// The title of the fix.
    pub title: String,
    /// The certainty of the fix.
    pub applicability: Applicability,
    /// The replacements, in order of their places.
    pub edits: Vec<FileEdit>,
}

/// Replaces a part of a file.
#[derive(Clone, Debug)]
pub struct FileEdit {
    /// The bytes that are replaced.
    pub place: Place,
    /// The new text.
    pub text: String,
}

impl Report {
    /// Makes the report of queries that were checked.
    pub fn of(judged: &[Judged]) -> Report {
        let sources = judged.iter().map(Source::of).collect();
        Report { files: judged.len(), queries: judged.len(), sources }
    }

    /// Returns each finding with its source.
    pub fn findings(&self) -> impl Iterator<Item = (&Source, &Finding)> {
        self.sources.iter().flat_map(|source| source.findings.iter().map(move |finding| (source, finding)))
    }

    /// Counts the findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings().filter(|(_, finding)| finding.diagnostic.severity == severity).count()
    }
}

impl Source {
    /// Makes the report of a query that was checked.
    fn of(judged: &Judged) -> Source {
        let file = judged.file.as_deref().filter(|file| *file != "-").map(with_slashes);
        let text = file.is_none().then(|| judged.text.clone());
        let (lines, excerpt) = (Lines::new(&judged.text), Arc::from(judged.text.as_str()));
        let finding = |diagnostic: &Diagnostic| Finding {
            diagnostic: diagnostic.clone(),
            excerpt: Arc::clone(&excerpt),
            kind: Excerpted::Query,
            place: Place::of(&lines, diagnostic.primary.span.range()),
            case: None,
            holder: None,
            fix: diagnostic.fix.as_ref().map(|fix| FileFix {
                title: fix.title.clone(),
                applicability: fix.applicability,
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| FileEdit { place: Place::of(&lines, edit.span.range()), text: edit.text.clone() })
                    .collect(),
            }),
        };
        let findings = judged.diagnostics.iter().map(finding).collect();
        Source { file, name: with_slashes(judged.source_name()), text, findings }
    }
}

impl Finding {
    /// Returns the headline, with the values of variables that it holds for.
    pub fn headline(&self) -> String {
        match &self.case {
            Some(case) => format!("{} {case}", self.diagnostic.message),
            None => self.diagnostic.message.clone(),
        }
    }

    /// Returns the headline with the panel or the rule.
    pub fn headline_and_holder(&self) -> String {
        let headline = self.headline();
        self.holder.as_ref().map_or_else(|| headline.clone(), |holder| format!("{headline}, in {}", holder.in_words()))
    }

    /// Returns the word for the severity.
    pub(super) fn severity_word(&self) -> &'static str {
        severity_word(self.diagnostic.severity)
    }
}

impl HolderName {
    /// Returns the name in words: "panel `Errors` (4), query B".
    pub fn in_words(&self) -> String {
        let mut words = self.kind.to_owned();
        if let Some(title) = self.title.as_ref().filter(|title| !title.trim().is_empty()) {
            words.push_str(&format!(" `{title}`"));
        }
        if let Some(id) = &self.id {
            words.push_str(&format!(" ({id})"));
        }
        if let Some(ref_id) = &self.ref_id {
            words.push_str(&format!(", query {ref_id}"));
        }
        words
    }
}

impl Place {
    /// Finds lines and columns of a range of bytes.
    pub fn of(lines: &Lines<'_>, bytes: Range<usize>) -> Place {
        let (start, end) = (lines.position(bytes.start), lines.position(bytes.end));
        let column = |at: usize, line: usize| at.saturating_sub(lines.start(line)) + 1;
        Place { start, end, byte_columns: [column(bytes.start, start.line), column(bytes.end, end.line)], bytes }
    }
}

/// Returns a path with `/` between its parts, as addresses have them.
pub fn with_slashes(path: &str) -> String {
    if std::path::MAIN_SEPARATOR == '/' { path.to_owned() } else { path.replace(std::path::MAIN_SEPARATOR, "/") }
}
