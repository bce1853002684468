//! Findings as SARIF 2.1.0, the format of code scanning services.

use std::io;

use serde::Serialize;
use traceql_grammar::diagnostic::{CODES, CodeRow, Severity};

use super::{
    fingerprint::fingerprints,
    report::{FileEdit, FileFix, Finding as Found, Place, Report, Source},
};
use crate::output::visible;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Log<'j> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'j>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'j> {
    tool: Tool,
    column_kind: &'static str,
    artifacts: Vec<Artifact<'j>>,
    results: Vec<Finding<'j>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    short_description: Text<&'static str>,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text<T> {
    text: T,
}

/// A file by its address; a query that is in no file has its text beside a name.
#[derive(Serialize)]
struct Artifact<'j> {
    location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<Text<&'j str>>,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'j> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text<String>,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'j>>,
}

/// Marks that stay equal when lines move, so that services know a finding again.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "traceqlFinding/v1")]
    finding: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

/// The panel or the rule that holds the query.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'j> {
    description: Text<&'j str>,
    artifact_changes: [Change<'j>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'j> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement<'j>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'j> {
    deleted_region: Region,
    inserted_content: Text<&'j str>,
}

/// Writes one SARIF log with one run, every rule described in it; columns count characters.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let driver = Driver {
        name: "traceql",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: CODES.iter().map(rule).collect(),
    };
    let sources = || report.sources.iter().enumerate();
    let run = Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        artifacts: sources().map(|(index, source)| artifact(source, index)).collect(),
        results: sources().flat_map(|(index, source)| findings(source, index)).collect(),
    };
    writeln!(out, "{}", visible::to_json_pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?)
}

fn rule(row: &'static CodeRow) -> Rule {
    Rule {
        id: row.number,
        name: row.name,
        short_description: Text { text: row.summary },
        help: Help { text: row.page, markdown: row.page },
        default_configuration: Configuration { level: level(row.severity) },
    }
}

fn artifact(source: &Source, index: usize) -> Artifact<'_> {
    let contents = source.text.as_deref().map(|text| Text { text });
    Artifact { location: location(source, index), contents }
}

fn location(source: &Source, index: usize) -> ArtifactLocation {
    // Code scanning services take no result without an address.
    let uri = source.file.as_deref().map_or_else(|| format!("query-{}", index + 1), uri);
    ArtifactLocation { uri, index }
}

fn findings(source: &Source, index: usize) -> Vec<Finding<'_>> {
    let location = location(source, index);
    let finding = |(found, fingerprint)| finding(found, fingerprint, &location);
    source.findings.iter().zip(fingerprints(source)).map(finding).collect()
}

fn finding<'j>(found: &'j Found, fingerprint: String, location: &ArtifactLocation) -> Finding<'j> {
    let row = found.diagnostic.code.row();
    let message = match &found.diagnostic.help {
        Some(help) => format!("{}\n{help}", found.headline_and_holder()),
        None => found.headline_and_holder(),
    };
    let holder = found.holder.iter().map(|holder| LogicalLocation { fully_qualified_name: holder.in_words() });
    Finding {
        rule_id: row.number,
        rule_index: row.id as usize,
        level: level(found.diagnostic.severity),
        message: Text { text: message },
        locations: [Location {
            physical_location: PhysicalLocation { artifact_location: location.clone(), region: region(&found.place) },
            logical_locations: holder.collect(),
        }],
        partial_fingerprints: Fingerprints { finding: fingerprint },
        fixes: found.fix.iter().map(|made| fix(made, location)).collect(),
    }
}

fn fix<'j>(fix: &'j FileFix, location: &ArtifactLocation) -> Fix<'j> {
    let replacement = |edit: &'j FileEdit| Replacement {
        deleted_region: region(&edit.place),
        inserted_content: Text { text: edit.text.as_str() },
    };
    Fix {
        description: Text { text: fix.title.as_str() },
        artifact_changes: [Change {
            artifact_location: location.clone(),
            replacements: fix.edits.iter().map(replacement).collect(),
        }],
    }
}

fn region(place: &Place) -> Region {
    Region {
        start_line: place.start.line,
        start_column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
        byte_offset: place.bytes.start,
        byte_length: place.bytes.len(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Returns the path as a URI reference, everything but plain characters escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            // A Windows path is a path all the same.
            b'\\' => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
