//! Long queries and large traces.
//!
//! Nothing measures the time: where it grows with the square of the length, this takes hours.

use traceql::plan::{Limits, MetricsOptions, lower, lower_metrics};
use traceql_grammar::{Verdict, check, vocab::release::Release};

use super::{
    decisions::{search, under, with},
    traces::Val,
};

/// How many stages or operands a long query has.
const MANY: usize = 5_000;

#[test]
fn stages_copy_nothing_that_others_have_found() {
    let spans: Vec<_> = (1..=100).map(|id| with(id, "span", "n", Val::Int(id as i64))).collect();
    for (stage, found) in [
        (" | count() > 0", 1),
        (" | max(span.n) + min(span.n) > 1", 2),
        (" | by(span.n)", 1),
        (" | { span.n > 0 }", 0),
        (" | { span.n > 0 } && { span.n > 0 }", 0),
        (" | select(span.n)", 0),
        (" | ({ span.n > 0 } | { true })", 0),
        (" | ({ span.n > 0 } | count()) > 0", 0),
        (" | (({ span.n > 0 } | count()) > 0)", 0),
    ] {
        let query = format!("{{ }} | by(span.n){}", stage.repeat(MANY));
        let result = search(&spans, &query);
        let [trace] = &result.traces[..] else { panic!("{stage}: {} traces", result.traces.len()) };
        assert_eq!(trace.spansets.len(), 100, "{stage}");
        for (n, set) in (1..).zip(&trace.spansets) {
            assert_eq!(set.attributes.len(), 1 + found * MANY, "{stage}");
            assert_eq!(set.attributes[0].0, "by(span.n)", "{stage}");
            assert_eq!(set.attributes[0].1, traceql::model::result::Datum::Int(n), "{stage}");
        }
    }
    let joined = search(&spans, &format!("{{ }}{}", " | by(span.n) | coalesce()".repeat(MANY)));
    assert_eq!(joined.traces[0].spansets[0].matched, 100);
    assert!(joined.traces[0].spansets[0].attributes.is_empty());
}

#[test]
fn what_stages_tell_has_its_order() {
    let spans: Vec<_> = (1..=4).map(|id| with(id, "span", "n", Val::Int(id as i64 % 2))).collect();
    let result = search(&spans, "{ } | by(span.n) | count() > 0 | { true } | max(span.n) - min(span.n) = 0 | by(name)");
    let keys: Vec<Vec<&str>> = result.traces[0]
        .spansets
        .iter()
        .map(|set| set.attributes.iter().map(|(key, _)| key.as_str()).collect())
        .collect();
    assert_eq!(keys, vec![vec!["by(span.n)", "count()", "max(span.n)", "min(span.n)", "by(name)"]; 2]);
}

#[test]
fn plans_of_long_queries() {
    let numbered = |piece: &str, joint: &str| {
        (0..MANY).map(|n| piece.replace('#', &n.to_string())).collect::<Vec<_>>().join(joint)
    };
    let events = r#"event:name != "x" && .n# > 0 && link:traceID != "1" && event.a != 2"#;
    for query in [
        format!("{{ {} }}", numbered(events, " && ")),
        format!("{{ {} }}", numbered("(.a# = # || event:name = \"#\")", " && ")),
        format!("{{ {} }}", numbered(".a# = #", " || ")),
        format!("{{ }} | {}", numbered("max(.a#) > 0", " | ")),
        format!("{{ }} | select({})", numbered(".a#", ", ")),
        numbered("{ .a# = # }", " >> "),
        numbered("{ .a# = # }", " | "),
        // Chains in which operators take turns nest without brackets.
        format!("{{ {} }}", numbered(".a = # && .b = #", " || ")),
        format!("{{ {} }}", numbered("!(.a = # || .b = # && event:name = \"#\")", " && ")),
        numbered("{ .a# = # } && { .b = # }", " || "),
        numbered("{ .a# = # } >> { .b = # }", " || "),
    ] {
        let checked = check(&query, Release::Main);
        assert_eq!(checked.verdict, Verdict::Ok, "{}", &query[..60]);
        let plan = lower(&checked.query, Limits::default(), None).expect("a checked query has a plan");
        let keys = if query.contains("max") { MANY } else { 0 };
        assert_eq!(plan.shown_keys().len(), keys);
        assert_eq!(plan.explain(&checked.query, &query).query, query);
    }
    let query = numbered("({ .a# = # } | rate())", " + ");
    let checked = check(&query, Release::Main);
    let plan = lower_metrics(&checked.query, MetricsOptions::default()).expect("a checked query has a plan");
    assert_eq!(plan.explain(&checked.query, &query).query, query);
}

/// A chain in which `&&` and `||` take turns too often for a tree answers as brackets around each step say.
#[test]
fn operators_that_take_turns() {
    let spans: Vec<_> = (1..=20).map(|id| with(id, "span", "n", Val::Int(id as i64))).collect();
    let (mut flat, mut nested) = ("span.n > 3".to_owned(), "span.n > 3".to_owned());
    for step in 0..20 {
        let (op, test) = if step % 2 == 0 { ("&&", "!=") } else { ("||", "=") };
        let number = step * 7 % 19;
        flat = format!("{flat} {op} span.n {test} {number}");
        nested = format!("({nested}) {op} span.n {test} {number}");
        let found = |condition: &str| {
            let result = search(&spans, &format!("{{ {condition} }}"));
            result.traces[0].spansets[0].spans.iter().map(|span| span.id.0).collect::<Vec<_>>()
        };
        assert_eq!(found(&flat), found(&nested), "{flat}");
        assert_eq!(found(&format!("!({flat})")), found(&format!("!({nested})")), "{flat}");
    }
}

#[test]
fn structural_operators_on_deep_and_wide_traces() {
    const SPANS: u64 = 50_000;
    let chain: Vec<_> = (1..=SPANS).map(|id| under(id - 1, id, "span")).collect();
    let fan: Vec<_> = (1..=SPANS).map(|id| under(u64::from(id > 1), id, "span")).collect();
    let ring: Vec<_> = (1..=SPANS).map(|id| under(if id == 1 { SPANS } else { id - 1 }, id, "span")).collect();
    let others = SPANS as usize - 1;
    for (operator, in_chain, in_fan) in [
        (">>", others, others),
        ("<<", others, 1),
        (">", others, others),
        ("<", others, 1),
        ("~", 0, others),
        ("!>>", 1, 1),
        ("!<<", 1, others),
        ("!>", 1, 1),
        ("!<", 1, others),
        ("!~", SPANS as usize, 1),
        ("&>>", SPANS as usize, SPANS as usize),
        ("&<", SPANS as usize, SPANS as usize),
        ("&~", 0, others),
    ] {
        for (spans, found) in [(&chain, in_chain), (&fan, in_fan)] {
            let result = search(spans, &format!("{{ }} {operator} {{ }}"));
            let matched: usize = result.traces.iter().flat_map(|trace| &trace.spansets).map(|set| set.matched).sum();
            assert_eq!(matched, found, "{operator}");
        }
        // Spans that are their own ancestors have no relations.
        let matched = search(&ring, &format!("{{ }} {operator} {{ }}")).traces.len();
        assert_eq!(matched, usize::from(operator.starts_with('!')), "{operator}");
    }
}
