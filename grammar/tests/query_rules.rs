//! Rules about habits in queries: where they are silent, what their fixes give, how long they take.

use std::{fs, time::Instant};

use proptest::{collection::vec, prelude::*, sample::select};
use traceql_grammar::{
    CheckOptions, Checked, Verdict, check,
    diagnostic::{Applicability, Diagnostic, Severity, apply_fixes},
    lint::{Known, QUERY_RULES, lint},
    template::{Variable, VariableKind},
    vocab::release::Release,
};

/// Returns the query, which has to be legal.
#[track_caller]
fn legal(query: &str) -> Checked {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query}: {:?}", checked.diagnostics);
    checked
}

fn found(query: &str) -> Vec<Diagnostic> {
    lint(&legal(query), &Known::default())
}

fn names(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|found| found.code.row().name).collect()
}

/// Checks for each line of `queries` that there is nothing to warn of.
#[track_caller]
fn warns_of_nothing(queries: &str) {
    for query in queries.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let found: Vec<_> = found(query).into_iter().filter(|found| found.severity != Severity::Info).collect();
        assert!(found.is_empty(), "{query}: {found:?}");
    }
}

/// Every legal query of the recorded ones.
fn recorded() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/conformance/check.jsonl");
    let text = fs::read_to_string(path).expect("the recorded verdicts are there");
    let queries = text.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).expect("a record is JSON");
        record["query"].as_str().expect("a record has a query").to_owned()
    });
    let legal: Vec<_> = queries.filter(|query| check(query, Release::Main).verdict == Verdict::Ok).collect();
    assert!(legal.len() > 600, "only {} queries", legal.len());
    legal
}

#[test]
fn everyday_queries_have_no_warnings() {
    warns_of_nothing(include_str!("differences/everyday.txt"));
}

/// Queries that look like a habit and are none.
#[test]
fn similar_queries_have_no_warnings() {
    warns_of_nothing(
        r#"
        { duration > 0 || duration >= 0ns || span.latency > 500 || span:childCount > 5 }
        { duration < 1ms * 3 || duration > -(1h / 2) }
        { } | rate() > 5
        { } | count() > 500
        { } | sum(span.bytes) > 500 | avg(duration * 2) > 500ms
        { span.kubernetes.name = "a" && resource.name = "a" && .span.kind = "server" && .status = "active" }
        { span.status = "shipped" && span.duration = 5 }
        { span.http.response.status_code >= 400 && span.http.response.status_code != 404 }
        { span.grpc.status_code = "OK" && span.db.response.status_code = "42601" && span.rpc.status_code = "5.." }
        { } with (most_recent=true)
        { } | rate() with (sample=0.1, exemplars=false)
        { true }
        { true && status = error }
        { span.a = span.b && span.flag && !span.other }
        { span.a = "x" && span.a = "y" }
        { span.a > 1 && span.a < 0 }
        { event.a = "x" && event.a = "y" }
        { link:traceID = "a" && link:traceID = "b" }
        { event:name = "a" || event:name = "b" }
        { event:name != "a" && event:name != "b" }
        { event:timeSinceStart > 1s && event:timeSinceStart < 2s }
        { status = ok || status = error }
        { kind = server && (status = ok || status = error) && name = "a" || kind = server }
        { duration > 1s && duration < 2s && traceDuration < 1s }
        { duration >= 1s && duration <= 1s }
        { span:id != "a" && span:id != "b" }
        { trace:id = "00ab" && trace:id = "AB" }
        { name =~ "GET.*" && name !~ ".*health" && name =~ ".+" && name =~ "a|b" && name =~ "(?i)get" }
        { name =~ "\\^a" || name =~ "a\\$" || name =~ "[$]" || name =~ "a|^b" || name =~ "a$|b" }
        { trace:id =~ "abc" }
        { kind = server } | rate() by (span.http.route, name, resource.service.name, status)
        { kind = server } | rate() by (span.url.full) | topk(10)
        { span.url.full = "a" } | rate() by (span.url.full)
        { status = error } // why this is here
        { status = error } // || status = ok
        { status = error } /* | not a stage */
        "#,
    );
}

/// A fix that needs no look gives a legal query, and one after the other they come to an end.
#[test]
fn fixes_come_to_an_end() {
    let own = [
        "{ duration > 2000000000 }",
        "{ status = error && 1 = 1 && status = error && (2 > 1) }",
        "{ name =~ \"^a$\" || name =~ `^.*b$` }",
        "{ (span.http.method) = \"GET\" || !(span.db.system = \"mssql\") || span.http.status_code = nil }",
        "{ span.messaging.kafka.message.tombstone || span.http.scheme != \"a\" } | select(span.http.scheme)",
        "{ span.http.method =~ \"GET\" && span.http.method =~ \"GET\" && .http.method = span.http.method }",
        "{ span.http.method = // why\n\"GET\" }",
        "{ name = \"a\" // why\n && name = \"a\" }",
    ];
    let mut times = 0;
    for query in recorded().into_iter().chain(own.map(str::to_owned)) {
        let mut text = query.clone();
        for round in 0.. {
            assert!(round < 6, "{query} is still mended: {text}");
            let mut findings = found(&text);
            for finding in findings.iter().filter(|found| found.fix.is_some()) {
                legal(&apply_fixes(&text, [finding]));
            }
            findings.retain(|found| found.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe));
            let next = apply_fixes(&text, &findings);
            if next == text {
                break;
            }
            times += 1;
            legal(&next);
            text = next;
        }
    }
    assert!(times > 20, "only {times} fixes");
}

