//! Escape sequences, marks that reorder or hide text, markup and formulas in every place that data can have: no command
//! prints them as they are, in any format.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use regex::Regex;
use serde_json::json;

use super::{output, traceql};
use crate::program::folder;

/// Text that a terminal, a browser or a log reader would obey: a clipboard write, colours, a title, C1 controls, directions,
/// zero width, tags, markup, a line of its own.
const HOSTILE: &str = "\u{1b}]52;c;aGFybQ==\u{7}\u{1b}[5m\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{ad}\u{e0041}\
                       \u{2028}</script><img src=x onerror=alert(1)>\r\nerror: INJECTED\n::error::INJECTED\n";

/// What no output may have, but for line ends and the colours that the program itself sets.
static RAW: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{Cc}\p{Cf}\u{2028}\u{2029}--\n]").expect("it is one"));
static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").expect("it is one"));

/// Runs a command and asserts that nothing raw comes out. Returns what went to stdout.
fn clean(command: &mut Command) -> String {
    let ran = output(command);
    let told = format!("{command:?}");
    for (name, bytes) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{told}: {name}: {error}"));
        assert!(!text.contains("\u{1b}[5m"), "{told}: {name} has colours of the data: {text:?}");
        let text = COLOUR.replace_all(text, "");
        // A cell of CSV may have line breaks and tabs.
        let text = if told.contains("csv") { text.replace(['\r', '\t'], "") } else { text.into_owned() };
        if let Some(found) = RAW.find(&text) {
            let from = text[..found.start()].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
            panic!("{told}: {name} has {:?} behind {:?}", found.as_str(), &text[from..found.start()]);
        }
        let injected = |line: &str| line.starts_with("error: INJECTED") || line.starts_with("::error::INJECTED");
        assert!(told.contains("csv") || !text.lines().any(injected), "{told}: {name}: {text}");
    }
    assert!(ran.status.code().is_some_and(|status| status <= 5), "{told}: {}", ran.status);
    String::from_utf8(ran.stdout).expect("asserted above")
}

