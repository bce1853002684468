//! The protocol itself: order, damage, clients that are slow or gone; findings, fixes, formatting and commands.

use std::time::Duration;

use serde_json::{Value, json};

use traceql_lsp::server::Ending;

use crate::session::{self, Session, TEST_PATIENCE};

const QUERY: &str = "file:///work/a.traceql";

#[tokio::test]
async fn a_session_ends_as_the_client_asks() {
    let mut session = Session::start(json!({})).await;
    assert_eq!(session.request("shutdown", json!(null)).await["result"], json!(null));
    let late = session.request("textDocument/formatting", json!({})).await;
    assert_eq!(late["error"]["code"], json!(-32600));
    session.notify("exit", json!(null)).await;
    assert_eq!(session.ending().await, Ending::Exit);
    let mut session = Session::start(json!({})).await;
    session.notify("exit", json!(null)).await;
    assert_eq!(session.ending().await, Ending::ExitWithoutShutdown);
}

#[tokio::test]
async fn the_end_of_either_pipe_ends_the_server() {
    let session = Session::start(json!({})).await;
    assert_eq!(session.close_input().await, Ending::InputClosed);
    let session = Session::start(json!({})).await;
    assert_eq!(session.close_output().await, Ending::OutputClosed);
}

#[tokio::test]
async fn a_client_that_is_gone_ends_the_server() {
    let session = Session::start_as(json!({}), json!(session::GONE)).await;
    assert_eq!(session.ending().await, Ending::ClientGone);
}

#[tokio::test]
async fn nothing_is_answered_before_initialize() {
    let mut session = Session::silent();
    let early = session.request("textDocument/formatting", json!({})).await;
    assert_eq!(early["error"]["code"], json!(-32002));
}

#[tokio::test]
async fn unknown_requests_are_refused_and_unknown_notifications_are_not() {
    let mut session = Session::start(json!({})).await;
    session.notify("traceql/nothing", json!({})).await;
    for method in ["traceql/nothing", "$/nothing", "textDocument/moniker"] {
        let answer = session.request(method, json!({})).await;
        let code = &answer["error"]["code"];
        assert!(*code == json!(-32601) || *code == json!(-32602), "{method}: {answer}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_the_next_one_answered() {
    let mut session = Session::start(json!({})).await;
    let deep = "[".repeat(100_000);
    for text in ["{", "7", "\u{fffd}", "[]", "{\"jsonrpc\":\"2.0\"}", &deep] {
        session.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes()).await;
        let refused = session.next().await;
        assert!(refused["error"]["code"].is_i64() && refused["id"].is_null(), "{refused}");
    }
    session.raw(b"rubbish\r\n\r\n").await;
    assert_eq!(session.next().await["error"]["code"], json!(-32700));
    let long: u64 = 257 << 20;
    session.raw(format!("Content-Length: {long}\r\n\r\n").as_bytes()).await;
    let part = vec![b' '; 1 << 20];
    for _ in 0..257 {
        session.raw(&part).await;
    }
    assert_eq!(session.next().await["error"]["code"], json!(-32700));
    assert_eq!(session.request("$/nothing", json!({})).await["error"]["code"], json!(-32601));
}

#[tokio::test]
async fn edits_are_applied_in_their_order() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "").await;
    let query = "{ span.http.route = \"/cart\" && duration > 100ms }";
    for (at, c) in query.chars().enumerate() {
        let at = json!({"line": 0, "character": at});
        session.change(QUERY, 2, json!([{"range": {"start": at, "end": at}, "text": c.to_string()}])).await;
        if at["character"] == json!(20) {
            session.send_request("textDocument/formatting", format_params(QUERY)).await;
        }
    }
    let argument = json!({"uri": QUERY, "position": {"line": 0, "character": 1}});
    assert_eq!(session.command("traceql.extractQuery", argument).await["result"]["query"], json!(query));
}

#[tokio::test]
async fn findings_of_the_last_version_are_sent() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "{ status = \"error\" }").await;
    let found = session.findings(QUERY).await;
    assert_eq!(found["diagnostics"][0]["code"], json!("type-mismatch"), "{found}");
    session.change(QUERY, 2, json!([{"text": "{ status = error }"}])).await;
    session.change(QUERY, 3, json!([{"text": "{ status = "}])).await;
    session.change(QUERY, 4, json!([{"text": "{ status = ok }"}])).await;
    loop {
        let found = session.findings(QUERY).await;
        if found["version"] == json!(4) {
            assert_eq!(found["diagnostics"], json!([]));
            break;
        }
    }
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": QUERY}})).await;
    assert_eq!(session.findings(QUERY).await["version"], json!(null));
}