/// What a variable stands for is not what the author has written.
#[test]
fn variables_are_not_judged() {
    let variable = |name: &str, kind, value: Option<&str>| Variable {
        name: name.to_owned(),
        kind,
        value: value.map(str::to_owned),
    };
    let variables = vec![
        variable("open", VariableKind::Value, None),
        variable("word", VariableKind::Value, Some("checkout")),
        variable("all", VariableKind::Value, Some(".*")),
        variable("number", VariableKind::Value, Some("500")),
        variable("field", VariableKind::Attribute, Some("span.url.full")),
        variable("any", VariableKind::Attribute, None),
        variable("part", VariableKind::Part, None),
    ];
    let options = CheckOptions { variables, ..CheckOptions::default() };
    let silent = [
        "{ resource.service.name =~ \"$word\" }",
        "{ resource.service.name =~ \"$all\" && name =~ \"$open\" && name =~ \"^$word$\" }",
        "{ duration > $number && status = $open }",
        "{ kind = server } | rate() by ($field)",
        "{ kind = server } | rate() by ($any)",
        "{ name = \"$word\" && name = \"b\" }",
        "{ $open = $open && status = $open && status = error }",
        "{ status = ok && $part && status = error }",
        "{ kind = server } | rate() by (span.url.full) $part",
        "{ event:name = \"a\" && event:name = \"b\" $part }",
        "{ span.$any = 1 && span.$any = 1 }",
    ];
    for query in silent {
        let found = lint(&check(query, &options), &Known::default());
        assert!(found.is_empty(), "{query}: {found:?}");
    }
    // What surrounds a variable is judged; no fix touches it.
    for (query, rule) in [
        ("{ span.http.method = \"$word\" }", "deprecated-name"),
        ("{ .mine = \"$open\" }", "unscoped-attribute"),
        ("{ status = error && status = ok && name = \"$open\" }", "contradictory-condition"),
        ("{ name =~ \"checkout\" && kind = $open }", "plain-word-regex"),
    ] {
        let found = lint(&check(query, &options), &Known::default());
        assert_eq!(names(&found), [rule], "{query}");
        let text = apply_fixes(query, &found);
        for name in ["$word", "$open"] {
            assert_eq!(text.matches(name).count(), query.matches(name).count(), "{text}");
        }
    }
}

#[test]
fn known_attributes_are_taken_into_account() {
    let known =
        Known { attributes: ["span.status", "resource.team", "duration", "db.name"].map(str::to_owned).to_vec() };
    let query = "{ span.status = \"error\" && .team = \"a\" && .duration > 1s && span.db.name = \"a\" }";
    let found = lint(&legal(query), &known);
    assert_eq!(names(&found), ["unscoped-attribute"]);
    let fixed = "{ span.status = \"error\" && resource.team = \"a\" && .duration > 1s && span.db.name = \"a\" }";
    assert_eq!(apply_fixes(query, &found), fixed);
    assert_eq!(names(&self::found(query)).len(), 4);
}

/// Only a legal query has habits.
#[test]
fn what_cannot_be_run_is_not_judged() {
    for query in ["{ duration > 500", "{ duration > 500 && name = 1 }", "{ parent.duration > 500 }"] {
        assert_eq!(lint(&check(query, Release::Main), &Known::default()), [], "{query}");
    }
}

/// No message is long, and each finding says what is to be done.
#[test]
fn messages_are_short_and_help() {
    let mut seen = Vec::new();
    let suite = include_str!("../../tests/suite/lint/habits.test");
    for query in suite.lines().filter(|line| line.starts_with(['{', '('])) {
        let checked = check(query, Release::Main);
        for found in lint(&checked, &Known::default()) {
            assert!(found.message.chars().count() <= 80, "{}", found.message);
            assert!(found.help.is_some() && !found.primary.text.is_empty(), "{}", found.message);
            assert!(found.message.starts_with(|c: char| !c.is_uppercase()) && !found.message.ends_with('.'));
            seen.push(found.code);
        }
    }
    for rule in QUERY_RULES {
        assert!(seen.contains(&rule.code), "{} is shown by no query", rule.row().name);
    }
}

