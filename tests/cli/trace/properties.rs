//! Random traces: orphans, cycles, twins, several roots, clocks that are wrong, text that nothing is prepared for.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use traceql::{
    model::{
        batch::{Batch, Tree},
        critical_path::CriticalPath,
        waterfall::{Item, Waterfall},
    },
    output::trace::{html, table::Style},
};
use unicode_width::UnicodeWidthStr;

use super::{ALL, Below, as_json, batch_of, drawn, written};

const BEGIN: u64 = 1_767_225_600_000_000_000;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec![
            "a", "GET /", "", " ", "日本語のスパン名", "👨‍👩‍👧 ☺️ 1\u{fe0f}", "\u{1b}[2J\r\n\t", "e\u{301}\u{200d}",
            "\u{202e}drawkcab", "</script><b>\"'&", "service.name", "\u{fe0f}", "a very long name that has to be cut somewhere",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,90}",
        1 => any::<String>(),
    ]
}

fn attribute_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(|text| json!({ "stringValue": text })),
        1 => any::<i64>().prop_map(|n| json!({ "intValue": n.to_string() })),
        1 => (-1e9..1e9f64).prop_map(|x| json!({ "doubleValue": x })),
        1 => any::<bool>().prop_map(|b| json!({ "boolValue": b })),
        1 => select(vec![json!({}), json!({ "bytesValue": "AP8=" }), json!({ "arrayValue": { "values": [{}, { "intValue": "1" }] } })]),
        1 => (text(), text()).prop_map(|(key, text)| {
            json!({ "kvlistValue": { "values": [{ "key": key, "value": { "stringValue": text } }] } })
        }),
        1 => vec(text(), 1..4).prop_map(|all| {
            let values: Vec<Value> = all.iter().map(|text| json!({ "stringValue": text })).collect();
            json!({ "arrayValue": { "values": values } })
        }),
    ]
}

fn attributes() -> impl Strategy<Value = Value> {
    vec((text(), attribute_value()), 0..4).prop_map(|all| {
        let mut seen = BTreeSet::new();
        let fresh = all.into_iter().filter(|(key, _)| seen.insert(key.clone()));
        fresh.map(|(key, value)| json!({ "key": key, "value": value })).collect()
    })
}

/// Lengths of time from nothing to days.
fn length() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..100u64, 0..1_000_000_000u64, 0..400_000_000_000_000u64]
}

fn span(ids: u64) -> impl Strategy<Value = Value> {
    let place = (1..=ids, prop_oneof![1 => Just(0), 6 => 1..=ids, 1 => Just(99)], length(), length());
    let words = (text(), 0..=5u32, 0..=2u32, text());
    let events = vec((text(), length(), attributes()), 0..3);
    let links = vec((0..=ids, attributes()), 0..2);
    let span = (place, words, attributes(), events, links, 0..3u32);
    span.prop_map(|(place, words, attributes, events, links, dropped)| {
        let ((id, parent, start, length), (name, kind, status, message)) = (place, words);
        let events = events.iter().map(|(name, time, attributes)| {
            json!({ "name": name, "timeUnixNano": (BEGIN + time).to_string(), "attributes": attributes })
        });
        let links = links.iter().map(|(span, attributes)| {
            json!({ "traceId": format!("{:032x}", 7), "spanId": format!("{span:016x}"), "attributes": attributes })
        });
        json!({
            "traceId": format!("{:032x}", 7), "spanId": format!("{id:016x}"),
            "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
            "name": name, "kind": kind, "attributes": attributes,
            "startTimeUnixNano": (BEGIN + start).to_string(), "endTimeUnixNano": (BEGIN + start + length).to_string(),
            "status": { "code": status, "message": message },
            "droppedAttributesCount": dropped, "droppedEventsCount": dropped / 2,
            "events": events.collect::<Vec<_>>(), "links": links.collect::<Vec<_>>(),
        })
    })
}

/// A trace as OTLP; spans may share their ids.
fn trace() -> impl Strategy<Value = String> {
    groups().prop_map(|groups| json!({ "resourceSpans": groups }).to_string())
}

/// A trace as OTLP whose spans have ids of their own.
fn trace_without_twins() -> impl Strategy<Value = String> {
    groups().prop_map(|mut groups| {
        let spans = groups.iter_mut().flat_map(|group| group["scopeSpans"][0]["spans"].as_array_mut().expect("spans"));
        for (id, span) in (1..).zip(spans) {
            span["spanId"] = format!("{id:016x}").into();
        }
        json!({ "resourceSpans": groups }).to_string()
    })
}

fn groups() -> impl Strategy<Value = Vec<Value>> {
    let resource = (attributes(), text());
    let scope = (text(), text(), attributes());
    let group = (resource, scope, vec(span(12), 1..8));
    vec(group, 1..4).prop_map(|groups| {
        groups
            .into_iter()
            .map(|((mut attributes, service), (name, version, of_scope), spans)| {
                if let Value::Array(all) = &mut attributes {
                    all.retain(|attribute| attribute["key"] != "service.name");
                    all.push(json!({ "key": "service.name", "value": { "stringValue": service } }));
                }
                json!({
                    "resource": { "attributes": attributes },
                    "scopeSpans": [{ "scope": { "name": name, "version": version, "attributes": of_scope }, "spans": spans }],
                })
            })
            .collect()
    })
}