#[tokio::test]
async fn findings_can_be_asked_for() {
    let can = json!({"textDocument": {"diagnostic": {}}});
    let mut session = Session::start(can).await;
    session.open(QUERY, "traceql", "{ status = \"error\" }").await;
    let document = json!({"uri": QUERY});
    let report = session.request("textDocument/diagnostic", json!({"textDocument": document})).await["result"].take();
    assert_eq!((&report["kind"], report["items"].as_array().map(Vec::len)), (&json!("full"), Some(1)));
    let again = json!({"textDocument": document, "previousResultId": report["resultId"]});
    assert_eq!(session.request("textDocument/diagnostic", again).await["result"]["kind"], json!("unchanged"));
    let all = session.request("workspace/diagnostic", json!({"previousResultIds": []})).await;
    let uris: Vec<&Value> = all["result"]["items"].as_array().unwrap().iter().map(|item| &item["uri"]).collect();
    assert_eq!(uris, [QUERY, "file:///work/dashboard.json"]);
}

#[tokio::test]
async fn the_configuration_above_a_document_counts() {
    let mut session = Session::start(json!({})).await;
    session.open("file:///work/old/a.traceql", "traceql", "{ } | rate() | topk(3)").await;
    let found = session.findings("file:///work/old/a.traceql").await;
    assert_eq!(found["diagnostics"][0]["code"], json!("needs-release"), "{found}");
    session.open("file:///work/old/traceql.toml", "toml", "target = \"1.0\"\n").await;
    let found = session.findings("file:///work/old/traceql.toml").await;
    assert_eq!(found["diagnostics"][0]["range"]["start"], json!({"line": 0, "character": 9}), "{found}");
}

#[tokio::test]
async fn settings_change_without_a_restart() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "{ } | rate() | topk(3)").await;
    assert_eq!(session.findings(QUERY).await["diagnostics"], json!([]));
    let settings = json!({"settings": {"traceql": {"target": "2.6"}}});
    session.notify("workspace/didChangeConfiguration", settings).await;
    assert_eq!(session.findings(QUERY).await["diagnostics"][0]["code"], json!("needs-release"));
}

#[tokio::test]
async fn a_fix_is_written_as_the_file_writes_the_query() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let mut session = Session::start(json!({"general": {"positionEncodings": [encoding]}})).await;
        let text = dashboard("{ .a = \\\"\\ud83d\\ude00😀\\\" && status = \\\"error\\\" }");
        let uri = "file:///work/b.json";
        session.open(uri, "json", &text).await;
        let found = session.findings(uri).await;
        let wanted = |found: &&Value| found["code"] == json!("type-mismatch");
        let diagnostic = found["diagnostics"].as_array().unwrap().iter().find(wanted).unwrap().clone();
        let before = text.split("status = \\\"error").next().unwrap();
        let column = match encoding {
            "utf-8" => before.len(),
            "utf-16" => before.encode_utf16().count(),
            _ => before.chars().count(),
        };
        let range = &diagnostic["range"];
        assert_eq!(range["start"], json!({"line": 0, "character": column}), "{encoding}");
        let context = json!({"diagnostics": [diagnostic]});
        let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
        let actions = session.request("textDocument/codeAction", params).await["result"].take();
        let edits = actions[0]["edit"]["changes"][uri].clone();
        session.change(uri, 2, edits_as_changes(&edits)).await;
        let argument = json!({"uri": uri, "position": range["start"]});
        let now = session.command("traceql.extractQuery", argument).await;
        assert_eq!(now["result"]["query"], json!("{ .a = \"😀😀\" && status = error }"), "{encoding}");
    }
}

#[tokio::test]
async fn a_query_inside_of_a_string_is_taken_out_and_put_back() {
    let mut session = Session::start(json!({})).await;
    let uri = "file:///work/b.json";
    session.open(uri, "json", &dashboard("{ .a = \\\"b\\\" }")).await;
    let position = json!({"line": 0, "character": dashboard("").find("\"\"").unwrap() + 3});
    let argument = json!({"uri": uri, "position": position, "text": "{ .a = \"x\\\"y\" }"});
    let edit = session.command("traceql.replaceQuery", argument).await["result"]["edit"].take();
    session.change(uri, 2, edits_as_changes(&edit["changes"][uri])).await;
    let argument = json!({"uri": uri, "position": position});
    let query = session.command("traceql.extractQuery", argument).await["result"]["query"].take();
    assert_eq!(query, json!("{ .a = \"x\\\"y\" }"));
}

