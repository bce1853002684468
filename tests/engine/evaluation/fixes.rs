//! Fixes that may be applied unseen: the mended query has the answer that the query as it was written has.

use std::collections::BTreeMap;

use traceql::{
    exec::{Collector, Metrics},
    model::result::SearchResult,
    plan::{MetricsOptions, Window, lower_metrics},
};
use traceql_grammar::{
    Verdict, check,
    diagnostic::{Applicability, Class, Diagnostic, apply_fixes},
    lint::{Known, lint},
    query::{Body, Query},
    vocab::release::Release,
};

use super::{
    describe, queries, run,
    traces::{self, Numbers, Span},
};

/// Returns what an answer says of which spans there are, in which groups and with which aggregates.
///
/// Which values it shows of each span follows from what the text reads, and so differs with the spelling.
fn told(result: &SearchResult) -> String {
    let mut told = Vec::new();
    for trace in &result.traces {
        for set in &trace.spansets {
            let mut spans: Vec<_> = set.spans.iter().map(|span| (span.id.0, span.start)).collect();
            spans.sort_unstable();
            told.push(format!(
                "{:?} {:?} {:?} {:?} {spans:?}",
                trace.id, trace.root_name, trace.duration, set.attributes
            ));
        }
    }
    told.sort();
    told.join("\n")
}

fn answer(query: &Query, spans: &[Span], numbers: &mut Numbers) -> String {
    if matches!(query.body, Body::Search(_)) {
        return told(&run(query, spans, 1, numbers));
    }
    let window = Window { start: Some(100_001_000), end: Some(100_009_000), step: Some(900), ..Window::default() };
    let options = MetricsOptions { window, exemplars: 0, max_series: usize::MAX };
    let metrics = Metrics::new(lower_metrics(query, options).expect("a checked query has a plan"));
    for fragment in traces::fragments(spans, 1, numbers) {
        metrics.observe(fragment);
    }
    format!("{:#?}", metrics.finish(0).expect("the window is fine").series)
}

/// A name that the conventions have replaced.
const OLD: &str = "http.method";

/// Gives a span the attribute with the old name, where it has one called `a`.
fn with_old_name(span: &mut Span) {
    let value = span.attributes.iter().find(|(key, _)| *key == "a").map(|(_, value)| value.clone());
    span.attributes.extend(value.map(|value| (OLD, value)));
}

