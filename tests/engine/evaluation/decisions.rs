//! What the engine decides where Tempo's answer is an accident, and what it keeps although it looks odd: a test for each
//! rule.

use traceql::{
    exec::{Collector, Search, SearchError},
    model::result::{Datum, SearchResult},
    plan::{Limits, LowerError, MetricsOptions, Plan, TimeRange, lower, lower_metrics},
};
use traceql_grammar::{
    check,
    value::{Kind, Status},
    vocab::release::Release,
};

use super::traces::{Event, Numbers, Span, Val, fragments};

/// Makes a root named after its id, in trace 1.
fn span(id: u64, name: &'static str) -> Span {
    Span {
        trace: 1,
        id,
        parent: 0,
        start: 1_000 + id,
        duration: 10,
        kind: Kind::Internal,
        status: Status::Unset,
        name,
        message: "",
        service: "shop",
        resource: Vec::new(),
        library: "",
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    }
}

pub(super) fn with(id: u64, name: &'static str, key: &'static str, value: Val) -> Span {
    Span { attributes: vec![(key, value)], ..span(id, name) }
}

pub(super) fn under(parent: u64, id: u64, name: &'static str) -> Span {
    Span { parent, ..span(id, name) }
}

fn text(text: &str) -> Val {
    Val::Str(text.to_owned())
}

fn plan(query: &str, limits: Limits, range: Option<TimeRange>) -> Result<Plan, LowerError> {
    lower(&check(query, Release::Main).query, limits, range)
}

fn try_search(spans: &[Span], plan: Plan) -> Result<SearchResult, SearchError> {
    let search = Search::new(plan);
    fragments(spans, 2, &mut Numbers::new(7)).into_iter().for_each(|fragment| search.observe(fragment));
    search.finish(0)
}

pub(super) fn search(spans: &[Span], query: &str) -> SearchResult {
    try_search(spans, plan(query, Limits::default(), None).expect("a plan")).expect("an answer")
}

/// Returns the names of the spans that a query finds, traces apart by `/`, spansets by `|`.
fn names(spans: &[Span], query: &str) -> String {
    let result = search(spans, query);
    let of_trace = |trace: &traceql::model::result::TraceMatch| {
        let sets =
            trace.spansets.iter().map(|set| set.spans.iter().map(|span| &*span.name).collect::<Vec<_>>().join(" "));
        sets.collect::<Vec<_>>().join(" | ")
    };
    result.traces.iter().map(of_trace).collect::<Vec<_>>().join(" / ")
}

#[test]
fn negation_is_true_wherever_the_inner_test_is_not() {
    let spans = [with(1, "one", "x", Val::Int(1)), with(2, "two", "x", Val::Int(2)), span(3, "none")];
    assert_eq!(names(&spans, "{ !(span.x = 1) }"), "two none");
    assert_eq!(names(&spans, "{ !(span.x != 1) }"), "one none");
    assert_eq!(names(&spans, "{ !(span.x = 1 || span.x = 2) }"), "none");
    assert_eq!(names(&spans, "{ span.x != 1 }"), "two");
}

#[test]
fn negation_of_an_attribute_asks_for_false() {
    let spans = [with(1, "yes", "x", Val::Bool(true)), with(2, "no", "x", Val::Bool(false)), span(3, "none")];
    assert_eq!(names(&spans, "{ !span.x }"), "no");
    assert_eq!(names(&spans, "{ !(!span.x) }"), "yes");
}

#[test]
fn numbers_compare_whatever_their_type() {
    let spans = [
        with(1, "int", "x", Val::Int(200)),
        with(2, "float", "x", Val::Float(200.0)),
        with(3, "half", "x", Val::Float(200.5)),
        with(4, "text", "x", text("200")),
        with(5, "large", "x", Val::Int(200_000_000)),
    ];
    assert_eq!(names(&spans, "{ span.x = 200 }"), "int float");
    assert_eq!(names(&spans, "{ span.x = 200.0 }"), "int float");
    assert_eq!(names(&spans, "{ span.x > 200 }"), "half large");
    assert_eq!(names(&spans, "{ span.x >= 200ms }"), "large");
    assert_eq!(names(&spans, "{ span.x != 200 }"), "half large");
}

