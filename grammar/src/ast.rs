//! The shapes of a query before anybody asks what they mean.
//!
//! What may stand where is not decided here: `{ … }`, a number and a call are all operands, and `check` says which of them
//! makes sense at its place.

use std::borrow::Cow;

use crate::{
    ops::{Op, resolve::Prefix},
    span::Span,
    token::AttributeName,
};

/// Stages joined by `|`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline<'t> {
    /// At least one.
    pub stages: Vec<Stage<'t>>,
    /// The text of all stages.
    pub span: Span,
}

/// What stands between two `|`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage<'t> {
    /// The stage itself.
    pub expr: Expr<'t>,
    /// Each `with (…)` behind it.
    pub hints: Vec<List<'t>>,
}

/// Expressions in parentheses, joined by commas.
#[derive(Clone, Debug, PartialEq)]
pub struct List<'t> {
    /// The expressions; may be empty.
    pub items: Vec<Expr<'t>>,
    /// From the opening to the closing parenthesis, with the word before it for `by (…)` and `with (…)`.
    pub span: Span,
}

/// An expression of any kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'t> {
    /// Its shape.
    pub kind: ExprKind<'t>,
    /// Its text.
    pub span: Span,
    /// How many brackets, prefix operators and `^` lie around its innermost part, at most [`crate::MAX_NESTING`].
    pub nesting: u16,
}

/// The shapes.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'t> {
    /// A number or a string.
    Literal(Literal<'t>),
    /// `.x`, `span.x`, `parent.resource.x`.
    Attribute(AttributeName<'t>),
    /// `span:name`: a scope and the word behind it.
    Scoped(&'t str, &'t str),
    /// A word alone.
    Word(&'t str),
    /// `name(…)`, with `by (…)` behind it or not.
    Call(Call<'t>),
    /// `{ … }`; `None` for `{ }`.
    Filter(Option<Box<Expr<'t>>>),
    /// `( … )`
    Group(Pipeline<'t>),
    /// `-x` or `!x`, with the place of the operator.
    Prefix(Prefix, Box<Expr<'t>>),
    /// Operators of one level, grouped from the left.
    Chain(Box<Expr<'t>>, Vec<Link<'t>>),
    /// Nothing, or something that could not be read; a diagnostic says which.
    Missing,
}

/// An operator and its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Link<'t> {
    /// The operator.
    pub op: Op,
    /// Where it stands.
    pub op_span: Span,
    /// The right operand.
    pub operand: Expr<'t>,
}

/// `name(arguments) by (fields)`
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'t> {
    /// The word before the parenthesis.
    pub name: &'t str,
    /// Where the word stands.
    pub name_span: Span,
    /// The arguments.
    pub arguments: List<'t>,
    /// The list behind `by`.
    pub by: Option<List<'t>>,
}

/// A literal that is written as such; words like `true` and `error` are [`ExprKind::Word`].
#[derive(Clone, Debug, PartialEq)]
pub enum Literal<'t> {
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Text.
    String(Cow<'t, str>),
}

impl<'t> Expr<'t> {
    /// Makes an expression in which nothing nests.
    pub fn leaf(kind: ExprKind<'t>, span: Span) -> Expr<'t> {
        Expr { kind, span, nesting: 0 }
    }

    /// Makes the stand-in for what is not there.
    pub fn missing(span: Span) -> Expr<'t> {
        Expr::leaf(ExprKind::Missing, span)
    }
}
