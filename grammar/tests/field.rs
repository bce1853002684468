//! Names of attributes and intrinsics by themselves, as arguments and in editors.

use traceql_grammar::{
    check, field,
    query::{Body, Field, StageKind},
    vocab::{
        intrinsics::{INTRINSICS, Intrinsic},
        release::Release,
        scopes::Scope,
    },
};

#[test]
fn names_are_read_as_in_a_query() {
    let mut texts: Vec<String> = INTRINSICS.iter().filter_map(|row| row.bare).map(str::to_owned).collect();
    texts.extend(INTRINSICS.iter().filter_map(|row| row.scoped).map(|(scope, word)| format!("{scope}:{word}")));
    texts.extend(
        [".x", "span.http.route", "resource.service.name", "event.a-b", "link.x", "instrumentation.n", "parent"]
            .map(str::to_owned),
    );
    texts.extend(["parent.x", "span.\"a b\"", ".\"say \\\"hi\\\"\"", " span.x ", "span.ünïcode"].map(str::to_owned));
    for text in texts {
        let query = check(&format!("{{ }} | select({text})"), Release::Main).query;
        let Body::Search(pipeline) = query.body else { panic!("{text}") };
        let Some(StageKind::Select(fields)) = pipeline.stages.get(1).map(|stage| &stage.kind) else { panic!("{text}") };
        assert_eq!(field(&text).ok().as_ref(), fields.first().map(|found| &found.field), "{text}");
    }
    assert_eq!(field("span.x"), Ok(Field::attribute(Scope::Span, "x")));
    assert_eq!(field("event:name"), Ok(Field::intrinsic(Intrinsic::EventName)));
}

#[test]
fn anything_else_is_told_to_be_wrong() {
    let wrong = [
        "",
        " ",
        "foo",
        "http.route",
        "span:nam",
        "1",
        "\"x\"",
        "error",
        ".a || .b",
        "{ .a }",
        ".a, .b",
        "-.a",
        "(.a)",
        ".a | .b",
        ".a) | select(.b",
        "count()",
        "{",
        ")",
        ".",
        "span.",
        ".a = 1",
        ".a with (b=1)",
    ];
    for text in wrong {
        let findings = field(text).expect_err(text);
        assert!(!findings.is_empty(), "{text}");
        for finding in findings {
            assert!(finding.primary.span.end as usize <= text.len(), "{text}: {finding:?}");
        }
    }
}
