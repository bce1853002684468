//! Rules about what searches find and what their answers tell.

use traceql_grammar::diagnostic::Severity;

use super::{is_fixed, is_silent, speaks};

#[test]
fn union_structural() {
    speaks(
        "union-structural",
        Severity::Warning,
        r#"
        { name = "q" } &<< { name = "s" }
        { name = "s" } &>> { name = "q" }
        { } | { name = "a" } &>> { } | count() > 2
        { name = "a" } && ({ name = "b" } &<< { })
        ({ } | { } &>> { name = "a" }) || ({ })
        { } &>> { status = error } | rate()
        "#,
    );
    is_silent("union-structural", "{ } &> { }\n{ } &< { }\n{ } &~ { }\n{ } >> { }\n{ } !<< { }");
    is_fixed(
        r#"{ name = "s" } &>> { name = "q" } | rate()"#,
        r#"(({ name = "s" } >> { name = "q" }) || ({ name = "q" } << { name = "s" })) | rate()"#,
    );
}

#[test]
fn after_select() {
    speaks(
        "after-select",
        Severity::Warning,
        r#"
        { } | select(span.n) | max(duration) > 0
        { } | select(span.n) | by(name)
        { kind = internal } | select(span.n) | { name = "b" }
        { } | select(span.n) | { name = "b" } | count_over_time()
        { } | select(span.n) | { span.n = 1 }
        select(span.n) | { span.m = 1 }
        { span.a = 1 } | select(span.n) | count() > 1 | { span.a = 1 && resource.r = "x" }
        { } | select(span.n) | { } >> { }
        ({ } | select(span.n)) && ({ name = "b" })
        { span.x = 1 } | select(span.n) | { .x = 1 }
        "#,
    );
    is_silent(
        "after-select",
        r#"
        { name = "b" } | select(span.n) | { name = "b" }
        { } | by(name) | select(span.n)
        { } | select(span.n) | count() > 2
        { .x = 1 } | select(span.n) | { span.x = 1 }
        { } | select(span.n) | rate()
        { } >> { } | select(span.n) | { } > { }
        { } | select(span.n) | select(span.m)
        "#,
    );
    is_fixed(
        r#"{ kind = internal } | select(span.n) | { name = "b" } | count_over_time()"#,
        r#"{ kind = internal } | { name = "b" } | select(span.n) | count_over_time()"#,
    );
    is_fixed(
        "select(span.n) | { name = \"b\" } | select(span.m) | by(kind) | select(span.o)",
        "{ name = \"b\" } | by(kind) | select(span.o) | select(span.n) | select(span.m)",
    );
}

