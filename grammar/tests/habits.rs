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
    ("sum by (name) ({ .a } | rate())", "{ .a } | rate() by (name)"),
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
    ("{ span.\"a b = 1 }", "{ span.\"a b\" = 1 }"),
    ("{ name = 'it''s' }", "{ name = \"it's\" }"),
    ("{ } | rate() by name, service.name", "{ } | rate() by (name, resource.service.name)"),
    ("not { .a = 1 }", "{ !(.a = 1) }"),
    ("{ } | by (name) { .a }", "{ } | by (name) | { .a }"),
    ("{ } | count", "{ } | count() > 0"),
    ("{ } | count by (name)", "{ } | count_over_time() by (name)"),
    ("{ } | quantile_over_time(duration, 99)", "{ } | quantile_over_time(duration, 0.99)"),
    ("{ status = 'error' }", "{ status = error }"),
    ("{ status = STATUS_CODE_ERROR }", "{ status = error }"),
    ("{ kind = \"SPAN_KIND_SERVER\" }", "{ kind = server }"),
    ("{ resource.service.name in ('a', 'b') }", "{ (resource.service.name = \"a\" || resource.service.name = \"b\") }"),
    ("{ resource.service.name = cart }", "{ resource.service.name = \"cart\" }"),
    ("{ resourse.service.name = \"x\" }", "{ resource.service.name = \"x\" }"),
    ("{ trace.duration > 1s }", "{ trace:duration > 1s }"),
    ("{ span[\"http.method\"] = \"GET\" }", "{ span.http.method = \"GET\" }"),
    ("{ span:http.method = \"GET\" }", "{ span.http.method = \"GET\" }"),
    ("{ name !=~ \"x\" }", "{ name !~ \"x\" }"),
    ("{ .a => 2 }", "{ .a >= 2 }"),
    ("{ } | avg(duration) by (name)", "{ } | avg_over_time(duration) by (name)"),
    ("{ } | avg(duration", "{ } | avg(duration) > 0"),
    ("{ } | rate(name)", "{ } | rate() by (name)"),
    ("{ } | rate() | topk 10", "{ } | rate() | topk(10)"),
    ("{ } | percentile(duration, 95)", "{ } | quantile_over_time(duration, 0.95)"),
    ("count({ .a }) by (name)", "{ .a } | count_over_time() by (name)"),
    ("rate({ .a }[$__interval])", "{ .a } | rate()"),
    ("{ name = 1h }", "{ name = \"1h\" }"),
    ("{ } | by name, kind", "{ } | by(name) | by(kind)"),
    ("({ .a", "({ .a })"),
    ("{ status = err }", "{ status = error }"),
    ("{ .a } && .b }", "{ .a } && { .b }"),
    (".a = 1 } | rate()", "{ .a = 1 } | rate()"),
    ("{\u{a0}.a = 1 }", "{ .a = 1 }"),
    ("{ name = “x” }", "{ name = \"x\" }"),
    ("{ status = error || ok }", "{ status = error || status = ok }"),
    ("{ name = \"a\" || \"b\" }", "{ name = \"a\" || name = \"b\" }"),
    ("{ 1s < duration < 2s }", "{ 1s < duration && duration < 2s }"),
    ("{ duration > 1s && < 2s }", "{ duration > 1s && duration < 2s }"),
    ("{} rate()", "{} | rate()"),
    ("{ .a = 1 .b = 2 }", "{ .a = 1 && .b = 2 }"),
    ("# find them\n{ .a = 1 }", "// find them\n{ .a = 1 }"),
    ("{ trace:id = 0af7651916cd43dd8448eb211c80319c }", "{ trace:id = \"0af7651916cd43dd8448eb211c80319c\" }"),
    ("{ .a = 1 /* unterminated", "{ .a = 1 } /* unterminated */"),
    ("{ .a = 1 } | rate() > 3 | { .b }", "{ .a = 1 } | count() > 3 | { .b }"),
    ("{ .a = 1 } | count() > 3 | topk(3)", "{ .a = 1 } | count_over_time() > 3 | topk(3)"),
];

