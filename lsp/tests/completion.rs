//! What completion inserts into a file, and a law of all answers: no half-typed query stops them. The words of each place are in
//! `tests/suite/ide/completion.test`.

use std::{fs, path::Path};

use traceql_grammar::vocab::{release::Release, scopes::Scope};
use traceql_lsp::{
    catalog::{Catalog, Known as Found, Name, Nothing, Status, Value},
    document::{Known, edit::apply},
    ide::{
        Analysis,
        completion::{Item, MOST_ITEMS, completion, documentation, documentation_of},
        folding::folding,
        highlight::highlight,
        hover::hover,
        inlay::inlay,
        on_type::on_type,
        references::{references, subject_at},
        rewrite::rewrites,
        selection::selection,
        signature::signature,
        symbols::symbols,
        tokens::tokens,
        usage::Usage,
    },
    lint::{Options, lint},
};

/// Spans of a small shop.
struct Shop;

const NAMES: [(Scope, &str, u64); 8] = [
    (Scope::Resource, "service.name", 900),
    (Scope::Span, "http.response.status_code", 500),
    (Scope::Span, "http.route", 480),
    (Scope::Resource, "deployment.environment.name", 400),
    (Scope::Span, "db.system", 200),
    (Scope::Span, "odd name", 90),
    (Scope::Event, "exception.type", 20),
    (Scope::Link, "reason", 1),
];

impl Catalog for Shop {
    fn names(&self, _: Option<&str>) -> Found<Name> {
        let name = |(scope, name, count): &(Scope, &str, u64)| Name {
            scope: *scope,
            name: (*name).to_owned(),
            count: Some(*count),
        };
        NAMES.iter().map(name).collect()
    }

    fn status(&self) -> Status {
        Status::default()
    }

    fn values(&self, field: &str, query: Option<&str>) -> Found<Value> {
        let literals: &[&str] = match (field, query) {
            ("resource.service.name", _) => &["\"cart\"", "\"checkout\"", "\"a \\\"quoted\\\" one\"", "\"v1.0\""],
            ("name", Some("{ resource.service.name = \"cart\" }")) => &["\"GET /cart\"", "\"POST /cart\""],
            ("name", Some("{ kind = server && status = error }")) => &["\"POST /pay\""],
            ("name", None) => &["\"GET /\"", "\"GET /cart\"", "\"POST /cart\"", "\"POST /pay\""],
            ("span.http.response.status_code", _) => &["200", "500"],
            _ => &[],
        };
        let values = literals.iter().enumerate();
        values.map(|(at, literal)| Value { literal: (*literal).to_owned(), count: Some(100 - at as u64) }).collect()
    }
}

fn complete(name: &str, marked: &str, catalog: &dyn Catalog) -> (String, Vec<Item>) {
    let at = marked.find("$0").expect("a cursor");
    let text = marked.replacen("$0", "", 1);
    let analysis = Analysis::new(name, text.as_str(), &Known::default(), Options::of(Release::Main));
    let items = completion(&analysis, at, catalog, &Usage::default()).items;
    (text, items)
}

/// Returns the file with the item of this label in it.
fn with_item(name: &str, marked: &str, label: &str) -> String {
    let (text, items) = complete(name, marked, &Shop);
    let item = items.iter().find(|item| item.label == label);
    let item =
        item.unwrap_or_else(|| panic!("{label} is offered: {:?}", items.iter().map(|i| &i.label).collect::<Vec<_>>()));
    let mut edit = item.edit.clone().expect("the file can hold it");
    edit.text = item.edit_snippet.clone().unwrap_or(edit.text);
    apply(&text, vec![edit])
}