/// Writes a trace that has the text wherever it can have any.
fn hostile_file(folder: &Path) -> PathBuf {
    let attributes = json!([
        {"key": HOSTILE, "value": {"stringValue": HOSTILE}},
        {"key": "x", "value": {"stringValue": format!("=cmd|'/c calc'!A0{HOSTILE}")}},
        {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": HOSTILE}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": HOSTILE, "value": {"stringValue": HOSTILE}}]}}},
    ]);
    let mut resource = attributes.as_array().expect("it is a list").clone();
    resource.push(json!({"key": "service.name", "value": {"stringValue": format!("shop{HOSTILE}")}}));
    let span = |id: &str, parent: &str, status: u8| {
        json!({
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "parentSpanId": parent,
            "name": format!("GET{HOSTILE}"), "kind": 2, "traceState": format!("a={HOSTILE}"),
            "startTimeUnixNano": "1767225600000000000", "endTimeUnixNano": "1767225601000000000",
            "attributes": attributes,
            "events": [{"timeUnixNano": "1767225600500000000", "name": HOSTILE, "attributes": attributes}],
            "links": [{"traceId": "0af7651916cd43dd8448eb211c80319d", "spanId": "00f067aa0ba902b8", "attributes": attributes}],
            "status": {"code": status, "message": HOSTILE},
        })
    };
    let spans = [span("00f067aa0ba902b7", "", 2), span("00f067aa0ba902b9", "00f067aa0ba902b7", 0)];
    let scope = json!({"name": HOSTILE, "version": HOSTILE, "attributes": attributes});
    let scoped = json!([{"scope": scope, "spans": spans, "schemaUrl": HOSTILE}]);
    let line = json!({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": scoped}]});
    // A file's name may have anything but slashes.
    let name = HOSTILE.replace('/', "|");
    let file = folder.join(format!("{}.jsonl", name.chars().take(60).collect::<String>()));
    fs::write(&file, format!("{line}\n")).expect("the file can be written");
    file
}

#[test]
fn no_command_prints_what_data_makes_terminals_do() {
    let folder = folder("no_command_prints_what_data_makes_terminals_do");
    let file = hostile_file(&folder);
    let colours = ["--color=never", "--color=always"];
    let of_search = ["table", "json", "jsonl", "csv"];
    let of_metrics = ["table", "json", "jsonl", "csv", "prometheus"];
    let of_names = ["table", "json", "jsonl", "csv"];
    for color in colours {
        for query in [
            "{ }",
            "{ .x != nil && event:name != nil } | select(name, .list, .map, event:name, link.x, statusMessage)",
            "{ } | by(name)",
        ] {
            for format in of_search {
                let found = clean(traceql().args(["query", query, color, "--format", format]).arg(&file));
                assert!(found.contains("GET"), "{query} {format}: {found}");
            }
        }
        for query in [
            "{ } | rate() by (name, resource.service.name, .x)",
            "{ } | compare({ status = error })",
            "{ } | quantile_over_time(duration, .5) by (.list)",
            "{ } | histogram_over_time(duration) by (name)",
        ] {
            for format in of_metrics {
                for instant in [&[][..], &["--instant"]] {
                    clean(traceql().args(["query", query, color, "--format", format]).args(instant).arg(&file));
                }
            }
        }
        for format in of_names {
            clean(traceql().args(["tags", color, "--format", format]).arg(&file));
            for name in ["name", "resource.service.name", ".x", "statusMessage", "event:name", "instrumentation:name"] {
                clean(traceql().args(["values", name, color, "--format", format]).arg(&file));
            }
        }
        for format in ["table", "json", "otlp", "jaeger"] {
            let id = "0af7651916cd43dd8448eb211c80319c";
            let found = clean(traceql().args(["trace", id, color, "--format", format]).arg(&file));
            assert!(found.contains("GET"), "{format}: {found}");
        }
        for to in ["otlp", "jaeger", "zipkin"] {
            clean(traceql().args(["convert", color, "-o", "-", "--to", to]).arg(&file));
        }
        for width in ["20", "80", "1000"] {
            clean(traceql().env("COLUMNS", width).args(["query", "{ } | select(.x)", color]).arg(&file));
            clean(
                traceql().env("COLUMNS", width).args(["trace", "0af7651916cd43dd8448eb211c80319c", color]).arg(&file),
            );
        }
    }
}

#[test]
fn a_page_runs_nothing_of_the_data() {
    let folder = folder("a_page_runs_nothing_of_the_data");
    let file = hostile_file(&folder);
    let page = clean(traceql().args(["trace", "0af7651916cd43dd8448eb211c80319c", "--format", "html"]).arg(&file));
    assert!(page.contains("GET"));
    assert!(
        !page.contains("<img src=x") && !page.contains("aGFybQ==\u{7}"),
        "markup of the data is markup of the page"
    );
}

#[test]
fn no_command_prints_what_queries_and_arguments_make_terminals_do() {
    let folder = folder("no_command_prints_what_queries_and_arguments_make_terminals_do");
    let file = folder.join(format!("{}.traceql", HOSTILE.replace('/', "|").chars().take(60).collect::<String>()));
    let queries = [
        format!("{{ name = \"{HOSTILE}\" }}"),
        format!("{{ name = `{HOSTILE}` && .a = }}"),
        format!("{{ .{HOSTILE} = 1 }}"),
        format!("{{ span.\"{HOSTILE}\" = 1x }}"),
        format!("{HOSTILE} {{ }}"),
        format!("{{ name =~ \"[{HOSTILE}\" }}"),
        format!("{{ }} | rate() by (.\"{HOSTILE}\") // {HOSTILE}"),
    ];
    for color in ["--color=never", "--color=always"] {
        for query in &queries {
            fs::write(&file, query).expect("the file can be written");
            for format in ["human", "json", "short", "github", "sarif"] {
                clean(traceql().args(["check", color, "--format", format, "-e", query]));
                clean(traceql().args(["check", color, "--format", format]).arg(&file));
            }
            clean(traceql().args(["fmt", color, "--check"]).arg(&file));
            clean(traceql().args(["explain", color, query]));
            clean(traceql().args(["explain", color, "--format", "json", query]));
            clean(traceql().args(["query", color, query, "/dev/null"]));
            clean(traceql().args(["values", color, query, "/dev/null"]));
        }
        for command in [
            &["query", HOSTILE, HOSTILE][..],
            &["query", "{ }", HOSTILE],
            &["query", "{ }", "--limit", HOSTILE],
            &["query", "{ }", "--start", HOSTILE, "/dev/null"],
            &["query", "{ }", "--format", HOSTILE],
            &["query", "{ }", "s3://\u{1b}]0;x\u{7}/a"],
            &["query", "{ }", "http://\u{1b}]0;x\u{7}/a"],
            &["tags", "--scope", HOSTILE],
            &["trace", HOSTILE, "/dev/null"],
            &["convert", "/dev/null", "-o", HOSTILE],
            &["convert", "/dev/null", "--to", "tempo-block", "-o", "/tmp", "--tenant", HOSTILE, "--block-id", HOSTILE],
            &["explain", HOSTILE],
            &["check", HOSTILE],
            &["check", "--target", HOSTILE, "-e", "{ }"],
            &["fmt", HOSTILE],
            &["context", "use", HOSTILE],
            &["context", "add", HOSTILE, HOSTILE],
            &["completions", HOSTILE],
            &["man", HOSTILE],
            &[HOSTILE],
            &["--\u{1b}]0;x\u{7}"],
        ] {
            clean(traceql().arg(color).args(command));
        }
    }
}

#[test]
fn damaged_records_are_quoted_without_harm() {
    let folder = folder("damaged_records_are_quoted_without_harm");
    let file = folder.join("damaged\u{1b}]0;x\u{7}.json");
    let id = "\u{1b}]52;c;aGk=\u{7}";
    let records = [
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": id, "spanId": id, "name": "a"}]}]}]}),
        json!({"data": [{"traceID": id, "spans": [{"traceID": id, "spanID": id, "operationName": "a"}], "processes": {}}]}),
        json!([{"traceId": id, "id": id, "name": "a", "timestamp": 1}]),
        json!([{"traceId": "00000000000000000000000000000001", "id": "0000000000000001", "name": "a", "timestamp": id}]),
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "01", "spanId": "01", "kind": id}]}]}]}),
        json!({id: id}),
    ];
    for record in records {
        fs::write(&file, record.to_string()).expect("the file can be written");
        for keep_going in [&[][..], &["--keep-going"]] {
            clean(traceql().args(["query", "{ }"]).args(keep_going).arg(&file));
            clean(traceql().args(["convert", "-o", "-"]).args(keep_going).arg(&file));
        }
    }
}