#[test]
fn every_habit_has_its_fix() {
    let mut report = String::new();
    for (wrong, right) in HABITS {
        let (text, checked) = fixed(wrong);
        let first = check(wrong, Release::Main);
        let errors =
            first.diagnostics.iter().filter(|found| found.severity == traceql_grammar::diagnostic::Severity::Error);
        let codes: Vec<_> = errors.map(|found| format!("{} {}", found.code.row().number, found.message)).collect();
        if text != *right || checked.verdict != Verdict::Ok || codes.is_empty() {
            report.push_str(&format!(
                "{wrong}\n  expected {right}\n  became   {text} ({:?})\n  {codes:?}\n",
                checked.verdict
            ));
        }
        // These hold two mistakes.
        let two = ["service.name", "and .b", "rate({ .a ==", "/*", "'error'", "(duration", "by name, kind", "({ .a"];
        if codes.len() > 1 && !two.iter().any(|two| wrong.contains(two)) {
            report.push_str(&format!("{wrong}\n  one mistake gives {codes:#?}\n"));
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// A name, and what rewrites a query.
type Slip = (&'static str, fn(&str) -> Option<String>);

/// Ways to write a legal query as somebody who thinks in another language would. Each returns `None` where the query has
/// nothing of the kind.
const SLIPS: &[Slip] = &[
    ("==", |q| replaced(q, " = ", " == ")),
    ("unclosed string", |q| q.strip_suffix("\" }").map(|q| format!("{q} }}")).filter(|q| !q.contains('`'))),
    ("in", |q| replaced(q, "status = error", "status in (error, ok)")),
    ("not", |q| replaced(q, "!.a", "not .a")),
    ("negated spanset", |q| q.strip_prefix("{ ").filter(|q| !q.starts_with('}')).map(|q| format!("!{{ {q}"))),
    ("where", |q| {
        q.strip_prefix("{ ")
            .and_then(|q| q.strip_suffix(" }"))
            .filter(|q| !q.contains(['{', '|']))
            .map(|q| format!("{{ }} where {q}"))
    }),
    ("no braces", |q| {
        q.strip_prefix("{ ")
            .and_then(|q| q.strip_suffix(" }"))
            .filter(|q| !q.contains(['{', '|']) && q.contains(" ."))
            .map(str::to_owned)
    }),
    ("around", |q| {
        q.strip_suffix(" | rate()")
            .map(|q| format!("rate({q}[5m])"))
            .filter(|q| !q.contains("| ") && q.starts_with("rate({"))
    }),
    ("by first", |q| q.strip_suffix(" | rate() by(name)").map(|q| format!("{q} | by (name) rate()"))),
    ("and", |q| replaced(q, " && ", " and ")),
    ("OR", |q| replaced(q, " || ", " OR ")),
    ("<>", |q| replaced(q, " != ", " <> ").filter(|q| !q.contains("{} <>"))),
    ("single quotes", |q| {
        q.contains('"').then(|| q.replace('"', "'")).filter(|_| !q.contains(['\'', '\\', '`']) && !q.contains(".\""))
    }),
    ("quoted status", |q| replaced(q, "status = error", "status = \"error\"")),
    ("quoted kind", |q| replaced(q, "kind = client", "kind = \"client\"")),
    ("capital status", |q| replaced(q, "status = ok", "status = OK")),
    ("missing brace", |q| q.strip_suffix(" }").filter(|q| !q.contains('`')).map(str::to_owned)),
    ("missing parenthesis", |q| q.strip_suffix(')').map(str::to_owned)),
    ("extra brace", |q| q.strip_suffix(" }").map(|q| format!("{q} }} }}"))),
    ("unscoped", |q| replaced(q, "resource.service.name", "service.name")),
    ("spaced duration", |q| replaced(q, "5ms", "5 ms")),
    ("unit", |q| replaced(q, "100ms ", "100msec ")),
    ("bare count", |q| replaced(q, "| count() ", "| count ")),
    ("bare rate", |q| replaced(q, "| rate()", "| rate")),
    ("limit", |q| (!q.contains("with(")).then(|| format!("{q} | limit 10"))),
    ("order", |q| (!q.contains("with(")).then(|| format!("{q} | orderby duration"))),
    ("range", |q| replaced(q, "| rate()", "| rate()[5m]")),
    ("window", |q| replaced(q, "| rate()", "| rate(5m)")),
    ("comma", |q| replaced(q, " | rate()", ", rate()")),
    ("space in a name", |q| replaced(q, "span.foo", "span. foo")),
    ("misspelt", |q| replaced(q, "duration", "duratoin").filter(|q| !q.contains(".duratoin"))),
    ("wrong case", |q| replaced(q, "rootName", "RootName")),
];

fn replaced(query: &str, from: &str, to: &str) -> Option<String> {
    query.contains(from).then(|| query.replace(from, to))
}

#[test]
fn fixes_of_slips_make_the_query_legal() {
    let corpus = include_str!("../../tests/conformance/check.jsonl");
    let (mut report, mut tried) = (String::new(), 0);
    for line in corpus.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let query = line["query"].as_str().unwrap();
        if line["verdict"] != "ok" {
            continue;
        }
        for (name, slip) in SLIPS {
            let Some(wrong) = slip(query).filter(|wrong| check(wrong, Release::Main).verdict != Verdict::Ok) else {
                continue;
            };
            tried += 1;
            let (text, checked) = fixed(&wrong);
            if checked.verdict != Verdict::Ok {
                report.push_str(&format!("{name}: {wrong}\n  became {text}\n  {:?}\n", checked.diagnostics.first()));
            }
        }
    }
    assert!(tried > 500, "only {tried} slips were possible");
    assert!(report.is_empty(), "{report}");
}

/// Where every error of a wrong query has a fix, all of them together must give a legal query.
#[test]
fn fixes_leave_nothing_to_mend() {
    let corpus = include_str!("../../tests/conformance/check.jsonl");
    let mut report = String::new();
    for line in corpus.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut text = line["query"].as_str().unwrap().to_owned();
        for _ in 0..8 {
            let checked = check(&text, Release::Main);
            let errors: Vec<_> = checked
                .diagnostics
                .iter()
                .filter(|found| found.severity == traceql_grammar::diagnostic::Severity::Error)
                .collect();
            if errors.is_empty() || errors.iter().any(|found| found.fix.is_none()) {
                break;
            }
            let next = apply_fixes(&text, errors.iter().copied());
            if next == text {
                report.push_str(&format!("{text}\n  cannot be mended: {:?}\n", errors[0]));
                break;
            }
            text = next;
        }
    }
    assert!(report.is_empty(), "{report}");
}
