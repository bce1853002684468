//! Long ranges: cut into windows, asked about a few at a time, and put together as if the server had taken them at once.

use std::{cell::RefCell, sync::Arc};

use proptest::prelude::*;
use traceql::{
    model::{
        result::SearchResult,
        series::{MetricsResult, Times},
    },
    plan::TimeRange,
    plan::remote::{Combine, MetricsRequest, RequestTimes, SearchRequest},
    tempo::{Answer, Call, Kind, Progress},
};
use traceql_grammar::vocab::release::Release;

use crate::{
    SECOND, WAITING, call, metrics, refused, search, server,
    stub::{Response, Stub},
    tempo::{Tempo, Trace},
};

const HOUR: u64 = 3_600 * SECOND;
const DAY: u64 = 24 * HOUR;
/// A time of which windows are no multiples.
const BEGIN: u64 = 1_767_225_600 * SECOND + 17 * SECOND;

fn start(tempo: Tempo) -> Stub {
    Stub::start(move |request| tempo.answer(request))
}

fn over(days: u64, limit: Option<usize>) -> SearchRequest {
    let range = Some(TimeRange { start: BEGIN, end: BEGIN + days * DAY });
    SearchRequest { range, limit, ..search("{ }") }
}

/// Traces at even distances over some days.
fn traces(count: u64, days: u64) -> Vec<Trace> {
    let distance = days * DAY / count;
    let trace = |at: u64| Trace {
        id: u128::from(at) + 1,
        start: BEGIN + at * distance,
        duration: (at % 7) * SECOND,
        spans: 1 + at as usize % 4,
    };
    (0..count).map(trace).collect()
}

fn ids(result: &SearchResult) -> Vec<u128> {
    result.traces.iter().map(|found| found.id.0).collect()
}

#[test]
fn long_searches_are_cut() {
    let stub = start(Tempo { traces: traces(100, 30), ..Tempo::default() });
    let seen = RefCell::new(Vec::new());
    let progress = |progress: Progress| seen.borrow_mut().push(progress);
    let call = Call { cancel: &WAITING, progress: &progress };
    let answer = server(&stub.url).search(&over(30, None), call).expect("it is cut");
    assert_eq!(ids(&answer.value), (1..=100).rev().collect::<Vec<_>>());
    assert!(!answer.value.more);
    // 30 days in windows of 7.
    assert_eq!(stub.take().len(), 5);
    assert_eq!((answer.value.inspected.bytes, answer.value.inspected.server.completed_jobs), (50, 5));
    let last = seen.borrow().last().copied();
    assert_eq!(last, Some(Progress { done: 5, of: 5, found: 100, bytes: 50 }));
}

#[test]
fn newest_traces_are_enough() {
    let stub = start(Tempo { traces: traces(1000, 300), ..Tempo::default() });
    let answer = server(&stub.url).search(&over(300, Some(20)), call()).expect("it is cut").value;
    assert_eq!(ids(&answer), (981..=1000).rev().collect::<Vec<_>>());
    assert!(answer.more);
    let windows = stub.take().len();
    assert!(windows <= 8, "{windows} of 43");
}

#[test]
fn traces_in_two_windows_are_one() {
    // Over the bound between two windows, which count from the end.
    let bound = BEGIN + 10 * DAY - 7 * DAY;
    let long = Trace { id: 7, start: bound - SECOND, duration: 2 * SECOND, spans: 3 };
    let stub = start(Tempo { traces: vec![long], ..Tempo::default() });
    let answer = server(&stub.url).search(&over(10, Some(20)), call()).expect("it is cut").value;
    assert_eq!(ids(&answer), [7]);
    let found = &answer.traces[0];
    assert_eq!((found.duration, found.services[0].spans), (2 * SECOND, 3));
    assert_eq!((found.spansets.len(), found.spansets[0].matched, found.spansets[0].spans.len()), (1, 3, 3));

    // Where each window tells of its own spans.
    let set = |span: u32, matched: u32| {
        format!(r#"{{"spans":[{{"spanID":"{span:016x}","startTimeUnixNano":"{span}"}}],"matched":{matched}}}"#)
    };
    let stub = Stub::start(move |request| {
        let is_newer = request.number("end") * SECOND == BEGIN + 10 * DAY;
        let (start, sets, name) = if is_newer { (9, set(2, 1), "") } else { (5, set(1, 1), "root") };
        Response::json(format!(
            r#"{{"traces":[{{"traceID":"1","rootTraceName":"{name}","startTimeUnixNano":"{start}000000","durationMs":3,
                "spanSets":[{sets}],"serviceStats":{{"{start}":{{"spanCount":1}}}}}}]}}"#
        ))
    });
    let answer = server(&stub.url).search(&over(10, Some(20)), call()).expect("it is cut").value;
    let found = &answer.traces[0];
    assert_eq!((found.start, found.duration, found.root_name.as_deref()), (5_000_000, 7_000_000, Some("root")));
    assert_eq!((found.spansets[0].matched, found.spansets[0].spans.len(), found.services.len()), (2, 2, 2));
    assert_eq!(found.spansets[0].spans[0].id.0, 1, "by start");
}

