//! The same random queries over a file, over what `convert` makes of it in each format that holds all of it, over a block, and
//! through a server: equal answers.

use std::{
    fs,
    io::Read,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Mutex,
};

use traceql::{
    model::{batch::Batch, cancel::Cancel, result::Datum},
    output::{
        self,
        tempo_block::{Options, write},
        traces::{Format, Stream},
    },
    plan::Limits,
    session::{Found, Metrics, Observer, Quiet, Request, Search, Session, TagsRequest, Tempo, Time, Traces, When, run},
    source::{Input, find},
};
use traceql_grammar::Verdict;

use crate::{SECOND, holder::Holder};
use traceql_grammar::vocab::release::Release;

/// How many queries are tried on each of the two data sets.
const QUERIES: usize = 250;

/// Before and after all spans of the data sets, in Unix seconds.
const RANGE: (u64, u64) = (1_767_222_000, 1_767_232_800);

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ x >> 31) % end as u64) as usize
    }

    fn pick<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }
}

/// The attributes of the data, each with some of its values as literals.
struct Words(Vec<(String, Vec<String>)>);

impl Words {
    fn of(session: &Session) -> Words {
        let answer = run(session, &Request::Tags(TagsRequest::default()), &Cancel::new(), &Quiet).expect("it is sound");
        let Found::Tags(tags) = answer.found else { panic!("names were asked for") };
        let words = tags.tags.iter().filter_map(|tag| {
            let values = tag.values.as_ref()?.counts.iter().take(6).filter_map(|count| literal(&count.value));
            Some((tag.field.to_string(), values.collect()))
        });
        Words(words.filter(|(_, values): &(String, Vec<String>)| !values.is_empty()).collect())
    }

    fn field(&self, numbers: &mut Numbers) -> &(String, Vec<String>) {
        &self.0[numbers.below(self.0.len())]
    }

    fn condition(&self, numbers: &mut Numbers) -> String {
        let (field, values) = self.field(numbers);
        let value = &values[numbers.below(values.len())];
        match numbers.below(8) {
            0 => format!("{field} != nil"),
            1 => format!("{field} = nil"),
            2 => format!("duration {} {}ms", numbers.pick(&[">", "<=", ">="]), numbers.below(300)),
            3 if value.starts_with('"') => {
                format!("{field} {} \"{}.*\"", numbers.pick(&["=~", "!~"]), numbers.pick(&["GET", "a", "s", ".", "4"]))
            }
            _ => format!("{field} {} {value}", numbers.pick(&["=", "!=", "=", ">", "<"])),
        }
    }

    fn filter(&self, numbers: &mut Numbers) -> String {
        match numbers.below(6) {
            0 => "{ }".to_owned(),
            1 => {
                let op = numbers.pick(&["&&", "||"]);
                format!("{{ {} {op} {} }}", self.condition(numbers), self.condition(numbers))
            }
            2 => format!("{{ !({}) }}", self.condition(numbers)),
            _ => format!("{{ {} }}", self.condition(numbers)),
        }
    }

    fn spansets(&self, numbers: &mut Numbers) -> String {
        let first = self.filter(numbers);
        match numbers.below(3) {
            0 => {
                let op = numbers.pick(&["&&", "||", ">", ">>", "<", "<<", "~", "!>>", "!~", "&>", "&<<", "!<"]);
                format!("{first} {op} {}", self.filter(numbers))
            }
            _ => first,
        }
    }

    fn query(&self, numbers: &mut Numbers) -> String {
        let spansets = self.spansets(numbers);
        let (field, other) = (&self.field(numbers).0, &self.field(numbers).0);
        let stage = match numbers.below(14) {
            0 => format!("| by({field})"),
            1 => format!("| by({field}) | count() > {}", numbers.below(3)),
            2 => format!("| select({field}, {other})"),
            3 => format!("| {}(duration) > {}ms", numbers.pick(&["avg", "min", "max", "sum"]), numbers.below(200)),
            4 => "| coalesce()".to_owned(),
            5 => format!("| rate() by ({field})"),
            6 => format!("| count_over_time() by ({field}, {other})"),
            7 => format!(
                "| {}(duration) by ({field})",
                numbers.pick(&["avg_over_time", "max_over_time", "sum_over_time", "histogram_over_time"])
            ),
            8 => format!("| quantile_over_time(duration, .5, .9) by ({field})"),
            9 => format!(
                "| count_over_time() by ({field}) | {}({})",
                numbers.pick(&["topk", "bottomk"]),
                1 + numbers.below(4)
            ),
            10 => format!("| compare({})", self.filter(numbers)),
            11 => format!("| sum_over_time({field}) > {}", numbers.below(10)),
            _ => String::new(),
        };
        format!("{spansets} {stage}")
    }
}