#[test]
fn formulas_of_the_data_are_text_where_that_is_asked_for() {
    let folder = folder("formulas_of_the_data_are_text_where_that_is_asked_for");
    let file = hostile_file(&folder);
    let cells = |flags: &[&str]| {
        let query = "{ } | select(.x)";
        clean(traceql().args(["query", query, "--format", "csv"]).args(flags).arg(&file))
    };
    assert!(cells(&[]).contains("\"=cmd|'/c calc'!A0"));
    let safe = cells(&["--csv-safe"]);
    assert!(safe.contains("\"'=cmd|'/c calc'!A0") && !safe.contains("\"=cmd"), "{safe}");
    let values = clean(traceql().args(["values", ".x", "--format", "csv", "--csv-safe"]).arg(&file));
    assert!(values.contains("\"'=cmd|"), "{values}");
}

#[test]
fn messages_are_cut() {
    let digits = "1".repeat(100_000);
    let ran = output(traceql().args(["query", &format!("{{ .a = {digits} }}"), "/dev/null"]));
    assert!(ran.stderr.len() < 10_000, "{} bytes", ran.stderr.len());
    let ran = output(traceql().args(["query", "{ }", "--limit", &digits]));
    assert!(ran.stderr.len() < 10_000, "{} bytes", ran.stderr.len());
}
