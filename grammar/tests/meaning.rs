//! Formatting and checking keep the meaning that Tempo sees: its recorded canonical forms.

mod canonical;

use serde_json::Value;
use traceql_grammar::{check, format, vocab::release::Release};

const CORPUS: &str = include_str!("../../tests/conformance/check.jsonl");

fn lines() -> impl Iterator<Item = Value> {
    CORPUS.lines().map(|line| serde_json::from_str(line).expect("the corpus is JSON lines"))
}

#[test]
fn formatted_queries_have_the_recorded_canonical_form() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for line in lines() {
        let (query, Some(recorded)) = (line["query"].as_str().unwrap(), line["canonical"].as_str()) else { continue };
        compared += 1;
        let formatted = match format(query) {
            Ok(formatted) => formatted,
            Err(found) => {
                wrong.push(format!("{query}\n    cannot be formatted: {found:?}"));
                continue;
            }
        };
        let ours = canonical::canonical(&check(&formatted, Release::Main).query);
        if ours != recorded {
            wrong.push(format!("{query}\n    formatted {formatted}\n    Tempo     {recorded}\n    here      {ours}"));
        }
    }
    assert!(compared > 1000, "only {compared} lines have a canonical form");
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}
