//! Answers as Tempo gave them: what is read of them prints as Tempo printed it.

use std::sync::Mutex;

use serde_json::{Map, Value as Json};
use traceql::{
    model::{
        base64, batch::Fragment, catalog::TagScope, ids::TraceId, projection::Projection, result::Datum,
        trace_id::TypedId,
    },
    output::{metrics, search},
    plan::TimeRange,
    plan::remote::{CatalogRequest, RequestTimes, SearchRequest},
    source::{self, ReadOptions},
    tempo::{Kind, Server},
};
use traceql_grammar::value::parse_duration;

use crate::{
    SECOND, call,
    stub::{Request, Response, Stub},
};

/// One answer.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) response: Response,
}

/// The answers of Tempo's newest version, and of 2.8.
pub(crate) const FILES: [&str; 2] = [include_str!("recordings.jsonl"), include_str!("recordings-2.8.jsonl")];

pub(crate) fn recordings(file: &str) -> Vec<Recording> {
    file.lines().map(|line| recording(&serde_json::from_str(line).expect("a recording is JSON"))).collect()
}

fn recording(json: &Json) -> Recording {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let pairs = |name: &str| {
        let pairs = json[name].as_object().into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect::<Vec<_>>()
    };
    let body = match json["body_base64"].as_str() {
        Some(text) => base64::decode_all(text).expect("it is base64"),
        None => text("body").into_bytes(),
    };
    let status = json["status"].as_u64().expect("there is a status") as u16;
    Recording {
        name: text("name"),
        path: text("path"),
        parameters: pairs("params"),
        headers: pairs("headers"),
        response: Response::new(status, &text("content_type"), body),
    }
}

