//! The table of conventional attribute names: sorted, complete, and true to what its rules promise.

use traceql_grammar::{
    query::Field,
    vocab::{
        conventions::{self, Reason, ValueType, all, find, rename},
        scopes::Scope,
    },
};

/// Bytes that the table may take.
const LARGEST: usize = 300_000;

#[test]
fn it_is_sorted_and_well_formed() {
    assert!(all().len() > 1_000, "{} names", all().len());
    assert!(all().is_sorted_by(|a, b| a.name < b.name));
    for row in all() {
        assert!(!row.name.is_empty() && !row.name.contains(char::is_whitespace), "{}", row.name);
        assert!(row.brief.chars().count() <= 140, "{}", row.name);
        assert!(row.members.is_empty() || matches!(row.ty, ValueType::String | ValueType::Int), "{}", row.name);
        if row.ty == ValueType::Int {
            assert!(row.members.iter().all(|member| member.value.parse::<i64>().is_ok()), "{}", row.name);
        }
        assert!(find(row.name).is_some_and(|found| std::ptr::eq(found, row)), "{}", row.name);
        let query = format!("{{ {} = nil }}", Field::attribute(Scope::Span, row.name));
        let checked = traceql_grammar::check(&query, traceql_grammar::CheckOptions::default());
        assert_eq!(checked.verdict, traceql_grammar::Verdict::Ok, "{query}");
    }
}

#[test]
fn it_is_small_and_names_its_source() {
    let text = include_str!("../src/vocab/conventions/table.rs");
    assert!(text.len() <= LARGEST, "{} bytes", text.len());
    for part in ["Apache-2.0", "The OpenTelemetry Authors", conventions::VERSION, "grammar/tools/conventions.py"] {
        assert!(text.lines().take(8).any(|line| line.contains(part)), "{part}");
    }
    assert!(conventions::SOURCE.contains("Apache-2.0"));
}

/// A new name is never an old one too, so that a fix leaves nothing to mend.
#[test]
fn renames_end_at_current_names() {
    for row in all() {
        let Some(deprecated) = row.deprecated else { continue };
        assert_eq!(deprecated.reason == Reason::Renamed, deprecated.renamed_to.is_some(), "{}", row.name);
        if let Some(to) = deprecated.renamed_to {
            assert!(find(to).is_some_and(|to| to.deprecated.is_none()), "{}", row.name);
        }
    }
}

#[test]
fn only_renamed_names_of_spans_are_renamed() {
    assert_eq!(all().iter().filter(|row| rename(row.name).is_some()).count(), 111);
    let to = |name: &str| rename(name).map(|found| (found.to, found.is_exact));
    assert_eq!(to("http.method"), Some(("http.request.method".to_owned(), true)));
    assert_eq!(to("http.url"), Some(("url.full".to_owned(), false)));
    // Several names became this one.
    assert_eq!(to("tls.client.server_name"), Some(("server.address".to_owned(), false)));
    assert_eq!(to("rpc.grpc.request.metadata.tenant"), Some(("rpc.request.header.tenant".to_owned(), false)));
    for name in ["http.request.method", "http.target", "peer.service", "enduser.id", "state", "pool.name", "mine", ""] {
        assert_eq!(to(name), None, "{name}");
    }
}

#[test]
fn names_are_found_with_their_keys() {
    assert_eq!(find("http.request.header.content-type").map(|found| found.name), Some("http.request.header"));
    assert_eq!(find("k8s.pod.label.app.kubernetes.io/name").map(|found| found.name), Some("k8s.pod.label"));
    assert!(find("http.request.method").is_some_and(|found| !found.is_template && found.places.has_span()));
    assert!(find("service.name").is_some_and(|found| found.places.has_resource() && !found.places.has_span()));
    assert!(find("exception.type").is_some_and(|found| found.places.has_event()));
    // A point alone makes no key.
    assert!(find("http.request.method.x").is_none());
    assert!(find(&".".repeat(100_000)).is_none());
}
