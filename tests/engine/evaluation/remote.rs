//! What servers are asked for against what the query finds: no trace that matters may be missed.

use std::collections::BTreeSet;

use traceql::{
    exec::{Collector, Metrics},
    model::series::MetricsResult,
    plan::{
        MetricsOptions, Window, lower_metrics,
        remote::{Candidates, Server, Split, candidates, split},
    },
};
use traceql_grammar::{
    Verdict, check,
    diagnostic::{Class, Code},
    lint::tempo_differences,
    query::Query,
    vocab::release::Release,
};

use super::{
    describe, found, naive, queries, run,
    traces::{self, Numbers, Span},
};

type Ids = BTreeSet<u128>;

fn ids(query: &Query, spans: &[Span], numbers: &mut Numbers) -> Ids {
    found(&run(query, spans, 1, numbers)).into_iter().map(|(trace, _)| trace).collect()
}

fn server(numbers: &mut Numbers) -> Server {
    let releases: Vec<Release> = Release::ALL.iter().copied().filter(|release| *release >= Release::V2_2).collect();
    Server {
        // The newest takes most, and so is asked most.
        release: releases.get(numbers.below(20) as usize).copied().unwrap_or(Release::Main),
        exact: numbers.below(2) == 0,
        shared: numbers.below(2) == 0,
    }
}

/// Varies a query, so that names mean several things and parents are asked for more often.
fn varied(text: &str, numbers: &mut Numbers) -> String {
    match numbers.below(6) {
        0 => text.replace("span.b", ".e"),
        1 => text.replace("span.b", "parent.span.b").replace(".r", "parent.resource.r"),
        2 => text.replace("resource.a", "nestedSetLeft").replace("event.f", "parent.name"),
        3 => text.replace("statusMessage", ".name"),
        _ => text.to_owned(),
    }
}

/// Returns the query, if it is one that runs here.
fn runs(text: &str) -> Option<Query> {
    let checked = check(text, Release::Main);
    let stops = |class| matches!(class, Class::Parse | Class::Validate);
    let runs = matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported)
        && !checked.diagnostics.iter().any(|found| stops(found.code.row().class) || found.code == Code::TooManyGroups);
    runs.then_some(checked.query)
}

/// Makes queries of the kinds for which what is asked for has rules of its own.
fn pointed(numbers: &mut Numbers) -> String {
    const EVENTS: &[&str] =
        &["event:name = \"a\"", "event:name = \"b\"", "event.e = 1", "event.e != 1", "event.f != nil"];
    const COMPARISONS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];
    const TIMES: &[&str] = &["0", "5ns", "10ns", "15ns", "20ns", "-5ns"];
    let comparison = |numbers: &mut Numbers| numbers.pick(COMPARISONS);
    let condition = |numbers: &mut Numbers| match numbers.below(2) {
        0 => queries::expression(numbers, 0),
        _ => "true".to_owned(),
    };
    let event = |numbers: &mut Numbers| numbers.pick(EVENTS);
    match numbers.below(6) {
        0 => format!("{{ {} && {} && (name = \"a\" || parent.a != 1) }}", event(numbers), event(numbers)),
        1 => format!("{{ {} }} | {{ {} }} | {{ {} }}", event(numbers), condition(numbers), event(numbers)),
        2 => {
            let function = numbers.pick(&["max", "min"]);
            format!("{{ }} | {function}(duration) {} {}", comparison(numbers), numbers.pick(TIMES))
        }
        3 => {
            let less = numbers.pick(&["- min(duration)", "- avg(duration)", "+ 5ns", "- -5ns", "* 2", "- count()"]);
            format!(
                "{{ {} }} | max(duration) {less} {} {}",
                condition(numbers),
                comparison(numbers),
                numbers.pick(TIMES)
            )
        }
        4 => {
            let parent = numbers.pick(&["parent.span.a", "parent.r", "parent.name", "parent.duration", "parent"]);
            format!("{{ {} && {parent} {} nil }}", condition(numbers), numbers.pick(&["=", "!="]))
        }
        _ => {
            let number = numbers.pick(&["-2", "-1", "0", "1", "2"]);
            format!("{{ nestedSetParent {} {number} && {} }}", comparison(numbers), condition(numbers))
        }
    }
}

