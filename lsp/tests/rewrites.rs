//! Properties of rewrites, over every legal query of the recorded verdicts.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;
use traceql_grammar::{Checked, Verdict, check, vocab::release::Release};
use traceql_lsp::{
    document::{Known, edit::apply},
    ide::{
        Analysis,
        rewrite::{RewriteKind, rewrites},
    },
    lint::Options,
};

/// Distance between two cursors, in bytes.
const STEP: usize = 7;

/// Lengths of the selected parts, in bytes.
const LENGTHS: [usize; 2] = [0, 19];

/// Returns the queries that Tempo takes.
fn legal() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/check.jsonl");
    let text = fs::read_to_string(path).expect("the recorded verdicts");
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    let legal = records.filter(|record| record["verdict"] == "ok");
    legal.filter_map(|record| record["query"].as_str().map(str::to_owned)).collect()
}

/// Calls `look` with each query, the title of each rewrite of it, its kind and what it makes.
fn each(mut look: impl FnMut(&str, &str, RewriteKind, &str)) {
    for query in legal() {
        let analysis = Analysis::new("a.traceql", query.as_str(), &Known::default(), Options::of(Release::Main));
        for start in (0..=query.len()).step_by(STEP).filter(|at| query.is_char_boundary(*at)) {
            for length in LENGTHS {
                let end = start + length;
                if !query.is_char_boundary(end) {
                    continue;
                }
                for rewrite in rewrites(&analysis, start..end) {
                    assert_eq!(rewrite.new_file, None, "{query}");
                    look(&query, &rewrite.title, rewrite.kind, &apply(&query, rewrite.edits));
                }
            }
        }
    }
}

/// Returns what a query asks for, without the places in its text.
fn meaning(checked: &Checked) -> String {
    let written = format!("{:?}", checked.query);
    let parts: Vec<&str> = written.split("Span { ").collect();
    parts
        .iter()
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('}').map_or("", |p| p.1) })
        .collect()
}

#[test]
fn legal_queries_stay_legal() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    each(|query, title, _, new| {
        let verdict = check(new, Release::Main).verdict;
        assert!(
            verdict == Verdict::Ok || verdict == check(query, Release::Main).verdict,
            "{title}\n  {query}\n  {new}\n  {verdict:?}"
        );
        assert_ne!(query, new, "{title}");
        if ["Write `0", "Write `1s", "Write `42", "Write `(dur", "Write `007"].iter().any(|p| title.starts_with(p)) {
            println!("{query} => {new}");
        }
        *counts.entry(title.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
    });
    for (title, least) in [("Negate the", 1000), ("Exchange the", 20), ("Put the", 300), ("Write the", 50)] {
        let found = counts.get(title).copied().unwrap_or_default();
        assert!(found >= least, "`{title}` was offered {found} times: {counts:?}");
    }
}

#[test]
fn quotes_and_lines_keep_the_meaning() {
    each(|query, title, kind, new| {
        if kind == RewriteKind::Extract || title.starts_with("Write the string") {
            let (before, after) = (check(query, Release::Main), check(new, Release::Main));
            assert_eq!(meaning(&before), meaning(&after), "{title}\n  {query}\n  {new}");
        }
    });
}

#[test]
fn a_negation_negated_is_the_query_again() {
    let queries = [
        "{ name = \"a\" && duration > 1s || kind = server }",
        "{ (.a =~ \"x\" || !.b) && .c != nil }",
        "{ ((.a < 1)) }",
        "{ .a }",
    ];
    for query in queries {
        let negated = |text: &str| {
            let analysis = Analysis::new("a.traceql", text, &Known::default(), Options::default());
            let found = rewrites(&analysis, 0..text.len()).into_iter().find(|found| found.title.starts_with("Negate"));
            apply(text, found.expect("a negation").edits)
        };
        let once = negated(query);
        assert_ne!(once, query);
        assert_eq!(negated(&once), query);
    }
}
