//! Patterns behind `=~` and `!~`, without what anchoring makes useless.

use super::super::{Findings, walk::Binary};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, Expr, ExprKind, Field, FieldKey},
    span::Span,
    value::Value,
    vocab::{intrinsics::Intrinsic, release::Release},
};

/// A pattern that is a literal beside a field.
pub(super) struct Pattern<'q> {
    pub(super) field: &'q Field,
    /// The literal.
    pub(super) literal: &'q Expr,
    /// Whether the operator is `!~`.
    pub(super) is_negative: bool,
    /// The pattern without useless anchors.
    pub(super) inside: &'q str,
    /// Whether a `^` stands before, and a `$` behind `inside`, each in one byte of the literal.
    pub(super) anchors: (bool, bool),
}

/// Returns the pattern of `field =~ "…"`. Before Tempo 2.7 patterns were not anchored, which changes all of this.
pub(super) fn pattern<'q>(binary: &Binary<'q>, findings: &Findings<'_>) -> Option<Pattern<'q>> {
    let is_negative = match binary.op {
        BinaryOp::Match => false,
        BinaryOp::NotMatch => true,
        _ => return None,
    };
    let (Some(field), ExprKind::Literal(Value::String(text))) = (binary.left_field(), &binary.right.kind) else {
        return None;
    };
    if findings.target < Release::V2_7 {
        return None;
    }
    let written = findings.text_of(binary.right.span);
    let written = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let (before, behind) = anchors(text, written);
    let inside = text.get(usize::from(before)..text.len() - usize::from(behind)).unwrap_or_default();
    Some(Pattern { field, literal: binary.right, is_negative, inside, anchors: (before, behind) })
}

/// Tells whether a pattern begins with a useless `^` and ends with a useless `$`; `written` is the pattern with the escapes
/// of the literal.
fn anchors(text: &str, written: &str) -> (bool, bool) {
    // Inside of `\Q…\E` both are letters.
    if text.contains(r"\Q") {
        return (false, false);
    }
    let is_repeated = |rest: &str| rest.starts_with(['*', '+', '?', '{']);
    let before = text.strip_prefix('^').is_some_and(|rest| !is_repeated(rest)) && written.starts_with('^');
    let rest = text.strip_suffix('$').filter(|_| written.ends_with('$'));
    // An escaped one is a letter.
    let is_free = |rest: &str| (rest.len() - rest.trim_end_matches('\\').len()).is_multiple_of(2);
    (before, rest.is_some_and(is_free))
}

impl Pattern<'_> {
    /// Tells whether the pattern is text, of which each character means itself.
    pub(super) fn is_plain(&self) -> bool {
        !self.inside.contains(['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'])
    }

    /// Tells whether every text matches.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.inside, ".*" | "(.*)" | ".*.*" | "(?:.*)" | "(.*)?")
    }

    /// Tells whether the field is an id, which `=` compares in another way than patterns do.
    pub(super) fn is_of_id(&self) -> bool {
        use Intrinsic::{LinkSpanId, LinkTraceId, ParentId, SpanId, TraceId};
        let ids = [LinkSpanId, LinkTraceId, ParentId, SpanId, TraceId];
        matches!(self.field.key, FieldKey::Intrinsic(found) if ids.contains(&found))
    }

    /// Returns the edits that remove the useless anchors.
    pub(super) fn without_anchors(&self) -> Vec<Edit> {
        let Span { start, end } = self.literal.span;
        let (before, behind) = self.anchors;
        let first = before.then_some(Span { start: start + 1, end: start + 2 });
        let last = behind.then_some(Span { start: end - 2, end: end - 1 });
        first.into_iter().chain(last).map(Edit::remove).collect()
    }
}