impl Recording {
    /// Tells whether this answers a request: one with the same path, parameters and tenant. What the client adds where the
    /// recording left it to the server does not count.
    fn answers(&self, request: &Request) -> bool {
        let has = |(name, value): &(String, String)| request.parameter(name) == Some(value);
        let extra = |(name, value): &(String, String)| {
            let usual = [("limit", "20"), ("spss", "3")].contains(&(name.as_str(), value.as_str()));
            usual || self.parameters.iter().any(|(known, _)| known == name)
        };
        let header = |name: &str| self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        request.path == self.path
            && self.parameters.iter().all(has)
            && request.parameters.iter().all(extra)
            && request.header("x-scope-orgid") == header("X-Scope-OrgID")
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn seconds(&self, name: &str) -> u64 {
        self.parameter(name).and_then(|value| value.parse().ok()).expect("there is a time")
    }

    fn range(&self) -> TimeRange {
        TimeRange { start: self.seconds("start") * SECOND, end: self.seconds("end") * SECOND }
    }

    fn body(&self) -> Json {
        serde_json::from_slice(&self.response.body).expect("the answer is JSON")
    }
}

/// Starts a server that answers what was recorded, and `404` to everything else.
pub(crate) fn replay(file: &'static str) -> (Stub, Server) {
    let all = recordings(file);
    let stub = Stub::start(move |request| {
        let wants_protobuf = request.header("accept") == Some("application/protobuf");
        // Where the same was asked for JSON and for protobuf.
        let mut fitting: Vec<&Recording> = all.iter().filter(|recording| recording.answers(request)).collect();
        fitting.sort_by_key(|recording| recording.headers.iter().any(|(name, _)| name == "Accept") != wants_protobuf);
        fitting.first().map_or_else(|| Response::text(404, "404 page not found\n"), |found| found.response.clone())
    });
    let server = crate::server(&stub.url);
    (stub, server)
}

fn printed(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> Json {
    let mut text = Vec::new();
    write(&mut text).expect("memory takes everything");
    serde_json::from_slice(&text).expect("JSON is printed")
}

/// Takes out what is printed for clients of Prometheus, which no newer release has.
fn without_prom_labels(mut json: Json) -> Json {
    for series in json["series"].as_array_mut().into_iter().flatten() {
        series.as_object_mut().and_then(|series| series.remove("promLabels"));
    }
    json
}

#[test]
fn searches_print_as_they_came() {
    let mut count = 0;
    for file in FILES {
        let (_, server) = replay(file);
        for recording in
            recordings(file).iter().filter(|found| found.path == "/api/search" && found.response.status == 200)
        {
            let query = recording.parameter("q").expect("there is a query");
            let request = SearchRequest { range: Some(recording.range()), ..crate::search(query) };
            let answer = server.search(&request, call()).expect(&recording.name);
            assert_eq!(printed(|out| search::json::write(out, &answer.value)), recording.body(), "{}", recording.name);
            assert_eq!(answer.notes, Vec::<String>::new());
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn metrics_print_as_they_came() {
    let mut count = 0;
    for file in FILES {
        let (_, server) = replay(file);
        let is_metrics = |found: &&Recording| found.path.starts_with("/api/metrics/") && found.response.status == 200;
        for recording in recordings(file).iter().filter(is_metrics) {
            let step = recording.parameter("step").and_then(parse_duration).map(|step| step as u64);
            let exemplars = recording.parameter("exemplars").and_then(|count| count.parse().ok());
            let times = match recording.path.as_str() {
                "/api/metrics/query" => RequestTimes::Instant { combine: None },
                _ => RequestTimes::Range { step, exemplars },
            };
            let TimeRange { start, end } = recording.range();
            let request = crate::metrics(recording.parameter("q").expect("there is a query"), start, end, times);
            let answer = server.metrics(&request, call()).expect(&recording.name);
            let expected = without_prom_labels(recording.body());
            assert_eq!(printed(|out| metrics::json::write(out, &answer.value)), expected, "{}", recording.name);
            assert_eq!(answer.notes, Vec::<String>::new());
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn refusals_are_told_in_the_servers_words() {
    for file in FILES {
        let (_, server) = replay(file);
        for recording in
            recordings(file).iter().filter(|found| found.response.status == 400 && found.parameter("q").is_some())
        {
            let query = recording.parameter("q").unwrap_or_default();
            // The others ask what the client never does.
            let request = match recording.path.as_str() {
                "/api/metrics/query_range" if recording.name != "range-step-too-small" => {
                    let TimeRange { start, end } = recording.range();
                    let times = RequestTimes::Range { step: None, exemplars: None };
                    server.metrics(&crate::metrics(query, start, end, times), call()).map(|_| ())
                }
                "/api/search" if ["search-bad-query", "search-type-error"].contains(&recording.name.as_str()) => {
                    let request = SearchRequest { range: Some(recording.range()), ..crate::search(query) };
                    server.search(&request, call()).map(|_| ())
                }
                _ => continue,
            };
            let error = crate::refused(request);
            let said = String::from_utf8_lossy(&recording.response.body).trim().to_owned();
            assert_eq!((error.kind, error.status, error.said.as_deref()), (Kind::Refused, Some(400), Some(&*said)));
        }
    }
}

#[test]
fn tenants_are_asked_for() {
    let (stub, _) = replay(FILES[0]);
    let mut settings = crate::settings(&stub.url);
    settings.tenants.clear();
    let server = Server::open(&settings).expect("the settings are right");
    let range = Some(TimeRange { start: 1_767_225_000 * SECOND, end: 1_767_235_000 * SECOND });
    let error = crate::refused(server.search(&SearchRequest { range, ..crate::search("{}") }, call()));
    assert_eq!((error.kind, error.status, error.said.as_deref()), (Kind::Unauthorized, Some(401), Some("no org id")));
    assert_eq!(
        error.to_string(),
        format!(
            "{}/api/search: the server has tenants, and none was named (status 401): no org id; name one with `--tenant`",
            stub.url
        )
    );
}

#[test]
fn names_and_values_are_listed() {
    let (_, server) = replay(FILES[0]);
    let range = Some(TimeRange { start: 1_767_225_000 * SECOND, end: 1_767_235_000 * SECOND });
    let request = CatalogRequest { range, ..CatalogRequest::default() };
    let names = server.tags(Some("resource"), &request, call()).expect("they are listed");
    assert_eq!(names.inspected.bytes, 13_630);
    assert_eq!(names.scopes.len(), 1);
    assert_eq!(names.scopes[0].scope, Some(TagScope::Resource));
    assert_eq!(names.scopes[0].names, ["host.name", "region", "service.name", "service.namespace"]);
    let all = server.tags(None, &request, call()).expect("they are listed");
    assert!(all.scopes.iter().all(|scope| scope.scope.is_some()) && all.scopes.len() == 6, "{all:?}");
    let error = crate::refused(server.tags(Some("nope"), &request, call()));
    assert_eq!(error.said.as_deref(), Some("invalid scope: nope"));

    let values = |name: &str| server.values(name, &request, call()).expect(name).values;
    let text = |text: &str| Datum::String(text.to_owned());
    assert_eq!(values("span.color"), ["blue", "green", "red"].map(text));
    let mixed = values("span.mixed");
    for value in [Datum::Bool(true), Datum::Int(200), Datum::Float(200.0), text("200"), Datum::Float(200.5)] {
        assert!(mixed.contains(&value), "{value:?} in {mixed:?}");
    }
    assert_eq!(values("status"), [1, 0, 2].map(Datum::Int), "as the server stores them");
    let error = crate::refused(server.values("bad name", &request, call()));
    assert!(error.said.is_some_and(|said| said.contains("failed to parse identifier bad name")));
}

#[test]
fn older_servers_list_names_and_values_too() {
    let stub = Stub::start(|request| match request.path.as_str() {
        "/api/search/tags" => Response::json(r#"{"tagNames":["a","b"],"new":{"x":[1]}}"#),
        "/api/search/tag/a/values" => Response::json(r#"{"tagValues":["x",""],"metrics":null}"#),
        _ => Response::text(404, "404 page not found\n"),
    });
    let server = crate::server(&stub.url);
    let names = server.tags(None, &CatalogRequest::default(), call()).expect("they are listed");
    assert_eq!((names.scopes[0].scope, &*names.scopes[0].names), (None, ["a", "b"].map(str::to_owned).as_slice()));
    let values = server.values("span.a", &CatalogRequest::default(), call()).expect("they are listed");
    assert_eq!(values.values, ["x", ""].map(|text| Datum::String(text.to_owned())));
}

/// Reads the spans of a trace: names and how often each key comes, whatever the order.
fn spans(input: &source::Input) -> (usize, Vec<String>) {
    let found = Mutex::new((0, Vec::new()));
    let everything = Projection::everything();
    let read = source::read(
        std::slice::from_ref(input),
        &ReadOptions::loose(&everything, false),
        &|_| {},
        &|fragment: Fragment| {
            let mut found = found.lock().expect("nobody panics with it");
            found.0 += fragment.spans.len();
            found.1.extend(fragment.spans.name.iter().map(|name| fragment.spans.dictionary.get(*name).to_owned()));
        },
    );
    assert_eq!(read.expect("the trace is sound").damaged, 0);
    let (count, mut names) = found.into_inner().expect("nobody panics with it");
    names.sort_unstable();
    (count, names)
}

const ZOO: &str = "a0011234567890abc001";

fn id(text: &str) -> TraceId {
    TypedId::parse(text).expect("an id").whole()
}

#[test]
fn traces_come_as_protobuf_and_as_json() {
    let all = recordings(FILES[0]);
    let bodies: Vec<(&str, Response)> = ["trace-v2-protobuf", "trace-v2", "trace-v1"]
        .iter()
        .map(|name| (*name, all.iter().find(|found| found.name == *name).expect("it is recorded").response.clone()))
        .collect();
    for (name, response) in bodies {
        let is_old = name == "trace-v1";
        let stub = Stub::start(move |request| {
            let is_asked = request.path == format!("/api/{}traces/{:0>32}", if is_old { "" } else { "v2/" }, ZOO);
            if is_asked { response.clone() } else { Response::text(404, "404 page not found\n") }
        });
        let server = crate::server(&stub.url);
        let trace = server.trace(id(ZOO), None, call()).expect(name).expect("it is there");
        assert_eq!(trace.partial, None);
        let (count, names) = spans(&trace.input);
        assert_eq!((count, names), (4, ["child", "child", "grandchild", "root"].map(str::to_owned).to_vec()), "{name}");
        assert_eq!(trace.inspected.bytes, if is_old { 0 } else { 45_689 });
        assert!(stub.take().iter().all(|request| request.header("accept") == Some("application/protobuf")));
        // What was learned about an old server is not asked again.
        server.trace(id(ZOO), None, call()).expect(name).expect("it is still there");
        assert_eq!(stub.take().len(), 1, "{name}");
    }
}

#[test]
fn traces_that_are_not_there_are_nothing() {
    for file in FILES {
        let (stub, server) = replay(file);
        let range = Some(TimeRange { start: 1_767_225_000 * SECOND, end: 1_767_235_000 * SECOND });
        let all = recordings(file);
        let newer = all.iter().find(|found| found.name == "trace-v2-unknown").expect("it is recorded").response.clone();
        let older = all.iter().find(|found| found.name == "trace-v1-unknown").expect("it is recorded").response.clone();
        // The client asks with all digits.
        assert!(crate::refused(server.trace(id("123"), range, call())).kind == Kind::NoSuchPath, "{}", stub.url);
        for is_old in [false, true] {
            let (newer, older) = (newer.clone(), older.clone());
            let stub = Stub::start(move |request| match (request.path.starts_with("/api/v2/"), is_old) {
                (true, false) => newer.clone(),
                (true, true) => Response::text(404, "404 page not found\n"),
                (false, _) => older.clone(),
            });
            let server = crate::server(&stub.url);
            assert!(server.trace(id("123456789abcdef"), range, call()).expect("that is an answer").is_none());
        }
    }
}

#[test]
fn parts_of_traces_say_so() {
    let whole = recordings(FILES[0]).into_iter().find(|found| found.name == "trace-v2").expect("it is recorded");
    let mut body: Map<String, Json> = serde_json::from_slice(&whole.response.body).expect("it is JSON");
    body.insert("status".to_owned(), "PARTIAL".into());
    body.insert("message".to_owned(), "Trace exceeds maximum size of 5 bytes, a partial trace is returned".into());
    let json = Response::json(serde_json::to_vec(&body).expect("it is JSON"));
    let message = b"Trace filtered";
    let mut protobuf = recordings(FILES[0])
        .into_iter()
        .find(|found| found.name == "trace-v2-protobuf")
        .expect("it is recorded")
        .response;
    protobuf.body.extend([0x18, 1, 0x22, message.len() as u8]);
    protobuf.body.extend(message);
    for (response, expected) in
        [(json, "Trace exceeds maximum size of 5 bytes, a partial trace is returned"), (protobuf, "Trace filtered")]
    {
        let stub = Stub::start(move |_| response.clone());
        let trace = crate::server(&stub.url).trace(id(ZOO), None, call()).expect("it comes").expect("it is there");
        assert_eq!(trace.partial.as_deref(), Some(expected));
        assert_eq!(spans(&trace.input).0, 4);
    }
}

#[test]
fn several_traces_come_in_any_order() {
    let whole = recordings(FILES[0]).into_iter().find(|found| found.name == "trace-v2").expect("it is recorded");
    let stub = Stub::start(move |request| {
        if request.path.ends_with('7') { Response::json(r#"{"trace":{}}"#) } else { whole.response.clone() }
    });
    let ids: Vec<TraceId> = (1..=20).map(TraceId).collect();
    let mut found = Vec::new();
    let server = crate::server(&stub.url);
    server.traces(&ids, None, call(), &mut |id, trace| found.push((id, trace.is_some()))).expect("they come");
    found.sort_unstable();
    assert_eq!(found, ids.iter().map(|id| (*id, id.0 % 16 != 7)).collect::<Vec<_>>());
}

#[test]
fn echoes_come_back() {
    let (_, server) = replay(FILES[0]);
    server.echo(call()).expect("it is a Tempo");
}
