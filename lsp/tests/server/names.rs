//! Sessions about names and the shape of documents: references, renaming, symbols, tokens, folding.

use serde_json::{Value, json};

use crate::session::{SHOP, Session};

const QUERY: &str = "file:///work/a.traceql";

/// Two stages on two lines.
const TEXT: &str = "{ span.http.route = \"/cart\" }\n  | rate() by (span.http.route)\n";

fn at(line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": QUERY}, "position": {"line": line, "character": character}})
}

/// Returns the text between the columns of a range in a line of a text, which count units of UTF-16.
fn part(text: &str, range: &Value) -> String {
    let number = |place: &str, field: &str| range[place][field].as_u64().expect("a number") as usize;
    let line = text.lines().nth(number("start", "line")).expect("a line");
    let units: Vec<u16> = line.encode_utf16().collect();
    String::from_utf16_lossy(&units[number("start", "character")..number("end", "character")])
}

#[tokio::test]
async fn references_are_found_in_files_that_are_not_open() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", TEXT).await;
    let mut params = at(0, 8);
    params["context"] = json!({"includeDeclaration": true});
    let found = session.request("textDocument/references", params).await["result"].take();
    let found = found.as_array().expect("places");
    let places: Vec<(&str, String)> = found
        .iter()
        .map(|place| {
            let uri = place["uri"].as_str().expect("an address");
            let text = if uri == QUERY { TEXT } else { SHOP };
            (uri, part(text, &place["range"]))
        })
        .collect();
    let route = "span.http.route".to_owned();
    let shop = "file:///work/shop.json";
    assert_eq!(places, [(QUERY, route.clone()), (QUERY, route.clone()), (shop, route)]);
}

