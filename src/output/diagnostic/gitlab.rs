//! Findings as a Code Quality report of GitLab, which shows them in merge requests.

use std::io;

use serde::Serialize;
use traceql_grammar::diagnostic::Severity;

use super::{
    fingerprint::{fingerprints, hash_of},
    report::{Finding, Report, Source},
};
use crate::output::visible;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes one list with an object for each finding.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let issues = report.sources.iter().flat_map(|source| {
        let fingerprints = fingerprints(source);
        source.findings.iter().zip(fingerprints).map(|(finding, fingerprint)| issue(source, finding, &fingerprint))
    });
    let issues: Vec<Issue> = issues.collect();
    writeln!(out, "{}", visible::to_json_pretty(&issues)?)
}

fn issue(source: &Source, finding: &Finding, fingerprint: &str) -> Issue {
    Issue {
        description: finding.headline_and_holder(),
        check_name: finding.diagnostic.code.row().name,
        // Unique within the report, so the file counts too.
        fingerprint: format!("{:016x}-{fingerprint}", hash_of(&source.name)),
        severity: match finding.diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info => "info",
        },
        location: Location {
            path: source.name.clone(),
            lines: Lines { begin: finding.place.start.line, end: finding.place.end.line },
        },
    }
}