#[tokio::test]
async fn a_query_file_is_formatted_and_a_dashboard_only_where_asked() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "{status=error}\n").await;
    let edits = session.request("textDocument/formatting", format_params(QUERY)).await["result"].take();
    session.change(QUERY, 2, edits_as_changes(&edits)).await;
    let argument = json!({"uri": QUERY, "position": {"line": 0, "character": 0}});
    let query = session.command("traceql.extractQuery", argument).await["result"]["query"].take();
    assert_eq!(query, json!("{ status = error }\n"));
    let uri = "file:///work/b.json";
    let text = dashboard("{status=$x}");
    session.open(uri, "json", &text).await;
    assert_eq!(session.request("textDocument/formatting", format_params(uri)).await["result"], json!([]));
    let mut params = format_params(uri);
    params["range"] = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let edits = session.request("textDocument/rangeFormatting", params).await["result"].take();
    assert!(edits.as_array().is_some_and(|edits| !edits.is_empty()));
}

#[tokio::test]
async fn a_client_that_answers_late_or_never_holds_nothing_up() {
    let can = json!({"workspace": {
        "configuration": true,
        "didChangeWatchedFiles": {"dynamicRegistration": true},
        "didChangeConfiguration": {"dynamicRegistration": true},
    }});
    let mut session = Session::start(can).await;
    session.open(QUERY, "traceql", "{ } | rate() | topk(3)").await;
    for _ in 0..2 {
        session.notify("workspace/didChangeConfiguration", json!({"settings": null})).await;
    }
    // Three requests for settings and one for registrations wait now; 150 messages pass by.
    for _ in 0..150 {
        session.send_request("textDocument/formatting", format_params(QUERY)).await;
    }
    let asked = session.take_requests_until_answers(150).await;
    assert_eq!(asked.len(), 4);
    let settings = asked.iter().rfind(|request| request["method"] == json!("workspace/configuration")).unwrap();
    session.send(&json!({"jsonrpc": "2.0", "id": settings["id"], "result": [{"target": "2.6"}]})).await;
    loop {
        let found = session.findings(QUERY).await;
        if !found["diagnostics"].as_array().unwrap().is_empty() {
            break;
        }
    }
    tokio::time::sleep(TEST_PATIENCE * 2).await;
    for request in &asked {
        session.send(&json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -1, "message": "late"}})).await;
    }
    session.send(&json!({"jsonrpc": "2.0", "id": "nobody", "result": null})).await;
    assert_eq!(session.request("$/nothing", json!({})).await["error"]["code"], json!(-32601));
}