#[test]
fn or_constant() {
    speaks(
        "or-constant",
        Severity::Warning,
        r#"
        { name = "b" || true }
        { duration > 1h || 1 = 1 }
        { true || name = "b" }
        { name = "b" || (1 + 1 = 2) || kind = server }
        { kind = server || !(false) } | rate()
        { name = "a" && (true || false) || true }
        { (name = "b" || true) && true }
        { name = "b" || "a" < "b" }
        { (name = "b" || true) || kind = server }
        { } >> { span.x = 1 || true }
        { true && true || name = "b" }
        "#,
    );
    is_silent(
        "or-constant",
        r#"
        { name = "b" || false }
        { true }
        { true && name = "b" }
        { true || true }
        { name = "b" || 1 > 2 }
        { (name = "b" || true) && kind = server }
        { name = "b" || true && kind = server }
        { kind = server && (name = "b" || true) }
        { } | compare({ name = "b" || true })
        { name = "b" || nil = nil }
        { (1 = 2 && true) || name = "b" }
        "#,
    );
    is_fixed(r#"{ name = "b" || (1 = 1) }"#, r#"{ name = "b" || (duration >= 0ns) }"#);
}

#[test]
fn event_values() {
    speaks(
        "event-values",
        Severity::Warning,
        r#"
        { event:name = "e1" } | select(event.k)
        { event:name = "exception" && status = error } | select(event.exception.message, span.x)
        { link.kind = "retry" } | select(link:spanID)
        { event:name = "e1" || event.k = 2 } | select(event.k)
        { event.k != nil } | by(name) | select(event.l)
        { event:name =~ "e.*" } | { status = error } | select(name, event:timeSinceStart)
        "#,
    );
    is_silent(
        "event-values",
        r#"
        { event:name = "e1" && event.k = 2 }
        { event:name = "e1" && event.k != nil }
        { name = "a" } | select(event:name, event.k)
        { event:name = "e1" } | select(link:spanID)
        { event:name = "e1" } | rate() by (name)
        { event:name = "e1" || event.k = 2 }
        { event.k != nil || name = "a" }
        { event:name = "e1" } | { event.k != nil }
        { event:name = "e1" || event.k != nil }
        { event.k = 1 } | avg(event.n) > 2
        { event:name = "e1" } | by(event.k)
        { event.k != nil || event.l != nil }
        { event.k != nil } | select(event.k)
        "#,
    );
}

#[test]
fn several_events() {
    speaks(
        "several-events",
        Severity::Info,
        r#"
        { event.k = "v1" } | count() > 0
        { event.k = "v1" || name = "none" }
        { event.k = "v1" } | by(name)
        { link.k != "v1" || link.k = "v2" } | rate()
        { event.k = "v1" } | avg(duration) > 1s
        { event.k = "v1" } || { name = "a" }
        ({ event.k =~ "v.*" } | count() > 1) && ({ })
        "#,
    );
    is_silent(
        "several-events",
        r#"
        { event.k = "v1" }
        { event.k = "v1" && name = "a" } | select(name)
        { event.k != nil || name = "a" }
        { event.k != nil || event.l != nil }
        { event.k = "v1" } | rate()
        { event:name = "e" } | count() > 1
        "#,
    );
}

#[test]
fn lost_metadata() {
    speaks(
        "lost-metadata",
        Severity::Warning,
        r#"
        { } | by(rootName)
        { } | by(trace:id)
        { traceDuration > 1ns } | by(name) | by(traceDuration)
        { rootServiceName = "a" } | coalesce()
        { } | by(trace:rootService)
        { } | by(trace:duration > 1s)
        { } | count() > 2 | by(rootName) | count() > 1
        ({ } | by(rootName) | coalesce()) && ({ name = "a" })
        { rootName =~ "a.*" } | by(name) | coalesce()
        "#,
    );
    is_silent(
        "lost-metadata",
        r#"
        { } | by(name) | coalesce()
        { rootServiceName = "a" } | select(rootName)
        { traceDuration > 1s } | by(resource.service.name)
        { } | by(name) | coalesce() | select(rootName)
        { } | rate() by (rootName)
        { } | by(rootName) | rate()
        "#,
    );
}

#[test]
fn by_then_relation() {
    speaks(
        "by-then-relation",
        Severity::Warning,
        r#"
        { } | by(name) | { } !~ { }
        { } | by(name) | { } > { } | rate()
        { } | by(name) | count() > 1 | { kind = server } &>> { }
        ({ } | by(name) | { } >> { } | coalesce()) && ({ })
        { } | by(name) | { } && ({ } > { name = "b" })
        "#,
    );
    is_silent(
        "by-then-relation",
        r#"
        { } > { } | by(name)
        { } | by(name) | coalesce() | { } > { }
        { } | by(name) | { } && { }
        { } > { } | rate() by (name)
        "#,
    );
}

#[test]
fn ids() {
    speaks(
        "ids",
        Severity::Warning,
        r#"
        { link:spanID = "000000000000b001" }
        { span:parentID = "0000000000001001" }
        { span:id = "0000000000001001" }
        { span:id = "abc" }
        { "00abcdefabcdefab" != span:id }
        { span:id =~ "a.*" }
        { trace:id > "a" }
        "#,
    );
    speaks(
        "ids",
        Severity::Info,
        r#"
        { span:id = "ABCDEFABCDEFABCD" }
        { link:spanID = "abcdefabcdefab1" }
        { link:traceID = "00ab" }
        { trace:id = "00Ab" }
        "#,
    );
    is_silent(
        "ids",
        r#"
        { span:id = "0bcdefabcdefabcd" }
        { trace:id = "00ab" }
        { span:id = "no id" }
        { span:parentID != nil }
        "#,
    );
    // No spelling with two leading zeros is proposed.
    for query in ["{ span:id = \"ABC\" }", "{ link:spanID != \"00ABCDEFABCDEFAB\" }"] {
        is_fixed(query, query);
    }
}

#[test]
fn run_time_errors() {
    speaks(
        "run-time-errors",
        Severity::Info,
        r#"
        { span.t * 2 > 1 }
        { span.t !~ "q" }
        { instrumentation:version > 3 }
        { instrumentation:name = true }
        { } | by(span.t + 1)
        { } | avg(span.t - 1) > 2
        { 1 / span.n = 1 }
        { !.flag }
        { -.x > 1 }
        { .x = .y }
        "#,
    );
    is_silent(
        "run-time-errors",
        r#"
        { duration * 2 > 1s }
        { span.t =~ "q" }
        { name !~ "q" }
        { resource.service.name !~ "q" }
        { instrumentation:version = "3" }
        { } | compare({ span.t * 2 > 1 && !.flag })
        "#,
    );
}