#[test]
fn servers_say_what_they_take() {
    let few = Tempo { traces: traces(100, 30), search_range: 24, limit: 10, spss: 2, ..Tempo::default() };
    let stub = start(few);
    let server = server(&stub.url);
    let ask = |limit: Option<usize>, spss: Option<usize>| {
        let request = SearchRequest { spans_per_spanset: spss, ..over(30, limit) };
        server.search(&request, call()).expect("it learns")
    };
    let Answer { value, notes } = ask(None, None);
    assert_eq!(ids(&value), (1..=100).rev().collect::<Vec<_>>());
    assert!(!value.more);
    assert_eq!(notes, ["the server gives at most 2 spans of a spanset: some have more"]);
    assert!(value.traces.iter().all(|found| found.spansets[0].spans.len() <= 2));
    let asked = stub.take().len();
    // What was learned is not asked again.
    assert_eq!(ask(None, None).value, value);
    let again = stub.take().len();
    assert!((30..=32).contains(&again) && again < asked, "{again}, and {asked} at first");
    assert_eq!(ask(Some(3), Some(2)).notes, Vec::<String>::new());
}

#[test]
fn full_windows_are_asked_about_in_halves() {
    let mut all = traces(64, 7);
    // More in one second than the server gives at once.
    all.extend((0..12).map(|at| Trace { id: 1000 + at, start: BEGIN + 3 * DAY + 5, duration: 0, spans: 1 }));
    let stub = start(Tempo { traces: all, limit: 8, ..Tempo::default() });
    let Answer { value, notes } = server(&stub.url).search(&over(7, None), call()).expect("it is cut");
    assert_eq!(value.traces.iter().filter(|found| found.id.0 < 1000).count(), 64);
    assert!(value.more);
    assert_eq!(notes, ["the server gives at most 8 traces at once: there may be more"]);
    assert!(stub.take().len() < 100);
}

#[test]
fn without_a_range_the_server_chooses() {
    let stub = Stub::start(|request| {
        assert!(request.parameter("start").is_none() && request.parameter("end").is_none());
        Response::json("{}")
    });
    let answer = server(&stub.url).search(&search("{ }"), call()).expect("it answers").value;
    assert_eq!((answer.traces.len(), answer.more), (0, false));
}

#[test]
fn one_window_that_fails_is_the_answer() {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let stub = Stub::start(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        2 => Response::text(500, "a querier is gone"),
        _ => Response::json("{}"),
    });
    let error = refused(server(&stub.url).search(&over(60, None), call()));
    assert_eq!((error.kind, error.said.as_deref()), (Kind::Failed, Some("a querier is gone")));
    let error = refused(server(&stub.url).search(&over(365 * 300, None), call()));
    assert_eq!(error.kind, Kind::Settings, "{error}");
}

fn counts(days: u64, step: u64, release: Release) -> MetricsRequest {
    let times = RequestTimes::Range { step: Some(step), exemplars: None };
    MetricsRequest { release: Some(release), ..metrics("{ } | count_over_time()", BEGIN, BEGIN + days * DAY, times) }
}