#[test]
fn a_literal_may_stand_first() {
    let spans = [Span { duration: 99, ..span(1, "short") }, Span { duration: 101, ..span(2, "long") }];
    assert_eq!(names(&spans, "{ 100ns < duration }"), "long");
    assert_eq!(names(&spans, "{ duration < 100ns }"), "short");
    assert_eq!(names(&spans, "{ 99 >= duration }"), "short");
}

#[test]
fn an_array_differs_if_no_element_is_equal() {
    let spans = [
        with(1, "ab", "x", Val::Array(vec![text("a"), text("b")])),
        with(2, "bc", "x", Val::Array(vec![text("b"), text("c")])),
        with(3, "ints", "x", Val::Array(vec![Val::Int(1), Val::Int(2)])),
    ];
    assert_eq!(names(&spans, "{ span.x = \"b\" }"), "ab bc");
    assert_eq!(names(&spans, "{ span.x != \"a\" }"), "bc");
    assert_eq!(names(&spans, "{ span.x =~ \"a|c\" }"), "ab bc");
    assert_eq!(names(&spans, "{ span.x !~ \"a|z\" }"), "bc");
    assert_eq!(names(&spans, "{ span.x > 1 }"), "ints");
    assert_eq!(names(&spans, "{ 2 = span.x }"), "ints");
}

#[test]
fn an_answer_shows_the_elements_that_matched() {
    let spans = [with(1, "ints", "x", Val::Array(vec![Val::Int(1), Val::Int(2), Val::Int(3)]))];
    let shown = |query: &str| search(&spans, query).traces[0].spansets[0].spans[0].attributes[0].1.clone();
    assert_eq!(shown("{ span.x = 2 }"), Datum::Int(2));
    assert_eq!(shown("{ span.x > 1 }"), Datum::Array(vec![Datum::Int(2), Datum::Int(3)]));
    assert_eq!(shown("{ span.x != nil }"), Datum::Array(vec![Datum::Int(1), Datum::Int(2), Datum::Int(3)]));
}

#[test]
fn power_raises_the_left_side() {
    let spans = [with(1, "three", "x", Val::Int(3)), with(2, "hundred", "x", Val::Int(100))];
    assert_eq!(names(&spans, "{ 2 ^ span.x = 8 }"), "three");
    assert_eq!(names(&spans, "{ span.x ^ 2 = 9 }"), "three");
    assert_eq!(names(&spans, "{ 2 ^ 3 = 8 }"), "three hundred");
    // 2^100 does not fit into 64 bits.
    assert_eq!(names(&spans, "{ 2 ^ span.x > 1e30 }"), "hundred");
}

#[test]
fn a_missing_flag_is_false_beside_others() {
    let spans = [with(1, "yes", "flag", Val::Bool(true)), span(2, "a"), with(3, "text", "flag", text("x"))];
    assert_eq!(names(&spans, "{ span.flag || name = \"a\" }"), "yes a");
    assert_eq!(names(&spans, "{ span.flag && name = \"a\" }"), "");
    assert_eq!(names(&spans, "{ !(span.flag && true) }"), "a text");
}

#[test]
fn what_cannot_be_computed_is_absent() {
    let spans = [
        with(1, "zero", "n", Val::Int(0)),
        with(2, "one", "n", Val::Int(1)),
        with(3, "text", "n", text("x")),
        with(4, "list", "n", Val::Array(vec![Val::Int(1), Val::Int(2)])),
    ];
    assert_eq!(names(&spans, "{ 1 / span.n = 1 }"), "one");
    assert_eq!(names(&spans, "{ !(1 / span.n = 1) }"), "zero text list");
    assert_eq!(names(&spans, "{ 1 / span.n = nil }"), "zero text list");
    assert_eq!(names(&spans, "{ 1 % span.n != nil }"), "one");
    assert_eq!(names(&spans, "{ 1 / span.n = 1 || name = \"zero\" }"), "zero one");
    assert_eq!(names(&spans, "{ -span.n = -1 }"), "one");
    assert_eq!(names(&spans, "{ !span.n = nil }"), "zero one text list");
    assert_eq!(names(&spans, "{ span.n = span.n }"), "zero one text");
    assert_eq!(names(&spans, "{ 1 / 0 = 1 || name = \"one\" }"), "one");
}

