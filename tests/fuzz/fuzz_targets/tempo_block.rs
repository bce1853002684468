//! A block whose traces are any bytes: nothing panics, and what is told names the file.
#![no_main]

use std::sync::Mutex;

use libfuzzer_sys::fuzz_target;
use traceql::{
    exec::{Collector, Search},
    model::{batch::Fragment, projection::Projection},
    plan::{Limits, lower},
    source::{Input, ReadOptions, SourceError, read},
};
use traceql_grammar::{check, vocab::release::Release};

#[path = "../../engine/sources/flat.rs"]
#[allow(dead_code, reason = "the tests of sources use all of it")]
mod flat;

/// As Tempo wrote it for a block of this version, without what must agree with the data.
const META: &str = r#"{"format":"vParquet4","blockID":"00000000-0000-4000-8000-000000000001","tenantID":"t","bloomShards":1,"dedicatedColumns":[{"n":"http.request.method"},{"s":"resource","n":"k8s.pod.name"},{"n":"http.response.status_code","t":"int"}]}"#;

const QUERIES: [&str; 3] = [
    "{ status = error && duration > 1ms }",
    "{ .astr = \"x\" } >> { name != \"x\" && resource.service.name =~ \"s.*\" }",
    "{ event.e = 1 || link.n = 5 } | select(event:name, span:childCount) | count() > 0",
];

fuzz_target!(|data: &[u8]| {
    let files = [("meta.json", META.as_bytes()), ("data.parquet", data)];
    let input = Input::block_in_memory("block", files.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())));
    let everything = Projection::everything();
    let fragments = Mutex::new(Vec::<Fragment>::new());
    let read_all = read(std::slice::from_ref(&input), &ReadOptions::loose(&everything, false), &|_| {}, &|fragment| {
        fragments.lock().expect("no thread panics").push(fragment);
    });
    told(read_all.map(drop));
    fragments.into_inner().expect("no thread panics").iter().for_each(flat::assert_sound);
    for query in QUERIES {
        let plan = lower(&check(query, Release::Main).query, Limits::default(), None).expect("it has a plan");
        let search = Search::new(plan);
        let options = ReadOptions {
            pruning: Some(search.plan().pruning()),
            scan: Some(&search),
            ..ReadOptions::loose(search.plan().projection(), false)
        };
        told(read(std::slice::from_ref(&input), &options, &|_| {}, &|fragment| search.observe(fragment)).map(drop));
        let _ = search.finish(0);
    }
});

fn told(result: Result<(), SourceError>) {
    if let Err(error) = result {
        assert_eq!(error.file, "block/data.parquet", "{error}");
    }
}
