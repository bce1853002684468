//! How long searches (with the default limits) and metrics over a million spans in memory take. Run with
//! `cargo bench --bench engine`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use traceql::{
    exec::{measure_batches, search_batches},
    model::{assemble::assemble, batch::Batch, projection::Projection},
    plan::{Limits, MetricsOptions, MetricsPlan, Plan, lower, lower_metrics},
};
use traceql_grammar::{Verdict, check, vocab::release::Release};

#[path = "generate/mod.rs"]
mod generate;

/// The allocator of the program: the default one gives large pieces back to the system each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

/// The metrics: those without math have aims, see `docs/benchmarks.md`.
const METRICS: [&str; 9] = [
    "{ } | rate() by (resource.service.name)",
    "{ } | quantile_over_time(duration, .99) by (resource.service.name)",
    "{ } | rate() by (span.user.id)",
    "{ } | compare({ status = error })",
    "{ kind = server } | rate() by (name, status)",
    "{ } | avg_over_time(span.db.rows) by (resource.service.name)",
    "{ } | histogram_over_time(duration)",
    "({ status = error } | rate() by (name)) / ({ } | rate() by (name))",
    "{ } | rate() by (span.user.id) | topk(10)",
];

/// Makes a million spans of a shop with the columns of a projection.
fn batches(projection: &Projection) -> Vec<Batch> {
    // Traces differ in size: a small sample tells how many are needed.
    const SAMPLE: usize = 1000;
    let sample: usize = generate::fragments(SAMPLE, 7, projection).iter().map(|fragment| fragment.trace.len()).sum();
    let batches = assemble(&generate::fragments(SPANS * SAMPLE / sample, 7, projection));
    let spans: usize = batches.iter().map(|batch| batch.spans.len()).sum();
    assert!(spans.abs_diff(SPANS) < SPANS / 20, "{spans} spans");
    batches
}

fn plan(query: &str) -> Plan {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query} is no good");
    lower(&checked.query, Limits { traces: Some(20), spans_per_spanset: Some(3) }, None).expect("the query has a plan")
}

fn metrics_plan(query: &str) -> MetricsPlan {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query} is no good");
    lower_metrics(&checked.query, MetricsOptions::default()).expect("the query has a plan")
}

fn searches(criterion: &mut Criterion) {
    let plans = QUERIES.map(plan);
    let mut projection = Projection::default();
    plans.iter().for_each(|plan| projection.extend(plan.projection()));
    let batches = batches(&projection);
    let mut group = criterion.benchmark_group("search a million spans");
    group.sample_size(20);
    for (query, plan) in QUERIES.iter().zip(&plans) {
        group.bench_function(*query, |bencher| bencher.iter(|| search_batches(black_box(plan), black_box(&batches))));
    }
    group.finish();
}

fn metrics(criterion: &mut Criterion) {
    let plans = METRICS.map(metrics_plan);
    let mut projection = Projection::default();
    plans.iter().for_each(|plan| projection.extend(plan.projection()));
    let batches = batches(&projection);
    let mut group = criterion.benchmark_group("measure a million spans");
    group.sample_size(20);
    for (query, plan) in METRICS.iter().zip(&plans) {
        group.bench_function(*query, |bencher| bencher.iter(|| measure_batches(black_box(plan), black_box(&batches))));
    }
    group.finish();
}

criterion_group!(benches, searches, metrics);
criterion_main!(benches);