#[test]
fn an_unscoped_attribute_is_nil_if_neither_span_nor_resource_has_it() {
    let on_resource = Span { resource: vec![("x", Val::Int(1))], ..span(2, "resource") };
    let spans = [with(1, "span", "x", Val::Int(1)), on_resource, span(3, "none")];
    assert_eq!(names(&spans, "{ .x = nil }"), "none");
    assert_eq!(names(&spans, "{ .x != nil }"), "span resource");
    assert_eq!(names(&spans, "{ span.x = nil }"), "resource none");
    assert_eq!(names(&spans, "{ .service.name = nil }"), "");
}

#[test]
fn relations_need_no_root() {
    let spans = [
        under(99, 2, "orphan"),
        under(2, 3, "kid"),
        under(3, 4, "grandkid"),
        under(99, 5, "twin"),
        under(98, 6, "other"),
    ];
    assert_eq!(names(&spans, "{ name = \"orphan\" } > { }"), "kid");
    assert_eq!(names(&spans, "{ name = \"orphan\" } >> { }"), "kid grandkid");
    assert_eq!(names(&spans, "{ name = \"grandkid\" } << { }"), "orphan kid");
    assert_eq!(names(&spans, "{ name = \"orphan\" } ~ { }"), "twin");
    assert_eq!(names(&spans, "{ } !> { }"), "orphan twin other");
    assert_eq!(names(&spans, "{ nestedSetLeft = 0 && nestedSetParent = 0 }"), "orphan kid grandkid twin other");
}

#[test]
fn roots_are_siblings_of_each_other_and_not_of_orphans() {
    let spans = [span(1, "root"), span(2, "second"), under(99, 3, "orphan")];
    assert_eq!(names(&spans, "{ } ~ { }"), "root second");
    assert_eq!(names(&spans, "{ nestedSetParent < 0 }"), "root second");
    assert_eq!(search(&spans, "{ }").traces[0].root_name.as_deref(), Some("second"));
}

#[test]
fn a_cycle_has_no_relations() {
    let spans = [span(1, "root"), under(3, 2, "a"), under(2, 3, "b"), under(4, 4, "self"), under(2, 5, "below")];
    assert_eq!(names(&spans, "{ } > { }"), "");
    assert_eq!(names(&spans, "{ } ~ { }"), "");
    assert_eq!(names(&spans, "{ } !>> { name != \"root\" }"), "a b self below");
    assert_eq!(names(&spans, "{ span:childCount > 0 }"), "a b self");
}

#[test]
fn client_and_server_may_share_an_id() {
    let client = Span { kind: Kind::Client, ..under(1, 2, "client") };
    let server = Span { kind: Kind::Server, start: 1_100, ..under(1, 2, "server") };
    let spans = [span(1, "root"), client, server, Span { start: 1_200, ..under(2, 3, "below") }];
    assert_eq!(names(&spans, "{ name = \"client\" } > { }"), "");
    assert_eq!(names(&spans, "{ name = \"server\" } > { }"), "below");
    assert_eq!(names(&spans, "{ name = \"root\" } > { }"), "client server");
    assert_eq!(names(&spans, "{ name = \"client\" } ~ { }"), "server");
    assert_eq!(names(&spans, "{ span:childCount = 0 }"), "client below");
}

