//! What people write, and what applying every fix makes of it.

use traceql_grammar::{Checked, Verdict, check, diagnostic::apply_fixes, vocab::release::Release};

/// Applies fixes until nothing changes: a fix may only be possible when another has been made.
fn fixed(text: &str) -> (String, Checked) {
    let mut text = text.to_owned();
    for _ in 0..5 {
        let checked = check(&text, Release::Main);
        let next = apply_fixes(&text, &checked.diagnostics);
        if next == text || checked.verdict == Verdict::Ok {
            return (text, checked);
        }
        text = next;
    }
    let checked = check(&text, Release::Main);
    (text, checked)
}

const HABITS: &[(&str, &str)] = &[
    (r#"{ resource.service.name == "api" }"#, r#"{ resource.service.name = "api" }"#),
    ("{ .a === 1 }", "{ .a = 1 }"),
    ("{ .a !== 1 }", "{ .a != 1 }"),
    ("{ .a <> 1 }", "{ .a != 1 }"),
    ("{ .a ~= \"x\" }", "{ .a =~ \"x\" }"),
    ("{ .a ! = \"x\" }", "{ .a != \"x\" }"),
    ("{ .a = 1 and .b = 2 or .c = 3 }", "{ .a = 1 && .b = 2 || .c = 3 }"),
    ("{ .a = 1 AND .b = 2 }", "{ .a = 1 && .b = 2 }"),
    ("{ .a } and { .b }", "{ .a } && { .b }"),
    ("{ .a & .b }", "{ .a && .b }"),
    ("{ .a | .b }", "{ .a || .b }"),
    ("{ not .a }", "{ !.a }"),
    ("{ not .a = 1 && .b }", "{ !(.a = 1) && .b }"),
    ("{ not (.a = 1) }", "{ !(.a = 1) }"),
    ("{ .a = 'x' }", "{ .a = \"x\" }"),
    ("{ service.name = \"api\" }", "{ resource.service.name = \"api\" }"),
    ("{ http.status_code = 500 }", "{ span.http.status_code = 500 }"),
    ("{ } | by(service.name) | count() > 1", "{ } | by(resource.service.name) | count() > 1"),
    ("{ status = \"error\" }", "{ status = error }"),
    ("{ kind = \"server\" }", "{ kind = server }"),
    ("{ kind = \"SERVER\" }", "{ kind = server }"),
    ("{ status = Error }", "{ status = error }"),
    ("{ kind = SERVER }", "{ kind = server }"),
    ("{ Status = error }", "{ status = error }"),
    ("{ SPAN.a = 1 }", "{ span.a = 1 }"),
    ("{ .a IN (\"a\", \"b\") }", "{ (.a = \"a\" || .a = \"b\") }"),
    ("{ .a not in (1, 2) && .b }", "{ (.a != 1 && .a != 2) && .b }"),
    ("{ .a like \"x%.y_\" }", "{ .a =~ \"x.*\\\\.y.\" }"),
    ("{ .a contains \"x.y\" }", "{ .a =~ \".*x\\\\.y.*\" }"),
    ("{ .a startswith \"x\" }", "{ .a =~ \"x.*\" }"),
    ("{ .a is null }", "{ .a = nil }"),
    ("{ .a IS NOT NULL }", "{ .a != nil }"),
    ("{ .a = null }", "{ .a = nil }"),
    ("!{ .a = 1 }", "{ !(.a = 1) }"),
    ("{ .a } && !{ .b }", "{ .a } && { !(.b) }"),
    ("rate({ .a = 1 }[5m])", "{ .a = 1 } | rate()"),
    ("rate({ .a == 1 })", "{ .a = 1 } | rate()"),
    ("sum by (span.x) (rate({ .a }[5m]))", "{ .a } | rate() by (span.x)"),
    ("sum(rate({ .a }[5m])) by (span.x)", "{ .a } | rate() by (span.x)"),
    ("sum by (name) ({ .a } | rate())", ""),
    ("{ .a } | rate()[5m]", "{ .a } | rate()"),
    ("{ .a } | rate(5m)", "{ .a } | rate()"),
    ("{ } | quantile(0.99, duration)", "{ } | quantile_over_time(duration, 0.99)"),
    ("{ } | quantile(duration, 0.99)", "{ } | quantile_over_time(duration, 0.99)"),
    ("{ } | p99(duration)", "{ } | quantile_over_time(duration, .99)"),
    ("{ } | by (name) rate()", "{ } | rate() by (name)"),
    ("{ } | rate by (name)", "{ } | rate() by (name)"),
    ("{ } | rate() by name", "{ } | rate() by (name)"),
    ("{ } | count() by (name)", "{ } | count_over_time() by (name)"),
    ("count({ .a })", "{ .a } | count() > 0"),
    ("count({ .a }) > 3", "{ .a } | count() > 3"),
    ("{ .a = 1 } | limit 10", "{ .a = 1 }"),
    ("{ .a = 1 } limit 10", "{ .a = 1 }"),
    ("{ .a = 1 } | orderby duration desc", "{ .a = 1 }"),
    ("{ .a = 1 } | order by duration | select(name)", "{ .a = 1 } | select(name)"),
    ("{ } | where .a = 1 | select(name)", "{ } | { .a = 1 } | select(name)"),
    ("where .a = 1", "{ .a = 1 }"),
    ("{ } where .a = 1", "{ } | { .a = 1 }"),
    ("{ .a = 1", "{ .a = 1 }"),
    ("{ .a = 1 | rate()", "{ .a = 1 } | rate()"),
    ("{ (.a = 1 }", "{ (.a = 1) }"),
    ("{ .a = \"x }", "{ .a = \"x\" }"),
    ("{ .a = \"x } | rate()", "{ .a = \"x\" } | rate()"),
    ("{ .a = 'x }", "{ .a = \"x\" }"),
    ("{ span. a = 1 }", "{ span.a = 1 }"),
    ("{ span .a = 1 }", "{ span.a = 1 }"),
    ("{ resource . a = 1 }", "{ resource.a = 1 }"),
    ("{ durations > 1s }", "{ duration > 1s }"),
    ("{ statsu = error }", "{ status = error }"),
    ("{ } | ratee()", "{ } | rate()"),
    ("{ } | cuont() > 1", "{ } | count() > 1"),
    ("{ duration > 1 s }", "{ duration > 1s }"),
    ("{ duration > 100 ms }", "{ duration > 100ms }"),
    ("{ duration > 10sec }", "{ duration > 10s }"),
    ("{ duration > 100msec }", "{ duration > 100ms }"),
    ("{ duration > 1S }", "{ duration > 1s }"),
    ("{ duration > 5min }", "{ duration > 5m }"),
    ("{ duration > 1.5d }", "{ duration > 36h }"),
    ("{ duration > 100μs }", "{ duration > 100us }"),
    ("{ duration > 1h 30m }", "{ duration > 1h30m }"),
    ("{ } | count > 3", "{ } | count() > 3"),
    ("{ } | rate", "{ } | rate()"),
    ("{ } | avg duration > 1s", "{ } | avg(duration) > 1s"),
    ("{ } | select name, service.name", "{ } | select(name, resource.service.name)"),
    ("{ .a = 1 }, rate()", "{ .a = 1 } | rate()"),
    ("{ .a = 1 , .b = 2 }", "{ .a = 1 && .b = 2 }"),
    ("{ .a : \"x\" }", "{ .a = \"x\" }"),
    ("{ .a: \"x\" }", "{ .a = \"x\" }"),
    ("{ .a = 1 ; .b = 2 }", "{ .a = 1 && .b = 2 }"),
    (".a = 1", "{ .a = 1 }"),
    ("status = error", "{ status = error }"),
    ("{{ .a }}", "{( .a )}"),
    ("{ .a }}", "{ .a }"),
    ("{ .a })", "{ .a }"),
    ("({ .a }", "({ .a })"),
    ("{ childCount > 1 }", "{ span:childCount > 1 }"),
    ("{ traceID = \"a\" }", "{ trace:id = \"a\" }"),
    ("{ span:traceID = \"a\" }", "{ link:traceID = \"a\" }"),
    ("{ trace:name = \"a\" }", "{ trace:rootName = \"a\" }"),
    ("{ resource:name = \"a\" }", "{ resource.name = \"a\" }"),
    ("{ .a = 0x10 }", "{ .a = 16 }"),
    ("{ .a = 1_000 }", "{ .a = 1000 }"),
    ("{ .a = \"\\d\" }", "{ .a = \"\\\\d\" }"),
    ("{ duration >> 1s }", "{ duration > 1s }"),
    ("rate()", "{ } | rate()"),
    ("coalesce()", "{ } | coalesce()"),
    ("{ } | count() > 1 && avg(duration) > 1s", "{ } | count() > 1 | avg(duration) > 1s"),
    ("{ } | by(name, kind)", "{ } | by(name) | by(kind)"),
    ("({ .a } | { .b }) && { .c }", "({ .a } | { .b }) && ({ .c })"),
    ("{ .a } | by .b", "{ .a } | by(.b)"),
    ("{ .a } | count(.x) > 1", "{ .a } | count() > 1"),
    ("{ name = 1 }", "{ name = \"1\" }"),
    ("{ duration > \"1s\" }", "{ duration > 1s }"),
    ("{ .a = 1 /* unterminated", "{ .a = 1 } /* unterminated */"),
    ("{ .a = 1 } | rate() > 3 | { .b }", "{ .a = 1 } | count() > 3 | { .b }"),
    ("{ .a = 1 } | count() > 3 | topk(3)", "{ .a = 1 } | count_over_time() > 3 | topk(3)"),
];

#[test]
fn every_habit_has_its_fix() {
    let mut report = String::new();
    for (wrong, right) in HABITS.iter().filter(|(_, right)| !right.is_empty()) {
        let (text, checked) = fixed(wrong);
        let first = check(wrong, Release::Main);
        let errors =
            first.diagnostics.iter().filter(|found| found.severity() == traceql_grammar::diagnostic::Severity::Error);
        let codes: Vec<_> = errors.map(|found| format!("{} {}", found.code.row().number, found.message)).collect();
        if text != *right || checked.verdict != Verdict::Ok || codes.is_empty() {
            report.push_str(&format!(
                "{wrong}\n  expected {right}\n  became   {text} ({:?})\n  {codes:?}\n",
                checked.verdict
            ));
        }
        // These hold two mistakes.
        let two = ["service.name", "and .b", "rate({ .a ==", "/*"];
        if codes.len() > 1 && !two.iter().any(|two| wrong.contains(two)) {
            report.push_str(&format!("{wrong}\n  one mistake gives {codes:#?}\n"));
        }
    }
    assert!(report.is_empty(), "{report}");
}
