//! Whatever spans a block is written of, another reader finds all of them in it again, and what it says of them is true.

use std::collections::{BTreeMap, BTreeSet};

use parquet::{
    file::metadata::ParquetMetaData,
    record::{Field, List, Row},
};
use proptest::prelude::*;
use traceql::{model::tempo_block::bloom::Bloom, output::tempo_block::Options, source::Input};

use super::{
    Block,
    random::{Traces, trace_id, traces},
    read, rows,
};

/// The attributes that have columns of their own.
const COLUMNS: &[(&str, &str)] = &[
    ("ServiceName", "service.name"),
    ("Cluster", "cluster"),
    ("K8sPodName", "k8s.pod.name"),
    ("HttpMethod", "http.method"),
    ("HttpStatusCode", "http.status_code"),
    ("String02", "url.path"),
    ("String05", "http.route"),
];

fn find<'r>(row: &'r Row, name: &str) -> &'r Field {
    let found = row.get_column_iter().find(|(column, _)| *column == name);
    found.unwrap_or_else(|| panic!("no column `{name}`")).1
}

fn group<'r>(row: &'r Row, name: &str) -> &'r Row {
    match find(row, name) {
        Field::Group(row) => row,
        other => panic!("`{name}` is {other}"),
    }
}

fn groups<'r>(row: &'r Row, name: &str) -> impl Iterator<Item = &'r Row> {
    list(row, name).elements().iter().map(|element| match element {
        Field::Group(row) => row,
        other => panic!("an element is {other}"),
    })
}

fn list<'r>(row: &'r Row, name: &str) -> &'r List {
    match find(row, name) {
        Field::ListInternal(list) => list,
        other => panic!("`{name}` is {other}"),
    }
}

/// Returns a text without quotes, bytes as hex, a number.
fn plain(row: &Row, name: &str) -> String {
    match find(row, name) {
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => bytes.data().iter().map(|byte| format!("{byte:02x}")).collect(),
        other => other.to_string(),
    }
}

fn value(field: &Field) -> String {
    match field {
        Field::Str(text) => format!("{text:?}"),
        Field::Double(number) => format!("{number:?}f"),
        other => other.to_string(),
    }
}

/// Tells of the attributes of a resource, scope, span, event or link.
fn attributes(row: &Row) -> String {
    let mut told = BTreeMap::new();
    for attribute in groups(row, "Attrs") {
        let lists = ["Value", "ValueInt", "ValueDouble", "ValueBool"].map(|name| list(attribute, name).elements());
        let values: Vec<String> = lists.iter().flat_map(|list| list.iter().map(value)).collect();
        let text = match (find(attribute, "IsArray"), find(attribute, "ValueUnsupported")) {
            (Field::Bool(false), Field::Str(text)) if values.is_empty() => text.clone(),
            (Field::Bool(true), Field::Null) if values.is_empty() => r#"{"arrayValue":{}}"#.to_owned(),
            (Field::Bool(true), Field::Null) => format!("[{}]", values.join(", ")),
            (Field::Bool(false), Field::Null) if values.len() == 1 => values.concat(),
            other => panic!("{other:?} {values:?}"),
        };
        assert_eq!(told.insert(plain(attribute, "Key"), text), None, "each key is there once");
    }
    let dedicated = row.get_column_iter().filter_map(|(name, field)| match field {
        Field::Group(row) if name == "DedicatedAttributes" => Some(row.get_column_iter()),
        _ => None,
    });
    for (name, field) in row.get_column_iter().chain(dedicated.flatten()) {
        let key = COLUMNS.iter().find(|(column, _)| column == name);
        match (key, field) {
            (Some((_, key)), field) if !matches!(field, Field::Null) && *field != Field::Str(String::new()) => {
                assert_eq!(told.insert((*key).to_owned(), value(field)), None, "each key is there once");
            }
            // An empty text is a value, except of the column that is required.
            (Some((column, key)), Field::Str(_)) if *column != "ServiceName" => {
                told.insert((*key).to_owned(), value(field));
            }
            _ => {}
        }
    }
    told.into_iter().map(|(key, text)| format!("{key}={text}")).collect::<Vec<_>>().join(" ")
}

