//! Holds the engine against answers that were recorded from a real Tempo.
//!
//! `conformance/execute.jsonl.zst` holds a query and Tempo's answer on each line; where the line names a `divergence`,
//! traceql answers differently on purpose, and the line says which spans are right. Every query runs over the dataset as
//! one file, over the same spans shuffled into three files, in which every trace is in pieces, and over the blocks that
//! Tempo made of it; those of the zoo also over two blocks, and over a file and a block, that hold the same spans.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value, json};
use traceql::{
    exec::{Collector, Metrics, Search},
    model::{batch::Fragment, projection::Projection, scan::Scan},
    output, plan, source,
};
use traceql_grammar::{Verdict, check, diagnostic::Code, query::Query, value::parse_duration, vocab::release::Release};

fn main() {
    let arguments = Arguments::from_args();
    let recordings = std::fs::read(folder().join("execute.jsonl.zst")).expect("the recordings are in the repository");
    let recordings = zstd::decode_all(recordings.as_slice()).expect("the recordings are zstd");
    let trials = recordings
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).expect("a recording is JSON"))
        .flat_map(|recording| {
            forms(&recording).map(move |form| {
                let kind = text(&recording["kind"]);
                let name = format!("{kind} {}{form}: {}", text(&recording["dataset"]), text(&recording["query"]));
                let recording = recording.clone();
                let is_ignored = !holds_what_is_asked(&recording, form);
                Trial::test(name, move || hold(&recording, form).map_err(Failed::from)).with_ignored_flag(is_ignored)
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// Returns the forms of the dataset that a query runs over.
fn forms(recording: &Value) -> impl Iterator<Item = &'static str> + use<> {
    let is_zoo = recording["dataset"] == "zoo";
    FORMS
        .into_iter()
        .filter(move |(form, _)| {
            let has_copies = matches!(*form, "-copies" | "-mixed");
            (is_zoo || !has_copies) && (cfg!(feature = "tempo-block") || !form.contains("vParquet") && !has_copies)
        })
        .map(|(form, _)| form)
}

/// Tells whether the form has what the query asks for: vParquet3 has no place for attributes of instrumentation scopes.
fn holds_what_is_asked(recording: &Value, form: &str) -> bool {
    form != "-vParquet3" || !text(&recording["query"]).contains("instrumentation.scope.attr")
}

/// The forms of a dataset, each with the files and folders that it consists of; `@` stands for the dataset.
const FORMS: [(&str, &[&str]); 7] = [
    ("", &["conformance/@.otlp.jsonl.zst"]),
    ("-split", &["conformance/@-split"]),
    ("-vParquet3", &["blocks/@-vParquet3"]),
    ("-vParquet4", &["blocks/@-vParquet4"]),
    ("-vParquet5", &["blocks/@-vParquet5"]),
    ("-copies", &["blocks/@-vParquet4", "blocks/@-vParquet5"]),
    ("-mixed", &["conformance/@.otlp.jsonl.zst", "blocks/@-vParquet5"]),
];

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance"))
}

/// Runs one recorded query and compares.
fn hold(recording: &Value, form: &str) -> Result<(), String> {
    if let Some(refusal) = recording.get("error") {
        return hold_refusal(text(&recording["query"]), text(refusal));
    }
    let mut answer = answer(recording, form)?;
    if recording["kind"] != "search" {
        let mut expected = json!({ "series": recording["series"] });
        normalise_series(&mut expected);
        normalise_series(&mut answer);
        return compare(&expected["series"], &answer["series"]);
    }
    normalise(&mut answer);
    if let Some(expected) = recording.get("expected_spans") {
        return compare(expected, &spans(&answer));
    }
    let mut expected = json!({ "traces": recording["traces"] });
    normalise(&mut expected);
    compare(&expected["traces"], &answer["traces"])
}

/// What Tempo says of queries that it refuses, and the code of the same fact here.
const REFUSALS: [(&str, Code); 2] =
    [("intrinsics cannot be nil", Code::NeverNil), ("syntax error: unexpected ", Code::UnexpectedToken)];

/// Compares the reason for which a query is refused: the kind of mistake, the mistake itself and, where Tempo tells it,
/// the place.
fn hold_refusal(query: &str, refusal: &str) -> Result<(), String> {
    let said = refusal.strip_prefix("invalid TraceQL query: ").ok_or("Tempo fails, and does not refuse the query")?;
    let checked = check(query, Release::Main);
    let found = || format!("Tempo says: {said}\nhere: {:?}, {:?}", checked.verdict, checked.diagnostics);
    let place = said.strip_prefix("parse error at line 1, col ");
    let verdict = if place.is_some() { Verdict::ParseError } else { Verdict::ValidateError };
    let (_, code) = REFUSALS.iter().find(|(words, _)| said.contains(words)).ok_or_else(found)?;
    let diagnostic = checked.diagnostics.iter().find(|diagnostic| diagnostic.code == *code).ok_or_else(found)?;
    // Columns count from 1.
    let column = place.map(|place| place.chars().take_while(char::is_ascii_digit).collect::<String>());
    let is_there = column.is_none_or(|column| column == (diagnostic.primary.span.start + 1).to_string());
    if checked.verdict == verdict && is_there { Ok(()) } else { Err(found()) }
}

/// Returns what traceql prints as JSON.
fn answer(recording: &Value, form: &str) -> Result<Value, String> {
    let checked = check(text(&recording["query"]), Release::Main);
    if !matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported) {
        return Err(format!("the query is no good: {:?}", checked.diagnostics));
    }
    let inputs = format!("{}{form}", text(&recording["dataset"]));
    let json = match text(&recording["kind"]) {
        "search" => search(&checked.query, &recording["params"], &inputs),
        kind => measure(&checked.query, &recording["params"], kind, &inputs),
    }?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

fn search(query: &Query, params: &Value, inputs: &str) -> Result<Vec<u8>, String> {
    let range = plan::TimeRange { start: seconds(&params["start"]), end: seconds(&params["end"]) };
    let limits = plan::Limits { traces: Some(1000), spans_per_spanset: Some(100) };
    let plan = plan::lower(query, limits, Some(range)).map_err(|error| error.to_string())?;
    let search = Search::new(plan).of_inputs(INPUTS[inputs].len());
    let (projection, pruning) = (search.plan().projection(), search.plan().pruning());
    let bytes = read(inputs, projection, pruning, &search, &|fragment| search.observe(fragment))?;
    let result = search.finish(bytes).map_err(|error| error.to_string())?;
    let mut json = Vec::new();
    output::search::json::write(&mut json, &result).map_err(|error| error.to_string())?;
    Ok(json)
}

fn measure(query: &Query, params: &Value, kind: &str, inputs: &str) -> Result<Vec<u8>, String> {
    let step = params["step"].as_str().map(|step| parse_duration(step).expect("a step is a duration"));
    let window = plan::Window {
        now: 0,
        start: Some(seconds(&params["start"])),
        end: Some(seconds(&params["end"])),
        step: step.map(|step| u64::try_from(step).expect("a step is not negative")),
        instant: kind == "instant",
        may_be_long: false,
    };
    let options = plan::MetricsOptions { window, exemplars: 0, ..plan::MetricsOptions::default() };
    let metrics = Metrics::new(plan::lower_metrics(query, options).map_err(|error| error.to_string())?);
    let (projection, pruning) = (metrics.plan().projection(), metrics.plan().pruning());
    let bytes = read(inputs, projection, pruning, &metrics, &|fragment| metrics.observe(fragment))?;
    let result = metrics.finish(bytes).map_err(|error| error.to_string())?;
    let mut json = Vec::new();
    output::metrics::json::write(&mut json, &result).map_err(|error| error.to_string())?;
    Ok(json)
}

/// The inputs of each form of each dataset.
static INPUTS: LazyLock<BTreeMap<String, Vec<source::Input>>> = LazyLock::new(|| {
    let mut inputs = BTreeMap::new();
    for (dataset, (form, names)) in ["zoo", "shop"].iter().flat_map(|dataset| FORMS.map(|form| (dataset, form))) {
        let path = |name: &&str| format!("{}/../{}", folder().display(), name.replace('@', dataset));
        inputs.insert(
            format!("{dataset}{form}"),
            source::find(&names.iter().map(path).collect::<Vec<_>>()).expect("the dataset is there"),
        );
    }
    inputs
});

/// Reads a dataset and returns how many bytes of it were read.
fn read(
    inputs: &str,
    projection: &Projection,
    pruning: &plan::Pruning,
    scan: &dyn Scan,
    observe: &(dyn Fn(Fragment) + Sync),
) -> Result<u64, String> {
    let options = source::ReadOptions {
        pruning: Some(pruning),
        scan: Some(scan),
        ..source::ReadOptions::loose(projection, false)
    };
    let report = source::read(&INPUTS[inputs], &options, &|_| {}, observe).map_err(|error| error.to_string())?;
    Ok(report.bytes)
}

/// Reads a time in seconds as nanoseconds.
fn seconds(time: &Value) -> u64 {
    text(time).parse::<u64>().expect("a time is in seconds") * 1_000_000_000
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// Brings series into the form of the recordings: sorted by labels, without exemplars.
fn normalise_series(answer: &mut Value) {
    whole_floats(answer);
    for series in list(&mut answer["series"]) {
        object(series).remove("exemplars");
        object(series).remove("promLabels");
        list(&mut series["labels"]).sort_by_key(Value::to_string);
    }
    list(&mut answer["series"]).sort_by_key(|series| series["labels"].to_string());
}

/// Brings an answer into the form of the recordings: sorted by id, without what says the same again.
fn normalise(answer: &mut Value) {
    whole_floats(answer);
    for trace in list(&mut answer["traces"]) {
        object(trace).remove("spanSet");
        for set in list(&mut trace["spanSets"]) {
            list(&mut set["attributes"]).sort_by_key(Value::to_string);
            if set["attributes"].as_array().is_none_or(Vec::is_empty) {
                object(set).remove("attributes");
            }
            for span in list(&mut set["spans"]) {
                list(&mut span["attributes"]).sort_by_key(Value::to_string);
            }
            list(&mut set["spans"]).sort_by_key(|span| format!("{} {}", span["startTimeUnixNano"], span["spanID"]));
        }
        list(&mut trace["spanSets"]).sort_by_key(Value::to_string);
    }
    list(&mut answer["traces"]).sort_by_key(|trace| trace["traceID"].to_string());
}

/// Writes `1.0` as `1`, as Tempo prints it.
fn whole_floats(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(x) = number.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 1e15) {
                *value = json!(x as i64);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(whole_floats),
        Value::Object(all) => all.values_mut().for_each(whole_floats),
        _ => {}
    }
}

/// Returns the list, which is made empty if it is missing.
fn list(value: &mut Value) -> &mut Vec<Value> {
    if value.is_null() {
        *value = json!([]);
    }
    value.as_array_mut().expect("an array")
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("an object")
}

/// Returns the span ids of each trace.
fn spans(answer: &Value) -> Value {
    let of_trace = |trace: &Value| {
        let sets = trace["spanSets"].as_array().into_iter().flatten();
        let spans = sets.flat_map(|set| set["spans"].as_array().into_iter().flatten());
        let mut ids: Vec<&str> = spans.map(|span| text(&span["spanID"])).collect();
        ids.sort_unstable();
        (text(&trace["traceID"]).to_owned(), json!(ids))
    };
    Value::Object(answer["traces"].as_array().into_iter().flatten().map(of_trace).collect())
}

/// Says where two values differ first.
fn compare(expected: &Value, found: &Value) -> Result<(), String> {
    differ(expected, found, "").map_or(Ok(()), Err)
}

fn differ(expected: &Value, found: &Value, place: &str) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let extra = b.iter().find(|(key, _)| !a.contains_key(*key));
            let inside = a
                .iter()
                .find_map(|(key, value)| differ(value, b.get(key).unwrap_or(&Value::Null), &format!("{place}.{key}")));
            inside.or_else(|| extra.map(|(key, value)| format!("{place}.{key} is extra: {value}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            (0..).zip(a.iter().zip(b)).find_map(|(at, (x, y))| differ(x, y, &format!("{place}[{at}]")))
        }
        (Value::Array(a), Value::Array(b)) => {
            let counts = format!("{place} has {} items, expected {}", b.len(), a.len());
            let extra = b.iter().find(|item| !a.contains(item)).map(|item| format!("\nperhaps extra: {item}"));
            let missing = a.iter().find(|item| !b.contains(item)).map(|item| format!("\nperhaps missing: {item}"));
            Some([Some(counts), extra, missing].into_iter().flatten().collect())
        }
        (Value::Number(a), Value::Number(b)) => {
            let (x, y) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            let close = (x - y).abs() <= 1e-9 * x.abs().max(y.abs());
            (!close && a != b).then(|| format!("{place} is {b}, expected {a}"))
        }
        (a, b) => (a != b).then(|| format!("{place} is {b}, expected {a}")),
    }
}
