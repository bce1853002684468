//! `status-code-as-text`: a status code is a number, which no text equals and no pattern matches.

use super::super::{Findings, walk::Part};
use crate::{
    diagnostic::Edit,
    query::{BinaryOp, ExprKind, FieldKey},
    value::Value,
    vocab::conventions::{ValueType, find},
};

pub(in crate::lint) fn check(part: &Part<'_>, findings: &mut Findings<'_>) {
    let Part::Binary(binary) = part else { return };
    let Some((field, Value::String(text), literal_first)) = binary.field_and_literal() else { return };
    let FieldKey::Attribute(_, name) = &field.key else { return };
    if !is_numeric_code(name) {
        return;
    }
    let Some(left) = binary.left.expr() else { return };
    let literal = if literal_first { left } else { binary.right };
    let written = findings.text_of(if literal_first { binary.right.span } else { left.span }).to_owned();
    let found = findings
        .diagnostic(literal.span, format!("`{field}` is a number, which is compared with text"))
        .label("no number equals or matches a text");
    let is_plain = matches!(literal.kind, ExprKind::Literal(_)) && binary.whole.is_some();
    let number = text.parse::<u32>().ok().filter(|number| number.to_string() == text);
    findings.add(match (binary.op, number, class(&text)) {
        (BinaryOp::Compare(_), Some(number), _) if is_plain => found
            .help(format!("write `{number}` without quotes"))
            .unsafe_fix("compare with the number", vec![Edit::replace(literal.span, number.to_string())]),
        (BinaryOp::Match, _, Some(class)) if is_plain => {
            let range = format!("{written} >= {class}00 && {written} < {}00", class + 1);
            let whole = binary.whole.unwrap_or_default();
            let edits = vec![Edit::replace(whole, format!("({range})"))];
            found.help(format!("write `{range}`")).unsafe_fix("compare with the range", edits)
        }
        _ => found.help(format!("compare with numbers: `{written} = 500`, `{written} >= 400`")),
    });
}

/// Tells whether the conventions know a code of this name that is a number.
fn is_numeric_code(name: &str) -> bool {
    name.ends_with("status_code") && find(name).is_some_and(|found| found.ty == ValueType::Int)
}

/// Returns the first digit of a pattern for all codes that begin with it: 5 for `5..`.
fn class(pattern: &str) -> Option<u32> {
    let inside = pattern.strip_prefix('^').unwrap_or(pattern);
    let inside = inside.strip_suffix('$').unwrap_or(inside);
    let mut characters = inside.chars();
    let digit = characters.next()?.to_digit(10).filter(|digit| (1..=5).contains(digit))?;
    let rest = ["..", ".*", ".+", r"\d\d", r"\d{2}", r"\d+", "[0-9]{2}", "[0-9][0-9]", "[0-9]+", "xx"];
    rest.contains(&characters.as_str()).then_some(digit)
}