/// Texts of any form take time in proportion to their length.
#[test]
fn long_queries_take_no_longer_than_their_length() {
    let nested = |inner: &str| format!("{}{inner}{}", "(".repeat(200), ")".repeat(200));
    let conditions = [
        "span.http.method = \"GET\"",
        "status = ok",
        ".name =~ \"^a$\"",
        "event:name = \"b\"",
        "duration > 5",
        "!span.http.method",
        "name != nil",
        "span.x != \"a\"",
        "1 = 1",
        "(status = ok || name = \"a\" && kind = server)",
        &nested("status = ok && span.db.system = \"mssql\""),
    ];
    for condition in conditions {
        for joint in [" && ", " || "] {
            let long = format!("{{ {} }}", vec![condition; 100_000 / condition.len()].join(joint));
            in_time(&long);
        }
    }
    for (begin, piece, end) in [
        ("{ } | select(", ".http.method, ", "name)"),
        ("{ } | rate() by (", "span.url.full, ", "name)"),
        ("{ }", " // | select(name)\n", ""),
        ("{ }", " /* | select(name) | select(name) | select(name) */", ""),
        ("{ }", " | by(.name)", ""),
        ("{ } with (", "a=1, ", "b=1)"),
    ] {
        in_time(&format!("{begin}{}{end}", piece.repeat(100_000 / piece.len())));
    }
}

fn in_time(query: &str) {
    let checked = check(query, Release::Main);
    let begin = Instant::now();
    let found = lint(&checked, &Known::default());
    let took = begin.elapsed();
    assert!(found.len() <= traceql_grammar::MOST_DIAGNOSTICS);
    assert!(took.as_secs() < 5, "{took:?} for {}", &query[..60]);
}

/// Parts of conditions, in every way that the rules look at.
const TESTS: &[&str] = &[
    "duration > 5",
    "1.5 < (duration)",
    "status = error",
    "(status) = ok",
    "nil = span.http.method",
    "span.http.method",
    "(span.http.method) != \"GET\" ",
    "\"mssql\" = .db.system",
    "!span.x",
    "!(name =~ `^a$`)",
    "name =~ \"^\u{fc}$\"",
    "span.\"http.url\" =~ \".*\"",
    "span.http.status_code =~ \"5..|404\"",
    "event:name = \"a\"",
    "event:name = \"$v\"",
    "$p",
    "$a = $v",
    "span.$a != \"b\"",
    "name =~ \"$w\"",
    "true",
    "1 = 1",
    "false",
    "name != nil",
    "span.a = span.a",
    "span.kind = \"server\"",
    ".status = error",
    "/* | rate() */ .x",
    ".x // | select(name)\n",
];

/// Stages behind the first.
const STAGES: &[&str] = &[
    "| select(span.http.method, .x)",
    "| by(span.name)",
    "| avg(duration) > 5",
    "| rate() by (span.url.full, $a)",
    "| max_over_time(span.http.method) by (trace:id)",
    "$p",
    "// | rate()\n",
    "with (sampel=1, $v=2)",
    "with (most_recent=$v)",
];

fn query() -> impl Strategy<Value = String> {
    let condition = vec((select(TESTS), select(&["&&", "||"][..]), any::<bool>()), 1..7).prop_map(|tests| {
        let parts = tests.iter().enumerate().map(|(i, (test, op, grouped))| {
            let test = if *grouped { format!("({test})") } else { (*test).to_owned() };
            if i == 0 { test } else { format!("{op} {test}") }
        });
        parts.collect::<Vec<_>>().join(" ")
    });
    (condition.clone(), condition, any::<bool>(), vec(select(STAGES), 0..3)).prop_map(|(one, two, nested, stages)| {
        let inside = if nested { format!("{one} && ({two})") } else { one };
        format!("{{ {inside} }} {}", stages.join(" "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Places lie in the text, each fix keeps a legal query legal, and none touches a variable.
    #[test]
    fn findings_fit_the_text(query in query()) {
        let variables = [
            ("v", VariableKind::Value, None),
            ("w", VariableKind::Value, Some("word")),
            ("a", VariableKind::Attribute, None),
            ("p", VariableKind::Part, None),
        ];
        let variables = variables.map(|(name, kind, value)| Variable {
            name: name.to_owned(),
            kind,
            value: value.map(str::to_owned),
        });
        let options = CheckOptions { variables: variables.to_vec(), ..CheckOptions::default() };
        let checked = check(&query, &options);
        for found in lint(&checked, &Known::default()) {
            let places = std::iter::once(&found.primary).chain(&found.secondary);
            for place in places {
                prop_assert!(query.get(place.span.range()).is_some(), "{:?}", found);
            }
            if found.fix.is_none() {
                continue;
            }
            let fixed = apply_fixes(&query, [&found]);
            prop_assert_eq!(check(&fixed, &options).verdict, Verdict::Ok, "{} of {:?}", fixed, found);
            for hole in checked.holes() {
                let written = &query[hole.range()];
                prop_assert!(fixed.matches(written).count() >= query.matches(written).count(), "{}", fixed);
            }
        }
    }
}
