//! What is told of a trace before its spans.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{Drawing, FAILED, GAP, ON_PATH};
use crate::output::{
    style::Ink,
    text::{counted, date_and_time, short_duration, wrapped},
};

/// Writes the id, start, duration and size of the trace, what the marks mean, and what is odd.
pub(super) fn write(out: &mut dyn io::Write, drawing: &Drawing<'_>) -> io::Result<()> {
    let view = drawing.view;
    let trace = view.trace;
    let duration = short_duration(trace.end.saturating_sub(trace.start));
    let (spans, services) = (trace.rows.len() as u64, view.services.len() as u64);
    let errors = view.errors() as u64;
    let mut parts = vec![
        (Ink::STRONG, trace.id.to_string()),
        (Ink::PLAIN, date_and_time(trace.start) + " UTC"),
        (Ink::PLAIN, duration),
        (Ink::PLAIN, format!("{} in {}", counted(spans, "span"), counted(services, "service"))),
    ];
    parts.push(if errors > 0 { (Ink::FAILED, counted(errors, "error")) } else { (Ink::ASIDE, "no errors".to_owned()) });
    write_parts(out, drawing, &parts)?;

    let mut legend = Vec::new();
    let on_path = view.path.rows.len() as u64;
    if !view.path.stretches.is_empty() && trace.rows.len() > 1 {
        legend.push((Ink::MARK, format!("{ON_PATH} █ critical path, {}", counted(on_path, "span"))));
    }
    if errors > 0 {
        legend.push((Ink::FAILED, format!("{FAILED} error")));
    }
    if drawing.below.events && !view.spans.events.span.is_empty() {
        legend.push((Ink::MARK, format!("{} event", super::EVENT)));
    }
    if !legend.is_empty() {
        write_parts(out, drawing, &legend)?;
    }
    for remark in view.remarks() {
        for text in wrapped(&remark, drawing.layout.width) {
            let mut line = drawing.line();
            line.push_cut(Ink::ASIDE, &text, drawing.layout.width);
            line.write(out)?;
        }
    }
    writeln!(out)
}

/// Writes parts side by side, on as many lines as they need.
fn write_parts(out: &mut dyn io::Write, drawing: &Drawing<'_>, parts: &[(Ink, String)]) -> io::Result<()> {
    let width = drawing.layout.width;
    let mut line = drawing.line();
    for (ink, text) in parts {
        if line.width() > 0 && line.width() + GAP + text.width() > width {
            std::mem::replace(&mut line, drawing.line()).write(out)?;
        }
        if line.width() > 0 {
            line.push(Ink::PLAIN, "  ");
        }
        line.push_cut(*ink, text, width);
    }
    line.write(out)
}
