//! How long reading, checking and formatting a query takes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traceql_grammar::{Verdict, check, format, parse::parse, vocab::release::Release};

/// 110 characters of the kind that stands in a dashboard.
const QUERY: &str =
    r#"{ resource.service.name = "checkouts" && span.http.status_code >= 500 } | rate() by (name, span.http.route_id)"#;

fn language(criterion: &mut Criterion) {
    assert_eq!(QUERY.len(), 110);
    assert_eq!(check(QUERY, Release::Main).verdict, Verdict::Ok);
    criterion.bench_function("parse", |bencher| bencher.iter(|| parse(black_box(QUERY))));
    criterion.bench_function("parse and check", |bencher| bencher.iter(|| check(black_box(QUERY), Release::Main)));
    criterion.bench_function("format", |bencher| bencher.iter(|| format(black_box(QUERY))));

    let long = format!("{{ {} }}", vec![".key = \"value\""; 7_500].join(" || "));
    let mut group = criterion.benchmark_group("128 KiB");
    group.throughput(Throughput::Bytes(long.len() as u64)).sample_size(10);
    group.bench_function("parse and check", |bencher| bencher.iter(|| check(black_box(&long), Release::Main)));
    group.finish();
}

criterion_group!(benches, language);
criterion_main!(benches);