#[test]
fn ids_take_every_string_operator() {
    let spans = [span(0xAB, "ab"), under(0xAB, 2, "two")];
    for same in ["ab", "AB", "00ab", "00000000000000ab"] {
        assert_eq!(names(&spans, &format!("{{ span:id = \"{same}\" }}")), "ab");
        assert_eq!(names(&spans, &format!("{{ span:id != \"{same}\" }}")), "two");
    }
    assert_eq!(names(&spans, "{ span:id = \"no id\" }"), "");
    assert_eq!(names(&spans, "{ span:id =~ \"0+ab\" }"), "ab");
    assert_eq!(names(&spans, "{ span:id < \"00000000000000ab\" }"), "two");
    assert_eq!(names(&spans, "{ span:parentID =~ \"0*\" }"), "ab");
    assert_eq!(names(&spans, "{ trace:id =~ \"1\" }"), "two ab");
    assert_eq!(names(&spans, "{ trace:id = \"00000000000000000000000000000001\" }"), "two ab");
}

#[test]
fn aggregates_use_every_number() {
    let spans = [
        with(1, "text", "x", text("9")),
        with(2, "int", "x", Val::Int(-3)),
        with(3, "float", "x", Val::Float(0.5)),
        span(4, "none"),
    ];
    let value = |query: &str| {
        let result = search(&spans, query);
        result.traces.first().map(|trace| trace.spansets[0].attributes[0].clone())
    };
    let named = |name: &str, x: f64| Some((name.to_owned(), Datum::Float(x)));
    assert_eq!(value("{ } | sum(span.x) < 0"), named("sum(span.x)", -2.5));
    assert_eq!(value("{ } | avg(span.x) < 0"), named("avg(span.x)", -1.25));
    assert_eq!(value("{ } | min(span.x) < 0"), named("min(span.x)", -3.0));
    assert_eq!(value("{ } | max(span.x) > 0"), named("max(span.x)", 0.5));
    assert_eq!(value("{ } | max(span.y) > 0"), None);
    assert_eq!(value("{ name = \"int\" } | sum(span.x) = -3"), Some(("sum(span.x)".to_owned(), Datum::Int(-3))));
}

#[test]
fn the_parent_can_be_asked() {
    let parent = Span { attributes: vec![("x", Val::Int(1))], resource: vec![("r", text("eu"))], ..span(1, "parent") };
    let child = Span { service: "pay", ..under(1, 2, "child") };
    let spans = [parent, child, under(99, 3, "orphan")];
    assert_eq!(names(&spans, "{ parent.x = 1 }"), "child");
    assert_eq!(names(&spans, "{ parent.span.x = 1 && span.x = nil }"), "child");
    assert_eq!(names(&spans, "{ parent.resource.r = \"eu\" }"), "child");
    assert_eq!(names(&spans, "{ parent.resource.service.name != resource.service.name }"), "child");
    assert_eq!(names(&spans, "{ parent.x = nil }"), "parent orphan");
}

#[test]
fn aggregates_can_be_computed_with() {
    let spans = [
        Span { duration: 100, ..span(1, "a") },
        Span { duration: 30, ..span(2, "a") },
        Span { trace: 2, duration: 40, ..span(3, "b") },
        Span { trace: 2, duration: 30, ..span(4, "a") },
    ];
    assert_eq!(names(&spans, "{ } | max(duration) - min(duration) > 50ns"), "a a");
    assert_eq!(names(&spans, "{ } | 50ns > max(duration)"), "b a");
    assert_eq!(names(&spans, "{ } | count() * 40 > max(duration)"), "b a");
    assert_eq!(names(&spans, "({ name = \"a\" } | count()) > ({ name = \"b\" } | count())"), "");
    assert_eq!(names(&spans, "({ name = \"a\" } | count()) = ({ name = \"b\" } | count())"), "b a");
    assert_eq!(names(&spans, "({ name = \"a\" } | max(duration)) < ({ } | max(duration))"), "b a");
}

