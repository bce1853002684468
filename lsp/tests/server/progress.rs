//! Sessions in which commands take long: their progress, and how they are given up.

use serde_json::{Value, json};

use crate::session::Session;

/// Code of an error about a request that was cancelled.
const CANCELLED: i64 = -32800;

fn command(query: &str) -> Value {
    json!({"command": "traceql.runQuery", "arguments": [{"query": query}], "workDoneToken": "t1"})
}

/// Waits until the runner has ended so many queries.
async fn ended(session: &mut Session, queries: usize) {
    for _ in 0..20 {
        if session.ended() == queries {
            return;
        }
        session.settle().await;
    }
    panic!("the query goes on");
}

#[tokio::test]
async fn progress_begins_and_ends() {
    let mut session = Session::start(json!({})).await;
    let answer = session.request("workspace/executeCommand", command("{ }")).await;
    assert_eq!(answer["result"]["complete"], json!(true), "{answer}");
    let begin = session.notification("$/progress").await;
    let value = json!({"kind": "begin", "title": "Running query", "cancellable": true});
    assert_eq!(begin, json!({"token": "t1", "value": value}));
    assert_eq!(session.notification("$/progress").await, json!({"token": "t1", "value": {"kind": "end"}}));
}

#[tokio::test]
async fn a_query_is_given_up_by_its_token() {
    let mut session = Session::start(json!({})).await;
    let id = session.send_request("workspace/executeCommand", command("endless")).await;
    assert_eq!(session.notification("$/progress").await["value"]["kind"], json!("begin"));
    session.notify("window/workDoneProgress/cancel", json!({"token": "another"})).await;
    session.notify("window/workDoneProgress/cancel", json!({"token": "t1"})).await;
    let answer = session.answer(id).await;
    assert_eq!(answer["error"]["code"], json!(CANCELLED), "{answer}");
    assert_eq!(session.notification("$/progress").await["value"]["kind"], json!("end"));
    ended(&mut session, 1).await;
}

#[tokio::test]
async fn a_request_that_is_cancelled_ends_its_query() {
    let mut session = Session::start(json!({})).await;
    let id = session.send_request("workspace/executeCommand", command("endless")).await;
    assert_eq!(session.notification("$/progress").await["value"]["kind"], json!("begin"));
    session.notify("$/cancelRequest", json!({"id": id})).await;
    let answer = session.answer(id).await;
    assert_eq!(answer["error"]["code"], json!(CANCELLED), "{answer}");
    assert_eq!(session.notification("$/progress").await["value"]["kind"], json!("end"));
    ended(&mut session, 1).await;
}
