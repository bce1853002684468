//! One finding as it is drawn for people: a headline, the marked text in a box, and what to do.

use std::{fmt, io};

use ariadne::{Cache, Color, Config, Label, Report, ReportKind, Source};
use traceql_grammar::{
    diagnostic::{Diagnostic, Severity, apply_fixes},
    span::Span,
};

use super::{excerpt::Excerpt, human::Style, severity_word};
use crate::output::{
    style::{Ink, RESET},
    text::wrapped,
    visible::{message, shown},
};

/// A fixed query is shown whole up to this many bytes; beyond it only what the fix does is said.
const SHOWN_FIX: usize = 200;

/// Width of the word before a piece of advice, in columns.
const LEAD: usize = 6;

/// A finding as it is drawn.
#[derive(Debug)]
pub(super) struct Drawing<'d> {
    /// The finding; its places are bytes of the text.
    pub(super) diagnostic: &'d Diagnostic,
    /// The query, or a part of a file.
    pub(super) text: &'d str,
    /// The number of the text's first line.
    pub(super) first_line: usize,
    /// The place in words, with nothing in it that a terminal obeys.
    pub(super) place: String,
    /// Lines before the help: each a word and a sentence.
    pub(super) notes: Vec<(&'static str, String)>,
}

/// Draws a finding: a headline, the marked text, and what to do.
pub(super) fn draw(out: &mut dyn io::Write, drawing: &Drawing<'_>, style: Style) -> io::Result<()> {
    let diagnostic = drawing.diagnostic;
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let spans: Vec<Span> = labels.clone().map(|label| label.span).collect();
    // The margin with line numbers takes some columns of its own.
    let excerpt = Excerpt::new(drawing.text, &spans, style.width.saturating_sub(10).max(30));
    let color = match diagnostic.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Blue,
    };
    let kind = ReportKind::Custom(severity_word(diagnostic.severity), color);
    // A place that is not in the text makes the headline say `?:?`, which `Place` below replaces: columns of the excerpt
    // are not those of the query.
    let nowhere = usize::MAX..usize::MAX;
    let mut report = Report::build(kind, nowhere)
        .with_config(Config::default().with_color(style.color))
        .with_code(diagnostic.code.row().number)
        .with_message(message(&diagnostic.message));
    for (i, label) in labels.enumerate() {
        // A label without a message is not drawn.
        let text = if label.text.is_empty() { "here".to_owned() } else { message(&label.text) };
        let mark = Label::new(excerpt.chars(label.span)).with_order(i32::from(i > 0)).with_message(text);
        report = report.with_label(mark.with_color(if i == 0 { color } else { Color::Cyan }));
    }
    let source = Source::from(excerpt.text());
    let mut drawn = Vec::new();
    report.finish().write(NamelessSource(source), &mut drawn)?;

    let drawn = String::from_utf8_lossy(&drawn).replacen(PLACE, &drawing.place, 1);
    let drawn = drawn.trim_end();
    // The last line closes the box; advice goes in before it.
    let (body, closing) = drawn.rsplit_once('\n').unwrap_or((drawn, ""));
    let drawn = strip_styles(closing).chars().take_while(|c| *c == '─').count();
    let lines_before = drawing.first_line.saturating_sub(1);
    let last = lines_before + excerpt.text().matches('\n').count() + 1;
    let margin = if lines_before == 0 { drawn } else { drawn.max(last.to_string().len() + 2) };
    let numbering = Numbering { lines_before, drawn, margin };
    for line in body.lines() {
        writeln!(out, "{}", tidy(numbering.of(line), style))?;
    }
    let advice = advice(drawing);
    if !advice.is_empty() {
        write_in_box(out, margin, "", style)?;
    }
    for (word, text) in advice {
        let room = style.width.saturating_sub(margin + 2 + LEAD);
        for (i, line) in text.lines().flat_map(|line| wrapped(line, room)).enumerate() {
            let lead = match i {
                0 if !word.is_empty() => style.paint(Ink::STRONG, &format!("{:<LEAD$}", format!("{word}:"))),
                _ => " ".repeat(LEAD),
            };
            write_in_box(out, margin, &format!(" {lead}{line}"), style)?;
        }
    }
    writeln!(out, "{}", tidy(numbering.of(closing), style))
}

