//! Columns and amounts in words.

use std::fmt::Write;

use traceql_grammar::{query::Field, vocab::scopes::Scope};

use crate::model::projection::Projection;

/// Returns the fixed columns that a projection wants, under the names that queries have for them where there are any.
pub(super) fn columns(projection: &Projection) -> Vec<&'static str> {
    let (core, all) = (&projection.core, projection.everything);
    let wanted = [
        (core.trace_id, "trace:id"),
        (core.id, "span:id"),
        (core.parent_id, "span:parentID"),
        (core.name, "name"),
        (core.duration, "duration"),
        (core.status, "status"),
        (projection.status_message, "statusMessage"),
        (core.kind, "kind"),
        (core.roots, "root names"),
        (core.services, "spans by service"),
        (core.tree, "tree"),
        (core.child_count, "childCount"),
        (projection.scopes, "instrumentation scopes"),
        (projection.events, "events"),
        (projection.links, "links"),
        (projection.every_attribute, "all attributes"),
    ];
    wanted.into_iter().filter(|(wanted, _)| *wanted || all).map(|(_, name)| name).collect()
}

/// Returns the attributes that a projection wants, as they stand in queries.
pub(super) fn attributes(projection: &Projection) -> Vec<String> {
    const SCOPES: [Scope; 5] = [Scope::Span, Scope::Resource, Scope::Event, Scope::Link, Scope::Instrumentation];
    let of_scope = |scope: Scope| projection.keys(scope).map(move |key| Field::attribute(scope, key).to_string());
    SCOPES.into_iter().flat_map(of_scope).collect()
}

/// Returns all columns on one line.
pub(super) fn all_columns(projection: &Projection) -> String {
    let mut names: Vec<String> = columns(projection).into_iter().map(str::to_owned).collect();
    names.extend(attributes(projection));
    if names.is_empty() { "none but the start of spans".to_owned() } else { names.join(", ") }
}

/// Returns a number of bytes to three digits: `870 B`, `3.25 kB`, `461 kB`.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1e3, 0);
    // Up to where rounding would give four digits.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let decimals = if value >= 99.95 { 0 } else { usize::from(value < 9.995) + 1 };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// Returns a part of something in percent; nothing where there is nothing to be a part of.
pub(super) fn percent(part: u64, all: u64) -> String {
    if all == 0 {
        return String::new();
    }
    let share = part as f64 / all as f64 * 100.0;
    if part > 0 && share < 0.1 { "<0.1%".to_owned() } else { format!("{share:.1}%") }
}

/// Returns a number with commas between thousands.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        // A text takes everything.
        let _ = write!(text, "{digit}");
    }
    text
}

/// Counts things: `1 span`, `2,000 spans`.
pub(super) fn counted(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let amounts = [0, 999, 1_000, 9_994, 9_996, 99_949, 99_951, 999_499, 999_500, 461_093, 7_250_000_000];
        let texts = [
            "0 B", "999 B", "1.00 kB", "9.99 kB", "10.0 kB", "99.9 kB", "100 kB", "999 kB", "1.00 MB", "461 kB",
            "7.25 GB",
        ];
        assert_eq!(amounts.map(bytes), texts);
        assert_eq!([0, 12, 123, 1_234, 1_234_567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
        assert_eq!(
            [(0, 5), (1, 3), (1, 10_000), (3, 3)].map(|(a, b)| percent(a, b)),
            ["0.0%", "33.3%", "<0.1%", "100.0%"]
        );
    }
}
