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
    findings.add(match (binary.op, number, codes(&text)) {
        (BinaryOp::Compare(_), Some(number), _) if is_plain => found
            .help(format!("write `{number}` without quotes"))
            .unsafe_fix("compare with the number", vec![Edit::replace(literal.span, number.to_string())]),
        (BinaryOp::Match, _, Some(codes)) if is_plain => {
            let tests: Vec<String> = codes.into_iter().map(|range| within(&written, range)).collect();
            let whole = binary.whole.unwrap_or_default();
            let (help, test) = match tests.as_slice() {
                [one] => (format!("write `{one}`"), one.clone()),
                _ => ("compare with each number, or with the bounds of a range".to_owned(), parenthesised(&tests)),
            };
            found.help(help).unsafe_fix("compare with numbers", vec![Edit::replace(whole, test)])
        }
        _ => found.help(format!("compare with numbers: `{written} = 500`, `{written} >= 400`")),
    });
}

/// Tells whether the conventions know a code of this name that is a number.
fn is_numeric_code(name: &str) -> bool {
    name.ends_with("status_code") && find(name).is_some_and(|found| found.ty == ValueType::Int)
}

/// Returns a test whether the field is within a range, safe beside `||`.
fn within(field: &str, (first, last): (u32, u32)) -> String {
    match first == last {
        true => format!("{field} = {first}"),
        false => format!("({field} >= {first} && {field} < {})", last + 1),
    }
}

/// Returns the ranges of codes that a pattern is meant for, in order: `4..|503` for 400 to 499, and 503. `None` if it may mean
/// anything else.
fn codes(pattern: &str) -> Option<Vec<(u32, u32)>> {
    let inside = pattern.strip_prefix('^').unwrap_or(pattern);
    let inside = inside.strip_suffix('$').unwrap_or(inside);
    let inside = inside.strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or(inside);
    let mut codes = Vec::new();
    for alternative in inside.split('|') {
        if codes.len() > MOST_CODES {
            return None;
        }
        codes.extend(alternative_codes(alternative)?);
    }
    codes.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for (first, last) in codes {
        match joined.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    Some(joined)
}

fn parenthesised(tests: &[String]) -> String {
    format!("({})", tests.join(" || "))
}

/// Maximum number of alternatives that a fix writes out.
const MOST_CODES: usize = 10;

/// Spellings of two digits of any kind.
const TWO_DIGITS: [&str; 11] =
    ["..", ".*", ".+", r"\d\d", r"\d{2}", r"\d+", r"\d*", "[0-9]{2}", "[0-9][0-9]", "[0-9]+", "xx"];

/// Returns the ranges of `503`, `5..` or `[45]..`.
fn alternative_codes(text: &str) -> Option<Vec<(u32, u32)>> {
    let is_code = |code: &u32| (100..600).contains(code);
    if text.len() == 3
        && let Ok(code) = text.parse::<u32>()
    {
        return Some(vec![(code, code)]).filter(|_| is_code(&code));
    }
    let (digits, rest) = match text.strip_prefix('[') {
        Some(class) => class.split_once(']')?,
        None => text.split_at_checked(1)?,
    };
    // `4-5` is both of them.
    let digits = match digits.as_bytes() {
        [first, b'-', last] if first < last => (*first..=*last).map(char::from).collect(),
        _ => digits.to_owned(),
    };
    if digits.is_empty() || digits.len() > 5 || !TWO_DIGITS.contains(&rest) {
        return None;
    }
    let class = |digit: char| digit.to_digit(10).map(|digit| 100 * digit).filter(is_code);
    digits.chars().map(|digit| class(digit).map(|code| (code, code + 99))).collect()
}
