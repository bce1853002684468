//! The program over servers for a while: what is new, and what Ctrl-C does.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;
use traceql_grammar::vocab::release::Release;

use crate::{
    binary::{holder, run, traceql},
    stub::{Manner, Request, Response, Stub},
};

fn start(args: &[&str]) -> Child {
    traceql(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

fn interrupt(child: &Child) {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("there is `kill`").success());
}

/// A Tempo that has one trace more each time, as long as its traces last.
fn growing(most: usize) -> Stub {
    let times = AtomicUsize::new(0);
    Stub::start(move |request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => {
            let traces = (times.fetch_add(1, Ordering::Relaxed) + 1).min(most);
            let spans = json!([{"spanID": "01", "startTimeUnixNano": "1767225607000000000", "durationNanos": "5"}]);
            let trace = |id: usize| json!({"traceID": format!("a{id}"), "spanSets": [{"spans": spans, "matched": 1}]});
            Response::json(json!({ "traces": (1..=traces).map(trace).collect::<Vec<_>>() }).to_string())
        }
    })
}

#[cfg(unix)]
#[test]
fn watching_shows_each_trace_once_until_it_is_interrupted() {
    let stub = growing(3);
    let mut child = start(&["query", "{ }", &stub.url, "--watch", "100ms", "--format", "csv"]);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || lines.next().expect("there is a line").expect("it is text");
    assert!(next().starts_with("trace:id,"));
    for id in ["a1", "a2", "a3"] {
        let line = next();
        assert!(line.starts_with(&format!("{id},")), "{line}");
    }
    // Nothing is new in the next runs.
    stub.take();
    while stub.take().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(50));
    interrupt(&child);
    assert_eq!(lines.next().map(|line| line.expect("it is text")), None);
    let status = child.wait().expect("it ends");
    // Its last run found something, although nothing new.
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupt_gives_up_waiting() {
    let stub = Stub::start(|_: &Request| Response::json("{}").in_manner(Manner::Late(Duration::from_secs(60))));
    let mut child = start(&["query", "{ }", &stub.url]);
    while stub.take().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    interrupt(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let mut told = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("it is text");
    assert_eq!(told, "");
}

#[test]
fn stdin_is_not_watched() {
    let ran = run(&mut traceql(&["query", "{ }", "-", "--watch", "1s"]));
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[test]
fn a_query_is_shared_through_the_grafana_that_is_asked() {
    let through = "http://g.example/api/datasources/proxy/uid/tempo-1";
    let ran = run(&mut traceql(&["query", "{ status = error }", through, "--since", "3h", "--share"]));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.starts_with("http://g.example/explore?schemaVersion=1&panes=%7B"), "{ran:?}");
    assert!(ran.out.contains("now-10800s") && ran.out.contains("tempo-1"), "{ran:?}");
    let unknown = run(&mut traceql(&["query", "{ }", &holder(Release::Main).url, "--share"]));
    assert_eq!(unknown.status, 2, "{unknown:?}");
    assert!(unknown.told.contains("which Grafana"), "{unknown:?}");
    assert_eq!(run(&mut traceql(&["query", "{ }", "examples/shop.otlp.jsonl", "--share"])).status, 2);
}

#[test]
fn a_query_is_shared_through_the_grafana_of_a_context() {
    let config = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("share-config");
    let _ = std::fs::remove_dir_all(&config);
    let traceql = |args: &[&str]| run(traceql(args).env("XDG_CONFIG_HOME", &config));
    let url = "http://tempo.example:3200";
    let added =
        traceql(&["context", "add", "shop", url, "--grafana", "https://g.example", "--datasource-uid", "tempo-2"]);
    assert_eq!(added.status, 0, "{added:?}");
    let times = ["--start", "1767225600", "--end", "1767229200", "--step", "30s"];
    let ran = traceql(&[&["query", "{ } | rate()", "shop", "--share"][..], &times].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.starts_with("https://g.example/explore?schemaVersion=1&panes=%7B"), "{ran:?}");
    assert!(ran.out.contains("tempo-2") && ran.out.contains("1767225600000"), "{ran:?}");
}
