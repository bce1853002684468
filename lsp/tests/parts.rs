//! Laws of the answers about parts of a file, for every beginning of a query. The answers themselves are in `tests/suite/ide`.

use std::{fs, ops::Range, path::Path};

use traceql_grammar::{Verdict, check, vocab::release::Release};
use traceql_lsp::{
    document::{Known, edit::apply},
    ide::{
        Analysis,
        folding::folding,
        highlight::highlight,
        references::{references, subject_at},
        rename::{NewName, rename},
        selection::selection,
        symbols::symbols,
        tokens::{tokens, tokens_in},
    },
    lint::Options,
};

/// Queries that are looked at.
const WANTED: usize = 300;

/// Maximum length of a query of which every beginning is looked at, in bytes.
const SHORT: usize = 80;

fn corpus() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/check.jsonl");
    let text = fs::read_to_string(path).expect("the corpus is there");
    let case = |line| serde_json::from_str::<serde_json::Value>(line).expect("a case");
    let queries = text.lines().map(|line| case(line)["query"].as_str().expect("a query").to_owned());
    let short: Vec<String> = queries.filter(|query| query.len() <= SHORT).collect();
    let step = (short.len() / WANTED).max(1);
    short.into_iter().step_by(step).collect()
}

fn file(name: &str, text: &str) -> Analysis {
    Analysis::new(name, text, &Known::default(), Options::of(Release::Main))
}

/// Returns a query in a file of its own, and in a dashboard.
fn files(query: &str) -> [Analysis; 2] {
    let query_text = serde_json::to_string(query).expect("a text");
    let panel = format!("{{\"datasource\": {{\"type\": \"tempo\"}}, \"targets\": [{{\"query\": {query_text}}}]}}");
    [file("a.traceql", query), file("a.json", &format!("{{\"panels\": [{panel}]}}"))]
}

fn starts(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}

#[test]
fn every_beginning_of_a_query_has_parts_that_lie_in_the_file() {
    for query in corpus() {
        for end in starts(&query) {
            for analysis in files(&query[..end]) {
                let text = analysis.text();
                let is_part = |span: &Range<usize>| text.get(span.clone()).is_some();
                let found = tokens(&analysis);
                let is_behind = found.is_sorted_by(|a, b| a.span.end <= b.span.start);
                let is_line = |span: &Range<usize>| text.get(span.clone()).is_some_and(|part| !part.contains('\n'));
                assert!(is_behind && found.iter().all(|token| is_line(&token.span)), "{text}: {found:?}");
                assert!(folding(&analysis).iter().all(|fold| is_part(&fold.span)), "{text}");
                for symbol in symbols(&analysis) {
                    let is_inside =
                        symbol.span.start <= symbol.selection.start && symbol.selection.end <= symbol.span.end;
                    assert!(is_part(&symbol.span) && is_inside && !symbol.name.is_empty(), "{text}: {symbol:?}");
                }
            }
        }
    }
}

#[test]
fn every_place_of_a_query_has_answers() {
    for query in corpus() {
        for analysis in files(&query) {
            let text = analysis.text();
            for at in starts(text) {
                let spans = selection(&analysis, at);
                let grows = |pair: &[Range<usize>]| pair[1].start <= pair[0].start && pair[0].end <= pair[1].end;
                assert!(spans.windows(2).all(grows), "{text} at {at}: {spans:?}");
                assert!(spans.iter().all(|span| text.get(span.clone()).is_some()), "{text} at {at}: {spans:?}");
                assert!(spans.iter().all(|span| span.start <= at && at <= span.end), "{text} at {at}: {spans:?}");
                let places = highlight(&analysis, at);
                assert!(
                    places.iter().all(|place| text.get(place.span.clone()).is_some()),
                    "{text} at {at}: {places:?}"
                );
                assert!(tokens_in(&analysis, at..at).len() <= 2, "{text} at {at}");
                if let Some((subject, span)) = subject_at(&analysis, at) {
                    assert!(references(&analysis, &subject).iter().any(|place| place.span == span), "{text} at {at}");
                    let has = |needle: &String| text.contains(needle.as_str());
                    assert!(subject.needles().is_empty() || subject.needles().iter().any(has), "{text} at {at}");
                }
            }
        }
    }
}

#[test]
fn a_query_that_runs_does_so_under_another_name() {
    let names = ["other.name", "two words", "span.\"a\\\"b\"", "5"].map(|name| NewName::read(name).expect("a name"));
    for query in corpus() {
        let [analysis, dashboard] = files(&query);
        if check(&query, Release::Main).verdict != Verdict::Ok {
            continue;
        }
        for at in starts(&query) {
            let Some((subject, _)) = subject_at(&analysis, at) else { continue };
            for name in &names {
                let Ok(renamed) = rename(&analysis, &subject, name) else { continue };
                let new = apply(&query, renamed.edits);
                assert_eq!(check(&new, Release::Main).verdict, Verdict::Ok, "{query} is {new}");
                let Ok(renamed) = rename(&dashboard, &subject, name) else { continue };
                let text = apply(dashboard.text(), renamed.edits);
                let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                // Variables of a dashboard are none in a query file.
                if !query.contains(['$', '[']) {
                    assert_eq!(value["panels"][0]["targets"][0]["query"], serde_json::json!(new), "{query}");
                }
            }
        }
    }
}
