//! Sessions in which the client reads queries: hover, signatures, inlay hints.

use serde_json::{Value, json};

use crate::session::Session;

const URI: &str = "file:///work/new.json";

/// Returns a dashboard of one line with a query, which is written as JSON writes it.
fn dashboard(query: &str) -> String {
    format!("{{\"panels\": [{{\"datasource\": {{\"type\": \"tempo\"}}, \"targets\": [{{\"query\": \"{query}\"}}]}}]}}")
}

/// Counts the units of UTF-16 before a part of a text.
fn units(text: &str, part: &str) -> u32 {
    text[..text.find(part).expect("the part is there")].encode_utf16().count() as u32
}

async fn ask(session: &mut Session, method: &str, uri: &str, character: u32) -> Value {
    let position = json!({"line": 0, "character": character});
    let mut answer = session.request(method, json!({"textDocument": {"uri": uri}, "position": position})).await;
    assert_eq!(answer.get("error"), None, "{answer}");
    answer["result"].take()
}

#[tokio::test]
async fn words_are_explained_within_strings_of_json() {
    let capabilities = json!({"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}});
    let mut session = Session::start(capabilities).await;
    // The face is one character of two units, and once more an escape of twelve.
    let text = dashboard(r#"{ span.x = \"😀\" && span.y = \"\ud83d\ude00\" && resource.service.name = \"cart\" }"#);
    session.open(URI, "json", &text).await;
    let begin = units(&text, "resource.service");
    let hover = ask(&mut session, "textDocument/hover", URI, begin + 3).await;
    let value = hover["contents"]["value"].as_str().expect("a text");
    assert_eq!(hover["contents"]["kind"], json!("markdown"));
    assert!(value.contains("`resource.service.name`") && value.contains("- `\"cart\"`: 400 spans"), "{value}");
    let end = begin + "resource.service.name".len() as u32;
    assert_eq!(hover["range"]["start"], json!({"line": 0, "character": begin}));
    assert_eq!(hover["range"]["end"], json!({"line": 0, "character": end}));

    // The escaped quotes belong to the text.
    let begin = units(&text, r#"\"cart"#);
    let hover = ask(&mut session, "textDocument/hover", URI, begin).await;
    assert_eq!(hover["range"]["start"]["character"], json!(begin));
    assert_eq!(hover["range"]["end"]["character"], json!(begin + r#"\"cart\""#.len() as u32));
    assert!(hover["contents"]["value"].as_str().is_some_and(|value| value.contains("400 spans")), "{hover}");

    assert_eq!(ask(&mut session, "textDocument/hover", URI, 3).await, json!(null));
}

#[tokio::test]
async fn explanations_are_plain_for_clients_that_know_no_markdown() {
    let mut session = Session::start(json!({})).await;
    session.open("file:///work/b.traceql", "traceql", "{ status = error } | rate() by (name)").await;
    let hover = ask(&mut session, "textDocument/hover", "file:///work/b.traceql", 19).await;
    let contents = json!({
        "kind": "plaintext",
        "value": "1. Finds spans whose status is error.\n2. Counts spans per second by name.",
    });
    assert_eq!(hover["contents"], contents);
}

#[tokio::test]
async fn parameters_are_places_in_the_label_for_clients_that_take_them() {
    let offsets = json!({"textDocument": {"signatureHelp": {"signatureInformation":
        {"parameterInformation": {"labelOffsetSupport": true}, "documentationFormat": ["markdown"]}}}});
    // Before the second parameter of the label stands an ellipsis: three bytes, but one unit.
    for (capabilities, label, kind) in [(offsets, json!([16, 19]), "markdown"), (json!({}), json!("top"), "plaintext")]
    {
        let mut session = Session::start(capabilities).await;
        let query = "{ } | compare({ name = \"a\" }, ";
        session.open("file:///work/b.traceql", "traceql", query).await;
        let help = ask(&mut session, "textDocument/signatureHelp", "file:///work/b.traceql", query.len() as u32).await;
        let signature = &help["signatures"][0];
        assert_eq!(signature["label"], json!("compare({ … }[, top[, start, end]])"));
        assert_eq!((&signature["parameters"][1]["label"], &help["activeParameter"]), (&label, &json!(1)));
        assert_eq!(signature["documentation"]["kind"], json!(kind));
    }
}

#[tokio::test]
async fn inlay_hints_come_once_they_are_wanted() {
    let mut session = Session::start(json!({"workspace": {"inlayHint": {"refreshSupport": true}}})).await;
    let text = dashboard(r#"{ span.x = \"😀\" && resource.service.name = \"cart\" && duration > 100 }"#);
    session.open(URI, "json", &text).await;
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}});
    let params = json!({"textDocument": {"uri": URI}, "range": range});
    assert_eq!(session.request("textDocument/inlayHint", params.clone()).await["result"], json!(null));
    let settings = json!({"settings": {"traceql": {"inlayHints": true}}});
    session.notify("workspace/didChangeConfiguration", settings).await;
    let id = session.send_request("textDocument/inlayHint", params).await;
    let answer = session.answer(id).await;
    let hints: Vec<(&Value, &Value)> = answer["result"]
        .as_array()
        .expect("hints")
        .iter()
        .map(|hint| (&hint["label"], &hint["position"]["character"]))
        .collect();
    let ends = [units(&text, " = \\\"cart"), units(&text, " }\"}]")];
    assert_eq!(hints, [(&json!(": string"), &json!(ends[0])), (&json!("ns"), &json!(ends[1]))]);
    session.request_of("workspace/inlayHint/refresh").await;
}
