//! Findings in files for people: the query underlined where it is wrong, with its place in the file and its panel.

use std::io;

use super::{
    drawing::{Drawing, draw},
    human::Style,
    report::{Excerpted, Finding, Report, Source},
};
use crate::output::visible::{message, shown};

/// Writes each finding as a headline and the marked text below it, with a blank line between two findings.
pub fn write(out: &mut dyn io::Write, report: &Report, style: Style) -> io::Result<()> {
    for (i, (source, finding)) in report.findings().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        write_finding(out, source, finding, style)?;
    }
    Ok(())
}

fn write_finding(out: &mut dyn io::Write, source: &Source, finding: &Finding, style: Style) -> io::Result<()> {
    let start = finding.place.start;
    let place = format!("{}:{}:{}", shown(&source.name), start.line, start.column);
    let mut notes = Vec::new();
    if let Some(holder) = &finding.holder {
        notes.push(("in", message(&holder.in_words())));
        notes.extend(holder.dashboard.iter().map(|title| ("", format!("dashboard `{}`", message(title)))));
    }
    notes.extend(finding.case.iter().map(|case| ("case", message(case))));
    let first_line = match finding.kind {
        Excerpted::Query => 1,
        Excerpted::Part(line) => line,
    };
    let drawing = Drawing { diagnostic: &finding.diagnostic, text: &finding.excerpt, first_line, place, notes };
    draw(out, &drawing, style)
}
