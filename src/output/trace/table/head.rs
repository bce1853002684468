//! What is told of a trace before its spans.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{BOLD, DIM, Drawing, FAILED, GAP, ON_PATH, RED, YELLOW};
use crate::output::text::{counted, date_and_time, short_duration, wrapped};

/// Writes the id, start, duration and size of the trace, what the marks mean, and what is odd.
pub(super) fn write(out: &mut dyn io::Write, drawing: &Drawing<'_>) -> io::Result<()> {
    let view = drawing.view;
    let trace = view.trace;
    let duration = short_duration(trace.end.saturating_sub(trace.start));
    let (spans, services) = (trace.rows.len() as u64, view.services.len() as u64);
    let errors = view.errors() as u64;
    let mut parts = vec![
        (BOLD, trace.id.to_string()),
        ("", date_and_time(trace.start) + " UTC"),
        ("", duration),
        ("", format!("{} in {}", counted(spans, "span"), counted(services, "service"))),
    ];
    parts.push(if errors > 0 { (RED, counted(errors, "error")) } else { (DIM, "no errors".to_owned()) });
    write_parts(out, drawing, &parts)?;

    let mut legend = Vec::new();
    let on_path = view.path.rows.len() as u64;
    if !view.path.stretches.is_empty() && trace.rows.len() > 1 {
        legend.push((YELLOW, format!("{ON_PATH} █ critical path, {}", counted(on_path, "span"))));
    }
    if errors > 0 {
        legend.push((RED, format!("{FAILED} error")));
    }
    if drawing.below.events && !view.spans.events.span.is_empty() {
        legend.push((YELLOW, format!("{} event", super::EVENT)));
    }
    if !legend.is_empty() {
        write_parts(out, drawing, &legend)?;
    }
    for remark in view.remarks() {
        for text in wrapped(&remark, drawing.layout.width) {
            let mut line = drawing.line();
            line.push_cut(DIM, &text, drawing.layout.width);
            line.write(out)?;
        }
    }
    writeln!(out)
}

/// Writes parts side by side, on as many lines as they need.
fn write_parts(out: &mut dyn io::Write, drawing: &Drawing<'_>, parts: &[(&str, String)]) -> io::Result<()> {
    let width = drawing.layout.width;
    let mut line = drawing.line();
    for (ink, text) in parts {
        if line.width() > 0 && line.width() + GAP + text.width() > width {
            std::mem::replace(&mut line, drawing.line()).write(out)?;
        }
        if line.width() > 0 {
            line.push("", "  ");
        }
        line.push_cut(ink, text, width);
    }
    line.write(out)
}