/// Takes out the escape sequences that set colours.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (color, rest) = part.split_once('m').expect("a colour ends");
        assert!(color.chars().all(|c| c.is_ascii_digit() || c == ';'), "{color:?} is no colour");
        plain.push_str(rest);
    }
    plain
}

/// Tells whether `row` is above `other`, or is it.
fn is_above(batch: &Batch, row: u32, mut other: u32) -> bool {
    while other != row && other != Tree::NO_PARENT {
        other = batch.tree.parent[other as usize];
    }
    other == row
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn nothing_is_wider_than_the_terminal(
        otlp in trace(),
        width in 30..250usize,
        events in any::<bool>(),
        attributes in any::<bool>(),
    ) {
        let batch = batch_of(&otlp, "7");
        let below = Below { events, attributes };
        let plain = drawn(&batch, below, width);
        for line in plain.lines() {
            prop_assert!(line.width() <= width, "wider than {width}: {line:?}");
            prop_assert!(!line.ends_with(' '), "blanks at the end: {line:?}");
            prop_assert!(!line.contains(char::is_control), "speaks to the terminal: {line:?}");
        }
        let colored = written(&batch, below, Style { color: true, width: Some(width) });
        let lines: Vec<String> = without_colors(&colored).lines().map(|line| line.trim_end().to_owned()).collect();
        prop_assert_eq!(lines, plain.lines().map(str::to_owned).collect::<Vec<_>>());
    }

    #[test]
    fn every_span_has_its_line_below_its_parent(otlp in trace()) {
        let batch = batch_of(&otlp, "7");
        let waterfall = Waterfall::new(&batch, &batch.traces[0]);
        let rows: Vec<u32> = waterfall.lines.iter().filter_map(|line| match line.item {
            Item::Span(row) => Some(row),
            _ => None,
        }).collect();
        prop_assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>().len(), batch.spans.len());
        prop_assert_eq!(rows.len(), batch.spans.len());
        // The line above with one level less is the parent, or stands for it.
        let mut open: Vec<Item> = Vec::new();
        for (at, line) in waterfall.lines.iter().enumerate() {
            open.truncate(line.depth as usize);
            prop_assert_eq!(open.len(), line.depth as usize, "a level is missing above line {}", at);
            if let (Item::Span(row), above) = (line.item, open.last()) {
                let parent = batch.tree.parent[row as usize];
                match above {
                    Some(Item::Span(above)) => prop_assert_eq!(parent, *above),
                    Some(Item::Missing(id) | Item::InCycle(id)) => {
                        prop_assert_eq!(batch.spans.parent_id[row as usize], *id);
                    }
                    Some(Item::Cycle) => prop_assert!(batch.tree.in_cycle[row as usize]),
                    None => prop_assert_eq!(parent, Tree::NO_PARENT),
                }
                let (start, end) = waterfall.drawn(row);
                prop_assert!(waterfall.start <= start && start <= end && end <= waterfall.end);
                if parent != Tree::NO_PARENT {
                    prop_assert!(waterfall.drawn(parent).0 <= start, "begins before its parent");
                }
            }
            let follows = waterfall.lines[at + 1..].iter().find(|next| next.depth <= line.depth);
            let has_sibling = line.depth > 0 && follows.is_some_and(|next| next.depth == line.depth);
            prop_assert_eq!(line.depth > 0 && !line.last, has_sibling, "line {}", at);
            open.push(line.item);
        }
    }

    #[test]
    fn the_critical_path_explains_every_moment_of_one_span(otlp in trace()) {
        let batch = batch_of(&otlp, "7");
        let path = CriticalPath::new(&batch, &batch.traces[0]);
        let top = *path.rows.iter().min().expect("there is a span");
        prop_assert_eq!(batch.tree.parent[top as usize], Tree::NO_PARENT);
        let mut moment = batch.spans.start[top as usize];
        for stretch in &path.stretches {
            prop_assert_eq!(stretch.start, moment);
            prop_assert!(stretch.end > stretch.start);
            prop_assert!(path.has(stretch.row) && is_above(&batch, top, stretch.row));
            let row = stretch.row as usize;
            prop_assert!(batch.spans.start[row] <= stretch.start && stretch.end <= batch.spans.end(row));
            moment = stretch.end;
        }
        prop_assert_eq!(moment, batch.spans.end(top as usize));
        for row in &path.rows {
            let parent = batch.tree.parent[*row as usize];
            prop_assert!(*row == top || path.has(parent), "the path jumps");
        }
    }

    #[test]
    fn tempos_json_has_all_that_the_table_shows(otlp in trace_without_twins()) {
        let batch = batch_of(&otlp, "7");
        let again = batch_of(&as_json(Some(&batch), 0), "7");
        prop_assert_eq!(drawn(&again, ALL, 200), drawn(&batch, ALL, 200));
    }

    #[test]
    fn pages_hold_against_what_they_show(otlp in trace()) {
        let batch = batch_of(&otlp, "7");
        let mut page = Vec::new();
        let left_out = html::write(&mut page, &batch).expect("memory takes everything");
        let page = String::from_utf8(page).expect("pages are UTF-8");
        prop_assert!(page.len() <= html::LIMIT && left_out.is_none());
        let data = super::page::data_of(&page);
        prop_assert_eq!(data["id"].as_array().map(Vec::len), Some(data["depth"].as_array().expect("lines").len()));
        prop_assert_eq!(data["spans"].as_u64(), Some(batch.spans.len() as u64));
    }
}
