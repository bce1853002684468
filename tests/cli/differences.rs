//! Wherever a recorded answer of Tempo differs from traceql's, `check` says so, by the name of the difference.

use serde_json::Value;
use traceql_grammar::{
    check,
    diagnostic::{Code, Diagnostic, Severity},
    vocab::release::Release,
};

fn recordings() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/execute.jsonl.zst");
    let file = std::fs::File::open(path).expect("the recordings are in the repository");
    let text = zstd::decode_all(file).expect("the recordings are zstd");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a recording is JSON")).collect()
}

#[test]
fn recorded_differences_are_announced() {
    let (mut wrong, mut differences) = (Vec::new(), 0);
    for recording in recordings() {
        let query = recording["query"].as_str().expect("a recording has a query");
        let found = check(query, Release::Main).diagnostics;
        match recording["divergence"].as_str() {
            Some(name) => {
                differences += 1;
                let name = format!("tempo-{name}");
                if !found.iter().any(|found| found.code.row().name == name) {
                    wrong.push(format!("{query}: no {name}"));
                }
            }
            // What only unusual data can make differ does not count; nor do unions, whose recorded traces have the one branch
            // for which the answers agree.
            None => {
                let certain = |found: &&Diagnostic| {
                    found.severity == Severity::Warning && found.code != Code::TempoUnionStructural
                };
                wrong.extend(
                    found
                        .iter()
                        .filter(certain)
                        .map(|found| format!("{query}: {}, but the answers agree", found.code.row().name)),
                );
            }
        }
    }
    assert!(differences > 15, "only {differences} recordings differ");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
