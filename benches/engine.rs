//! How long searches over a million spans in memory take, with the default limits. Run with `cargo bench --bench engine`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use traceql::{
    exec::search_batches,
    model::{assemble::assemble, batch::Batch, projection::Projection},
    plan::{Limits, Plan, lower},
};
use traceql_grammar::{Verdict, check, vocab::release::Release};

#[path = "generate/mod.rs"]
mod generate;

const SPANS: usize = 1_000_000;

/// The searches: the first and the structural ones have aims, see `docs/benchmarks.md`.
const QUERIES: [&str; 13] = [
    "{ status = error }",
    "{ name = \"GET /product/{id}\" && duration > 100ms }",
    "{ span.http.response.status_code >= 500 }",
    "{ span.db.statement =~ \".*FROM products.*\" }",
    "{ resource.service.name = \"payment\" || kind = client && status = error }",
    "{ duration / 2 > 40ms }",
    "{ kind = server } >> { kind = client }",
    "{ kind = server } > { kind = client }",
    "{ kind = server } << { kind = client }",
    "{ kind = server } !~ { kind = client }",
    "{ kind = server } &>> { status = error }",
    "{ status = error } | count() > 2",
    "{ } | by(resource.service.name) | avg(duration) > 50ms",
];

/// Makes a million spans of a shop with the columns that the searches read.
fn batches(plans: &[Plan]) -> Vec<Batch> {
    let mut projection = Projection::default();
    for plan in plans {
        projection.attributes.extend(plan.projection().attributes.iter().cloned());
    }
    // Traces differ in size: a small sample tells how many are needed.
    const SAMPLE: usize = 1000;
    let sample: usize = generate::fragments(SAMPLE, 7, &projection).iter().map(|fragment| fragment.trace.len()).sum();
    let batches = assemble(generate::fragments(SPANS * SAMPLE / sample, 7, &projection));
    let spans: usize = batches.iter().map(|batch| batch.spans.len()).sum();
    assert!(spans.abs_diff(SPANS) < SPANS / 20, "{spans} spans");
    batches
}

fn plan(query: &str) -> Plan {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query} is no good");
    lower(&checked.query, Limits { traces: Some(20), spans_per_spanset: Some(3) }, None).expect("the query has a plan")
}

fn searches(criterion: &mut Criterion) {
    let plans = QUERIES.map(plan);
    let batches = batches(&plans);
    let mut group = criterion.benchmark_group("search a million spans");
    group.sample_size(20);
    for (query, plan) in QUERIES.iter().zip(&plans) {
        group.bench_function(*query, |bencher| bencher.iter(|| search_batches(black_box(plan), black_box(&batches))));
    }
    group.finish();
}

criterion_group!(benches, searches);
criterion_main!(benches);
