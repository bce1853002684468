//! Servers that are not there, are no Tempo, or break: each is one clear error.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use traceql::tempo::{Call, Kind, RemoteError, Server, Settings};

use crate::{
    call, refused, search, settings,
    stub::{Manner, Response, Stub},
};

/// Returns what comes of a search that is answered so, without trying again.
fn of(response: Response) -> RemoteError {
    let stub = Stub::start(move |_| response.clone());
    let mut settings = settings(&stub.url);
    settings.retries.most = 0;
    settings.timeout = Duration::from_millis(400);
    settings.largest_answer = 10_000;
    let error = refused(Server::open(&settings).expect("the settings are right").search(&search("{ }"), call()));
    assert_eq!(error.url, format!("{}/api/search", stub.url), "{error}");
    error
}

#[test]
fn every_fault_is_one_clear_error() {
    let page = "<!DOCTYPE html><html><head><title>Grafana &amp; more\n</title></head><body>log in</body></html>";
    let deep = format!(r#"{{"traces":{}{}}}"#, "[".repeat(3000), "]".repeat(3000));
    let nested = format!(
        r#"{{"traces":[{{"traceID":"1","spanSet":{{"attributes":[{{"key":"a","value":{}{}}}]}}}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(200),
        "]}}".repeat(200)
    );
    let cases: [(Response, Kind, Option<u16>, &str); 21] = [
        (
            Response::new(200, "text/html; charset=utf-8", page),
            Kind::NotTempo,
            Some(200),
            "a web page came instead of Tempo's answer: its title is `Grafana &amp; more`",
        ),
        (Response::new(200, "application/json", page), Kind::NotTempo, Some(200), "a web page came"),
        (
            Response::new(200, "text/plain", "hello \u{1b}[31mred"),
            Kind::NotTempo,
            Some(200),
            "no answer of Tempo's (text/plain, 14 bytes): hello [31mred",
        ),
        (
            Response::new(200, "application/protobuf", [0xff, 0xfe]),
            Kind::NotTempo,
            Some(200),
            "application/protobuf, 2 bytes",
        ),
        (Response::json(""), Kind::NotTempo, Some(200), "0 bytes"),
        (Response::json("{\"traces\":[{\"traceID\":\"12\""), Kind::Damaged, Some(200), "EOF while parsing"),
        (Response::json(r#"{"traces":[{"traceID":"xyz"}]}"#), Kind::Damaged, Some(200), "`xyz` is no trace id"),
        (Response::json(r#"{"traces":7}"#), Kind::Damaged, Some(200), "invalid type"),
        (Response::json(deep), Kind::Damaged, Some(200), "invalid type"),
        (Response::json(nested), Kind::Damaged, Some(200), "recursion limit"),
        (Response::json(vec![b' '; 10_001]), Kind::TooLarge, Some(200), "more than 10000 bytes"),
        (
            Response::json("{}").in_manner(Manner::CutAfter(1)),
            Kind::Broken,
            None,
            "the connection broke before the answer was there",
        ),
        (Response::json("{}").in_manner(Manner::Nothing), Kind::Broken, None, "the connection broke"),
        (
            Response::json("{}").in_manner(Manner::Late(Duration::from_secs(2))),
            Kind::Timeout,
            None,
            "does not come in time",
        ),
        (Response::json("SSH-2.0-x\r\n").in_manner(Manner::Raw), Kind::NotTempo, None, "does not speak HTTP"),
        (
            Response::text(500, "it\nbroke: \u{7}badly"),
            Kind::Failed,
            Some(500),
            "the server failed (status 500): it broke: badly",
        ),
        (Response::text(404, "404 page not found\n"), Kind::NoSuchPath, Some(404), "nothing is there (status 404)"),
        (
            Response::new(401, "application/json", r#"{"message":"Invalid API key","messageId":"x"}"#),
            Kind::Unauthorized,
            Some(401),
            "does not know who asks (status 401): Invalid API key",
        ),
        (Response::text(403, ""), Kind::Forbidden, Some(403), "does not allow it"),
        (
            Response::new(401, "text/html", page),
            Kind::Unauthorized,
            Some(401),
            "a web page titled `Grafana &amp; more`",
        ),
        (
            Response::text(400, "Client sent an HTTP request to an HTTPS server.\n"),
            Kind::Settings,
            Some(400),
            "the server wants TLS",
        ),
    ];
    for (response, kind, status, problem) in cases {
        let error = of(response);
        assert_eq!((error.kind, error.status), (kind, status), "{error}");
        assert!(error.what().contains(problem), "{problem}: {error}");
        assert!(!error.cure.is_empty() && !error.to_string().chars().any(char::is_control), "{error:?}");
    }
}

#[test]
fn large_answers_are_cut_to_size_packed_or_not() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b' '; 5_000_000]).expect("memory takes everything");
    let packed = packed.finish().expect("memory takes everything");
    assert!(packed.len() < 10_000, "{}", packed.len());
    assert_eq!(of(Response::json(packed).with("content-encoding", "gzip")).kind, Kind::TooLarge);
    assert_eq!(of(Response::text(500, &"long ".repeat(1000))).said.map(|said| said.chars().count()), Some(301));
}

#[test]
fn unknown_fields_and_loose_types_are_taken() {
    let body = r#"{
        "new": {"deep": [1, {"x": null}]},
        "traces": [{
            "traceID": "0000000000000000000000000000000A", "rootServiceName": null, "new": 1,
            "startTimeUnixNano": 1767225607000000000, "durationMs": "100",
            "spanSets": [{"matched": "2", "spans": [
                {"spanID": "01", "startTimeUnixNano": "5", "durationNanos": 7, "attributes": [
                    {"key": "a", "value": {"intValue": 3}}, {"key": "b", "value": {"doubleValue": "NaN"}},
                    {"key": "c", "value": null}, {"key": "d", "value": {"newValue": 1}}, {"key": "e", "value": {"doubleValue": "1.5"}},
                    {"key": "f", "value": {"arrayValue": {"values": [{"stringValue": "x"}, null]}}}]},
                {}
            ]}],
            "serviceStats": {"s": {"spanCount": "4294967296"}}
        }],
        "metrics": {"inspectedBytes": 12, "inspectedTraces": "3", "additionalMetrics": {"x": "1"}}
    }"#;
    let stub = Stub::start(move |_| Response::json(body));
    let error = refused(crate::server(&stub.url).search(&search("{ }"), call()));
    assert!(error.what().contains("`` is no span id"), "a span without an id is none: {error}");
    let body = body.replace(",\n                {}\n", "");
    let stub = Stub::start(move |_| Response::json(body.clone()));
    let answer = crate::server(&stub.url).search(&search("{ }"), call()).expect("all of it is understood").value;
    let found = &answer.traces[0];
    assert_eq!((found.id.0, found.start, found.duration), (10, 1_767_225_607_000_000_000, 100_000_000));
    assert_eq!((found.services[0].spans, found.services[0].errors), (u32::MAX, 0));
    assert_eq!((answer.inspected.traces, answer.inspected.bytes), (3, 12));
    let values: Vec<String> =
        found.spansets[0].spans[0].attributes.iter().map(|(_, value)| value.to_string()).collect();
    assert_eq!(values, ["3", "NaN", "nil", "nil", "1.5", "[x, nil]"]);
}

#[test]
fn nobody_there_is_told_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it is bound").port();
    let error = refused(crate::server(&format!("http://127.0.0.1:{free}")).echo(call()));
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.problem.contains("refused"), "{error}");
    let begun = Instant::now();
    let error = refused(crate::server("http://no-such-host.invalid:3200/x").echo(call()));
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.problem.contains("name of the host is not known"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// Waiting ends soon after it was given up.
#[test]
fn waiting_can_be_given_up() {
    let stub = Stub::start(|_| Response::json("{}").in_manner(Manner::Late(Duration::from_secs(4))));
    let server =
        Server::open(&Settings { timeout: Duration::from_secs(60), ..settings(&stub.url) }).expect("they are right");
    let cancel = AtomicBool::new(false);
    let begun = Instant::now();
    let error = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(50));
            cancel.store(true, Ordering::Relaxed);
        });
        refused(server.search(&search("{ }"), Call::quiet(&cancel)))
    });
    assert_eq!(error.kind, Kind::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
