//! Names and values of attributes against those that going through all spans finds.

use std::collections::BTreeSet;

use traceql::{
    exec::{Collector, TagCounts, ValueCounts},
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        catalog::{TagScope, TagValues, Tags, Values},
        scan::{Scan, Seen},
    },
    plan::{TimeRange, lower_tags, lower_values},
};
use traceql_grammar::{
    Verdict, check,
    query::{Field, Query},
    vocab::release::Release,
};

use super::{
    describe,
    naive::catalog::{Counts, count, selected},
    queries,
    traces::{self, Numbers, Span},
};

/// What spans can have, but for what is known of parents.
const FIELDS: [&str; 27] = [
    "span.a",
    "span.b",
    "resource.a",
    "resource.r",
    "event.e",
    "event.f",
    "link.l",
    "name",
    "status",
    "statusMessage",
    "kind",
    "duration",
    "instrumentation:name",
    "event:name",
    "event:timeSinceStart",
    "link:traceID",
    "link:spanID",
    "rootName",
    "rootServiceName",
    "traceDuration",
    "trace:id",
    "span:id",
    "span:parentID",
    "resource.service.name",
    "span:childCount",
    "nestedSetParent",
    "instrumentation:version",
];

/// What stands for several places, or for another span.
const OTHER_FIELDS: [&str; 7] = [".a", ".b", ".r", ".service.name", "parent.span.a", "parent.a", "parent.resource.r"];

fn field(text: &str) -> Field {
    traceql_grammar::field(text).unwrap_or_else(|findings| panic!("{text}: {findings:?}"))
}

/// Chooses a query and a time range.
fn selection(numbers: &mut Numbers) -> (String, Option<TimeRange>) {
    let text = match numbers.below(4) {
        0 => "{ }".to_owned(),
        1 => format!("{{ {} }}", queries::expression(numbers, 2)),
        2 => queries::structure(numbers),
        _ => queries::pipeline(numbers),
    };
    // Where random traces start.
    let start = 100_000_000 + numbers.below(6_000);
    let range = TimeRange { start, end: start + numbers.below(8_000) };
    (text, (numbers.below(3) == 0).then_some(range))
}

fn counts(values: &Values, spans: u64) -> Counts {
    assert!(values.is_exact && values.distinct == values.counts.len() as u64, "{values:?}");
    assert!(values.counts.is_sorted_by(|a, b| a.spans >= b.spans), "{values:?}");
    let counts = values.counts.iter().map(|count| (format!("{:?}", count.value), count.spans));
    let counts = Counts { spans, values: counts.collect() };
    assert_eq!(counts.values.len(), values.counts.len(), "each value once: {values:?}");
    counts
}

/// How spans come.
enum Input {
    Fragments(Vec<Fragment>),
    Whole(Vec<Batch>),
}

/// Cuts spans in several ways.
fn inputs(spans: &[Span], numbers: &mut Numbers) -> [Input; 3] {
    let pieces = 2 + numbers.below(5);
    [
        Input::Fragments(traces::fragments(spans, 1, numbers)),
        Input::Fragments(traces::fragments(spans, pieces, numbers)),
        Input::Whole(assemble(&traces::fragments(spans, 1, numbers))),
    ]
}

fn feed(scan: &dyn Scan, observe: impl Fn(Fragment), input: Input) {
    match input {
        Input::Fragments(fragments) => fragments.into_iter().for_each(observe),
        Input::Whole(batches) => batches.into_iter().for_each(|batch| {
            let seen = Seen { spans: batch.spans.len() as u64, ..Seen::default() };
            scan.whole(batch, seen);
        }),
    }
}

fn values(query: &Query, field: &Field, range: Option<TimeRange>, input: Input) -> TagValues {
    let counts = ValueCounts::new(lower_values(query, field, range).expect("a checked search has a plan"));
    feed(&counts, |fragment| counts.observe(fragment), input);
    counts.finish(0).expect("no operand has several spansets")
}