#[tokio::test]
async fn renaming_edits_each_file_as_it_writes_texts() {
    for has_versions in [true, false] {
        let capabilities = json!({"workspace": {"workspaceEdit": {"documentChanges": has_versions}}});
        let mut session = Session::start(capabilities).await;
        session.open(QUERY, "traceql", TEXT).await;
        let prepared = session.request("textDocument/prepareRename", at(0, 8)).await["result"].take();
        assert_eq!(prepared["placeholder"], json!("span.http.route"), "{prepared}");
        let mut params = at(0, 8);
        params["newName"] = json!("the \"route\"");
        let edit = session.request("textDocument/rename", params).await["result"].take();
        let edits_of = |uri: &str| match has_versions {
            true => {
                let changes = edit["documentChanges"].as_array().expect("documents");
                let of = changes.iter().find(|change| change["textDocument"]["uri"] == json!(uri)).expect("the file");
                let version = if uri == QUERY { json!(1) } else { json!(null) };
                assert_eq!(of["textDocument"]["version"], version);
                of["edits"].clone()
            }
            false => edit["changes"][uri].clone(),
        };
        assert_eq!(edits_of(QUERY).as_array().map(Vec::len), Some(2), "{edit}");
        let edits = edits_of("file:///work/shop.json");
        assert_eq!(part(SHOP, &edits[0]["range"]), "http.route", "{edits}");
        assert_eq!(edits[0]["newText"], json!(r#"\"the \\\"route\\\"\""#));
    }
}

#[tokio::test]
async fn what_has_its_name_from_tempo_is_not_renamed() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", TEXT).await;
    let mut params = at(1, 5);
    params["newName"] = json!("x");
    for method in ["textDocument/prepareRename", "textDocument/rename"] {
        let answer = session.request(method, params.clone()).await;
        assert!(
            answer["error"]["message"].as_str().is_some_and(|text| text.contains("`rate` is a function")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn symbols_are_nested_where_the_client_shows_that() {
    let nested = json!({"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}});
    for (capabilities, is_nested) in [(nested, true), (json!({}), false)] {
        let mut session = Session::start(capabilities).await;
        session.open("file:///work/shop.json", "json", SHOP).await;
        let params = json!({"textDocument": {"uri": "file:///work/shop.json"}});
        let symbols = session.request("textDocument/documentSymbol", params).await["result"].take();
        assert_eq!(symbols[0]["name"], json!("Carts"), "{symbols}");
        let count = symbols.as_array().map(Vec::len);
        assert_eq!((symbols[0]["children"].is_array(), count), (is_nested, Some(if is_nested { 1 } else { 2 })));
    }
    let mut session = Session::start(json!({})).await;
    let found = session.request("workspace/symbol", json!({"query": "cart"})).await["result"].take();
    assert_eq!(found[0]["name"], json!("Carts"), "{found}");
    let found = session.request("workspace/symbol", json!({"query": "no such panel"})).await;
    assert_eq!(found["result"], json!([]));
}

#[tokio::test]
async fn tokens_come_whole_in_part_and_as_a_difference() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", TEXT).await;
    let document = json!({"uri": QUERY});
    let params = json!({"textDocument": document});
    let whole = session.request("textDocument/semanticTokens/full", params).await["result"].take();
    let count = whole["data"].as_array().expect("numbers").len();
    let range = json!({"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 0}});
    let params = json!({"textDocument": document, "range": range});
    let part = session.request("textDocument/semanticTokens/range", params).await["result"].take();
    assert!(part["data"].as_array().is_some_and(|data| !data.is_empty() && data.len() < count), "{part}");
    let at = json!({"line": 0, "character": 28});
    let change = json!([{"range": {"start": at, "end": at}, "text": "&& status = error "}]);
    session.change(QUERY, 2, change).await;
    let params = json!({"textDocument": document, "previousResultId": whole["resultId"]});
    let delta = session.request("textDocument/semanticTokens/full/delta", params).await["result"].take();
    let edit = &delta["edits"][0];
    let added = edit["data"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(added - edit["deleteCount"].as_u64().expect("a number"), 20, "{delta}");
    assert!(added < count as u64, "only a part is sent: {delta}");
}

#[tokio::test]
async fn documents_fold_and_selections_grow() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", TEXT).await;
    let params = json!({"textDocument": {"uri": QUERY}});
    session.open("file:///work/b.traceql", "traceql", "{\n  .a = 1\n  && .b = 2\n}\n  | rate()\n").await;
    let other = json!({"textDocument": {"uri": "file:///work/b.traceql"}});
    let folds = session.request("textDocument/foldingRange", other).await["result"].take();
    assert_eq!((&folds[0]["startLine"], &folds[0]["endLine"]), (&json!(0), &json!(3)), "{folds}");
    let mut params = params;
    params["positions"] = json!([{"line": 0, "character": 8}]);
    let selection = session.request("textDocument/selectionRange", params).await["result"].take();
    let mut parts = Vec::new();
    let mut range = &selection[0];
    while range.is_object() && range["range"]["end"]["line"] == json!(0) {
        parts.push(part(TEXT, &range["range"]));
        range = &range["parent"];
    }
    assert_eq!(parts[..3], ["http", "http.route", "span.http.route"].map(str::to_owned), "{selection}");
    let highlights = session.request("textDocument/documentHighlight", at(0, 8)).await["result"].take();
    assert_eq!(highlights.as_array().map(Vec::len), Some(2), "{highlights}");
}

#[tokio::test]
async fn rewrites_are_actions_and_new_files_are_for_clients_that_make_them() {
    let makes = json!({"workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}}});
    for (capabilities, is_made) in [(makes, true), (json!({}), false)] {
        let mut session = Session::start(capabilities).await;
        let uri = "file:///work/a.md";
        session.open(uri, "markdown", "# Slow ones\n\n```traceql\n{ 1s < duration }\n```\n").await;
        let place = json!({"line": 3, "character": 5});
        let params = json!({"textDocument": {"uri": uri}, "range": {"start": place, "end": place},
            "context": {"diagnostics": [], "only": ["refactor"]}});
        let actions = session.request("textDocument/codeAction", params).await["result"].take();
        let actions = actions.as_array().expect("actions");
        let titled =
            |part: &str| actions.iter().find(|action| action["title"].as_str().is_some_and(|t| t.contains(part)));
        let flip = titled("Write `duration > 1s`").unwrap_or_else(|| panic!("{actions:?}"));
        assert_eq!(flip["kind"], json!("refactor.rewrite"));
        let copy = titled("a-1.traceql");
        assert_eq!(copy.is_some(), is_made, "{actions:?}");
        if let Some(copy) = copy {
            let changes = &copy["edit"]["documentChanges"];
            assert_eq!(
                (&changes[0]["kind"], &changes[0]["uri"]),
                (&json!("create"), &json!("file:///work/a-1-2.traceql"))
            );
            assert_eq!(changes[1]["edits"][0]["newText"], json!("{ 1s < duration }\n"));
        }
    }
}

#[tokio::test]
async fn a_new_line_of_a_query_file_is_indented() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "{ }\n").await;
    let mut params = at(1, 0);
    params["ch"] = json!("\n");
    params["options"] = json!({"tabSize": 4, "insertSpaces": true});
    let edits = session.request("textDocument/onTypeFormatting", params).await["result"].take();
    assert_eq!(edits[0]["newText"], json!("  "), "{edits}");
}