#[test]
fn a_half_typed_word_is_replaced_whole() {
    let cases = [
        ("{ dur$0 > 1s }", "duration", "{ duration > 1s }"),
        ("{ dur$0atio > 1s }", "duration", "{ duration > 1s }"),
        ("{ span.http.ro$0 = \"a\" }", "span.http.route", "{ span.http.route = \"a\" }"),
        ("{ res$0ource.x = \"a\" }", "resource.service.name", "{ resource.service.name = \"a\" }"),
        ("{ http.ro$0 }", "span.http.route", "{ span.http.route }"),
        ("{ span:du$0r > 1s }", "span:duration", "{ span:duration > 1s }"),
        ("{ span.\"odd$0\" = 1 }", "span.\"odd name\"", "{ span.\"odd name\" = 1 }"),
        ("{ name = \"GET$0\" }", "GET /cart", "{ name = \"GET /cart\" }"),
        ("{ name = \"GET$0 && kind = server }", "GET /", "{ name = \"GET /\" && kind = server }"),
        ("{ name = \"GET$0 && span.x = \"b\" }", "GET /", "{ name = \"GET /\" && span.x = \"b\" }"),
        ("{ duration > 10$0 }", "10ms", "{ duration > 10ms }"),
        ("{ duration > 10$0s }", "10ms", "{ duration > 10ms }"),
        ("{ name =$0 \"a\" }", "=~", "{ name =~ \"a\" }"),
        ("{ name = \"a\" &$0 }", "&&", "{ name = \"a\" && }"),
        ("{ } | ra$0", "rate", "{ } | rate()"),
        // Text behind the cursor is replaced, or not written again.
        ("{ } | ra$0te() by (name)", "rate", "{ } | rate() by (name)"),
        ("{ } | $0rate() by (name)", "rate", "{ } | rate() by (name)"),
        ("{ } | quan$0tile_over_time(duration, .9)", "quantile_over_time", "{ } | quantile_over_time(duration, .9)"),
        ("{ } | rate() b$0 (name)", "by", "{ } | rate() by (name)"),
        ("{ } | rate() wi$0th (sample=true)", "with", "{ } | rate() with (sample=true)"),
        ("{ } | rate() with (sam$0ple=true)", "sample", "{ } | rate() with (sample=true)"),
        ("{ } | quantile_over_time($0name, .9)", "duration", "{ } | quantile_over_time(duration, .9)"),
        ("{ name $0= \"x\" }", "!=", "{ name != \"x\" }"),
        ("{ status $0!= error }", "=", "{ status = error }"),
        ("{ name =$0~ \"x\" }", "=~", "{ name =~ \"x\" }"),
        ("{ name = $0\"x\" }", "\"GET /\"", "{ name = \"GET /\" }"),
        ("{ name = $0  \"x\" }", "\"GET /\"", "{ name = \"GET /\" }"),
        ("{ kind = \"s$0\" }", "server", "{ kind = server }"),
        ("{ status = \"$0", "error", "{ status = error"),
    ];
    for (marked, label, wanted) in cases {
        assert_eq!(with_item("a.traceql", marked, label), wanted, "{marked}");
    }
}

#[test]
fn an_alternative_of_a_regular_expression_is_escaped() {
    let wanted = r#"{ resource.service.name =~ "cart|v1\\.0" }"#;
    assert_eq!(with_item("a.traceql", "{ resource.service.name =~ \"cart|v$0 }", "v1.0"), wanted);
    let wanted = r"{ resource.service.name =~ `cart|v1\.0` }";
    assert_eq!(with_item("a.traceql", "{ resource.service.name =~ `cart|v$0 }", "v1.0"), wanted);
}

#[test]
fn only_the_alternative_at_the_cursor_is_replaced() {
    let cases = [
        ("\"ca$0|checkout\"", "\"cart|checkout\""),
        ("\"ca$0|.*\"", "\"cart|.*\""),
        ("\"(checkout|$0)\"", "\"(checkout|cart)\""),
        ("\"(ca$0|checkout)\"", "\"(cart|checkout)\""),
        ("\"^(?:ca$0)$\"", "\"^(?:cart)$\""),
        ("\"^c$0$\"", "\"^cart$\""),
        ("`ca$0|checkout`", "`cart|checkout`"),
    ];
    for (value, wanted) in cases {
        let marked = format!("{{ resource.service.name =~ {value} && kind = server }}");
        let wanted = format!("{{ resource.service.name =~ {wanted} && kind = server }}");
        assert_eq!(with_item("a.traceql", &marked, "cart"), wanted, "{value}");
    }
}

