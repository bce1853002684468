//! Sessions in which the client asks for rewrites of a query.

use serde_json::{Value, json};

use crate::session::Session;

async fn actions(session: &mut Session, uri: &str, place: [u32; 2], only: Value) -> Vec<Value> {
    let position = json!({"line": place[0], "character": place[1]});
    let range = json!({"start": position, "end": position});
    let context = json!({"diagnostics": [], "only": only});
    let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
    let answer = session.request("textDocument/codeAction", params).await;
    answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().filter_map(|action| action["title"].as_str()).collect()
}

#[tokio::test]
async fn rewrites_are_of_the_wanted_kind() {
    let mut session = Session::start(json!({})).await;
    let uri = "file:///work/b.traceql";
    session.open(uri, "traceql", "{ } | by(.a) | count() > 1").await;
    let place = [0, 10];
    let all = ["Write `span.a`", "Write `resource.a`", "Put the stage on a line of its own"];
    for (only, expected) in
        [("refactor", &all[..]), ("refactor.rewrite", &all[..2]), ("refactor.extract", &all[2..]), ("source", &[])]
    {
        let found = actions(&mut session, uri, place, json!([only])).await;
        let found: Vec<&str> = titles(&found).into_iter().filter(|title| !title.starts_with("Fix")).collect();
        assert_eq!(found, expected, "{only}");
    }
    let found = actions(&mut session, uri, place, json!(["refactor.extract"])).await;
    let edit = &found[0]["edit"]["changes"][uri][0];
    assert_eq!((&edit["newText"], &edit["range"]["start"]["character"]), (&json!("\n  "), &json!(3)));
}

#[tokio::test]
async fn a_fix_is_not_offered_twice() {
    let mut session = Session::start(json!({})).await;
    let uri = "file:///work/b.traceql";
    session.open(uri, "traceql", "{ 1s < duration && .service.name = \"cart\" }").await;
    let found = actions(&mut session, uri, [0, 5], json!(null)).await;
    let flips: Vec<&Value> = found
        .iter()
        .filter(|action| action["edit"]["changes"][uri].to_string().contains("\"newText\":\"duration\""))
        .collect();
    assert_eq!(flips.len(), 1, "{found:?}");
    assert_eq!(flips[0]["kind"], json!("quickfix"));
    assert!(titles(&found).contains(&"Negate the condition"), "{found:?}");
}
