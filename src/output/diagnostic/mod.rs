//! Findings in queries, in one format per file.

pub mod checkstyle;
mod drawing;
pub mod excerpt;
mod fingerprint;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod lint_json;
pub mod markdown;
pub mod rdjson;
pub mod report;
pub mod sarif;
pub mod short;
mod xml;

use traceql_grammar::{
    Verdict,
    diagnostic::{Diagnostic, Severity},
};

/// A query and what is to be said about it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The whole text; spans are offsets into it.
    pub text: String,
    /// The file that it came from, `-` for stdin; `None` if it stood on the command line.
    pub file: Option<String>,
    /// The findings, in order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The verdict of Tempo.
    pub verdict: Verdict,
}

impl Judged {
    /// Returns what to call the place of the query towards people.
    fn source_name(&self) -> &str {
        match self.file.as_deref() {
            None => "<query>",
            Some("-") => "<stdin>",
            Some(file) => file,
        }
    }

    /// Counts the findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Returns the word for a severity.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Counts queries.
pub fn queries(count: usize) -> String {
    if count == 1 { "1 query".to_owned() } else { format!("{count} queries") }
}
