//! The program over a real Tempo, 2.2 to 3.0 or newer, which `TEMPO_URL` names; `TEMPO_OTLP` says where it takes spans as
//! OTLP over HTTP, `host:4318` of the same host if not given. What an old one lacks may be missing, and nothing else.
//!
//! The test is reported as ignored unless it is asked for:
//! `TEMPO_URL=http://localhost:3200 cargo test --test remote real -- --ignored`.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value as Json, json};

use crate::{
    SECOND,
    binary::{Ran, json as answer, run, traceql},
};

/// So long spans may take until they are found.
const PATIENCE: Duration = Duration::from_secs(90);

/// Makes a trace of a client that calls a server which fails.
fn trace(id: &str, service: &str, now: u64) -> Json {
    let span = |at: u64, parent: Option<u64>, kind: u64, status: u64| {
        json!({
            "traceId": id, "spanId": format!("{at:016x}"), "parentSpanId": parent.map(|at| format!("{at:016x}")).unwrap_or_default(),
            "name": format!("step {at}"), "kind": kind, "startTimeUnixNano": (now + at * 1_000_000).to_string(),
            "endTimeUnixNano": (now + 100_000_000 - at * 1_000_000).to_string(), "status": {"code": status},
            "attributes": [{"key": "step", "value": {"intValue": at.to_string()}}],
        })
    };
    let spans = [span(1, None, 3, 0), span(2, Some(1), 2, 2), span(3, Some(2), 1, 0)];
    let attributes = json!([{"key": "service.name", "value": {"stringValue": service}}]);
    json!({"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": spans}]}]})
}

/// Sends spans, as a program does that is watched.
fn push(to: &str, spans: &Json) {
    let body = spans.to_string();
    let mut connection = TcpStream::connect(to).expect("somebody takes spans");
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: {to}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all((head + &body).as_bytes()).expect("it is sent");
    let mut said = String::new();
    connection.read_to_string(&mut said).expect("it is answered");
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[test]
#[ignore = "needs a Tempo server: set TEMPO_URL, and run with `real -- --ignored`"]
fn a_real_tempo_finds_what_it_was_sent() {
    let url = env::var("TEMPO_URL").expect("TEMPO_URL names a Tempo server");
    let host = url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default().to_owned();
    let otlp = env::var("TEMPO_OTLP").unwrap_or_else(|_| format!("{host}:4318"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_nanos() as u64;
    let now = now / SECOND * SECOND - 10 * SECOND;
    let (id, service) = (format!("{:032x}", u128::from(now) << 40 | 0xabc), format!("traceql-{now}"));
    let spans = trace(&id, &service, now);
    push(&otlp, &spans);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real.json");
    fs::write(&file, spans.to_string()).expect("a file can be written");
    let file = file.to_str().expect("it is UTF-8").to_owned();
    let end = (now / SECOND + 5).to_string();
    let times = ["--start", &(now / SECOND - 60).to_string(), "--end", &end].map(str::to_owned);
    let ask = |args: &[&str], source: &str| -> Ran {
        let times = times.iter().map(String::as_str);
        run(&mut traceql(&args.iter().copied().chain([source]).chain(times).collect::<Vec<_>>()))
    };

    let query = format!("{{ resource.service.name = `{service}` && status = error }}");
    let begun = Instant::now();
    let found = loop {
        let ran = ask(&["query", &query, "--format", "json"], &url);
        if ran.status != 1 || begun.elapsed() > PATIENCE {
            break ran;
        }
        thread::sleep(Duration::from_secs(1));
    };
    assert_eq!(found.status, 0, "{found:?}");
    for query in [
        query.clone(),
        format!("{{ resource.service.name = `{service}` }} | select(span.step)"),
        format!("{{ resource.service.name = `{service}` && parent.kind = client }}"),
        format!("{{ resource.service.name = `{service}` }} | max(duration) - min(duration) > 1ms"),
    ] {
        let args = ["query", &query, "--format", "json", "--spss", "10"];
        let mut pair = [ask(&args, &url), ask(&args, &file)].map(|ran| answer(&ran));
        for json in &mut pair {
            // Older ones have no such counts.
            json["traces"].as_array_mut().into_iter().flatten().for_each(|trace| drop(trace["serviceStats"].take()));
            json["traces"].as_array_mut().into_iter().flatten().for_each(|trace| drop(trace["spanSet"].take()));
        }
        assert_eq!(pair[0], pair[1], "{query}");
    }
    let whole = run(&mut traceql(&["trace", &id, &url]));
    assert!(whole.status == 0 && whole.out.contains("step 3"), "{whole:?}");
    let names = ask(&["tags", "--format", "csv"], &url);
    assert!(names.status == 0 && names.out.contains("step"), "{names:?}");
    let values = ask(&["values", "resource.service.name", "--limit", "0"], &url);
    assert!(values.status == 0 && values.out.contains(&service), "{values:?}");
    let metrics = format!("{{ resource.service.name = `{service}` }} | count_over_time()");
    for options in [&["--step", "5s"][..], &["--instant"]] {
        let ran = ask(&[&["query", &metrics, "--format", "csv"][..], options].concat(), &url);
        // It may be switched off, or not know spans yet that are so young.
        assert!(matches!(ran.status, 0 | 1 | 5), "{ran:?}");
    }
    let plan = run(&mut traceql(&["explain", &query, &url]));
    assert!(plan.status == 0 && plan.out.contains(&url), "{plan:?}");
}