#[test]
fn tests_of_events_joined_by_and_hold_on_one_event() {
    let event = |name, e| Event { name, time: 0, attributes: vec![("e", Val::Int(e))] };
    let spans = [
        Span { events: vec![event("a", 1), event("b", 2)], ..span(1, "apart") },
        Span { events: vec![event("a", 2), event("b", 1)], ..span(2, "together") },
        span(3, "none"),
    ];
    assert_eq!(names(&spans, "{ event:name = \"a\" && event.e = 2 }"), "together");
    assert_eq!(names(&spans, "{ event:name = \"a\" && (event.e = 2 || name = \"no\") }"), "apart together");
    assert_eq!(names(&spans, "{ event:name = \"a\" && event:name = \"b\" }"), "");
    assert_eq!(names(&spans, "{ !(event:name = \"a\" && event.e = 2) }"), "apart none");
    assert_eq!(names(&spans, "{ event.f = nil }"), "apart together");
    assert_eq!(names(&spans, "{ event.e != 1 && name != \"apart\" }"), "together");
}

#[test]
fn an_operand_of_a_relation_must_have_one_spanset() {
    let spans = [span(1, "a"), span(2, "b")];
    let query = |query: &str| try_search(&spans, plan(query, Limits::default(), None).expect("a plan"));
    for refused in ["({ } | by(name)) > ({ } | count() > 0)", "({ name = \"a\" }) !~ ({ } | by(name))"] {
        assert_eq!(query(refused), Err(SearchError::SeveralSpansets), "{refused}");
    }
    assert!(query("({ } | by(name) | coalesce()) > ({ } | count() > 0)").is_ok());
    assert!(query("({ } | by(resource.service.name)) > ({ } | count() > 0)").is_ok());
}

#[test]
fn groups_are_one_operand_where_spans_are_only_joined() {
    let spans = [span(1, "a"), span(2, "b"), span(3, "c")];
    assert_eq!(names(&spans, "({ } | by(name)) && ({ name = \"a\" })"), "a b c");
    assert_eq!(names(&spans, "({ name != \"c\" } | by(name)) || ({ name = \"none\" })"), "a b");
    assert_eq!(names(&spans, "({ } | by(name)) && ({ name = \"none\" })"), "");
    assert_eq!(names(&spans, "({ name = \"none\" }) && ({ } | by(name))"), "");
    assert_eq!(names(&spans, "(({ } | by(name)) && ({ name = \"a\" })) ~ ({ name = \"b\" })"), "b");
    for relation in [">", "<", ">>", "<<", "~", "&>", "&<<", "&~"] {
        assert_eq!(names(&spans, &format!("({{ }} | by(name)) {relation} ({{ name = \"none\" }})")), "", "{relation}");
        assert_eq!(names(&spans, &format!("({{ name = \"none\" }}) {relation} ({{ }} | by(name))")), "", "{relation}");
    }
}

#[test]
fn groups_stand_in_order_of_their_values() {
    let spans = [
        with(1, "b", "x", text("b")),
        with(2, "two", "x", Val::Int(2)),
        span(3, "none"),
        with(4, "half", "x", Val::Float(0.5)),
        with(5, "a", "x", text("a")),
        with(6, "int", "x", Val::Int(1)),
        with(7, "float", "x", Val::Float(1.0)),
        with(8, "b", "x", text("b")),
    ];
    assert_eq!(names(&spans, "{ } | by(span.x)"), "none | half | int | float | two | a | b b");
    assert_eq!(names(&spans, "{ } | by(span.x) | count() > 1"), "b b");
    assert_eq!(names(&spans, "{ } | by(span.x > 0)"), "b none a b | two half int float");
}

