//! Rules that are as they are because Tempo's answers are: none of them follows from what a query means.
//!
//! Each names a recorded query that shows it (`tests/conformance/execute.jsonl.zst`), in a line that begins with `Recorded:`;
//! a test looks for these queries among the recordings. Where answers differ from Tempo's on purpose is another matter: the
//! rules of `grammar/src/lint`. What only the form of Tempo's JSON asks for is done by its writers in `output`.

use std::{borrow::Cow, cmp::Reverse};

use traceql_grammar::vocab::{
    own_columns::{is_of_newest, of_newest},
    scopes::Scope,
};

use super::{
    dictionary::StrId,
    ids::{SpanId, TraceId},
    result::Datum,
    series::Label,
};

/// How many spans of a trace may have one id: where more do, no span of the trace has nested-set numbers.
///
/// No recording has such a trace; the difference `rootless` names it.
pub const SPANS_OF_ONE_ID: usize = 2;

/// Lists the attributes of which `compare` counts the absence, as `nil`: those with columns of their own.
///
/// Recorded: `{ kind = server } | compare({ duration > 100ms }, 1000)`
pub fn compared_absences() -> impl Iterator<Item = (Scope, &'static str)> {
    of_newest().map(|own| (own.scope, own.key))
}

/// Tells whether `compare` counts the absence of an attribute.
///
/// Recorded: `{ kind = server } | compare({ duration > 100ms }, 1000)`
pub fn compares_absence(scope: Scope, key: &str) -> bool {
    is_of_newest(scope, key)
}

/// Tells whether the values of an attribute are fetched alone, so that an answer shows those that pass its own tests; other
/// attributes of a scope are fetched together, and shown if they pass a test of any of them.
///
/// No recording is known that shows it alone: it is one of the rules in the head of `plan/shown.rs`, which all recordings meet.
pub fn is_fetched_alone(scope: Scope, key: &str) -> bool {
    is_of_newest(scope, key)
}

/// A span for which the value of a resource attribute is fetched; what they are ordered by comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fetch {
    /// Its trace.
    pub trace: TraceId,
    /// The service of its resource.
    pub service: StrId,
    /// Its start.
    pub start: u64,
    /// Its id.
    pub span: SpanId,
    /// Its place among all spans that are counted.
    pub at: usize,
}

/// Tells how often more than once `compare` counts a value of a resource attribute that the query's filters test: the values
/// are fetched anew with each span of the service in the trace, and pile up. Gives the place of each span, and how often.
///
/// Recorded: `{ resource.service.name = "frontend" } | compare({ duration > 100ms }, 1000)`
pub fn piled_up(mut fetched: Vec<Fetch>, mut count: impl FnMut(usize, u32)) {
    fetched.sort_unstable();
    for resource in fetched.chunk_by(|a, b| (a.trace, a.service) == (b.trace, b.service)) {
        (1..).zip(resource).for_each(|(times, fetch)| count(fetch.at, times));
    }
}

/// Returns by what a count is multiplied to give a rate, which differs from dividing in the last digit.
///
/// Recorded: `{} | rate() by (name) | topk(3)`
pub fn per_second(seconds: f64) -> f64 {
    1.0 / seconds
}

/// What decides between equal samples: the first label that differs. `topk` prefers the text that comes first in the
/// alphabet, where numbers and truth values have an empty text, and of them the one whose bits are the larger number;
/// `bottomk` the other way round.
///
/// Recorded: `{} | rate() by (name) | bottomk(3)`
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Preference<'s> {
    text: Cow<'s, str>,
    bits: Reverse<u64>,
}

impl Preference<'_> {
    /// Returns how a label is preferred.
    pub fn of(label: &Label) -> Preference<'_> {
        let bits = match &label.value {
            Datum::Int(n) => n.cast_unsigned(),
            Datum::Float(x) => x.to_bits(),
            Datum::Bool(b) => u64::from(*b),
            Datum::Nil
            | Datum::String(_)
            | Datum::Duration(_)
            | Datum::Status(_)
            | Datum::Kind(_)
            | Datum::Array(_) => return Preference { text: label.value.as_text(), bits: Reverse(0) },
        };
        Preference { text: Cow::Borrowed(""), bits: Reverse(bits) }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs, io::Read};

    use super::*;

    #[test]
    fn every_quirk_names_a_recorded_query() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/execute.jsonl.zst");
        let mut text = String::new();
        let file = fs::File::open(path).expect("the recordings are there");
        zstd::Decoder::new(file).and_then(|mut file| file.read_to_string(&mut text)).expect("they are JSON lines");
        let recordings = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON"));
        let recorded: HashSet<String> =
            recordings.filter_map(|line: serde_json::Value| Some(line["query"].as_str()?.to_owned())).collect();
        let named = include_str!("quirks.rs").lines().filter_map(|line| line.strip_prefix("/// Recorded: `"));
        let named: Vec<&str> = named.filter_map(|line| line.strip_suffix('`')).collect();
        assert!(named.len() >= 5, "the queries stand where this test looks for them");
        for query in named {
            assert!(recorded.contains(query), "`{query}` is no recorded query");
        }
    }

    #[test]
    fn values_of_resources_pile_up_in_order_of_time() {
        let fetch = |trace, service, start, at| Fetch {
            trace: TraceId(trace),
            service: StrId(service),
            start,
            span: SpanId(1),
            at,
        };
        let mut counts = vec![0; 4];
        piled_up(vec![fetch(1, 1, 9, 0), fetch(1, 1, 5, 1), fetch(1, 2, 5, 2), fetch(2, 1, 5, 3)], |at, times| {
            counts[at] = times;
        });
        assert_eq!(counts, [2, 1, 1, 1]);
    }
}
