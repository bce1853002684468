//! What is wrong with a query, where, and how it is mended.

mod code;
pub mod quote;

pub use code::{CODES, Code, CodeRow};

use crate::{span::Span, vocab::release::Release};

use quote::cut_quotes;

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Which finding; its class follows from it.
    pub code: Code,
    /// How bad it is; the code's severity unless the rule says otherwise.
    pub severity: Severity,
    /// The headline: at most 80 characters where the query's own text allows, lower case, understandable alone.
    pub message: String,
    /// The smallest place that is wrong.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// What to do, when that is known.
    pub help: Option<String>,
    /// The edit that does it, when it is mechanical.
    pub fix: Option<Fix>,
    /// The cause as data, so that a program need not read the message.
    pub cause: Cause,
}

/// Cause of a finding, where a program needs more than the code.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cause {
    /// The code says all.
    #[default]
    None,
    /// A release of Tempo does not take something that another one does.
    NeedsRelease {
        /// The construct as messages name it: `` `topk` ``.
        what: String,
        /// The first release that takes it.
        since: Release,
        /// The release that was checked for.
        target: Release,
    },
}

/// A place with a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// Why this place; may be empty.
    pub text: String,
}

/// Edits that mend one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What the fix does: "compare with the status word".
    pub title: String,
    /// Replacements that do not overlap, in order of their places.
    pub edits: Vec<Edit>,
    /// Whether it may be applied without a look.
    pub applicability: Applicability,
}

/// Replaces the text of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// How sure a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// Gives what the author meant.
    Safe,
    /// Gives a legal query that may mean something else than the author did.
    Unsafe,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The query cannot be run.
    Error,
    /// The query runs, and may not do what its author expects.
    Warning,
    /// Worth knowing.
    Info,
}

/// At which point the finding stops a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The text is no TraceQL.
    Parse,
    /// The text is TraceQL, but its types or arguments are wrong.
    Validate,
    /// Tempo, or the chosen release of it, reads the query but does not run it.
    Unsupported,
    /// The query runs.
    Lint,
}

impl Diagnostic {
    /// Makes a finding with only a headline and a place.
    pub fn new(code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.row().severity,
            message: cut_quotes(message.into()),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            fix: None,
            cause: Cause::None,
        }
    }

    /// Says at the place why it is wrong.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = cut_quotes(text.into());
        self
    }

    /// Points at another place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: cut_quotes(text.into()) });
        self
    }

    /// Adds what the finding comes from.
    pub fn because(mut self, cause: Cause) -> Diagnostic {
        self.cause = cause;
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(cut_quotes(text.into()));
        self
    }

    /// Says what to write in place of `span`, and adds the fix that does it.
    pub fn write(self, span: Span, right: impl Into<String>) -> Diagnostic {
        let right = right.into();
        let title = format!("write `{right}`");
        self.help(title.clone()).fix(title, vec![Edit::replace(span, right)])
    }

    /// Adds a fix that gives what the author meant.
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
        self.fix = Some(Fix { title: cut_quotes(title.into()), edits, applicability: Applicability::Safe });
        self
    }

    /// Adds a fix that gives a legal query which may mean something else.
    pub fn unsafe_fix(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
        self.fix = Some(Fix { title: cut_quotes(title.into()), edits, applicability: Applicability::Unsafe });
        self
    }

    /// Says how bad this finding is, where its code alone does not tell.
    pub fn severity(mut self, severity: Severity) -> Diagnostic {
        self.severity = severity;
        self
    }
}

impl Edit {
    /// Replaces what stands in `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Edit {
        Edit { span, text: text.into() }
    }

    /// Inserts before `offset`.
    pub fn insert(offset: u32, text: impl Into<String>) -> Edit {
        Edit { span: Span { start: offset, end: offset }, text: text.into() }
    }

    /// Removes what stands in `span`.
    pub fn remove(span: Span) -> Edit {
        Edit { span, text: String::new() }
    }
}

/// Applies the fixes of `diagnostics` to `text`.
///
/// Where two fixes touch the same place, the one that comes first in `diagnostics` wins and the other is left out whole:
/// it will be offered again for the mended text. Compares every edit with every other, so give it the findings of one query.
pub fn apply_fixes<'d>(text: &str, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let mut edits: Vec<&Edit> = Vec::new();
    for fix in diagnostics.into_iter().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        let overlaps = |new: &Edit| {
            edits.iter().any(|old| {
                let (new, old) = (new.span, old.span);
                // Which of two insertions at one place comes first, nobody can tell.
                new.start == old.start || new.start < old.end && old.start < new.end
            })
        };
        if !fix.edits.iter().any(overlaps) {
            edits.extend(&fix.edits);
        }
    }
    // Stable: insertions at one place keep the order of their diagnostics.
    edits.sort_by_key(|edit| edit.span);
    let (mut fixed, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let range = edit.span.range();
        fixed.push_str(text.get(at..range.start).unwrap_or_default());
        fixed.push_str(&edit.text);
        at = range.end.max(at);
    }
    fixed.push_str(text.get(at..).unwrap_or_default());
    fixed
}
