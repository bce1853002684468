//! Sessions in which files change that are not open, and what is known of them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::session::Session;

/// A file with an error, which is not open.
const BAD: &str = "file:///work/dashboard.json";

/// The same address, as another program writes it.
const BAD_TOO: &str = "file:///work/%64ashboard.json";

/// A query that lint has a fix for.
const FIXABLE: &str = "{ resource.service.name =~ \"^cart$\" }";

async fn pull(session: &mut Session, previous: Value) -> Vec<Value> {
    let answer = session.request("workspace/diagnostic", json!({"previousResultIds": previous})).await;
    answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

fn of<'a>(items: &'a [Value], name: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["uri"].as_str().is_some_and(|uri| uri.ends_with(name))).collect()
}

/// Returns the labels that are offered at the end of the first line.
async fn labels(session: &mut Session, uri: &str, character: usize) -> Vec<String> {
    let position = json!({"line": 0, "character": character});
    let params = json!({"textDocument": {"uri": uri}, "position": position});
    let answer = session.request("textDocument/completion", params).await;
    let items = answer["result"]["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
    items.iter().filter_map(|item| item["label"].as_str()).map(str::to_owned).collect()
}

async fn actions(session: &mut Session, uri: &str, kinds: Value) -> Value {
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let context = json!({"diagnostics": [], "only": kinds});
    let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
    session.request("textDocument/codeAction", params).await["result"].take()
}

#[tokio::test]
async fn findings_of_a_file_that_is_gone_are_taken_back() {
    let mut session = Session::start(json!({})).await;
    let items = pull(&mut session, json!([])).await;
    let id = of(&items, "dashboard.json")[0]["resultId"].clone();
    session.write("/work/dashboard.json", None);
    session.changed("/work/dashboard.json").await;
    for known in [BAD, "file:///work/never-listed.json"] {
        let items = pull(&mut session, json!([{"uri": known, "value": id}])).await;
        assert_eq!(items.len(), 1, "{items:?}");
        assert_eq!((&items[0]["uri"], &items[0]["items"]), (&json!(known), &json!([])));
        let empty = items[0]["resultId"].clone();
        let items = pull(&mut session, json!([{"uri": known, "value": empty}])).await;
        assert!(items.iter().all(|item| item["kind"] == json!("unchanged")), "{items:?}");
    }
}

#[tokio::test]
async fn a_file_is_known_by_every_address_of_it() {
    let mut session = Session::start(json!({})).await;
    let items = pull(&mut session, json!([])).await;
    let id = of(&items, "ashboard.json")[0]["resultId"].clone();
    let items = pull(&mut session, json!([{"uri": BAD_TOO, "value": id}])).await;
    assert_eq!((items.len(), &items[0]["kind"]), (1, &json!("unchanged")), "{items:?}");
    session.open(BAD_TOO, "json", "{}").await;
    let items = pull(&mut session, json!([])).await;
    let found = of(&items, "ashboard.json");
    assert_eq!((found.len(), &found[0]["items"]), (1, &json!([])), "{items:?}");
}

#[tokio::test]
async fn files_are_judged_anew_when_settings_or_a_configuration_change() {
    let mut session = Session::start(json!({"textDocument": {"diagnostic": {}}})).await;
    session.write("/work/b.traceql", Some("{ } | rate() | topk(3)"));
    session.changed("/work/b.traceql").await;
    assert!(of(&pull(&mut session, json!([])).await, "b.traceql").is_empty());
    let settings = json!({"settings": {"traceql": {"target": "2.6"}}});
    session.notify("workspace/didChangeConfiguration", settings).await;
    assert_eq!(of(&pull(&mut session, json!([])).await, "b.traceql").len(), 1);

    session.notify("workspace/didChangeConfiguration", json!({"settings": {"traceql": {}}})).await;
    assert!(of(&pull(&mut session, json!([])).await, "b.traceql").is_empty());
    session.write("/work/traceql.toml", Some("target = \"2.6\"\n"));
    let saved = json!({"textDocument": {"uri": "file:///work/traceql.toml"}});
    session.notify("textDocument/didSave", saved).await;
    assert_eq!(of(&pull(&mut session, json!([])).await, "b.traceql").len(), 1);
}

#[tokio::test]
async fn what_is_saved_is_known_to_clients_that_watch_no_files() {
    let mut session = Session::start(json!({"textDocument": {"diagnostic": {}}})).await;
    assert_eq!(pull(&mut session, json!([])).await.len(), 1);
    let uri = "file:///work/new.traceql";
    session.open(uri, "traceql", "{ status = 1x }").await;
    session.write("/work/new.traceql", Some("{ status = 1x }"));
    session.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}})).await;
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}})).await;
    let items = pull(&mut session, json!([])).await;
    assert_eq!(of(&items, "new.traceql").len(), 1, "{items:?}");
}