/// Checks what holds of every text that is sent.
fn judge(sent: &Candidates, server: Server, case: &dyn Fn() -> String) -> Query {
    assert_eq!(check(&sent.text, server.release).verdict, Verdict::Ok, "{} {}", sent.text, case());
    let checked = check(&sent.text, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{} {}", sent.text, case());
    // What Tempo answers differently, it must find more of; types of numbers are looked at below, and which values it shows
    // does not matter.
    let differs = tempo_differences(&sent.text, &checked.query);
    let misses = differs
        .iter()
        .find(|found| !matches!(found.code, Code::TempoNumbers | Code::TempoArrays | Code::TempoEventValues));
    assert!(misses.is_none(), "{}: {misses:?} {}", sent.text, case());
    checked.query
}

/// Makes more traces than other tests need: some of them should not matter.
fn random(numbers: &mut Numbers) -> Vec<Span> {
    let mut spans = Vec::new();
    for at in 0..4 {
        let more = traces::random(numbers).into_iter().filter(|span| span.id < 5);
        spans.extend(more.map(|span| Span { trace: span.trace + 10 * at, ..span }));
    }
    spans
}

/// Deals the spans to two sources.
fn cut(spans: &[Span], numbers: &mut Numbers) -> [Vec<Span>; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    spans.iter().for_each(|span| parts[numbers.below(2) as usize].push(span.clone()));
    parts
}

/// Holds what is asked for against random traces.
fn hold(seeds: std::ops::Range<u64>, least: usize, make: impl Fn(&mut Numbers) -> String) {
    let (mut narrowed, mut run_here) = (0, 0);
    for seed in seeds {
        let mut numbers = Numbers::new(seed);
        let spans = random(&mut numbers);
        let all = spans.iter().map(|span| span.trace).collect::<Ids>().len();
        for _ in 0..8 {
            let text = make(&mut numbers);
            let text = varied(&text, &mut numbers);
            let Some(query) = &runs(&text) else { continue };
            let server = server(&mut numbers);
            let case = || format!("for {text}, {server:?}, seed {seed}\n{}", describe(&spans));
            let sent = candidates(query, server);
            let asked = judge(&sent, server, &case);
            let needed = ids(query, &spans, &mut numbers);

            let mut sources = vec![spans.clone()];
            if server.shared {
                sources.extend(cut(&spans, &mut numbers));
            }
            let of = |spans: &[Span], numbers: &mut Numbers| ids(&asked, spans, numbers);
            let whole = of(&sources[0], &mut numbers);
            let missed = |ids: &Ids| needed.difference(ids).copied().collect::<Vec<u128>>();
            assert!(missed(&whole).is_empty(), "{} misses {:?} {}", sent.text, missed(&whole), case());
            if server.shared {
                let parts: Ids = sources[1..].iter().flat_map(|part| of(part, &mut numbers)).collect();
                assert!(missed(&parts).is_empty(), "{} in parts misses {:?} {}", sent.text, missed(&parts), case());
            }
            // The naive evaluator has no left numbers.
            if server.exact && !sent.text.contains("nestedSetLeft") {
                let typed: Ids = naive::typed_search(&asked, &spans).into_iter().map(|(trace, _)| trace).collect();
                assert!(missed(&typed).is_empty(), "{} by type misses {:?} {}", sent.text, missed(&typed), case());
            }
            narrowed += usize::from(!sent.everything && whole.len() < all && !needed.is_empty());
            match agrees(&text, server, &sent) {
                // However it is spelled, it means the same.
                Some(whole) => {
                    let same = check(&whole, Release::Main).query;
                    let [found, expected] = [&same, query].map(|query| found(&run(query, &spans, 1, &mut numbers)));
                    assert_eq!(found, expected, "{whole} {}", case());
                }
                None => run_here += 1,
            }
        }
    }
    // What is asked for everything, or is never asked, shows nothing.
    assert!(narrowed > least && run_here > least, "only {narrowed} were narrowed, {run_here} not left to the server");
}

/// Checks that the split of a query fits what its candidates are; returns what the server is sent if it runs all.
fn agrees(text: &str, server: Server, sent: &Candidates) -> Option<String> {
    match split(text, server) {
        Split::Here { candidates, reasons } => {
            assert!(!reasons.is_empty(), "a reason to run {text} here");
            assert_eq!(candidates, *sent, "for {text}");
            None
        }
        Split::Whole { text: whole, .. } => {
            assert_eq!(check(&whole, server.release).verdict, Verdict::Ok, "{whole} for {text}");
            let differs = tempo_differences(&whole, &check(&whole, Release::Main).query);
            assert!(!server.exact || differs.is_empty(), "{text} is answered differently: {differs:?}");
            assert!(server.exact || whole == text, "{text} is changed to {whole}");
            Some(whole)
        }
        Split::Never { diagnostics } => panic!("{text} runs: {diagnostics:?}"),
    }
}

#[test]
fn filters_miss_no_trace() {
    hold(10_000..10_300, 200, |numbers| format!("{{ {} }}", queries::expression(numbers, 3)));
}

#[test]
fn spanset_operators_miss_no_trace() {
    hold(11_000..11_300, 80, queries::structure);
}

#[test]
fn pipelines_miss_no_trace() {
    hold(12_000..12_300, 40, queries::pipeline);
}

/// Series over the candidates must be those over all traces.
#[test]
fn metrics_miss_no_trace() {
    let series = |query: &Query, spans: &[Span], numbers: &mut Numbers| {
        let window = Window { start: Some(100_001_000), end: Some(100_009_000), step: Some(900), ..Window::default() };
        let options = MetricsOptions { window, exemplars: 0, max_series: usize::MAX };
        let metrics = Metrics::new(lower_metrics(query, options).expect("a checked query has a plan"));
        for fragment in traces::fragments(spans, 1, numbers) {
            metrics.observe(fragment);
        }
        let result: MetricsResult = metrics.finish(0).expect("the window is fine");
        format!("{:#?}", result.series)
    };
    let (mut narrowed, mut answered) = (0, 0);
    for seed in 13_000..13_200 {
        let mut numbers = Numbers::new(seed);
        let spans = random(&mut numbers);
        for _ in 0..8 {
            let text = queries::metrics(&mut numbers);
            let text = varied(&text, &mut numbers);
            let Some(query) = &runs(&text) else { continue };
            let server = server(&mut numbers);
            let case = || format!("for {text}, {server:?}, seed {seed}\n{}", describe(&spans));
            let sent = candidates(query, server);
            let asked = judge(&sent, server, &case);
            let found = ids(&asked, &spans, &mut numbers);
            let (kept, left): (Vec<Span>, Vec<Span>) =
                spans.iter().cloned().partition(|span| found.contains(&span.trace));
            let whole = series(query, &spans, &mut numbers);
            // Where there are no spans at all, there are no series of zeros either.
            if !kept.is_empty() {
                assert_eq!(series(query, &kept, &mut numbers), whole, "{} {}", sent.text, case());
            }
            narrowed += usize::from(!left.is_empty() && !kept.is_empty());
            answered += usize::from(whole.len() > 4);
        }
    }
    assert!(narrowed > 20 && answered > 200, "only {narrowed} were narrowed, {answered} answered");
}

#[test]
fn rules_of_their_own_miss_no_trace() {
    hold(14_000..14_300, 150, pointed);
}