/// Makes queries of the kinds that have fixes.
fn fixable(numbers: &mut Numbers) -> String {
    const CONSTANTS: &[&str] = &["true", "(1 = 1)", "2 > 1", "!false", "false"];
    let condition = |numbers: &mut Numbers| queries::expression(numbers, 1);
    let selected = |numbers: &mut Numbers| numbers.pick(&["span.a", "name", "event.e, .r", "duration, kind"]);
    let spans = match numbers.below(13) {
        12 => {
            let test =
                numbers.pick(&["= \"a\"", "!= \"a\"", "= nil", "!= nil", "=~ \"a.*\"", "!~ \"a\"", "> 0", "!= 1", ""]);
            match numbers.below(3) {
                0 => format!("{{ !(span.{OLD} {test}) && {} }}", condition(numbers)),
                1 => format!("{{ {} }} | select(span.{OLD})", condition(numbers)),
                _ => format!("{{ (span.{OLD}) {test} {} {} }}", numbers.pick(&["&&", "||"]), condition(numbers)),
            }
        }
        9 => {
            let field = numbers.pick(&["name", "span.a", ".a", ".b", "event.e", "event:name", "resource.service.name"]);
            let pattern = numbers.pick(&["a", "^a$", "^a", "b$", "", "^$", "^a|b$", "^.*b$", "^[ab]+", "^a.*$"]);
            format!("{{ {field} {} \"{pattern}\" || {} }}", numbers.pick(&["=~", "!~"]), condition(numbers))
        }
        10 | 11 => {
            let again = condition(numbers);
            let joint = numbers.pick(&["&&", "||"]);
            match numbers.below(3) {
                0 => format!("{{ {again} {joint} {} {joint} {again} }}", condition(numbers)),
                1 => format!("{{ {again} {joint} ({} {joint} {again}) {joint} 1 = 1 }}", condition(numbers)),
                _ => format!("{{ {} && {} }}", condition(numbers), numbers.pick(CONSTANTS)),
            }
        }
        7 => {
            let denied =
                numbers.pick(&["!(name = \"a\")", "!(duration > 10ns)", "!(kind != server)", "!(name =~ \"a.*\")"]);
            let absent = numbers.pick(&[".r = nil", ".a = nil", "nil = .b", ".b = nil"]);
            format!("{{ {denied} || {absent} && {} }}", condition(numbers))
        }
        6 => {
            let field = numbers.pick(&["span.a", "span.b", ".r", "event.e"]);
            let comparison = numbers.pick(&["= nil", "!= nil", "> -2", "<= 1.5", "= .a"]);
            match numbers.below(2) {
                0 => format!("{{ -{field} {comparison} || {} }}", condition(numbers)),
                _ => format!("{{ !{field} || {} && {} }}", condition(numbers), condition(numbers)),
            }
        }
        0 => format!("{{ {} }}", queries::expression(numbers, 3)),
        1 | 2 => {
            let operator = numbers.pick(&["&>>", "&<<"]);
            let (left, right) = (condition(numbers), condition(numbers));
            match numbers.below(3) {
                0 => format!("{{ {left} }} | {{ }} {operator} {{ {right} }}"),
                1 => format!("{{ {left} }} && ({{ }} {operator} {{ {right} }})"),
                _ => format!("{{ {left} }} {operator} {{ {right} }}"),
            }
        }
        3 => {
            let constant = numbers.pick(CONSTANTS);
            match numbers.below(3) {
                0 => format!("{{ {constant} || {} }}", condition(numbers)),
                1 => format!("{{ ({} || {constant}) && true }}", condition(numbers)),
                _ => format!("{{ {} || {constant} || {} }}", condition(numbers), condition(numbers)),
            }
        }
        4 | 5 => {
            let stage = match numbers.below(4) {
                0 => format!("{{ {} }}", condition(numbers)),
                1 => format!("by({})", numbers.pick(&["name", "span.a", "kind", "duration"])),
                2 => "max(duration) > 10ns".to_owned(),
                _ => queries::structure(numbers),
            };
            format!("{{ {} }} | select({}) | {stage}", condition(numbers), selected(numbers))
        }
        _ => {
            let field = numbers.pick(&["trace:id", "link:traceID", "span:id", "link:spanID", "span:parentID"]);
            let id = numbers.pick(&["0A", "00b", "000000000000000000000000000000001", "B", "01", "0F0"]);
            format!("{{ {field} {} \"{id}\" || {} }}", numbers.pick(&["=", "!="]), condition(numbers))
        }
    };
    match numbers.below(4) {
        0 => format!("{spans} | count() > 0"),
        1 => format!("{spans} | rate() by (name)"),
        _ => spans,
    }
}

/// Lists the findings of rules whose fix needs no look.
fn safe(found: Vec<Diagnostic>) -> impl Iterator<Item = Diagnostic> {
    found.into_iter().filter(|found| {
        let is_safe = found.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe);
        is_safe && found.code.row().class == Class::Lint
    })
}

#[test]
fn safe_fixes_keep_the_answer() {
    let mut applied: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 15_000..15_800 {
        let mut numbers = Numbers::new(seed);
        let mut spans = traces::random(&mut numbers);
        spans.iter_mut().for_each(with_old_name);
        for _ in 0..8 {
            let text = fixable(&mut numbers);
            let checked = check(&text, Release::Main);
            if checked.verdict != Verdict::Ok {
                continue;
            }
            let habits = lint(&checked, &Known::default());
            for finding in safe(checked.diagnostics).chain(safe(habits)) {
                let fixed = apply_fixes(&text, [&finding]);
                let mended = check(&fixed, Release::Main);
                let rule = finding.code.row().name;
                assert_eq!(mended.verdict, Verdict::Ok, "{rule} makes {fixed} of {text}: {:?}", mended.diagnostics);
                let [before, after] = [&checked.query, &mended.query].map(|query| answer(query, &spans, &mut numbers));
                assert_eq!(after, before, "{rule} makes {fixed} of {text}, seed {seed}\n{}", describe(&spans));
                *applied.entry(rule).or_default() += usize::from(before.len() > 2);
            }
        }
    }
    // An answer without spans shows nothing.
    let rules = [
        "tempo-negation",
        "tempo-literal-first",
        "tempo-missing-is-false",
        "tempo-run-time-errors",
        "tempo-unscoped-nil",
        "tempo-ids",
        "tempo-union-structural",
        "tempo-after-select",
        "tempo-or-constant",
        "constant-condition",
        "deprecated-name",
        "duplicate-condition",
        "plain-word-regex",
        "useless-anchors",
    ];
    for rule in rules {
        let times = applied.get(rule).copied().unwrap_or_default();
        assert!(times >= 20, "fixes of {rule} were tried {times} times: {applied:?}");
    }
}