/// Tells of every span of a row all that it holds.
fn spans(trace: &Row) -> Vec<String> {
    let mut told = Vec::new();
    for resource_spans in groups(trace, "rs") {
        let resource = group(resource_spans, "Resource");
        for scope_spans in groups(resource_spans, "ss") {
            let scope = group(scope_spans, "Scope");
            for span in groups(scope_spans, "Spans") {
                let text = |name| plain(span, name);
                let event = |event: &Row| {
                    let [name, since, dropped] =
                        ["Name", "TimeSinceStartNano", "DroppedAttributesCount"].map(|name| plain(event, name));
                    format!("({name} +{since} {} dropped {dropped})", attributes(event))
                };
                let link = |link: &Row| {
                    let [trace, span, state, dropped] =
                        ["TraceID", "SpanID", "TraceState", "DroppedAttributesCount"].map(|name| plain(link, name));
                    format!("({trace} {span} {state} {} dropped {dropped})", attributes(link))
                };
                told.push(format!(
                    "{} {} < {} {} at {} for {} kind {} status {} {:?} state {} dropped [{}, {}, {}] | {} | events {} | \
                     links {} | {} {} {} dropped {} | {} dropped {}",
                    plain(trace, "TraceID"),
                    text("SpanID"),
                    text("ParentSpanID"),
                    text("Name"),
                    text("StartTimeUnixNano"),
                    text("DurationNano"),
                    text("Kind"),
                    text("StatusCode"),
                    text("StatusMessage"),
                    text("TraceState"),
                    text("DroppedAttributesCount"),
                    text("DroppedEventsCount"),
                    text("DroppedLinksCount"),
                    attributes(span),
                    groups(span, "Events").map(event).collect::<String>(),
                    groups(span, "Links").map(link).collect::<String>(),
                    plain(scope, "Name"),
                    plain(scope, "Version"),
                    attributes(scope),
                    plain(scope, "DroppedAttributesCount"),
                    attributes(resource),
                    plain(resource, "DroppedAttributesCount"),
                ));
            }
        }
    }
    told
}

/// Tells what a block says of a trace as a whole.
fn summary(trace: &Row) -> String {
    let services: Vec<String> = match find(trace, "ServiceStats") {
        Field::MapInternal(map) => map
            .entries()
            .iter()
            .map(|(service, counts)| match (service, counts) {
                (Field::Str(service), Field::Group(counts)) => {
                    format!("{service}: {}/{}", plain(counts, "ErrorCount"), plain(counts, "SpanCount"))
                }
                other => panic!("{other:?}"),
            })
            .collect(),
        other => panic!("{other}"),
    };
    let columns = ["TraceID", "TraceIDText", "StartTimeUnixNano", "EndTimeUnixNano", "DurationNano"];
    format!("{} [{}]", columns.map(|name| plain(trace, name)).join(" "), services.join(", "))
}

/// Returns what a block must say of each trace as a whole.
fn expected_summaries(traces: &Traces) -> Vec<String> {
    let ids: BTreeSet<u8> = traces.spans.iter().map(|span| span.trace).collect();
    let summary = |id: u8| {
        let spans = || traces.spans.iter().filter(|span| span.trace == id);
        let start = spans().map(|span| span.start).min().unwrap_or_default();
        let end = spans().map(|span| span.start + span.duration).max().unwrap_or_default();
        let mut services: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for span in spans() {
            let (errors, all) = services.entry(traces.service(span)).or_default();
            *errors += u32::from(span.status == 2);
            *all += 1;
        }
        let services: Vec<String> =
            services.iter().map(|(service, (errors, all))| format!("{service}: {errors}/{all}")).collect();
        let text = trace_id(id);
        format!("{text} {} {start} {end} {} [{}]", text.trim_start_matches('0'), end - start, services.join(", "))
    };
    ids.into_iter().map(summary).collect()
}

/// Checks that the index of pages claims nothing wrong of columns of one page.
fn check_index(metadata: &ParquetMetaData) {
    let index = metadata.page_index().expect("it was read");
    for (number, group) in metadata.row_groups().iter().enumerate() {
        for (column, chunk) in group.columns().iter().enumerate() {
            let path = chunk.column_path().string();
            let statistics = chunk.statistics().expect("written");
            let nulls = statistics.null_count_opt().expect("written") as i64;
            let Some(pages) = index.column_index(number, column) else {
                assert!(path.ends_with("ValueDouble.list.element"), "{path}: only NaN has no bounds");
                continue;
            };
            assert_eq!(pages.num_pages(), 1, "{path}");
            assert_eq!(pages.null_count(0), Some(nulls), "{path}");
            assert_eq!(pages.is_null_page(0), nulls == chunk.num_values(), "{path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn all_spans_are_found_again(traces in traces(), row_group_traces in 1..6usize) {
        let batches = read(&[Input::memory("random", traces.otlp().into_bytes())]);
        let options = Options { row_group_traces, ..Options::new("00000000-0000-4000-8000-000000000001") };
        let block = Block::new(&batches, &options);
        let rows = rows::rows(&block.folder);
        let mut told: Vec<String> = rows.iter().flat_map(spans).collect();
        told.sort_unstable();
        prop_assert_eq!(told, traces.told());
        // Rows stand in order of their ids.
        let summaries: Vec<String> = rows.iter().map(summary).collect();
        prop_assert_eq!(summaries, expected_summaries(&traces));

        let metadata = rows::metadata(&block.folder);
        prop_assert_eq!(metadata.num_row_groups(), rows.len().div_ceil(row_group_traces));
        check_index(&metadata);
        let filter = std::fs::read(block.folder.join("bloom-0")).expect("the block has it");
        let filter = Bloom::parse(&filter).expect("it is a filter");
        for span in &traces.spans {
            prop_assert!(filter.contains((u128::from(span.trace) << 100 | 7).to_be_bytes()));
        }
    }
}
