//! The same queries over blocks of the same spans: several row groups, pruning, and columns that are read one by one.

use std::{env, fs, path::PathBuf, process};

use traceql::{
    exec::{Collector, Search},
    model::{
        assemble::assemble,
        cancel::Cancel,
        result::{SearchResult, TraceMatch},
    },
    output::tempo_block::{Options, write},
    plan::{Limits, lower},
    source::{Input, ReadOptions, find, read},
};
use traceql_grammar::{Verdict, check, query::Query, vocab::release::Release};

use super::{
    describe, found, naive, queries,
    traces::{self, Numbers, Span},
};

/// A block that is removed again in the end.
struct Block(PathBuf);

impl Block {
    fn new(name: &str, spans: &[Span], numbers: &mut Numbers) -> Block {
        let root = env::temp_dir().join(format!("traceql-engine-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&root);
        let batches = assemble(&traces::fragments(spans, 1, numbers));
        let row_group_traces = 1 + numbers.below(3) as usize;
        let options = Options { row_group_traces, ..Options::new("00000000-0000-4000-8000-000000000001") };
        write(&root, &batches, &options, &Cancel::new()).expect("it can be written");
        Block(root)
    }

    fn inputs(&self) -> Vec<Input> {
        find(&[self.0.to_str().expect("a path is UTF-8").to_owned()]).expect("it was written")
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // What is left is litter in a folder for litter.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(query: &Query, inputs: &[Input], prunes: bool) -> SearchResult {
    let plan = lower(query, Limits::default(), None).expect("a checked query has a plan");
    let search = Search::new(plan).of_inputs(inputs.len());
    let options = ReadOptions {
        projection: search.plan().projection(),
        pruning: prunes.then(|| search.plan().pruning()),
        scan: Some(&search),
        ..ReadOptions::loose(search.plan().projection(), false)
    };
    read(inputs, &options, &|_| {}, &|fragment| search.observe(fragment)).expect("it is sound");
    search.finish(0).expect("no query here makes several spansets for an operand")
}

/// Returns the traces of an answer. A block keeps names only, so that a root without any is none.
fn traces_of(mut result: SearchResult) -> Vec<TraceMatch> {
    for trace in &mut result.traces {
        if trace.root_name.as_deref() == Some("") && trace.root_service.as_deref() == Some("") {
            (trace.root_name, trace.root_service) = (None, None);
        }
    }
    result.traces
}

fn hold(name: &str, seeds: std::ops::Range<u64>, make: impl Fn(&mut Numbers) -> String) {
    let mut answered = 0;
    for seed in seeds {
        let mut numbers = Numbers::new(seed);
        let spans = traces::random(&mut numbers);
        let block = Block::new(name, &spans, &mut numbers);
        let inputs = block.inputs();
        for _ in 0..8 {
            let text = make(&mut numbers);
            let checked = check(&text, Release::Main);
            if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
                continue;
            }
            let expected = naive::search(&checked.query, &spans);
            let of_file = super::run(&checked.query, &spans, 1, &mut numbers);
            for prunes in [false, true] {
                let of_block = run(&checked.query, &inputs, prunes);
                let about = || format!("seed {seed}, pruning {prunes}, query {text}\n{}", describe(&spans));
                assert_eq!(found(&of_block), expected, "{}", about());
                assert_eq!(traces_of(of_block), traces_of(of_file.clone()), "{}", about());
            }
            answered += usize::from(!expected.is_empty());
        }
    }
    // Queries that find nothing show nothing.
    assert!(answered > 30, "only {answered} queries found something");
}

#[test]
fn filters_find_the_same_in_blocks() {
    hold("filters", 0..120, |numbers| format!("{{ {} }}", queries::expression(numbers, 3)));
}

#[test]
fn spanset_operators_find_the_same_in_blocks() {
    hold("structure", 1000..1120, queries::structure);
}

#[test]
fn pipelines_find_the_same_in_blocks() {
    hold("pipelines", 2000..2120, queries::pipeline);
}