#[test]
fn the_newest_traces_come_first_and_the_limit_keeps_them() {
    let at = |trace: u128, start: u64, name| Span { trace, start, ..span(1, name) };
    let spans = [at(3, 100, "old"), at(2, 300, "new 2"), at(1, 300, "new 1"), at(4, 200, "middle")];
    assert_eq!(names(&spans, "{ }"), "new 1 / new 2 / middle / old");
    for query in ["{ }", "{ status = unset }", "{ } | count() > 0", "{ } && { }", "{ } | by(name)"] {
        let limits = Limits { traces: Some(2), spans_per_spanset: None };
        let result = try_search(&spans, plan(query, limits, None).expect("a plan")).expect("an answer");
        let ids: Vec<u128> = result.traces.iter().map(|trace| trace.id.0).collect();
        assert_eq!((ids, result.more), (vec![1, 2], true), "{query}");
        assert_eq!((result.inspected.traces, result.inspected.spans), (4, 4), "{query}");
    }
    let limits = Limits { traces: Some(4), spans_per_spanset: None };
    let result = try_search(&spans, plan("{ }", limits, None).expect("a plan")).expect("an answer");
    assert!(!result.more);
}

#[test]
fn a_spanset_shows_its_first_spans_and_counts_all() {
    let spans = [span(3, "third"), span(1, "first"), Span { start: 1_001, ..span(2, "second") }];
    let limits = Limits { traces: None, spans_per_spanset: Some(2) };
    let result = try_search(&spans, plan("{ }", limits, None).expect("a plan")).expect("an answer");
    let set = &result.traces[0].spansets[0];
    let shown: Vec<&str> = set.spans.iter().map(|span| &*span.name).collect();
    assert_eq!((set.matched, shown), (3, vec!["first", "second"]));
}

#[test]
fn a_time_range_keeps_the_traces_that_lie_in_it_partly() {
    let at = |trace: u128, start: u64, duration: u64, name| Span { trace, start, duration, ..span(1, name) };
    // The first trace reaches into the range only by a span that does not match.
    let reach = Span { id: 2, status: Status::Error, ..at(1, 150, 50, "reach") };
    let spans = [at(1, 100, 10, "early"), reach, at(2, 250, 10, "within"), at(3, 301, 10, "late")];
    for (query, expected) in [
        ("{ status = unset }", "within / early"),
        ("{ status = unset } | count() > 0", "within / early"),
        ("{ status = unset } !> { status = unset }", "within / early"),
    ] {
        let range = Some(TimeRange { start: 200, end: 300 });
        let result = try_search(&spans, plan(query, Limits::default(), range).expect("a plan")).expect("an answer");
        let found: Vec<&str> = result.traces.iter().map(|trace| &*trace.spansets[0].spans[0].name).collect();
        assert_eq!(found.join(" / "), expected, "{query}");
    }
}

#[test]
fn the_deepest_query_and_the_longest_chain_are_answered() {
    let spans = [with(1, "a", "x", Val::Int(1))];
    let deep = format!("{{ {}span.x = 1{} }}", "(".repeat(250), ")".repeat(250));
    assert_eq!(names(&spans, &deep), "a");
    let negated = format!("{{ {}(span.x = 1) }}", "!".repeat(250));
    assert_eq!(names(&spans, &negated), "a");
    let operands = format!("{}{{ }}{}", "({ } && ".repeat(200), ")".repeat(200));
    assert_eq!(names(&spans, &operands), "a");
    let computed = format!("{{ {}span.x{} != 0 }}", "0 + 1 * 1 ^ (".repeat(120), ")".repeat(120));
    assert_eq!(names(&spans, &computed), "a");
    let long = format!("{{ {} }}", vec!["span.x = 1"; 5_000].join(" && "));
    assert_eq!(names(&spans, &long), "a");
    let many = format!("{{ {} }}", (0..5_000).map(|n| format!("span.x = {n}")).collect::<Vec<_>>().join(" || "));
    assert_eq!(names(&spans, &many), "a");
}

#[test]
fn a_plan_is_for_one_kind_of_query() {
    assert_eq!(plan("{ } | rate()", Limits::default(), None).err(), Some(LowerError::NotASearch));
    let search = check("{ }", Release::Main).query;
    assert_eq!(lower_metrics(&search, MetricsOptions::default()).err(), Some(LowerError::NotMetrics));
    assert_eq!(plan("{ name = }", Limits::default(), None).err(), Some(LowerError::Invalid));
}
