//! How long searches over spans in memory take.
//!
//! A million spans in 74,000 traces of a shop; answers with the default limits. Run with `cargo bench --bench engine`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use traceql::{
    exec::search_batches,
    model::{
        assemble::assemble,
        attributes::{AttributeColumn, Cell},
        batch::{Batch, Fragment},
        ids::{SpanId, TraceId},
    },
    plan::{Limits, Plan, lower},
};
use traceql_grammar::{
    Verdict, check,
    value::{Kind, Status},
    vocab::release::Release,
};

const SPANS: usize = 1_000_000;
const SPANS_OF_TRACE: usize = 27;

/// Numbers that are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Makes traces of 1 to 26 spans, each span below an earlier one.
fn traces() -> Vec<Batch> {
    let mut numbers = Numbers(88_172_645_463_325_252);
    let mut fragment = Fragment::default();
    let spans = &mut fragment.spans;
    let services: Vec<_> = (0..14).map(|i| spans.dictionary.intern(&format!("service-{i}"))).collect();
    let names: Vec<_> = (0..60).map(|i| spans.dictionary.intern(&format!("GET /route/{i}"))).collect();
    let statements: Vec<_> = (0..500).map(|i| spans.dictionary.intern(&format!("SELECT {i} FROM t"))).collect();
    spans.resources.service.extend(&services);
    let mut codes = AttributeColumn::new("http.status_code");
    let mut texts = AttributeColumn::new("db.statement");
    while spans.id.len() < SPANS {
        let trace = TraceId(u128::from(numbers.below(u64::MAX)) << 64 | u128::from(numbers.below(u64::MAX)));
        let start = 1_767_225_600_000_000_000 + numbers.below(3_600_000_000_000);
        let first = spans.id.len();
        for at in 0..1 + numbers.below(SPANS_OF_TRACE as u64 - 1) {
            let row = spans.id.len() as u32;
            spans.id.push(SpanId(numbers.below(u64::MAX) + 1));
            spans.parent_id.push(match at {
                0 => SpanId::NONE,
                _ => spans.id[first + numbers.below(at) as usize],
            });
            spans.start.push(start + at * 1_000_000);
            spans.duration.push(numbers.below(1_000_000_000) >> numbers.below(12));
            spans.kind.push(Kind::ALL[1 + numbers.below(3) as usize]);
            spans.status.push(if numbers.below(50) == 0 { Status::Error } else { Status::Unset });
            spans.name.push(names[numbers.below(60) as usize]);
            spans.resource.push(numbers.below(14) as u32);
            match numbers.below(3) {
                0 => codes.push(row, Cell::Int(200 + 100 * numbers.below(4) as i64)),
                1 => texts.push(row, Cell::Str(statements[numbers.below(500) as usize])),
                _ => {}
            }
            fragment.trace.push(trace);
        }
    }
    spans.attributes = vec![codes, texts];
    assemble(vec![fragment])
}

fn plan(query: &str) -> Plan {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query} is no good");
    lower(&checked.query, Limits { traces: Some(20), spans_per_spanset: Some(3) }, None).expect("the query has a plan")
}

fn searches(criterion: &mut Criterion) {
    let batches = traces();
    let mut group = criterion.benchmark_group("search a million spans");
    group.sample_size(20);
    for query in [
        "{ status = error }",
        "{ name = \"GET /route/7\" && duration > 100ms }",
        "{ span.http.status_code >= 500 }",
        "{ span.db.statement =~ \".*4.* FROM t\" }",
        "{ resource.service.name = \"service-3\" || kind = client && status = error }",
        "{ duration / 2 > 400ms }",
        "{ kind = server } >> { kind = client }",
        "{ kind = server } > { kind = client }",
        "{ kind = server } << { kind = client }",
        "{ kind = server } !~ { kind = client }",
        "{ kind = server } &>> { status = error }",
        "{ status = error } | count() > 2",
        "{ } | by(resource.service.name) | avg(duration) > 500ms",
    ] {
        let plan = plan(query);
        group.bench_function(query, |bencher| bencher.iter(|| search_batches(black_box(&plan), black_box(&batches))));
    }
    group.finish();
}

criterion_group!(benches, searches);
criterion_main!(benches);