/// What a server answers that takes everything at once.
fn at_once(tempo: &Tempo, request: &MetricsRequest) -> MetricsResult {
    let stub = start(Tempo { metrics_range: 1_000_000, ..tempo.clone() });
    // The client cuts by what it knows; one whole range it gets out of a step for which there is a single window.
    let body = stub_range(&stub, request);
    let stub = Stub::start(move |_| Response::json(body.clone()));
    let short = MetricsRequest { end: request.start + HOUR, ..request.clone() };
    server(&stub.url).metrics(&short, call()).expect("it answers").value
}

/// Asks a stub itself.
fn stub_range(stub: &Stub, request: &MetricsRequest) -> Vec<u8> {
    use std::io::{Read, Write};
    let RequestTimes::Range { step: Some(step), .. } = request.times else { unreachable!("ranges have a step here") };
    let mut connection = std::net::TcpStream::connect(stub.url.trim_start_matches("http://")).expect("it listens");
    let (start, end, step) = (request.start / SECOND, request.end / SECOND, step / SECOND);
    write!(connection, "GET /api/metrics/query_range?start={start}&end={end}&step={step}s HTTP/1.1\r\n\r\n")
        .expect("it reads");
    connection.shutdown(std::net::Shutdown::Write).expect("it is open");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("it answers");
    let body = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("there is a body");
    answer.split_off(body + 4)
}

#[test]
fn long_ranges_of_metrics_are_cut() {
    for (looks_back, release, metrics_range) in
        [(true, Release::V3_0, 24), (true, Release::V2_10, 3), (false, Release::V2_8, 3)]
    {
        let tempo = Tempo { traces: traces(500, 3), looks_back, metrics_range, ..Tempo::default() };
        let stub = start(tempo.clone());
        for step in [60, 600, 7 * 60, 3_600] {
            let request = counts(3, step * SECOND, release);
            let cut = server(&stub.url).metrics(&request, call()).expect("it is cut").value;
            let whole = at_once(&tempo, &request);
            assert!(stub.take().len() >= 3);
            assert_eq!((cut.times, cut.series.len()), (whole.times, 2), "{release}, {step} s");
            assert_eq!(cut.series, whole.series, "{release}, {step} s");
        }
    }
}

#[test]
fn releases_that_are_not_known_say_what_they_take() {
    let stub = start(Tempo { traces: traces(500, 3), metrics_range: 3, ..Tempo::default() });
    let server = server(&stub.url);
    let request = MetricsRequest { release: None, ..counts(3, 600 * SECOND, Release::Main) };
    let first = server.metrics(&request, call()).expect("it learns").value;
    // 24 windows of 3 hours, one more for the ends.
    assert!((25..=30).contains(&stub.take().len()));
    assert_eq!(server.metrics(&request, call()).expect("it knows").value, first);
    assert_eq!(stub.take().len(), 25);
    // Many short steps are cut too.
    let fine = MetricsRequest { end: BEGIN + 3 * HOUR, ..counts(1, SECOND, Release::Main) };
    let Times::Range { len, .. } = server.metrics(&fine, call()).expect("it is cut").value.times else {
        panic!("a range")
    };
    assert_eq!((len, stub.take().len()), (10_801, 2));
    let error = refused(server.metrics(&counts(9, 5 * DAY, Release::Main), call()));
    assert!(error.kind == Kind::Settings && error.problem.contains("longer than the 3 hours"), "{error}");
}

#[test]
fn instants_are_cut_where_parts_add_up() {
    let stub = start(Tempo { traces: traces(500, 3), ..Tempo::default() });
    let ask = |query: &str| {
        let parsed = traceql_grammar::check(query, Release::Main).query;
        let times = RequestTimes::Instant { combine: Combine::of(&parsed) };
        server(&stub.url).metrics(&metrics(query, BEGIN, BEGIN + 3 * DAY, times), call())
    };
    let values = |query: &str| -> Vec<f64> {
        ask(query).expect("parts add up").value.series.iter().map(|series| series.samples[0]).collect()
    };
    // The first trace stands on the open bound.
    assert_eq!(values("{ } | count_over_time()"), [250.0, 249.0]);
    let rates = values("{ } | rate()");
    let expected = [250.0, 249.0].map(|count| count / (3.0 * 86_400.0));
    assert!(rates.iter().zip(expected).all(|(rate, expected)| (rate - expected).abs() < 1e-12), "{rates:?}");
    assert_eq!(values("{ } | min_over_time(duration)"), [0.0, 0.0]);
    assert_eq!(values("{ } | max_over_time(duration)"), [6e9, 6e9]);
    for query in [
        "{ } | avg_over_time(duration)",
        "{ } | quantile_over_time(duration, .9)",
        "{ } | rate() | topk(1)",
        "{ } | compare({ })",
    ] {
        let error = refused(ask(query));
        assert_eq!((error.kind, error.status), (Kind::Refused, Some(400)), "{query}: {error}");
        assert!(
            error.problem.contains("takes 24 hours at once, and parts of this answer do not add up"),
            "{query}: {error}"
        );
    }
}

