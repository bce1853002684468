//! Tempo's recorded verdicts, of its newest version and of each release.

use serde_json::Value;
use traceql_grammar::{Verdict, check, vocab::release::Release};

const CORPUS: &str = include_str!("../../tests/conformance/check.jsonl");

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::ParseError => "parse_error",
        Verdict::ValidateError => "validate_error",
        Verdict::Unsupported => "unsupported",
    }
}

fn lines() -> impl Iterator<Item = Value> {
    CORPUS.lines().map(|line| serde_json::from_str(line).expect("the corpus is JSON lines"))
}

#[test]
fn newest() {
    let mut wrong = Vec::new();
    for line in lines() {
        let query = line["query"].as_str().unwrap();
        let checked = check(query, Release::Main);
        if name(checked.verdict) != line["verdict"] {
            wrong.push(format!(
                "{query}\n    Tempo: {} {}\n    here: {}, {:?}",
                line["verdict"],
                line["message"],
                name(checked.verdict),
                checked.diagnostics.first()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of the verdicts differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The verdict in force in a release, if one is recorded that is a verdict.
fn at(history: &Value, release: Release) -> Option<String> {
    let mut entries = history.as_array()?.iter().filter_map(|entry| {
        let since: Release = entry["since"].as_str()?.parse().ok()?;
        (since <= release).then(|| entry["verdict"].as_str())?
    });
    entries.next_back().filter(|verdict| !matches!(*verdict, "hang" | "crash" | "panic")).map(str::to_owned)
}

#[test]
fn releases() {
    let mut report = String::new();
    for release in Release::ALL.iter().copied().filter(|release| (Release::V2_2..=Release::V3_0).contains(release)) {
        for line in lines() {
            let query = line["query"].as_str().unwrap();
            let Some(verdict) = at(&line["history"], release) else { continue };
            let legal = check(query, release).verdict == Verdict::Ok;
            if legal != (verdict == "ok") {
                report.push_str(&format!("{release}: {query}: Tempo {verdict}, here legal: {legal}\n"));
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}