#[tokio::test]
async fn every_kind_of_file_that_is_listed_is_watched() {
    let can = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut session = Session::start(can).await;
    let asked = session.request_of("client/registerCapability").await;
    let watchers = &asked["params"]["registrations"][0]["registerOptions"]["watchers"];
    let ends = traceql_lsp::server::ENDS.join(",");
    let patterns = json!([{"globPattern": format!("**/*.{{{ends}}}")}, {"globPattern": "**/traceql.toml"}]);
    assert_eq!(*watchers, patterns);
}

#[tokio::test]
async fn names_come_from_files_of_the_workspace_only() {
    let mut session = Session::start(json!({})).await;
    session.write("/work/traceql.toml", Some("exclude = [\"skip/**\"]\n"));
    session.changed("/work/traceql.toml").await;
    let files = [("/work/a.traceql", "zeta.in"), ("/work/skip/a.traceql", "zeta.left"), ("/b/a.traceql", "zeta.out")];
    for (path, name) in files {
        session.write(path, Some(&format!("{{ span.{name} = 1 }}")));
        session.changed(path).await;
    }
    session.settle().await;
    let (uri, text) = ("file:///work/new.traceql", "{ span.zet");
    session.open(uri, "traceql", text).await;
    let found = labels(&mut session, uri, text.len()).await;
    let found: Vec<&str> = found.iter().map(String::as_str).filter(|label| label.contains("zeta")).collect();
    assert_eq!(found, ["span.zeta.in"]);
}

#[tokio::test]
async fn what_is_not_told_is_not_fixed() {
    let mut session = Session::start(json!({})).await;
    let kinds = json!(["quickfix", "source.fixAll"]);
    let uri = "file:///work/skip/a.traceql";
    session.open(uri, "traceql", FIXABLE).await;
    assert_eq!(actions(&mut session, uri, kinds.clone()).await.as_array().map(Vec::len), Some(2));
    let settings = |enable: bool| json!({"settings": {"traceql": {"lint": {"enable": enable}}}});
    session.notify("workspace/didChangeConfiguration", settings(false)).await;
    assert_eq!(actions(&mut session, uri, kinds.clone()).await, json!([]));
    let both = format!("{FIXABLE} && {{ status = \"error\" }}");
    session.change(uri, 2, json!([{"text": both}])).await;
    let found = actions(&mut session, uri, json!(["source.fixAll"])).await;
    let edits = found[0]["edit"]["changes"][uri].to_string();
    assert!(!edits.contains("cart"), "{found}");
    session.notify("workspace/didChangeConfiguration", settings(true)).await;
    session.write("/work/traceql.toml", Some("exclude = [\"skip/**\"]\n"));
    session.changed("/work/traceql.toml").await;
    assert_eq!(actions(&mut session, uri, kinds).await, json!([]));
}

#[test]
fn commands_that_wait_leave_threads_for_other_requests() {
    let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(5).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut session = Session::start(json!({})).await;
        let uri = "file:///work/b.traceql";
        session.open(uri, "traceql", "{status=error}").await;
        let params = json!({"command": "traceql.runQuery", "arguments": [{"query": "endless"}]});
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(session.send_request("workspace/executeCommand", params.clone()).await);
        }
        let params = json!({"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": true}});
        let answer = tokio::time::timeout(Duration::from_secs(5), session.request("textDocument/formatting", params));
        assert!(answer.await.expect("the server hangs")["result"].is_array());
        for id in ids {
            session.notify("$/cancelRequest", json!({"id": id})).await;
            session.answer(id).await;
        }
        let answer = session.command("traceql.runQuery", json!({"query": "{ }"})).await;
        assert_eq!(answer["result"]["complete"], json!(true), "{answer}");
    });
}

