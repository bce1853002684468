//! What `explain` says of the work that servers do.

use traceql::{
    model::explain::Explained,
    output::explain::{json, table},
    plan::{
        Limits, lower,
        remote::{Server, split},
    },
};
use traceql_grammar::{check, vocab::release::Release};

use super::written;

/// Explains a query over a server, with or without files beside it.
fn explained(text: &str, release: Release, local: bool) -> Explained {
    let query = check(text, Release::Main).query;
    let plan = lower(&query, Limits { traces: Some(20), spans_per_spanset: Some(3) }, None).expect("it has a plan");
    let server = Server { release, exact: false, shared: local };
    let sharing = split(text, server).explain("http://tempo:3200", server);
    plan.explain(&query, text).with_servers(sharing.into_iter().collect(), local)
}

fn as_table(explained: &Explained) -> String {
    written(|out| table::write(out, explained, None, table::Style { color: false, width: 100 }))
}

#[test]
fn a_server_that_does_all_leaves_no_plan() {
    let found = as_table(&explained("{ status = error } | count() > 2", Release::V2_8, false));
    let expected = "\
query    { status = error } | count() > 2
kind     search: the newest 20 traces, the first 3 spans of each spanset
server   http://tempo:3200 (Tempo 2.8)
sent     { status = error } | count() > 2
here     nothing: the server runs the query
";
    assert_eq!(found, expected);
}

#[test]
fn what_the_server_finds_the_plan_goes_on_with() {
    let found = as_table(&explained("{ status = error && span.user = nil }", Release::V2_8, false));
    let expected = "\
query    { status = error && span.user = nil }
kind     search: the newest 20 traces, the first 3 spans of each spanset
server   http://tempo:3200 (Tempo 2.8)
sent     { status = error }
here     the query, over all spans of the traces that the server finds
because  `= nil` needs Tempo 2.10; this server is 2.8
";
    assert_eq!(found.lines().take(6).map(|line| format!("{line}\n")).collect::<String>(), expected);
    assert!(found.contains("\nstages   1  { status = error && span.user = nil }\n"), "{found}");
}

#[test]
fn a_server_that_is_asked_for_everything_says_so() {
    let found = as_table(&explained("{ parent = nil } | count() > 2", Release::Main, true));
    let expected = "\
server   http://tempo:3200 (Tempo main)
sent     { }
here     the query, over every trace of the server: nothing in it tells which ones matter
because  no Tempo runs `parent`
";
    assert!(found.contains(expected), "{found}");
}

#[test]
fn a_note_stands_beside_an_answer() {
    let found = as_table(&explained("{ name =~ \"GET\" }", Release::V2_6, false));
    assert!(found.ends_with(
        "\
here     nothing: the server runs the query
note     before Tempo 2.7 a pattern matches anywhere in a value; this server is 2.6
"
    ));
}

#[test]
fn as_json() {
    let written =
        |explained: &Explained| serde_json::from_str(&written(|out| json::write(out, explained, None))).expect("JSON");
    let whole: serde_json::Value = written(&explained("{ status = error }", Release::V2_8, false));
    let expected = serde_json::json!([{
        "name": "http://tempo:3200", "release": "2.8", "sent": "{ status = error }", "gives": "answer", "reasons": [],
    }]);
    assert_eq!(whole["servers"], expected);
    assert_eq!(whole["plan"].get("stages"), None);
    let here: serde_json::Value = written(&explained("{ status = error && parent.x = 1 }", Release::V2_8, false));
    let expected = serde_json::json!([{
        "name": "http://tempo:3200", "release": "2.8", "sent": "{ status = error }", "gives": "candidates",
        "everything": false, "reasons": ["no Tempo runs `parent`"],
    }]);
    assert_eq!(here["servers"], expected);
    assert!(here["plan"].get("stages").is_some());
}
