//! Sessions in which the client looks at names and values.

use serde_json::json;

use crate::session::Session;

/// Code of an error about the argument of a command.
const INVALID_PARAMS: i64 = -32602;

#[tokio::test]
async fn names_and_values_are_listed() {
    let mut session = Session::start(json!({})).await;
    let names = session.command("traceql.catalog", json!({})).await;
    let expected = json!([
        {"scope": "resource", "name": "service.name", "count": 900},
        {"scope": "span", "name": "http.route", "count": 480},
    ]);
    assert_eq!(names["result"]["attributes"], expected, "{names}");
    assert_eq!((&names["result"]["source"], &names["result"]["pending"]), (&json!("shop"), &json!(false)));

    let query = "{ resource.service.name = \"cart\" }";
    let values = session.command("traceql.catalog", json!({"field": "name", "query": query})).await;
    assert_eq!(values["result"]["values"], json!([{"value": "\"GET /cart\"", "count": 90}]), "{values}");
    assert_eq!(values["result"]["field"], json!("name"));

    let refused = session.command("traceql.catalog", json!({"field": "{ }"})).await;
    assert_eq!(refused["error"]["code"], json!(INVALID_PARAMS), "{refused}");
}

#[tokio::test]
async fn the_status_is_told_when_it_changes() {
    let mut session = Session::start(json!({})).await;
    session.command("traceql.chooseSource", json!({"source": "shop"})).await;
    let status = session.notification("traceql/status").await;
    let expected = json!({"source": "shop", "sources": ["shop"], "names": 2, "pending": false, "failure": null});
    assert_eq!(status, expected);
    // The catalog of the test has the same status for every source: that is not told again.
    session.command("traceql.chooseSource", json!({"source": "other"})).await;
    session.news();
    session.settle().await;
    assert!(!session.has_waiting("traceql/status"), "a status is told twice");
    session.rename_source("cart");
    session.news();
    assert_eq!(session.notification("traceql/status").await["source"], json!("cart"));
}
