//! Rules about what is measured, grouped and shown.

use traceql_grammar::diagnostic::Severity;

use super::{is_silent, speaks};

#[test]
fn absent_events() {
    speaks(
        "absent-events",
        Severity::Info,
        r#"
        { } | count_over_time() by(event:name)
        { } | by(event:name)
        { name = "b" } | select(event:name, event:timeSinceStart, link:spanID)
        { } | avg(event:timeSinceStart) = 0
        { } | avg_over_time(event:timeSinceStart)
        { } | count_over_time() by(link:traceID)
        { } | count_over_time() by(link:spanID)
        { } | rate() by (name, link:spanID)
        { } | quantile_over_time(event:timeSinceStart, .9)
        { } | by(event:timeSinceStart > 1s)
        { link:spanID != nil } | by(event:name)
        { event:name = "a" || name = "b" } | by(event:name)
        { event.k = nil } | select(event:name)
        ({ } | avg(event:timeSinceStart) > 1s) && ({ kind = server })
        { } | by(event:name) | { event:name = "a" }
        { event:name = "a" } >> { } | select(event:name)
        "#,
    );
    is_silent(
        "absent-events",
        r#"
        { event:name = "a" && event:timeSinceStart > 1s }
        { event:name = "a" } | by(event:timeSinceStart)
        { event.x != nil } | avg_over_time(event:timeSinceStart)
        { name = "a" } >> { event:name = "a" } | select(event:name)
        { event:name = "a" || event.k = 1 } | by(event:name)
        { } | select(event.k, link.k)
        { } | rate() by (event.k)
        "#,
    );
}

#[test]
fn dedicated_nil() {
    speaks(
        "dedicated-nil",
        Severity::Info,
        r#"
        { } | count_over_time() by(span.http.status_code, resource.service.name)
        { name = "b" } | select(span.http.status_code)
        { } | rate() by (name, resource.k8s.pod.name)
        { } | by(span.http.route)
        { } | select(.http.method)
        { } | avg(span.server.port) > 80
        { } | quantile_over_time(duration, .9) by (span.url.path)
        { span.http.response.status_code * 1 > 400 || name = "b" }
        "#,
    );
    is_silent(
        "dedicated-nil",
        r#"
        { } | rate() by (span.http.status_code)
        { } | rate() by (name, resource.service.name)
        { span.http.route != nil } | select(span.http.route)
        { span.http.status_code >= 500 } | rate() by (name, span.http.status_code)
        { } | select(span.other, resource.cluster)
        { span.http.status_code = 500 || name = "b" }
        { } | avg_over_time(span.http.status_code)
        "#,
    );
}

#[test]
fn or_predicates() {
    speaks(
        "or-predicates",
        Severity::Warning,
        r#"
        { span.c = "red" || name = "b" } | count_over_time() by(span.c)
        { duration > 195ms || name = "b" } | quantile_over_time(duration, .5)
        { duration > 195ms || name = "b" } | avg_over_time(duration)
        { kind = server && (status = error || span.code > 400) } | rate() by (name, status)
        { (span.a = 1 || span.b = 2) || name = "x" } | sum_over_time(span.a)
        { name = "a" } | { name = "a" || status = error } | max_over_time(duration) by (status)
        { .c != "red" || name = "b" } | rate() by (.c)
        { 1s < duration || status = error } | histogram_over_time(duration)
        "#,
    );
    is_silent(
        "or-predicates",
        r#"
        { span.c = "red" || span.c = "blue" } | rate() by (span.c)
        { span.c = "red" && name = "b" } | rate() by (span.c)
        { span.c = "red" || name = "b" } | rate() by (span.d)
        { (span.c = "red" || name = "b") && span.c != nil } | rate() by (span.c)
        { span.c = "red" || name = "b" } | by(span.c)
        { span.c != nil || name = "b" } | rate() by (span.c)
        { span.c = "red" || name = "b" && span.c = "x" } | rate() by (span.c)
        { duration > 1s } || { name = "b" } | avg_over_time(duration)
        "#,
    );
}

#[test]
fn compare_fields() {
    speaks(
        "compare-fields",
        Severity::Warning,
        r#"
        { } | compare({ event:name = "e1" }, 1000)
        { } | compare({ nestedSetParent < 0 }, 1000)
        { } | compare({ status = error && event.k = 1 })
        { } | compare({ link:traceID != nil || nestedSetLeft > 2 })
        { } | compare({ nestedSetRight - nestedSetLeft > 1 })
        { } | compare({ link.k = "x" })
        "#,
    );
    is_silent(
        "compare-fields",
        r#"
        { event:name = "e1" && nestedSetParent < 0 } | compare({ status = error })
        { } | compare({ duration > 1s && resource.service.name = "a" && rootName = "b" })
        "#,
    );
}

#[test]
fn span_only_metrics() {
    speaks(
        "span-only-metrics",
        Severity::Warning,
        r#"
        { traceDuration * 1 > 1h } | count_over_time()
        { duration > traceDuration / 2 } | rate()
        { rootServiceName != resource.service.name } | rate()
        { rootName = name && status = error } | avg_over_time(duration)
        { !(traceDuration > 1s) } | rate()
        { traceDuration > 1h || name = "b" } | rate()
        { kind = server } | { -traceDuration < 0s } | rate() by (name)
        ({ traceDuration - duration > 1s } | rate()) / ({ } | rate())
        "#,
    );
    is_silent(
        "span-only-metrics",
        r#"
        { traceDuration > 1h } | count_over_time()
        { rootServiceName = "a" && rootName =~ "b.*" } | rate() by (rootName)
        { traceDuration * 1 > 1h }
        { } | avg_over_time(traceDuration) by (rootServiceName)
        { traceDuration * 1 > 1h } >> { } | rate()
        "#,
    );
}

#[test]
fn array_labels() {
    speaks(
        "array-labels",
        Severity::Info,
        "{ } | count_over_time() by(span.t)\n{ } | rate() by (name, .t)\n{ } | avg_over_time(duration) by (resource.t)",
    );
    is_silent(
        "array-labels",
        "{ } | rate() by (resource.service.name, name)\n{ } | by(span.t)\n{ } | sum_over_time(span.t)",
    );
}
