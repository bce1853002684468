//! TraceQL, the language: text in, a checked [`query::Query`] and [`diagnostic::Diagnostic`]s out.
//!
//! ```text
//! text ─► token ─► repair ─► LALRPOP ─► ast ─► check ─► Query ─► lint / format
//! ```
//!
//! Nothing here does IO, reads a clock, or fails: any text gives a tree and a list of what is wrong with it, in time
//! linear in its length.

#![forbid(unsafe_code)]

pub mod ast;
mod check;
pub mod diagnostic;
mod format;
pub mod lint;
pub mod ops;
pub mod parse;
pub mod query;
pub mod regex;
mod repair;
pub mod span;
pub mod token;
pub mod value;
pub mod vocab {
    //! The words of the language, as tables.

    pub mod functions;
    pub mod intrinsics;
    pub mod literals;
    pub mod nearest;
    pub mod release;
    pub mod scopes;
}

pub use check::{check, field};
pub use format::format;

use diagnostic::{Class, Diagnostic};
use query::Query;

/// How deep expressions, groups and attribute values may nest.
pub const MAX_NESTING: usize = 256;

/// How many findings in one query are kept: more than anybody reads, and few enough that hostile texts stay cheap.
pub const MOST_DIAGNOSTICS: usize = 100;

/// A query text, read and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
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
    /// Returns the diagnostics of a class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.code.row().class == class)
    }
}
