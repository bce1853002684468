//! TraceQL, the language: text in, a checked [`query::Query`] and [`diagnostic::Diagnostic`]s out.
//!
//! ```text
//! text ─► token ─► repair ─► LALRPOP ─► ast ─► check ─► Query ─► lint / format
//! ```
//!
//! Nothing here does IO, reads a clock, or fails: any text gives a tree and a list of what is wrong with it, in time
//! linear in its length.
//!
//! ```
//! use traceql_grammar::{CheckOptions, Verdict, check, diagnostic::apply_fixes, vocab::release::Release};
//!
//! let checked = check("{ status = \"error\" } | rate()", CheckOptions::default());
//! assert_eq!(checked.verdict, Verdict::ValidateError);
//! assert_eq!(checked.diagnostics[0].code.row().name, "type-mismatch");
//! assert_eq!(apply_fixes(checked.text(), &checked.diagnostics), "{ status = error } | rate()");
//!
//! // A release is enough where nothing else is to be said.
//! assert_eq!(check("{ } | rate()", Release::V2_2).verdict, Verdict::Unsupported);
//! ```

#![forbid(unsafe_code)]

pub mod ast;
mod check;
pub mod diagnostic;
mod format;
mod holes;
pub mod lint;
pub mod ops;
pub mod parse;
pub mod query;
pub mod regex;
mod repair;
pub mod span;
pub mod template;
pub mod token;
pub mod value;
pub mod vocab {
    //! The words of the language, as tables.

    pub mod conventions;
    pub mod functions;
    pub mod hints;
    pub mod intrinsics;
    pub mod literals;
    pub mod nearest;
    pub mod own_columns;
    pub mod release;
    pub mod scopes;
}

pub use check::{check, field};
pub use format::{format, format_with};

use std::sync::Arc;

use diagnostic::{Class, Diagnostic};
use holes::Holes;
use parse::Parse;
use query::Query;
use span::Span;
use template::Variable;
use token::Lexed;
use vocab::release::Release;

/// Maximum length of a query text, in bytes. Longer texts are not read: they are one finding, whatever they hold.
pub const MAX_QUERY: usize = 1 << 20;

/// How deep expressions, groups and attribute values may nest.
pub const MAX_NESTING: usize = 256;

/// How many findings in one query are kept: more than anybody reads, and few enough that hostile texts stay cheap.
pub const MOST_DIAGNOSTICS: usize = 100;

/// How a text is judged. A [`Release`] alone stands for that release and no more.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckOptions {
    /// The Tempo release whose verdict is asked for.
    pub release: Release,
    /// The template variables that the host replaces before it sends the query. Others are errors.
    pub variables: Vec<Variable>,
}

/// The newest release.
impl Default for CheckOptions {
    fn default() -> CheckOptions {
        CheckOptions::of(Release::Main)
    }
}

impl CheckOptions {
    /// Makes the options for a release, without variables.
    pub fn of(release: Release) -> CheckOptions {
        CheckOptions { release, variables: Vec::new() }
    }
}

impl From<Release> for CheckOptions {
    fn from(release: Release) -> CheckOptions {
        CheckOptions::of(release)
    }
}

impl From<&CheckOptions> for CheckOptions {
    fn from(options: &CheckOptions) -> CheckOptions {
        options.clone()
    }
}

/// A query text, read and judged.
///
/// It owns everything, its text too, so that it can be kept and passed between threads. Tokens and shapes borrow from the
/// text; they are not kept but made when they are asked for, because most callers need neither and keeping them would make
/// every check slower.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    text: Arc<str>,
    options: CheckOptions,
    holes: Option<Arc<Holes>>,
    /// Whether the order of the tokens is known in spite of the holes.
    understood: bool,
    /// What was understood.
    pub query: Query,
    /// What is wrong, in order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What Tempo makes of the text.
    pub verdict: Verdict,
}

/// What Tempo, or the chosen release of it, makes of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs.
    Ok,
    /// The text is no TraceQL.
    ParseError,
    /// Types or arguments are wrong.
    ValidateError,
    /// It is read but not run.
    Unsupported,
}

impl Checked {
    /// Returns the text that was checked; all spans are places in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns how the text was judged.
    pub fn options(&self) -> &CheckOptions {
        &self.options
    }

    /// Returns the places of the declared variables. A query with a variable that has no value cannot be run, whatever the
    /// verdict is.
    pub fn holes(&self) -> impl Iterator<Item = Span> {
        self.holes.iter().flat_map(|holes| holes.spans())
    }

    /// Cuts the text into tokens, anew at each call. A declared variable is the tokens of its value, each with the place of
    /// the variable, or else [`token::Token::Missing`].
    pub fn tokens(&self) -> Lexed<'_> {
        match &self.holes {
            Some(holes) => holes.lex(&self.text),
            None => token::lex(&self.text),
        }
    }

    /// Reads the text into shapes, anew at each call.
    pub fn shapes(&self) -> Parse<'_> {
        parse::parse_with(&self.text, self.holes.as_deref())
    }

    /// Returns the diagnostics of a class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.code.row().class == class)
    }
}