fn tags(query: &Query, scope: Option<TagScope>, range: Option<TimeRange>, input: Input) -> Tags {
    let counts = TagCounts::new(lower_tags(query, scope, range).expect("a checked search has a plan"));
    feed(&counts, |fragment| counts.observe(fragment), input);
    counts.finish(0).expect("no operand has several spansets")
}

/// Calls `hold` with many random selections of random spans; it tells whether anything was found.
fn each_selection(seeds: std::ops::Range<u64>, mut hold: impl FnMut(&Case<'_>, &mut Numbers) -> bool) {
    let (mut found, mut all) = (0, 0);
    for seed in seeds {
        let mut numbers = Numbers::new(seed);
        let spans = traces::random(&mut numbers);
        for _ in 0..4 {
            let (text, range) = selection(&mut numbers);
            let checked = check(&text, Release::Main);
            if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
                continue;
            }
            let selected = selected(&checked.query, &spans, range);
            let name = format!("seed {seed}, query {text}, {range:?}");
            let case = Case { name, query: checked.query, range, spans: &spans, selected };
            found += usize::from(hold(&case, &mut numbers));
            all += 1;
        }
    }
    // Selections that find nothing show nothing.
    assert!(found > 150, "only {found} of {all} selections found something");
}

struct Case<'s> {
    name: String,
    query: Query,
    range: Option<TimeRange>,
    spans: &'s [Span],
    selected: BTreeSet<(u128, u64, u64)>,
}

#[test]
fn values_are_what_going_through_all_spans_finds() {
    each_selection(5000..5300, |case, numbers| {
        let text = if numbers.below(4) == 0 { numbers.pick(&OTHER_FIELDS) } else { numbers.pick(&FIELDS) };
        let field = field(text);
        let expected = count(&field, case.spans, &case.selected);
        for input in inputs(case.spans, numbers) {
            let found = values(&case.query, &field, case.range, input);
            let context = || format!("{text}, {}\n{}", case.name, describe(case.spans));
            assert_eq!(counts(&found.values, found.spans), expected, "{}", context());
            assert_eq!(found.selected, case.selected.len() as u64, "{}", context());
            assert_eq!(found.inspected.spans, case.spans.len() as u64, "{}", context());
        }
        expected.spans > 0
    });
}

#[test]
fn names_are_those_that_some_span_has() {
    each_selection(6000..6300, |case, numbers| {
        let scope = (numbers.below(3) == 0).then(|| TagScope::ALL[numbers.below(6) as usize]);
        for input in inputs(case.spans, numbers) {
            let found = tags(&case.query, scope, case.range, input);
            assert_eq!(found.selected, case.selected.len() as u64, "{}", case.name);
            let mut rest = found.tags.len();
            for field in FIELDS.map(field) {
                let context = || format!("{field} in {scope:?}, {}\n{}", case.name, describe(case.spans));
                let tag = found.tags.iter().find(|tag| tag.field == field);
                let expected = count(&field, case.spans, &case.selected);
                let Some(tag) = tag else {
                    let is_listed = !["resource.service.name", "span:childCount", "nestedSetParent"]
                        .contains(&field.to_string().as_str());
                    let is_wanted = scope.is_none_or(|scope| scope == scope_of(&field));
                    assert!(expected.spans == 0 || !is_listed || !is_wanted, "{} is missing", context());
                    continue;
                };
                rest -= 1;
                assert!(scope.is_none_or(|scope| scope == tag.scope()), "{}", context());
                assert_eq!(tag.spans, expected.spans, "{}", context());
                if let Some(values) = &tag.values {
                    assert_eq!(counts(values, tag.spans), expected, "{}", context());
                }
            }
            assert_eq!(rest, 0, "names that no span can have: {:?}", found.tags);
        }
        !case.selected.is_empty()
    });
}

fn scope_of(field: &Field) -> TagScope {
    let text = field.to_string();
    let of_word = |scope: &TagScope| text.strip_prefix(scope.word()).is_some_and(|rest| rest.starts_with('.'));
    TagScope::ALL.into_iter().find(of_word).unwrap_or(TagScope::Intrinsic)
}
