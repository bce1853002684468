//! Servers that mean harm: bodies without end, bombs, other shapes, silence, redirects. The program stays small and ends.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use crate::{
    binary::{ITS_TIME, Ran, run, traceql},
    peak,
    stub::{Manner, Request, Response, Stub},
};

/// What answers may take in these tests.
const MEMORY: &str = "64MiB";

/// What a run takes beside the answers, in bytes: the program, its threads, buffers of connections, and what an unoptimised
/// build takes more.
const BESIDE: u64 = 150 << 20;

/// Starts a server that is a Tempo by its release, and answers everything else so.
fn hostile(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Stub {
    Stub::start(move |request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        "/api/echo" => Response::text(200, "echo"),
        _ => answer(request),
    })
}

/// The commands that ask a server.
const COMMANDS: [&[&str]; 6] = [
    &["query", "{ }"],
    &["query", "{ parent.name = `a` }"],
    &["query", "{ } | rate()", "--step", "1m"],
    &["trace", "00000000000000000000000000000001"],
    &["tags"],
    &["values", "span.a"],
];

fn args<'a>(command: &[&'a str], url: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let time: &[&str] = if command[0] == "trace" { &[] } else { &ITS_TIME };
    [command, &[url], time, options].concat()
}

/// Asks a server in every way, and fails if more memory is taken than allowed, or the answer is no error with the cure.
fn stays_small(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) {
    let stub = hostile(answer);
    for command in COMMANDS {
        let ran = peak::run(&mut traceql(&args(command, &stub.url, &["--max-memory", MEMORY])));
        let told = String::from_utf8_lossy(&ran.output.stderr);
        assert_eq!(ran.output.status.code(), Some(5), "{command:?}: {told}");
        assert!(told.contains("bytes of memory") && told.contains("`--max-memory`"), "{command:?}: {told}");
        assert!(ran.bytes < (64 << 20) + BESIDE, "{command:?}: {} bytes", ran.bytes);
    }
}

#[test]
fn bodies_without_end_are_given_up() {
    stays_small(|_| Response::json(vec![b' '; 64 << 10]).in_manner(Manner::Endless));
}

#[test]
fn bodies_of_errors_without_end_are_given_up() {
    stays_small(|_| Response::text(400, &"no ".repeat(20_000)).in_manner(Manner::Endless));
}

#[test]
fn bombs_are_given_up() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..1000 {
        packed.write_all(&vec![b' '; 1 << 20]).expect("memory takes everything");
    }
    let packed = packed.finish().expect("memory takes everything");
    assert!(packed.len() < 2 << 20);
    stays_small(move |_| Response::json(packed.clone()).with("content-encoding", "gzip"));
}

#[test]
fn lists_of_nothing_are_given_up() {
    // Few bytes of text become many in memory.
    let list = |name: &str| format!("{{\"{name}\":[{}{{}}]}}", "{},".repeat(1_000_000));
    let (traces, series, values) = (list("traces"), list("series"), list("tagValues"));
    let tags = format!("{{\"scopes\":[{{\"name\":\"span\",\"tags\":[{}\"\"]}}]}}", "\"\",".repeat(1_000_000));
    let stub = hostile(move |request| {
        let body = match request.path.as_str() {
            "/api/search" => &traces,
            "/api/v2/search/tags" => &tags,
            path if path.contains("metrics") => &series,
            _ => &values,
        };
        Response::json(body.as_str())
    });
    for command in [COMMANDS[0], COMMANDS[2], COMMANDS[4], COMMANDS[5]] {
        let ran = peak::run(&mut traceql(&args(command, &stub.url, &["--max-memory", MEMORY])));
        let told = String::from_utf8_lossy(&ran.output.stderr);
        assert_eq!(ran.output.status.code(), Some(5), "{command:?}: {told}");
        assert!(told.contains("`--max-memory`"), "{command:?}: {told}");
        assert!(ran.bytes < (64 << 20) + BESIDE, "{command:?}: {} bytes", ran.bytes);
    }
}

#[test]
fn windows_share_one_bound() {
    let stub = hostile(|_| Response::json(vec![b' '; 64 << 10]).in_manner(Manner::Endless));
    let days = ["--start", "2025-12-01T00:00:00Z", "--end", "2026-01-20T00:00:00Z", "--max-memory", MEMORY];
    for (query, step) in [("{ } | rate()", &["--step", "1h"][..]), ("{ }", &[])] {
        let ran = peak::run(&mut traceql(&[&["query", query, &stub.url][..], &days, step].concat()));
        let told = String::from_utf8_lossy(&ran.output.stderr);
        assert!(ran.output.status.code() == Some(5) && told.contains("`--max-memory`"), "{query}: {told}");
        assert!(ran.bytes < (64 << 20) + BESIDE, "{query}: {} bytes", ran.bytes);
    }
}