/// Returns a value as a query has it; `None` for values that have no literal, or a long one.
fn literal(value: &Datum) -> Option<String> {
    Some(match value {
        Datum::String(text) if text.len() < 60 => serde_json::to_string(text).expect("a text is JSON"),
        Datum::Duration(ns) => format!("{ns}ns"),
        Datum::Int(_) | Datum::Float(_) | Datum::Bool(_) | Datum::Status(_) | Datum::Kind(_) => value.to_string(),
        _ => return None,
    })
}

/// Answers a query, as Tempo's JSON without counts of work.
fn answer(session: &Session, query: &str) -> serde_json::Value {
    let checked = session.check(query);
    let when = When { start: Some(Time::At(RANGE.0 * SECOND)), end: Some(Time::At(RANGE.1 * SECOND)), since: None };
    let request = match &checked.query.body {
        traceql_grammar::query::Body::Search(_) => {
            let limits = Limits { traces: Some(1000), spans_per_spanset: Some(100) };
            Request::Search(Search { query: checked, when, limits })
        }
        traceql_grammar::query::Body::Metrics(_) => {
            let step = Some(600_000_000_000);
            Request::Metrics(Metrics { when, step, exemplars: Some(10), ..Metrics::new(checked) })
        }
    };
    let found = match run(session, &request, &Cancel::new(), &Quiet) {
        Ok(answer) => answer.found,
        Err(error) => return serde_json::json!({ "error": error.to_string() }),
    };
    let mut body = Vec::new();
    match &found {
        Found::Search(matches) => output::search::json::write(&mut body, &matches.result),
        Found::Metrics(result) => output::metrics::json::write(&mut body, result),
        _ => panic!("a query was asked"),
    }
    .expect("memory takes it");
    let mut json: serde_json::Value = serde_json::from_slice(&body).expect("it is JSON");
    json.as_object_mut().expect("it is an object").remove("metrics");
    json
}

/// Keeps all traces.
struct Keep(Mutex<Vec<Batch>>);

impl Observer for Keep {
    fn traces(&self, batch: Batch) -> ControlFlow<()> {
        self.0.lock().expect("no thread panics").push(batch);
        ControlFlow::Continue(())
    }
}

fn unpacked(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).expect("the data set is there");
    zstd::Decoder::new(file).and_then(|mut file| file.read_to_end(&mut bytes)).expect("it is sound");
    bytes
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn hold(data: Vec<u8>, seed: u64) {
    let file = Input::memory("file", data);
    let over_file = Session::over([file.clone()]);
    let keep = Keep(Mutex::default());
    run(&over_file, &Request::Traces(Traces::default()), &Cancel::new(), &keep).expect("it is sound");
    let batches = keep.0.into_inner().expect("no thread panics");
    let converted = |format| {
        let mut bytes = Vec::new();
        let mut stream = Stream::new(&mut bytes, format);
        batches.iter().for_each(|batch| stream.batch(batch).expect("memory takes it"));
        stream.finish().expect("memory takes it");
        Input::memory("converted", bytes)
    };
    let root = folder(&format!("same-{seed}"));
    let options = Options { row_group_traces: 40, ..Options::new("00000000-0000-4000-8000-000000000001") };
    write(&root, &batches, &options, &Cancel::new()).expect("it can be written");
    let block = find(&[root.display().to_string()]).expect("it is there");
    let stub = Holder { inputs: vec![file], release: Release::Main }.start();
    let others = [
        ("OTLP JSON", Session::over([converted(Format::OtlpJson)])),
        ("OTLP protobuf", Session::over([converted(Format::OtlpProtobuf)])),
        ("block", Session::over(block)),
        ("server", Session::over([Tempo::open(&stub.url).expect("it is a URL")])),
    ];
    let words = Words::of(&over_file);
    let (mut numbers, mut tried, mut found) = (Numbers(seed), 0, 0);
    while tried < QUERIES {
        let query = words.query(&mut numbers);
        if over_file.check(&query).verdict != Verdict::Ok {
            continue;
        }
        tried += 1;
        let expected = answer(&over_file, &query);
        found += usize::from(expected.to_string().len() > 20);
        for (name, session) in &others {
            assert_eq!(answer(session, &query), expected, "{name}: {query}");
        }
    }
    assert!(found * 2 > tried, "only {found} of {tried} queries find something");
}

#[test]
fn awkward_spans_give_the_same_answers_everywhere() {
    hold(unpacked("zoo.otlp.jsonl.zst"), 1);
}

#[test]
fn a_shop_gives_the_same_answers_everywhere() {
    // A part of it, as the rest is more of the same.
    let all = unpacked("shop.otlp.jsonl.zst");
    let end = all.iter().position(|byte| *byte == b'\n').expect("there are several lines");
    hold(all[..end].to_vec(), 2);
}
