//! Findings as test results in the XML of JUnit: each is a test that has failed.

use std::io;

use super::{
    report::{Finding, Report, Source},
    xml::escaped,
};

/// Writes one document with a suite for each file that has findings. Without findings one test has passed, since services
/// take a document without tests for a mistake.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let failed = report.findings().count();
    let tests = failed.max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"traceql\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\">")?;
    if failed == 0 {
        writeln!(out, "  <testsuite name=\"traceql\" tests=\"1\" failures=\"0\" errors=\"0\">")?;
        writeln!(out, "    <testcase name=\"no findings\" classname=\"traceql\"/>\n  </testsuite>")?;
    }
    for source in report.sources.iter().filter(|source| !source.findings.is_empty()) {
        let (name, count) = (escaped(&source.name), source.findings.len());
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">")?;
        source.findings.iter().try_for_each(|finding| write_finding(out, source, finding))?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn write_finding(out: &mut dyn io::Write, source: &Source, finding: &Finding) -> io::Result<()> {
    let (row, start) = (finding.diagnostic.code.row(), finding.place.start);
    let (name, message) = (escaped(&source.name), escaped(&finding.headline_and_holder()));
    let place = format!("{}:{}", start.line, start.column);
    writeln!(out, "    <testcase name=\"{} {} {place}\" classname=\"{name}\">", row.number, row.name)?;
    write!(out, "      <failure type=\"{}\" message=\"{message}\">", finding.severity_word())?;
    write!(out, "{name}:{place}: {message}")?;
    if let Some(help) = &finding.diagnostic.help {
        write!(out, "\n{}", escaped(help))?;
    }
    writeln!(out, "</failure>\n    </testcase>")
}