#[test]
fn parts_that_lack_something_say_so() {
    let stub = Stub::start(|_| Response::json(r#"{"series":[],"status":"PARTIAL","message":"half of it"}"#));
    let answer = server(&stub.url).metrics(&counts(3, HOUR, Release::Main), call()).expect("it answers").value;
    assert_eq!(answer.completeness, traceql::model::series::Completeness::Told("half of it".to_owned()));
    assert!(answer.series.is_empty());
}

#[test]
fn the_last_seconds_may_be_too_new() {
    let end = BEGIN + 24 * HOUR + 10 * SECOND;
    let stub = Stub::start(move |request| {
        if request.number("end") > (BEGIN + 24 * HOUR) / SECOND {
            return Response::text(400, "query window falls entirely within query_end_cutoff");
        }
        Response::json(r#"{"series":[{"samples":[{"timestampMs":"1767225660000","value":1}]}]}"#)
    });
    let request = MetricsRequest { end, ..counts(1, SECOND * 60, Release::Main) };
    let answer = server(&stub.url).metrics(&request, call()).expect("the rest answers").value;
    let samples = &answer.series[0].samples;
    assert_eq!((samples.len(), samples.iter().sum::<f64>()), (1441, 1.0));
    let alone = MetricsRequest { start: end - SECOND, ..request };
    assert_eq!(refused(server(&stub.url).metrics(&alone, call())).kind, Kind::Refused);
}

#[test]
fn times_without_sense_take_no_memory() {
    let samples: Vec<String> =
        (0..3000u64).map(|at| format!(r#"{{"timestampMs":"{}","value":1}}"#, at * at * 7919 + 1_000_000)).collect();
    let body = format!(r#"{{"series":[{{"samples":[{}]}}]}}"#, samples.join(","));
    let far = r#"{"series":[{"samples":[{"timestampMs":"1"},{"timestampMs":"18446744073709"},{"timestampMs":"2"}]}]}"#;
    for body in [body, far.to_owned()] {
        let stub = Stub::start(move |_| Response::json(body.clone()));
        let request = MetricsRequest { end: BEGIN + HOUR, ..counts(1, 60 * SECOND, Release::Main) };
        let Answer { value, notes } = server(&stub.url).metrics(&request, call()).expect("it answers");
        assert!(value.times.len() <= 1_000_000);
        assert_eq!(
            notes.len(),
            usize::from(value.series[0].samples.iter().filter(|sample| !sample.is_nan()).count() != 3000)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Cut or not, a search finds the same traces, and the newest of them.
    #[test]
    fn cut_searches_find_what_whole_ones_do(
        starts in prop::collection::vec((0..20 * DAY, 0..600 * SECOND), 0..60),
        search_range in 24..200u64,
        cap in 8..40u64,
        limit in prop::option::of(1..50usize),
    ) {
        let traces: Vec<Trace> = starts
            .iter()
            .enumerate()
            .map(|(at, (start, duration))| Trace { id: at as u128 + 1, start: BEGIN + start, duration: duration / SECOND * SECOND, spans: 2 })
            .collect();
        let stub = start(Tempo { traces: traces.clone(), search_range, limit: cap, ..Tempo::default() });
        let answer = server(&stub.url).search(&over(20, limit), call()).expect("it is cut").value;
        let mut expected = traces;
        expected.sort_by_key(|trace| (std::cmp::Reverse(trace.start), trace.id));
        let all = expected.len();
        expected.truncate(limit.unwrap_or(usize::MAX));
        prop_assert_eq!(ids(&answer), expected.iter().map(|trace| trace.id).collect::<Vec<_>>());
        prop_assert!(answer.more || limit.is_none_or(|limit| all <= limit));
    }
}
