//! The program over a server that gives Tempo's recorded answers, against the program over the same spans in a file: equal
//! JSON, wherever Tempo's answer is not one of those that are different on purpose.

use hashbrown::HashMap;
use serde_json::{Map, Value as Json, json};
use traceql_grammar::{Verdict, check, lint::tempo_differences, vocab::release::Release};

use crate::{
    binary::{Ran, run, traceql},
    stub::{Request, Response, Stub},
};

/// So many recorded queries of a kind are asked: enough to have every kind of stage, few enough to be quick.
const ASKED: usize = 60;

struct Recorded {
    query: String,
    answer: Json,
}

/// Returns queries of a kind over the zoo whose answers follow from the spans alone; they stand under `name`.
fn recorded(kind: &str, name: &str) -> Vec<Recorded> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/execute.jsonl.zst");
    let bytes = std::fs::read(file).expect("the recordings are in the repository");
    let text = zstd::decode_all(bytes.as_slice()).expect("the recordings are zstd");
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let all: Vec<Recorded> = lines
        .map(|line| serde_json::from_slice::<Json>(line).expect("a recording is JSON"))
        .filter(|json| json["dataset"] == "zoo" && json["kind"] == kind && json.get("divergence").is_none())
        .filter(|json| json.get(name).is_some())
        .map(|json| Recorded {
            query: json["query"].as_str().expect("it is text").to_owned(),
            answer: json!({ name: json[name] }),
        })
        .filter(|recorded| {
            let checked = check(&recorded.query, Release::Main);
            checked.verdict == Verdict::Ok && tempo_differences(&recorded.query, &checked.query).is_empty()
        })
        .collect();
    let every = all.len().div_ceil(ASKED);
    all.into_iter().step_by(every).collect()
}

/// Brings an answer into an order that does not depend on chance, without what tells of the work.
fn sorted(ran: &Ran) -> Json {
    let mut answer: Json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let object = answer.as_object_mut().expect("an answer is an object");
    object.remove("metrics");
    each(object, "series", |series| {
        each(series, "labels", |_| {});
        each(series, "samples", round);
        round(series);
        // Which spans they are is chance.
        series.remove("exemplars");
    });
    each(object, "traces", |trace| {
        each(trace, "spanSets", |set| {
            each(set, "spans", |span| each(span, "attributes", |_| {}));
            each(set, "attributes", |_| {});
        });
        // It is a copy of one of them.
        trace.remove("spanSet");
    });
    answer
}

/// Tempo adds in another order: the last digits of sums may differ.
fn round(of: &mut Map<String, Json>) {
    if let Some(value) = of.get_mut("value")
        && let Some(number) = value.as_f64()
    {
        *value = json!(format!("{number:.12e}"));
    }
}

/// Does something with each object of a list, and sorts the list.
fn each(of: &mut Map<String, Json>, name: &str, mut change: impl FnMut(&mut Map<String, Json>)) {
    if let Some(list) = of.get_mut(name).and_then(Json::as_array_mut) {
        list.iter_mut().for_each(|element| change(element.as_object_mut().expect("it is an object")));
        list.sort_by_cached_key(ToString::to_string);
    }
}

/// Asks the program about each recorded query, once over a server that gives the recorded answers, once over the file.
fn compare(recorded: &[Recorded], path: &'static str, options: &[&str]) {
    let answers: HashMap<String, String> =
        recorded.iter().map(|recorded| (recorded.query.clone(), recorded.answer.to_string())).collect();
    let stub = Stub::start(move |request: &Request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"main-ad33aa8\"}"),
        asked if asked == path => {
            let query = request.parameter("q").unwrap_or_default();
            answers.get(query).map_or(Response::text(400, "nobody recorded that"), |answer| {
                Response::json(answer.as_bytes().to_vec())
            })
        }
        _ => Response::text(404, "404 page not found\n"),
    });
    for Recorded { query, .. } in recorded {
        let ask = |source: &str| run(&mut traceql(&[&["query", query, source, "--format", "json"], options].concat()));
        let (there, here) = (ask(&stub.url), ask("tests/conformance/zoo.otlp.jsonl.zst"));
        assert_eq!(sorted(&there), sorted(&here), "{query}");
        assert_eq!(there.status, here.status, "{query}: {there:?}");
    }
}

#[test]
fn recorded_searches_print_as_those_over_files() {
    let recorded = recorded("search", "traces");
    assert!(recorded.len() > ASKED / 2, "there are {}", recorded.len());
    let times = ["--start", "1767225000", "--end", "1767235000"];
    compare(&recorded, "/api/search", &[&times[..], &["--limit", "1000", "--spss", "100"]].concat());
}

#[test]
fn recorded_metrics_print_as_those_over_files() {
    let times = ["--start", "1767225600", "--end", "1767225900"];
    let ranges = recorded("range", "series");
    assert!(ranges.len() > 10, "there are {}", ranges.len());
    compare(&ranges, "/api/metrics/query_range", &[&times[..], &["--step", "30s", "--exemplars", "0"]].concat());
    let instants = recorded("instant", "series");
    compare(&instants, "/api/metrics/query", &[&times[..], &["--instant"]].concat());
}
