//! Quantiles: Tempo's estimate, and what is measured where an exact answer is asked for.

use traceql::{
    model::{note::Note, series::MetricsResult},
    session::{Found, Session, Settings},
};

use super::{ask, metrics, search, shop};

fn session(exact: bool) -> Session {
    let session = Session::new(Settings { exact, ..Settings::default() }).expect("threads can be started");
    session.add(shop().as_str());
    session
}

/// Returns the answer and whether it says that quantiles are estimated: `Some(true)` for those that are compared.
fn answer(session: &Session, query: &str) -> (MetricsResult, Option<bool>) {
    let answer = ask(session, &metrics(session, query)).expect("the file is sound");
    let note = answer.notes.iter().find_map(|note| match note {
        Note::QuantilesEstimated { is_compared } => Some(*is_compared),
        _ => None,
    });
    let Found::Metrics(result) = answer.found else { panic!("it is a metrics query") };
    (result, note)
}

#[test]
fn quantiles_are_measured_where_an_exact_answer_is_asked_for() {
    let exact = session(true);
    let mut durations: Vec<f64> = Vec::new();
    let mut request = match search(&exact, "{ kind = server }") {
        traceql::session::Request::Search(search) => search,
        _ => unreachable!("it is a search"),
    };
    request.limits = traceql::plan::Limits { traces: None, spans_per_spanset: None };
    let found = ask(&exact, &traceql::session::Request::Search(request)).expect("the file is sound").found;
    let Found::Search(matches) = found else { panic!("it is a search") };
    for spanset in matches.result.traces.iter().flat_map(|trace| &trace.spansets) {
        durations.extend(spanset.spans.iter().map(|span| span.duration as f64 / 1e9));
    }
    durations.sort_by(f64::total_cmp);
    let (result, note) = answer(&exact, "{ kind = server } | quantile_over_time(duration, 0, .5, .99, 1)");
    assert_eq!(note, None);
    // The shop's time fits into one sample with values; the others have none.
    for (series, p) in result.series.iter().zip([0.0, 0.5, 0.99, 1.0]) {
        let all: Vec<f64> = series.samples.iter().copied().filter(|sample| !sample.is_nan()).collect();
        assert!(
            all.iter().all(|sample| (durations[0]..=durations[durations.len() - 1]).contains(sample)),
            "{p}: {all:?}"
        );
    }
    let mut instant =
        traceql::session::Metrics::new(exact.check("{ kind = server } | quantile_over_time(duration, .5)"));
    instant.instant = true;
    let found = ask(&exact, &traceql::session::Request::Metrics(instant)).expect("the file is sound").found;
    let Found::Metrics(result) = found else { panic!("it is a metrics query") };
    let rank = 0.5 * (durations.len() - 1) as f64;
    let (below, part) = (rank.floor() as usize, rank.fract());
    let expected = durations[below] + (durations[below + 1] - durations[below]) * part;
    assert!(
        (result.series[0].samples[0] - expected).abs() < 1e-9,
        "{} instead of {expected}",
        result.series[0].samples[0]
    );
}

#[test]
fn estimates_are_told() {
    let estimating = session(false);
    let cases = [
        ("{ } | quantile_over_time(duration, .9)", Some(false)),
        ("{ } | quantile_over_time(duration, .9) > 1h", Some(true)),
        ("2 * ({ } | quantile_over_time(duration, .9) | topk(2))", Some(false)),
        ("({ } | rate()) + ({ } | quantile_over_time(duration, .9) > 1ms)", Some(true)),
        ("({ } | rate() > 1) + ({ } | quantile_over_time(duration, .9))", Some(false)),
        ("{ } | rate() > 1", None),
        ("{ } | histogram_over_time(duration)", None),
    ];
    for (query, expected) in cases {
        let (result, note) = answer(&estimating, query);
        // Nothing is told of an empty answer that no comparison has emptied.
        let expected = expected.filter(|is_compared| *is_compared || !result.series.is_empty());
        assert_eq!(note, expected, "{query}");
        assert_eq!(answer(&session(true), query).1, None, "{query}");
    }
}