#[tokio::test]
async fn a_client_that_does_not_read_can_go_on_writing() {
    let mut session = Session::start(json!({})).await;
    session.open(QUERY, "traceql", "{ status = \"error\" }").await;
    let writing = async {
        for version in 2..502 {
            let text = format!("{{ status = \"error\" && .a = {version} }}");
            session.change(QUERY, version, json!([{"text": text}])).await;
            session.send_request("textDocument/formatting", format_params(QUERY)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), writing).await.expect("the server does not read");
    tokio::time::sleep(Duration::from_secs(2)).await;
    session.take_requests_until_answers(500).await;
    assert_eq!(session.request("$/nothing", json!({})).await["error"]["code"], json!(-32601));
}

#[tokio::test]
async fn requests_can_be_cancelled() {
    let mut session = Session::start(json!({})).await;
    let argument = json!({"query": "slow"});
    let params = json!({"command": "traceql.runQuery", "arguments": [argument]});
    let id = session.send_request("workspace/executeCommand", params).await;
    session.notify("$/cancelRequest", json!({"id": id})).await;
    let answer = session.answer(id).await;
    assert_eq!(answer["error"]["code"], json!(-32800), "{answer}");
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_request() {
    let mut session = Session::start(json!({})).await;
    let answer = session.command("traceql.runQuery", json!({"query": "panic"})).await;
    assert_eq!(answer["error"]["code"], json!(-32603));
    let answer = session.command("traceql.runQuery", json!({"query": "{ }", "range": "1h"})).await;
    assert_eq!(answer["result"]["traces"], json!([]), "{answer}");
    assert_eq!(answer["result"]["complete"], json!(true));
    let answer = session.command("traceql.runQuery", json!({"query": "nothing"})).await;
    assert_eq!(answer["error"]["message"], json!("no source is chosen"));
}

#[tokio::test]
async fn a_large_dashboard_is_edited_in_its_middle() {
    let mut session = Session::start(json!({"general": {"positionEncodings": ["utf-16"]}})).await;
    let filler = format!("{{\"title\":\"{}\"}},", "ü😀 ".repeat(250)).repeat(600);
    let panel = dashboard("{ status = error }");
    let text = panel.replacen('[', &format!("[{filler}"), 1).replacen("]}]}", &format!("]}},{filler}{{}}]}}"), 1);
    assert!(text.len() > 2 << 20, "{}", text.len());
    let uri = "file:///work/large.json";
    session.open(uri, "json", &text).await;
    let at = text.find("error }").unwrap();
    let column = text[..at].encode_utf16().count();
    let place = |column: usize| json!({"line": 0, "character": column});
    for (version, c) in (2..).zip("unset || status = ".chars()) {
        let here = place(column + version - 2);
        session
            .change(uri, version as i32, json!([{"range": {"start": here, "end": here}, "text": c.to_string()}]))
            .await;
    }
    let argument = json!({"uri": uri, "position": place(column)});
    let query = session.command("traceql.extractQuery", argument).await["result"]["query"].take();
    assert_eq!(query, json!("{ status = unset || status = error }"));
}

fn format_params(uri: &str) -> Value {
    json!({"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": true}})
}

/// Returns edits of one text as changes that come one after the other.
fn edits_as_changes(edits: &Value) -> Value {
    let edits = edits.as_array().expect("edits").iter().rev();
    Value::Array(edits.map(|edit| json!({"range": edit["range"], "text": edit["newText"]})).collect())
}

/// Returns a dashboard on one line; the query stands as JSON strings write it.
fn dashboard(query: &str) -> String {
    format!(
        "{{\"panels\": [{{\"id\": 1, \"type\": \"table\", \"datasource\": {{\"type\": \"tempo\"}}, \
         \"targets\": [{{\"queryType\": \"traceql\", \"query\": \"{query}\"}}]}}]}}"
    )
}

/// A dashboard whose variables have saved values, but for one.
const VARIABLES: &str = r#"{"templating": {"list": [
  {"name": "service", "type": "custom", "query": "cart,email", "current": {"value": "email"}},
  {"name": "route", "type": "custom", "multi": true, "query": "a,b,c", "current": {"value": ["a", "b"]}},
  {"name": "other", "type": "query", "query": "x"}]},
 "panels": [{"datasource": {"type": "tempo"}, "targets": [
  {"refId": "A", "query": "{ .s = \"$service\" && .r =~ \"${route}\" }"},
  {"refId": "B", "query": "{ .o = \"$other\" }"}]}]}"#;

#[tokio::test]
async fn variables_stand_for_their_saved_values() {
    let mut session = Session::start(json!({})).await;
    let uri = "file:///work/v.json";
    session.open(uri, "json", VARIABLES).await;
    let answer =
        session.command("traceql.runQuery", json!({"uri": uri, "position": {"line": 5, "character": 32}})).await;
    assert!(answer["error"].is_null(), "{answer}");
    let answer = &answer["result"];
    assert_eq!(answer["asked"], json!("{ .s = \"email\" && .r =~ \"a|b\" }"), "{answer}");
    let notes =
        json!(["`$service` stands for `email`, as the file has it", "`${route}` stands for `a|b`, as the file has it"]);
    assert_eq!(answer["notes"], notes);
    let answer =
        session.command("traceql.runQuery", json!({"uri": uri, "position": {"line": 6, "character": 32}})).await;
    let message = answer["error"]["message"].as_str().expect("an error");
    assert!(message.contains("the value of `$other` is not in the file"), "{message}");
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_refused() {
    let mut session = Session::start(json!({})).await;
    for (command, argument, part) in [
        ("traceql.runQuery", json!({"query": "{ }", "limit": 0}), "`limit` is 0"),
        ("traceql.exploreUrl", json!({"query": "{ }"}), "`grafana` is missing"),
    ] {
        let answer = session.command(command, argument).await;
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains(part)), "{answer}");
    }
    let chosen = session.command("traceql.chooseSource", json!({"source": " "})).await;
    assert_eq!(chosen["result"]["source"], json!("shop"), "the usual one");
}

#[tokio::test]
async fn wrong_settings_are_told() {
    let mut session = Session::start(json!({})).await;
    let settings = json!({"settings": {"traceql": {"lint": {"level": "bogus"}}}});
    session.notify("workspace/didChangeConfiguration", settings).await;
    loop {
        let message = session.next().await;
        if message["method"] == json!("window/showMessage") {
            let text = message["params"]["message"].as_str().expect("a text");
            assert!(text.contains("`traceql.lint.level` is \"bogus\""), "{text}");
            return;
        }
    }
}
