//! Pages of documentation, from Markdown to a terminal: paragraphs wrapped, examples indented under a caption.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::style::Ink;
pub use super::style::PageStyle as Style;

/// How far examples are indented.
const INDENT: &str = "    ";

/// Writes a page of headlines, paragraphs, lists and examples between fences.
pub fn write(out: &mut dyn io::Write, page: &str, style: Style) -> io::Result<()> {
    let mut paragraph: Vec<&str> = Vec::new();
    let mut in_example = false;
    for line in page.trim().lines() {
        if in_example {
            match line.trim_end() {
                "```" => in_example = false,
                "" => writeln!(out)?,
                line => writeln!(out, "{INDENT}{line}")?,
            }
            continue;
        }
        let fence = line.strip_prefix("```");
        let headline = line.starts_with('#');
        // A new entry of a list begins a new paragraph.
        if fence.is_some() || headline || line.trim().is_empty() || line.starts_with("- ") {
            write_paragraph(out, &std::mem::take(&mut paragraph), style)?;
        }
        match fence {
            Some(words) => {
                in_example = true;
                if let Some(caption) = caption(words) {
                    writeln!(out, "{}", style.paint(Ink::ASIDE, &caption))?;
                }
            }
            None if headline => writeln!(out, "{}", style.paint(Ink::STRONG, line.trim_start_matches(['#', ' '])))?,
            None if line.trim().is_empty() => writeln!(out)?,
            None => paragraph.push(line),
        }
    }
    write_paragraph(out, &paragraph, style)
}

/// Returns what to say above an example: `wrong:`, `right:`; nothing above one that is no query.
fn caption(fence: &str) -> Option<String> {
    let mut words = fence.split_whitespace();
    let is_query = words.next() == Some("traceql");
    let words: Vec<&str> = words.collect();
    if !is_query || words.contains(&"sketch") {
        return None;
    }
    let word = if words.contains(&"wrong") { "wrong" } else { "right" };
    Some(match words.iter().find_map(|word| word.strip_prefix("target=")) {
        Some(release) => format!("{word} for Tempo {release}:"),
        None => format!("{word}:"),
    })
}

fn write_paragraph(out: &mut dyn io::Write, lines: &[&str], style: Style) -> io::Result<()> {
    let indent = if lines.first().is_some_and(|line| line.starts_with("- ")) { "  " } else { "" };
    let mut text = String::new();
    for word in words(&lines.join(" "), style.width) {
        if !text.is_empty() && text.width() + 1 + word.width() > style.width {
            writeln!(out, "{text}")?;
            text = format!("{indent}{word}");
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word);
    }
    if text.is_empty() { Ok(()) } else { writeln!(out, "{text}") }
}

/// Splits text between words; code in backticks is one word, if it fits on half a line.
fn words(text: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_code = false;
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(code) if in_code && code.width() + 1 + word.width() <= width / 2 => {
                code.push(' ');
                code.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    words
}
