//! Any text under the names of all kinds of files: queries are looked for without a panic, every place lies inside of
//! the file, and an edit of a query is one that the file takes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceql_grammar::{diagnostic::Edit, span::Span};
use traceql_lsp::document::{
    Document, Known,
    edit::{apply, in_file},
    holder::{Found, Holder, Target},
    json, read, yaml,
};

/// A file of each kind.
const NAMES: [&str; 9] = ["a.json", "a.jsonl", "a.yaml", "a.md", "a.sh", "a.tf", "a.url", "a.traceql", "a.txt"];

fuzz_target!(|text: &str| {
    let known = Known { tempo: vec!["tempo".to_owned()] };
    for name in NAMES {
        let document = read(name, text, &known);
        check(&document, text);
        // The same file gives the same document.
        assert_eq!(read(name, text, &known), document);
    }
    // The finder passes over files without certain words.
    if let Err(broken) = json::parse(text) {
        assert!(text.is_char_boundary(broken.at));
    }
    let parsed = yaml::parse(text);
    assert!(parsed.broken.iter().all(|broken| text.is_char_boundary(broken.at)));
    assert!(parsed.documents.iter().all(|node| text.get(node.span.clone()).is_some()));
});

fn check(document: &Document, text: &str) {
    let remarks = document.broken.iter().chain(&document.untold).map(|remark| &remark.span);
    let variables = document.dashboards.iter().flat_map(|dashboard| &dashboard.variables).map(|variable| &variable.span);
    let holders = document.holders.iter().map(|holder| &holder.span);
    for span in remarks.chain(variables).chain(holders) {
        assert!(text.get(span.clone()).is_some(), "{span:?}");
    }
    for (holder, target) in document.targets() {
        check_settings(holder, target, text);
        target.query.iter().chain(&target.built).for_each(|found| check_query(found, text));
    }
}

fn check_settings(holder: &Holder, target: &Target, text: &str) {
    let of_holder = [&holder.title, &holder.description, &holder.panel_type];
    let of_target = [
        &target.data_source.name,
        &target.query_type,
        &target.table_type,
        &target.metrics_query_type,
        &target.step,
    ];
    let texts = of_holder.into_iter().chain(of_target).flatten().map(|setting| &setting.span);
    let numbers = [&target.limit, &target.spss].into_iter().flatten().map(|setting| &setting.span);
    for span in texts.chain(numbers).chain([&target.span]) {
        assert!(text.get(span.clone()).is_some(), "{span:?}");
    }
}

fn check_query(found: &Found, text: &str) {
    assert!(text.get(found.span.clone()).is_some(), "{found:?}");
    assert_eq!(found.map.text_len(), found.text.len(), "{found:?}");
    for segment in found.map.segments() {
        assert!(found.text.get(segment.text.clone()).is_some(), "{found:?}");
        assert!(text.get(segment.file.clone()).is_some(), "{found:?}");
    }
    let middle = found.text.char_indices().nth(found.text.len() / 2).map_or(found.text.len(), |(at, _)| at);
    for (start, end, new) in [(0, 0, "\"a\" "), (middle, found.text.len(), "}\n"), (middle, middle, "$'#: ")] {
        let edit = Edit { span: Span::new(start, end), text: new.to_owned() };
        let Some(edits) = in_file(found, text, &[edit]) else { continue };
        assert!(edits.iter().all(|edit| text.get(edit.span.clone()).is_some()), "{found:?}");
        apply(text, edits);
    }
}