fn write_in_box(out: &mut dyn io::Write, margin: usize, text: &str, style: Style) -> io::Result<()> {
    writeln!(out, "{:margin$}{}{text}", "", style.paint(Ink::FRAME, "│"))
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

/// Returns what there is to say about a finding: each a word and a sentence.
fn advice(drawing: &Drawing<'_>) -> Vec<(&'static str, String)> {
    let diagnostic = drawing.diagnostic;
    let mut advice = drawing.notes.clone();
    let is_fix = |help: &&String| diagnostic.fix.as_ref().is_some_and(|fix| fix.title == **help);
    // What the fix is called need not be said twice.
    if let Some(help) = diagnostic.help.as_ref().filter(|help| !is_fix(help)) {
        advice.push(("help", message(help)));
    }
    if let Some(fix) = &diagnostic.fix {
        let fixed = apply_fixes(drawing.text, [diagnostic]);
        let fixed = fixed.trim();
        advice.push(("fix", shown(&fix.title)));
        let is_other = !fixed.is_empty() && fixed != drawing.text.trim();
        if is_other && fixed.len() <= SHOWN_FIX && !fixed.contains('\n') {
            advice.push(("", shown(fixed)));
        }
    }
    advice
}

/// Numbers of lines: the text is drawn as if it began with line 1.
struct Numbering {
    /// The number of lines before the text.
    lines_before: usize,
    /// The drawn width of the margin, in columns.
    drawn: usize,
    /// The wanted width of the margin, in columns.
    margin: usize,
}

impl Numbering {
    /// Returns the letters of a drawn line with its right number.
    fn of<'l>(&self, line: &'l str) -> Vec<(&'l str, char)> {
        let mut letters = styled_letters(line);
        // The headline has no margin.
        let has_margin = letters.len() >= self.drawn && matches!(letters.first(), Some((_, ' ' | '─')));
        if self.lines_before == 0 || !has_margin {
            return letters;
        }
        let number: String = letters[..self.drawn].iter().map(|(_, letter)| letter).collect();
        let style = letters[..self.drawn].iter().find(|(_, letter)| *letter != ' ').map_or("", |(style, _)| style);
        let margin = match number.trim().parse::<usize>() {
            Ok(number) => format!("{:>width$} ", number + self.lines_before, width = self.margin - 1),
            // The last line is drawn through the margin, the others leave it empty.
            Err(_) => number.chars().next().unwrap_or(' ').to_string().repeat(self.margin),
        };
        letters.splice(..self.drawn, margin.chars().map(|letter| (style, letter)));
        letters
    }
}

/// Returns a drawn line without blanks at its end, and with each colour set once and not for each character.
fn tidy(mut letters: Vec<(&str, char)>, style: Style) -> String {
    while letters.last().is_some_and(|(_, letter)| *letter == ' ') {
        letters.pop();
    }
    let (mut text, mut current) = (String::new(), "");
    for (wanted, letter) in letters {
        // Blanks look alike in every colour.
        if style.color && wanted != current && letter != ' ' {
            if !current.is_empty() {
                text.push_str(RESET);
            }
            text.push_str(wanted);
            current = wanted;
        }
        text.push(letter);
    }
    if !current.is_empty() {
        text.push_str(RESET);
    }
    text
}

/// Returns each letter with the escape sequence that gave it its colour, empty for none.
fn styled_letters(line: &str) -> Vec<(&str, char)> {
    let (mut letters, mut style, mut rest) = (Vec::new(), "", line);
    while let Some(letter) = rest.chars().next() {
        // Only colours are drawn, and they end with an `m`; what stood in a query has become visible characters.
        let length =
            if letter == '\x1b' { rest.find('m').map_or(rest.len(), |end| end + 1) } else { letter.len_utf8() };
        let (head, tail) = rest.split_at(length);
        match letter {
            '\x1b' => style = if head == RESET { "" } else { head },
            letter => letters.push((style, letter)),
        }
        rest = tail;
    }
    letters
}

/// Returns the text without escape sequences.
fn strip_styles(text: &str) -> String {
    styled_letters(text).into_iter().map(|(_, letter)| letter).collect()
}
