//! Names and values of the engine as completion offers them.

use std::{cmp::Reverse, sync::Arc};

use traceql_grammar::query::FieldKey;
use traceql_lsp::catalog::{Name, Value};

use crate::{
    model::{
        catalog::{LONGEST_TEXT, Tag, Tags, ValueCount, Values},
        result::Datum,
    },
    plan::remote::quoted,
};

/// Maximum number of names.
const MAX_NAMES: usize = 5_000;

/// Maximum number of values of an attribute.
const MAX_VALUES: usize = 10_000;

/// Maximum number of values that come along with names.
const MAX_ALONG: usize = 200_000;

/// Values by their attributes.
pub(super) type ValuesOf = Vec<(String, Arc<[Value]>)>;

/// Returns the attributes, most frequent first, and the values that came along: of those attributes whose values are all
/// there and whole.
pub(super) fn names(mut tags: Tags) -> (Arc<[Name]>, ValuesOf) {
    // Stable: attributes of one count stay in order of their names.
    tags.tags.sort_by_key(|tag| Reverse(tag.spans));
    let names = tags.tags.iter().filter_map(name).take(MAX_NAMES).collect();
    let (mut along, mut left) = (Vec::new(), MAX_ALONG);
    for tag in &tags.tags {
        let Some(found) = tag.values.as_ref().filter(|values| is_whole(values)) else { continue };
        let Some(rest) = left.checked_sub(found.counts.len()) else { break };
        left = rest;
        along.push((tag.field.to_string(), values(&found.counts)));
    }
    (names, along)
}

/// Returns values as queries write them, without those that no query can have.
pub(super) fn values(counts: &[ValueCount]) -> Arc<[Value]> {
    counts.iter().filter_map(value).take(MAX_VALUES).collect()
}

/// Tells whether all values are there, and none of them is cut.
fn is_whole(values: &Values) -> bool {
    let is_cut = |value: &Datum| match value {
        Datum::String(text) => text.ends_with('…') && text.chars().count() >= LONGEST_TEXT,
        _ => false,
    };
    values.is_exact && !values.counts.iter().any(|count| is_cut(&count.value))
}

fn name(tag: &Tag) -> Option<Name> {
    let FieldKey::Attribute(scope, name) = &tag.field.key else { return None };
    Some(Name { scope: *scope, name: name.clone(), count: known(tag.spans) })
}

fn value(count: &ValueCount) -> Option<Value> {
    let literal = match &count.value {
        Datum::Nil | Datum::Array(_) => return None,
        Datum::String(text) => quoted(text),
        Datum::Float(x) if !x.is_finite() => return None,
        // The shortest form that is a float again.
        Datum::Float(x) => format!("{x:?}"),
        other => other.to_string(),
    };
    Some(Value { literal, count: known(count.spans) })
}

/// Returns a count where there is one: servers count nothing.
fn known(spans: u64) -> Option<u64> {
    (spans > 0).then_some(spans)
}

#[cfg(test)]
mod tests {
    use traceql_grammar::{CheckOptions, Verdict, check};

    use super::*;

    fn written(value: Datum) -> Option<String> {
        super::value(&ValueCount { value, spans: 1 }).map(|value| value.literal)
    }

    #[test]
    fn values_are_written_as_queries_write_them() {
        assert_eq!(written(Datum::String("a\"\\\n".to_owned())).as_deref(), Some(r#""a\"\\\n""#));
        assert_eq!(written(Datum::Duration(1_500_000)).as_deref(), Some("1.5ms"));
        assert_eq!(written(Datum::Float(f64::NAN)), None);
        assert_eq!(written(Datum::Nil), None);
    }

    #[test]
    fn a_query_may_have_each_value() {
        let values = [
            Datum::String("ü \u{7} \u{1b}".to_owned()),
            Datum::Int(-5),
            Datum::Float(1e300),
            Datum::Float(2.0),
            Datum::Bool(true),
            Datum::Duration(3_723_000_000_123),
        ];
        for value in values {
            let query = format!("{{ .x = {} }}", written(value).expect("a literal"));
            assert_eq!(check(&query, CheckOptions::default()).verdict, Verdict::Ok, "{query}");
        }
    }

    #[test]
    fn values_that_are_cut_do_not_come_along() {
        let of = |text: String| Values {
            counts: vec![ValueCount { value: Datum::String(text), spans: 1 }],
            distinct: 1,
            is_exact: true,
        };
        assert!(is_whole(&of("cart…".to_owned())));
        assert!(!is_whole(&of("x".repeat(LONGEST_TEXT) + "…")));
        assert!(!is_whole(&Values { is_exact: false, ..of("cart".to_owned()) }));
    }
}
