//! Sessions in which the client completes words.

use serde_json::{Value, json};

use crate::session::Session;

/// A client that takes snippets.
fn snippets() -> Value {
    json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true, "tagSupport": {"valueSet": [1]}}}}})
}

async fn complete(session: &mut Session, uri: &str, line: u32, character: u32) -> Value {
    let position = json!({"line": line, "character": character});
    let params = json!({"textDocument": {"uri": uri}, "position": position});
    session.request("textDocument/completion", params).await["result"].take()
}

fn item<'a>(list: &'a Value, label: &str) -> &'a Value {
    let items = list["items"].as_array().expect("items");
    items.iter().find(|item| item["label"] == json!(label)).unwrap_or_else(|| panic!("{label} is offered"))
}

#[tokio::test]
async fn values_of_the_data_are_written_as_json_writes_them() {
    let mut session = Session::start(snippets()).await;
    let uri = "file:///work/new.json";
    // The face is two units of UTF-16 before the query's own places.
    let query = r#"{ span.x = \"😀\" && resource.service.name = \"c"#;
    let text = format!(
        "{{\"panels\": [{{\"datasource\": {{\"type\": \"tempo\"}}, \"targets\": [{{\"query\": \"{query}\"}}]}}]}}"
    );
    let column = text.find("c\"}]").expect("the end") + 1;
    let units = text[..column].encode_utf16().count() as u32;
    session.open(uri, "json", &text).await;
    let list = complete(&mut session, uri, 0, units).await;
    let edit = &item(&list, "cart")["textEdit"];
    assert_eq!(edit["newText"], json!(r#"\"cart\""#));
    assert_eq!(edit["range"]["start"]["character"], json!(units - 3));
    assert_eq!(edit["range"]["end"]["character"], json!(units));
    assert_eq!(item(&list, "cart")["filterText"], json!(r#"\"cart\""#));
}

#[tokio::test]
async fn values_are_narrowed_by_the_rest_of_the_query() {
    let mut session = Session::start(snippets()).await;
    let text = "{ resource.service.name = \"cart\" && name = \"";
    session.open("file:///work/b.traceql", "traceql", text).await;
    let list = complete(&mut session, "file:///work/b.traceql", 0, text.len() as u32).await;
    let labels: Vec<&str> =
        list["items"].as_array().expect("items").iter().filter_map(|i| i["label"].as_str()).collect();
    assert_eq!(labels, ["GET /cart"]);
}

#[tokio::test]
async fn tab_stops_are_for_clients_that_take_them() {
    for (capabilities, format, text) in [(snippets(), 2, "topk(${1:10})"), (json!({}), 1, "topk(10)")] {
        let mut session = Session::start(capabilities).await;
        let query = "{ } | rate() by (name) | to";
        session.open("file:///work/b.traceql", "traceql", query).await;
        let list = complete(&mut session, "file:///work/b.traceql", 0, query.len() as u32).await;
        let topk = item(&list, "topk");
        assert_eq!((&topk["insertTextFormat"], &topk["textEdit"]["newText"]), (&json!(format), &json!(text)));
        let resolved = session.request("completionItem/resolve", topk.clone()).await;
        let documentation = resolved["result"]["documentation"]["value"].as_str().expect("documentation");
        assert!(documentation.contains("topk"), "{documentation}");
    }
}

#[tokio::test]
async fn nothing_is_offered_outside_of_queries() {
    let mut session = Session::start(json!({})).await;
    session.open("file:///work/a.md", "markdown", "# Title\n\n").await;
    let list = complete(&mut session, "file:///work/a.md", 0, 3).await;
    assert_eq!(list["items"], json!([]));
}