#[test]
fn what_stands_in_an_expression_is_not_offered_again() {
    let labels =
        |marked: &str| complete("a.traceql", marked, &Shop).1.into_iter().map(|item| item.label).collect::<Vec<_>>();
    assert!(!labels("{ resource.service.name =~ \"cart|$0\" }").contains(&"cart".to_owned()));
    assert!(labels("{ resource.service.name =~ \"cart|$0\" }").contains(&"checkout".to_owned()));
}

#[test]
fn nothing_is_offered_where_it_would_stand_twice() {
    for marked in ["$0{ status = error }", "{ } | $0{ .a = 1 }", "{ parent:$0 }", "{ resource:$0 }"] {
        assert_eq!(complete("a.traceql", marked, &Shop).1, [], "{marked}");
    }
    // Only operators are offered where a value follows.
    let (_, items) = complete("a.traceql", "{ name =$0 \"x\" }", &Shop);
    assert!(items.iter().all(|item| item.label == "=~"), "{items:?}");
}

#[test]
fn words_are_written_as_their_file_writes_texts() {
    let dashboard = |query: &str| {
        format!(
            r#"{{"title": "t", "panels": [{{"type": "table", "title": "p", "targets": [{{"datasource": {{"type": "tempo", "uid": "u"}}, "queryType": "traceql", "refId": "A", "query": "{query}"}}]}}]}}"#
        )
    };
    let found = with_item("a.json", &dashboard("{ resource.service.name = $0 }"), "\"a \\\"quoted\\\" one\"");
    assert_eq!(found, dashboard(r#"{ resource.service.name = \"a \\\"quoted\\\" one\" }"#));
    let found = with_item("a.json", &dashboard("{ name = \\\"GET$0\\\" }"), "GET /cart");
    assert_eq!(found, dashboard("{ name = \\\"GET /cart\\\" }"));
    // Tab stops stay, and the quotes around them are written for JSON.
    let found = with_item("a.json", &dashboard("{ name = $0 }"), "\"…\"");
    assert_eq!(found, dashboard("{ name = \\\\\"$1\\\\\" }"));
}

#[test]
fn names_of_the_file_come_first() {
    let text = "```traceql\n{ span.shop.tier = \"gold\" }\n```\n\n```traceql\n{ span.$0 }\n```\n";
    let (_, items) = complete("a.md", text, &Shop);
    assert_eq!(items.first().map(|item| item.label.as_str()), Some("span.shop.tier"));
    let text = text.replace("{ span.$0 }", "{ span.shop.tier = $0 }");
    let (_, items) = complete("a.md", &text, &Shop);
    assert_eq!(items.first().map(|item| item.label.as_str()), Some("\"gold\""));
}

#[test]
fn words_of_later_releases_are_left_out() {
    let text = "{ } | ";
    let labels = |release| {
        let analysis = Analysis::new("a.traceql", text, &Known::default(), Options::of(release));
        completion(&analysis, text.len(), &Nothing, &Usage::default())
            .items
            .into_iter()
            .map(|item| item.label)
            .collect::<Vec<_>>()
    };
    assert!(labels(Release::Main).contains(&"rate".to_owned()));
    assert!(!labels(Release::V2_2).contains(&"rate".to_owned()));
    assert!(labels(Release::V2_2).contains(&"select".to_owned()));
}

#[test]
fn documentation_tells_type_release_and_successor() {
    let (_, items) = complete("a.traceql", "{ } | quantile$0", &Shop);
    let text = documentation(items.first().expect("an item")).expect("a text");
    assert!(text.contains("quantile_over_time(field, q, …)") && text.contains("Needs Tempo 2.5."), "{text}");
    let text = documentation_of("attribute:http.status_code").expect("a text");
    assert!(text.contains("Type: int") && text.contains("`http.response.status_code`"), "{text}");
    let text = documentation_of("intrinsic:duration").expect("a text");
    assert!(text.contains("`ms`") && text.contains("{ duration > 100ms }"), "{text}");
    assert_eq!(documentation_of("nothing"), None);
}

fn corpus() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/check.jsonl");
    let text = fs::read_to_string(path).expect("the corpus is there");
    let case = |line| serde_json::from_str::<serde_json::Value>(line).expect("a case");
    text.lines().map(|line| case(line)["query"].as_str().expect("a query").to_owned()).collect()
}

/// Judges every prefix of a query, reads it and completes behind it, alone and with the rest behind the cursor.
fn typed_through(query: &str) {
    let whole = Analysis::new("a.traceql", query, &Known::default(), Options::of(Release::Main));
    let inlays = inlay(&whole, 0..query.len(), &Shop);
    assert!(inlays.iter().all(|inlay| query.is_char_boundary(inlay.at)), "{query}: {inlays:?}");
    for (at, _) in query.char_indices().chain([(query.len(), ' ')]) {
        let prefix = Analysis::new("a.traceql", &query[..at], &Known::default(), Options::of(Release::Main));
        for (analysis, text) in [(&prefix, &query[..at]), (&whole, query)] {
            lint(analysis.document(), analysis.options());
            let items = completion(analysis, at, &Shop, &Usage::default()).items;
            assert!(items.len() <= MOST_ITEMS);
            if let Some(found) = hover(analysis, at, &Shop) {
                assert!(text.get(found.span.clone()).is_some(), "{query} at {at}: {found:?}");
                assert!(found.span.start <= at && at <= found.span.end, "{query} at {at}: {found:?}");
            }
            if let Some(found) = signature(analysis, at) {
                assert!(found.parameters.iter().all(|place| found.label.get(place.clone()).is_some()), "{found:?}");
                assert!(found.active < found.parameters.len().max(1), "{query} at {at}: {found:?}");
            }
            others(analysis, text, at);
            for edit in items.iter().filter_map(|item| item.edit.as_ref()) {
                assert!(text.get(edit.span.clone()).is_some(), "{query} at {at}: {edit:?}");
                assert!(edit.span.start <= at && at <= edit.span.end, "{query} at {at}: {edit:?}");
            }
        }
    }
}

/// Asks for everything else at a place; each part of the file in an answer is one.
fn others(analysis: &Analysis, text: &str, at: usize) {
    let mut spans: Vec<_> = tokens(analysis).into_iter().map(|token| token.span).collect();
    spans.extend(highlight(analysis, at).into_iter().map(|found| found.span));
    spans.extend(selection(analysis, at));
    spans.extend(folding(analysis).into_iter().map(|found| found.span));
    spans.extend(symbols(analysis).into_iter().map(|found| found.span));
    spans.extend(on_type(analysis, at, '\n').map(|edit| edit.span));
    spans.extend(rewrites(analysis, at..at).into_iter().flat_map(|found| found.edits).map(|edit| edit.span));
    if let Some((subject, _)) = subject_at(analysis, at) {
        spans.extend(references(analysis, &subject).into_iter().map(|found| found.span));
    }
    for span in spans {
        assert!(text.get(span.clone()).is_some(), "{text} at {at}: {span:?}");
    }
}

/// Lengths of queries, in bytes: long ones take minutes, and hold nothing that short ones do not.
const SHORT: usize = 80;
const LONGEST: usize = 160;

#[test]
fn no_prefix_of_a_query_stops_an_answer() {
    const WANTED: usize = 80;
    let queries: Vec<String> = corpus().into_iter().filter(|query| query.len() <= SHORT).collect();
    let step = (queries.len() / WANTED).max(1);
    queries.iter().step_by(step).for_each(|query| typed_through(query));
}

#[test]
#[ignore = "takes minutes"]
fn no_prefix_of_any_query_stops_an_answer() {
    corpus().iter().filter(|query| query.len() <= 4 * LONGEST).for_each(|query| typed_through(query));
}
