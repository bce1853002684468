//! Findings for people: the query underlined where it is wrong, why, and what to do.

use std::{fmt, io};

use ariadne::{Cache, Color, Config, Label, Report, ReportKind, Source};
use traceql_grammar::{
    diagnostic::{Diagnostic, Severity, apply_fixes},
    span::Span,
};
use traceql_lsp::document::lines::Lines;

use super::{Judged, excerpt, excerpt::Excerpt, severity_word};

/// More findings than this on one query help nobody; the other formats give all of them.
const SHOWN_PER_QUERY: usize = 20;

/// A fixed query is shown whole up to this many bytes; beyond it only what the fix does is said.
const SHOWN_FIX: usize = 200;

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
}

/// Writes each finding as a headline and the marked text below it, with a blank line between two findings.
pub fn write(out: &mut dyn io::Write, judged: &[Judged], style: Style) -> io::Result<()> {
    let mut first = true;
    for judged in judged {
        let lines = Lines::new(&judged.text);
        for diagnostic in judged.diagnostics.iter().take(SHOWN_PER_QUERY) {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            write_finding(out, judged, diagnostic, &lines, style)?;
        }
        let rest = judged.diagnostics.len().saturating_sub(SHOWN_PER_QUERY);
        if rest > 0 {
            writeln!(out, "\n… and {rest} more findings in {}", judged.source_name())?;
        }
    }
    Ok(())
}

fn write_finding(
    out: &mut dyn io::Write,
    judged: &Judged,
    diagnostic: &Diagnostic,
    lines: &Lines<'_>,
    style: Style,
) -> io::Result<()> {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let spans: Vec<Span> = labels.clone().map(|label| label.span).collect();
    // The margin with line numbers takes some columns of its own.
    let excerpt = Excerpt::new(&judged.text, &spans, style.width.saturating_sub(10).max(30));
    let color = match diagnostic.severity() {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Blue,
    };
    let kind = ReportKind::Custom(severity_word(diagnostic.severity()), color);
    // A place that is not in the text makes the headline say `?:?`, which `Place` below replaces: columns of the excerpt
    // are not those of the query.
    let nowhere = usize::MAX..usize::MAX;
    let mut report = Report::build(kind, nowhere)
        .with_config(Config::default().with_color(style.color))
        .with_code(diagnostic.code.row().number)
        .with_message(shown(&diagnostic.message));
    for (i, label) in labels.enumerate() {
        let mut mark = Label::new(excerpt.chars(label.span)).with_order(i32::from(i > 0));
        if !label.text.is_empty() {
            mark = mark.with_message(shown(&label.text));
        }
        report = report.with_label(mark.with_color(if i == 0 { color } else { Color::Cyan }));
    }
    let mut drawn = Vec::new();
    report.finish().write(NamelessSource(Source::from(excerpt.text())), &mut drawn)?;

    let position = lines.position(diagnostic.primary.span.start as usize);
    let place = format!("{}:{}:{}", shown(judged.source_name()), position.line, position.column);
    let drawn = String::from_utf8_lossy(&drawn).replacen(PLACE, &place, 1);
    let drawn = drawn.trim_end();
    // The last line closes the box; advice goes in before it.
    let (body, closing) = drawn.rsplit_once('\n').unwrap_or((drawn, ""));
    for line in body.lines() {
        writeln!(out, "{}", trim_end_styled(line))?;
    }
    for (word, text) in advice(judged, diagnostic) {
        write_advice(out, closing, word, &text, style)?;
    }
    writeln!(out, "{}", trim_end_styled(closing))
}

/// The name of the only source, followed by a place that does not exist.
const PLACE: &str = "\u{1}:?:?";

/// One text whose name cannot occur in any text, so that the place can be filled in.
struct NamelessSource(Source<String>);

impl Cache<()> for NamelessSource {
    type Storage = String;

    fn fetch(&mut self, (): &()) -> Result<&Source<String>, impl fmt::Debug> {
        Ok::<_, std::convert::Infallible>(&self.0)
    }

    fn display<'a>(&self, (): &'a ()) -> Option<impl fmt::Display + 'a> {
        Some("\u{1}")
    }
}

/// Returns what to do about a finding: each a word and a sentence.
fn advice(judged: &Judged, diagnostic: &Diagnostic) -> Vec<(&'static str, String)> {
    let mut advice = Vec::new();
    if let Some(help) = &diagnostic.help {
        advice.push(("help", shown(help)));
    }
    if let Some(fix) = &diagnostic.fix {
        let fixed = apply_fixes(&judged.text, [diagnostic]);
        let fixed = fixed.trim();
        advice.push(("fix", shown(&fix.title)));
        if fixed.len() <= SHOWN_FIX && !fixed.contains('\n') && !fixed.is_empty() {
            advice.push(("", shown(fixed)));
        }
    }
    advice
}

/// Writes a line of advice inside the box, whose edge is taken from its last line.
fn write_advice(out: &mut dyn io::Write, closing: &str, word: &str, text: &str, style: Style) -> io::Result<()> {
    let indent = strip_styles(closing).chars().take_while(|c| *c == '─').count();
    let (margin, bold, reset) = if style.color { ("\x1b[38;5;246m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let lead = if word.is_empty() { "      ".to_owned() } else { format!("{bold}{:<6}{reset}", format!("{word}:")) };
    for (i, line) in text.lines().enumerate() {
        let lead = if i == 0 { lead.as_str() } else { "      " };
        writeln!(out, "{:indent$}{margin}│{reset} {lead}{line}", "")?;
    }
    Ok(())
}

/// Returns the text with control characters made visible; line breaks stay.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { excerpt::visible(c) }).collect()
}

/// Removes blanks at the end of a line, also in front of a closing escape sequence.
fn trim_end_styled(line: &str) -> String {
    if strip_styles(line).trim().is_empty() { String::new() } else { line.trim_end().to_owned() }
}

/// Returns the text without escape sequences.
fn strip_styles(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            // Only colours are written here: everything up to an `m`.
            chars.by_ref().find(|c| *c == 'm');
        } else {
            plain.push(c);
        }
    }
    plain
}