#[tokio::test]
async fn an_answer_in_parts_has_nothing_beside_them() {
    let mut session = Session::start(json!({})).await;
    let targets = vec!["{\"query\": \"{ status = 1x }\"}"; 600].join(",");
    let text = format!("{{\"panels\": [{{\"datasource\": {{\"type\": \"tempo\"}}, \"targets\": [{targets}]}}]}}");
    session.write("/work/large.json", Some(&text));
    session.changed("/work/large.json").await;
    let params =
        json!({"previousResultIds": [{"uri": "file:///work/z.json", "value": "1"}], "partialResultToken": "p"});
    let answer = session.request("workspace/diagnostic", params).await;
    assert_eq!(answer["result"]["items"], json!([]));
    let mut told = Vec::new();
    for _ in 0..2 {
        let mut part = session.notification("$/progress").await;
        told.append(part["value"]["items"].as_array_mut().expect("items"));
    }
    let told: Vec<&str> = told.iter().filter_map(|item| item["uri"].as_str()).collect();
    assert_eq!(told, [BAD, "file:///work/large.json", "file:///work/z.json"]);
}

#[tokio::test]
async fn an_answer_with_an_empty_error_is_an_answer() {
    let mut session = Session::start(json!({"workspace": {"configuration": true}})).await;
    session.open("file:///work/b.traceql", "traceql", "{ } | rate() | topk(3)").await;
    session.findings("file:///work/b.traceql").await;
    let asked = session.request_of("workspace/configuration").await;
    let answer = json!({"jsonrpc": "2.0", "id": asked["id"], "result": [{"target": "2.6"}], "error": null});
    session.send(&answer).await;
    let found = session.findings("file:///work/b.traceql").await;
    assert_eq!(found["diagnostics"].as_array().map(Vec::len), Some(1), "{found}");
}

#[tokio::test]
async fn no_place_is_too_odd_for_an_answer() {
    const ODD: [[u64; 4]; 6] = [
        [0, 0, 0, 0],
        [0, 20, 0, 3],
        [3, 0, 0, 0],
        [u32::MAX as u64, u32::MAX as u64, 0, 0],
        [0, 4, u32::MAX as u64, u32::MAX as u64],
        [0, u32::MAX as u64, 0, 7],
    ];
    let board = "{\"panels\": [{\"datasource\": {\"type\": \"tempo\"},\r\n \"targets\": [{\"query\": \"{ .ü = \\\"\\ud83d\\ude00😀\\\" && name =~ \\\"^a$\\\" } | rate()\"}]}]}";
    let texts = [
        ("untitled:Untitled-1", "traceql", ""),
        ("untitled:Untitled-2", "traceql", "{ .ü = \"😀\" &&\r\n name =~ \"^a$\" }\r| rate() by (span.b) // é"),
        ("untitled:Untitled-3", "traceql", "\u{feff}{ status = \"error\" } | by(name) | count() > 1"),
        ("file:", "json", board),
        ("file:///", "json", board),
        ("file:///work/odd.json", "json", board),
        ("vscode-vfs://github/a/b.traceql", "traceql", "{ \"\"\" `"),
    ];
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut session = Session::start(json!({"general": {"positionEncodings": [encoding]}})).await;
        let settings = json!({"settings": {"traceql": {"inlayHints": true}}});
        session.notify("workspace/didChangeConfiguration", settings).await;
        for (uri, language, text) in texts {
            session.open(uri, language, text).await;
            for [line, column, end_line, end_column] in ODD {
                let start = json!({"line": line, "character": column});
                let range = json!({"start": start, "end": {"line": end_line, "character": end_column}});
                let params = json!({
                    "textDocument": {"uri": uri}, "position": start, "range": range, "positions": [start, range["end"]],
                    "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false}, "newName": "span.c", "ch": "}",
                    "options": {"tabSize": 0, "insertSpaces": true}, "previousResultId": "1",
                });
                for method in [
                    "completion",
                    "hover",
                    "signatureHelp",
                    "inlayHint",
                    "formatting",
                    "rangeFormatting",
                    "onTypeFormatting",
                    "codeAction",
                    "semanticTokens/full",
                    "semanticTokens/full/delta",
                    "semanticTokens/range",
                    "documentHighlight",
                    "references",
                    "prepareRename",
                    "rename",
                    "documentSymbol",
                    "foldingRange",
                    "selectionRange",
                    "codeLens",
                    "diagnostic",
                ] {
                    let answer = session.request(&format!("textDocument/{method}"), params.clone()).await;
                    let code = &answer["error"]["code"];
                    assert!(code.is_null() || *code == json!(-32803), "{uri} {method} {range}: {answer}");
                }
            }
        }
    }
}
