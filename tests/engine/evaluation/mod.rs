//! The engine against an evaluator that is as simple as can be.
//!
//! Random traces (orphans, cycles, twins, several roots), random queries over them: what the engine answers through
//! columns, bitmaps and passes over rows must be what going through all spans, events and pairs of spans gives, and must
//! not depend on how the spans are cut into fragments.

#[cfg(feature = "tempo-block")]
mod blocks;
mod catalog;
mod cost;
mod decisions;
mod fixes;
mod metrics;
mod naive;
mod queries;
mod remote;
mod traces;
mod unheld;

use traceql::{
    exec::{Collector, Search, search_batches},
    model::{assemble::assemble, result::SearchResult},
    plan::{Limits, lower},
};
use traceql_grammar::{Verdict, check, query::Query, vocab::release::Release};

use naive::Found;
use traces::{Numbers, Span};

/// Runs a query through the engine over spans cut into `pieces` fragments.
fn run(query: &Query, spans: &[Span], pieces: u64, numbers: &mut Numbers) -> SearchResult {
    let plan = lower(query, Limits::default(), None).expect("a checked query has a plan");
    let search = Search::new(plan);
    for fragment in traces::fragments(spans, pieces, numbers) {
        search.observe(fragment);
    }
    search.finish(0).expect("no query here makes several spansets for an operand")
}

/// Returns the span keys of each spanset, sorted.
fn found(result: &SearchResult) -> Found {
    let mut found: Found = result
        .traces
        .iter()
        .flat_map(|trace| {
            trace.spansets.iter().map(|set| {
                let mut spans: Vec<(u64, u64)> = set.spans.iter().map(|span| (span.id.0, span.start)).collect();
                spans.sort_unstable();
                (trace.id.0, spans)
            })
        })
        .collect();
    found.sort();
    found
}

fn describe(spans: &[Span]) -> String {
    spans.iter().map(|span| format!("{span:?}\n")).collect()
}

/// Holds the engine against the naive evaluator over many random pairs of traces and query.
fn hold(seeds: std::ops::Range<u64>, make: impl Fn(&mut Numbers) -> String) {
    let mut answered = 0;
    for seed in seeds {
        let mut numbers = Numbers::new(seed);
        let spans = traces::random(&mut numbers);
        for _ in 0..8 {
            let text = make(&mut numbers);
            let checked = check(&text, Release::Main);
            if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
                continue;
            }
            let expected = naive::search(&checked.query, &spans);
            let whole = run(&checked.query, &spans, 1, &mut numbers);
            assert_eq!(found(&whole), expected, "seed {seed}, query {text}\n{}", describe(&spans));
            let batches = assemble(&traces::fragments(&spans, 1, &mut numbers));
            let plan = lower(&checked.query, Limits::default(), None).expect("a checked query has a plan");
            let in_memory = search_batches(&plan, &batches).expect("it had an answer before");
            assert_eq!(in_memory, whole, "as batches: seed {seed}, query {text}\n{}", describe(&spans));
            let pieces = 2 + numbers.below(5);
            let split = run(&checked.query, &spans, pieces, &mut numbers);
            assert_eq!(split, whole, "cut into {pieces} pieces: seed {seed}, query {text}\n{}", describe(&spans));
            answered += usize::from(!expected.is_empty());
        }
    }
    // Queries that find nothing show nothing.
    assert!(answered > 100, "only {answered} queries found something");
}

#[test]
fn filters_find_what_going_through_all_spans_finds() {
    hold(0..400, |numbers| format!("{{ {} }}", queries::expression(numbers, 3)));
}

#[test]
fn spanset_operators_find_what_going_through_all_pairs_finds() {
    hold(1000..1400, queries::structure);
}

#[test]
fn pipelines_find_what_going_through_all_spansets_finds() {
    hold(2000..2300, queries::pipeline);
}
