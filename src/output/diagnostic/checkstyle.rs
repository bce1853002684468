//! Findings as Checkstyle writes them, an XML that many build servers read.

use std::io;

use super::{
    report::{Finding, Report},
    xml::escaped,
};

/// Writes one document with an element for each file that has findings.
pub fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    for source in report.sources.iter().filter(|source| !source.findings.is_empty()) {
        writeln!(out, "  <file name=\"{}\">", escaped(&source.name))?;
        source.findings.iter().try_for_each(|finding| write_finding(out, finding))?;
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn write_finding(out: &mut dyn io::Write, finding: &Finding) -> io::Result<()> {
    let start = finding.place.start;
    writeln!(
        out,
        "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"traceql.{}\"/>",
        start.line,
        start.column,
        finding.severity_word(),
        escaped(&finding.headline_and_holder()),
        finding.diagnostic.code.row().name,
    )
}