#[test]
fn traces_that_are_fetched_count_as_long_as_they_are_needed() {
    let found: Vec<String> = (1..=200).map(|id| format!("{{\"traceID\":\"{id:x}\"}}")).collect();
    let found = format!("{{\"traces\":[{}]}}", found.join(","));
    let pad = "x".repeat(1 << 20);
    let stub = hostile(move |request| match request.path.rsplit_once('/') {
        Some((_, "search")) => Response::json(found.as_str()),
        Some((_, id)) => {
            let id = traceql::model::base64::encode(&u128::from_str_radix(id, 16).expect("an id").to_be_bytes());
            let span = format!("{{\"traceId\":\"{id}\",\"spanId\":\"AAAAAAAAAAE=\",\"name\":\"{pad}\"}}");
            Response::json(format!("{{\"trace\":{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}}}"))
        }
        None => Response::text(404, ""),
    });
    let command = ["query", "{ parent.name = `a` || name = `b` }"];
    let ran = peak::run(&mut traceql(&args(&command, &stub.url, &["--max-memory", MEMORY])));
    let told = String::from_utf8_lossy(&ran.output.stderr);
    assert!(ran.output.status.code() == Some(5) && told.contains("`--max-memory`"), "{told}");
    assert!(ran.bytes < (64 << 20) + BESIDE, "{} bytes", ran.bytes);
    let enough = run(&mut traceql(&args(&command, &stub.url, &["--max-memory", "2GiB"])));
    assert_eq!(enough.status, 1, "{enough:?}");
}

#[test]
fn an_answer_of_another_shape_is_no_empty_answer() {
    let shapes = [
        "[]",
        "\"x\"",
        "null",
        "42",
        "true",
        "",
        "[[]]",
        "{\"status\":\"success\",\"data\":{\"result\":[]}}",
        "{\"error\":\"x\"}",
        "<html><title>log in</title></html>",
        "{\"traces\":{},\"series\":{},\"scopes\":{},\"tagValues\":{},\"trace\":[],\"metrics\":1}",
    ];
    for shape in shapes {
        let stub = hostile(move |_| Response::json(shape));
        for command in COMMANDS {
            let ran = run(&mut traceql(&args(command, &stub.url, &[])));
            assert_eq!(ran.status, 5, "{shape} {command:?}: {ran:?}");
            assert!(ran.told.contains("error: http") && ran.told.contains("help: "), "{shape} {command:?}: {ran:?}");
        }
    }
    for empty in ["{}", " { } ", "{\"metrics\":{}}"] {
        let stub = hostile(move |_| Response::json(empty));
        for command in COMMANDS {
            let ran = run(&mut traceql(&args(command, &stub.url, &[])));
            assert_eq!(ran.status, 1, "{empty} {command:?}: {ran:?}");
        }
    }
}

#[test]
fn a_list_where_an_object_belongs_is_told() {
    let stub = hostile(|_| Response::json("{\"series\":[[]],\"scopes\":[[]]}"));
    for command in [COMMANDS[2], COMMANDS[4]] {
        let ran = run(&mut traceql(&args(command, &stub.url, &[])));
        assert!(ran.status == 5 && ran.told.contains("expected an object"), "{ran:?}");
    }
}

#[test]
fn silence_ends() {
    let stub = hostile(|_| Response::json("{}").in_manner(Manner::Late(Duration::from_secs(60))));
    let begun = Instant::now();
    let ran = run(&mut traceql(&args(COMMANDS[0], &stub.url, &["--timeout", "500ms"])));
    assert!(ran.status == 5 && ran.told.contains("in time") && ran.told.contains("`--timeout`"), "{ran:?}");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn a_token_stays_with_its_server() {
    let elsewhere = Stub::start(|_| Response::json("{\"traces\":[]}"));
    let port = elsewhere.url.rsplit(':').next().unwrap_or_default().to_owned();
    let other_port = elsewhere.url.clone();
    let targets = [
        other_port,
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("//127.0.0.1:{port}"),
        format!("http://me:pw@127.0.0.1:{port}"),
    ];
    for target in targets {
        let location = format!("{target}/api/search");
        let stub = hostile(move |_| Response::text(307, "").with("location", &location));
        let ask = |command: &mut std::process::Command| -> Ran { run(command) };
        let args = args(COMMANDS[0], &stub.url, &["--header", "X-Key: hunter2-key"]);
        let ran = ask(traceql(&args).env("TRACEQL_TOKEN", "hunter2-token"));
        assert!(ran.status == 5 && ran.told.contains("the answer lies "), "{target}: {ran:?}");
        assert!(ran.told.contains("nothing was sent there") && !ran.told.contains("hunter2"), "{target}: {ran:?}");
    }
    // One of another scheme at the same port.
    let stub = Stub::start(|request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => {
            let host = request.header("host").unwrap_or_default();
            Response::text(301, "").with("location", &format!("https://{host}/api/search"))
        }
    });
    let ran = run(traceql(&args(COMMANDS[0], &stub.url, &[])).env("TRACEQL_TOKEN", "hunter2-token"));
    assert!(ran.status == 5 && ran.told.contains("write the URL with `https://`"), "{ran:?}");
    assert!(elsewhere.take().is_empty(), "nobody else hears of it");
}
