//! Where the rules about Tempo speak, at which level, and where they are silent.

mod metrics;
mod searches;

use traceql_grammar::{
    CheckOptions, Verdict, check,
    diagnostic::{Diagnostic, Severity, apply_fixes},
    template::{Variable, VariableKind},
    vocab::release::Release,
};

/// Returns what the rule says about the query, which has to be legal.
fn found(rule: &str, query: &str) -> Vec<Diagnostic> {
    let checked = check(query, Release::Main);
    assert_eq!(checked.verdict, Verdict::Ok, "{query}: {:?}", checked.diagnostics);
    let name = format!("tempo-{rule}");
    checked.diagnostics.into_iter().filter(|found| found.code.row().name == name).collect()
}

/// Checks for each line of `queries` that the rule speaks, at this level.
fn speaks(rule: &str, severity: Severity, queries: &str) {
    for query in queries.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let found = found(rule, query);
        assert!(!found.is_empty(), "{query}: nothing of tempo-{rule}");
        for diagnostic in found {
            assert_eq!(diagnostic.severity, severity, "{query}: {}", diagnostic.message);
            assert!(
                diagnostic.help.is_some() && !diagnostic.primary.text.is_empty(),
                "{query}: {}",
                diagnostic.message
            );
        }
    }
}

/// Checks for each line of `queries` that the rule has nothing to say.
fn is_silent(rule: &str, queries: &str) {
    for query in queries.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let found = found(rule, query);
        assert!(found.is_empty(), "{query}: {:?}", found.iter().map(|found| &found.message).collect::<Vec<_>>());
    }
}

/// Checks that the fixes of the query's findings give this text.
fn is_fixed(query: &str, fixed: &str) {
    let found = check(query, Release::Main).diagnostics;
    assert_eq!(apply_fixes(query, &found), fixed);
}

#[test]
fn levels_of_the_older_rules() {
    let warning = [
        ("negation", "{ !(name = \"a\") }"),
        ("literal-first", "{ 100ms < duration }"),
        ("power", "{ 2 ^ 3 = 8 }"),
        ("missing-is-false", "{ .flag || name = \"a\" }"),
        ("unscoped-nil", "{ .x = nil }"),
    ];
    for (rule, query) in warning {
        speaks(rule, Severity::Warning, query);
    }
    let information = [
        ("numbers", "{ span.x > 1.5 }"),
        ("arrays", "{ span.x != \"a\" }"),
        ("rootless", "{ } >> { }"),
        ("aggregates", "{ } | avg(span.x) > 1"),
        ("metrics-values", "{ } | sum_over_time(span.x)"),
    ];
    for (rule, query) in information {
        speaks(rule, Severity::Info, query);
    }
}

/// Queries of every day, about which there is nothing to warn.
#[test]
fn everyday_queries_have_no_warnings() {
    let queries = include_str!("everyday.txt");
    let queries: Vec<&str> = queries.lines().filter(|line| !line.is_empty()).collect();
    assert!(queries.len() >= 50, "only {} queries", queries.len());
    for query in queries {
        let checked = check(query, Release::Main);
        assert_eq!(checked.verdict, Verdict::Ok, "{query}: {:?}", checked.diagnostics);
        let warnings: Vec<_> = checked.diagnostics.iter().filter(|found| found.severity != Severity::Info).collect();
        assert!(warnings.is_empty(), "{query}: {warnings:?}");
    }
}

/// What stands for a variable of a dashboard is not known.
#[test]
fn open_variables_are_not_taken_for_constants() {
    let kinds = [("a", VariableKind::Attribute), ("v", VariableKind::Value), ("p", VariableKind::Part)];
    let variables = kinds.map(|(name, kind)| Variable::new(name, kind)).to_vec();
    let options = CheckOptions { variables, ..CheckOptions::default() };
    for query in [
        "{ span.$a = $v || name = \"a\" }",
        "{ name = \"a\" || $v = 1 }",
        "{ name = \"a\" || $p }",
        "{ $p || $a != \"b\" }",
        "{ span:id = \"$v\" }",
        "{ } | select($a) | { $a = 1 }",
        "{ status = error } | rate() by (resource.$a, name)",
    ] {
        let found = check(query, options.clone()).diagnostics;
        let warnings: Vec<_> = found.iter().filter(|found| found.severity != Severity::Info).collect();
        assert!(warnings.is_empty(), "{query}: {warnings:?}");
    }
}
