//! Decodes YAML block scalars, `|` and `>`, with the map of their bytes.

use std::ops::Range;

use crate::document::{
    decoded::{Decoded, break_length},
    source_map::SourceMap,
};

/// The treatment of line breaks at the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chomping {
    /// `-`: no break.
    Strip,
    /// One break.
    Clip,
    /// `+`: all breaks.
    Keep,
}

/// The line that starts a block: `|2- # comment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) chomping: Chomping,
    /// The start of the next line.
    pub(super) end: usize,
}

/// A line of a block.
struct Line {
    /// The text behind the indentation, without the break.
    content: Range<usize>,
    /// The start of the next line.
    end: usize,
}

impl Header {
    /// Reads the header at the start of `raw`.
    pub(super) fn read(raw: &str) -> Option<Header> {
        if !raw.starts_with(['|', '>']) {
            return None;
        }
        let length = raw.find(['\n', '\r']).unwrap_or(raw.len());
        let indicators = raw[1..length].trim_start_matches(['+', '-']).trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = indicators.trim_start_matches(['+', '-']);
        let line = &raw[1..length - rest.len()];
        let is_comment = rest.starts_with([' ', '\t']) && rest.trim_start_matches([' ', '\t']).starts_with('#');
        if !(rest.trim_matches([' ', '\t']).is_empty() || is_comment) || line.len() > 2 {
            return None;
        }
        let chomping = match line {
            line if line.contains('-') => Chomping::Strip,
            line if line.contains('+') => Chomping::Keep,
            _ => Chomping::Clip,
        };
        Some(Header { chomping, end: length + break_length(&raw.as_bytes()[length..]) })
    }
}

/// Returns the number of blanks at the start of a line that begins at `at`.
pub(super) fn indentation(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|b| **b == b' ').count()
}

/// Returns where the block ends that starts in `raw` with its header, and how deep it is indented. `value` is what it
/// says, of which the blanks before the first line tell whether some of them belong to it.
pub(super) fn extent(raw: &str, value: &str) -> Option<(usize, usize)> {
    let header = Header::read(raw)?;
    let bytes = raw.as_bytes();
    let of_value = value.split('\n').find(|line| !line.trim_start_matches(' ').is_empty());
    let of_value = of_value.map_or(0, |line| indentation(line.as_bytes(), 0));
    let mut indent = None;
    // The ends of the last line with text, with its break and without, and of the last blank line.
    let (mut text, mut line_break, mut blank) = (header.end, header.end, header.end);
    let mut at = header.end;
    while at < bytes.len() {
        let first = at + indentation(bytes, at);
        let end = first + memchr::memchr2(b'\n', b'\r', &bytes[first..]).unwrap_or(bytes.len() - first);
        let is_blank = end == first;
        if !is_blank {
            let indent = *indent.get_or_insert((first - at).saturating_sub(of_value));
            let is_marker = indent == 0 && (raw[at..end].starts_with("---") || raw[at..end].starts_with("..."));
            if first - at < indent || is_marker {
                break;
            }
        }
        let is_content = !is_blank || indent.is_some_and(|indent| first - at > indent);
        at = end + break_length(&bytes[end..]);
        if is_content {
            (text, line_break) = (end, at);
        }
        blank = at;
    }
    let end = match header.chomping {
        Chomping::Strip => text,
        Chomping::Clip => line_break,
        Chomping::Keep => blank,
    };
    Some((end, indent.unwrap_or(0)))
}

/// Decodes a whole block, of which the header comes first.
pub(in crate::document) fn decode(raw: &str, indent: usize, is_folded: bool) -> (String, SourceMap) {
    let Some(header) = Header::read(raw) else { return Decoded::new("").finish(raw.len()) };
    let bytes = raw.as_bytes();
    let first = header.end + indentation(bytes, header.end).min(indent);
    lines(raw, first, indent, is_folded)
}

/// Decodes a part of a block that starts behind the indentation of a line.
pub(in crate::document) fn decode_part(raw: &str, indent: usize, is_folded: bool) -> (String, SourceMap) {
    lines(raw, 0, indent, is_folded)
}

/// Decodes the lines from `start` on, which is behind the first one's indentation.
fn lines(raw: &str, start: usize, indent: usize, is_folded: bool) -> (String, SourceMap) {
    let bytes = raw.as_bytes();
    let mut decoded = Decoded::new(raw);
    let mut line = line_at(bytes, start, start);
    // Whether there was a line with text, whether the last one was indented deeper, and how many breaks follow it.
    let (mut has_text, mut was_deeper) = (false, false);
    loop {
        decoded.verbatim(line.content.clone());
        if !line.content.is_empty() {
            has_text = true;
            was_deeper = is_deeper(bytes, &line);
        }
        if line.end == line.content.end {
            break;
        }
        // All breaks up to the next line that has text.
        let mut breaks = vec![line.content.end];
        let mut next = next_line(bytes, line.end, indent);
        while next.content.is_empty() && next.end > next.content.end {
            breaks.push(next.content.end);
            next = next_line(bytes, next.end, indent);
        }
        let is_last = next.content.is_empty();
        let starts = next.content.start;
        let ends = |at: usize| breaks.get(at + 1).copied().unwrap_or(starts);
        let may_fold = is_folded && has_text && !is_last && !was_deeper && !is_deeper(bytes, &next);
        match breaks.as_slice() {
            [only] if may_fold => decoded.escaped(" ", *only..starts),
            [first, ..] if may_fold => {
                decoded.escaped("\n", *first..ends(1));
                (2..breaks.len()).for_each(|at| decoded.escaped("\n", breaks[at]..ends(at)));
            }
            _ => (0..breaks.len()).for_each(|at| decoded.unit("\n", breaks[at]..ends(at))),
        }
        line = next;
        if is_last {
            break;
        }
    }
    decoded.finish(start.min(raw.len()))
}

/// Tells whether a line is indented deeper than the block, so that its breaks are not folded.
fn is_deeper(bytes: &[u8], line: &Line) -> bool {
    matches!(bytes.get(line.content.start), Some(b' ' | b'\t'))
}

/// Returns the line that starts at `at`. One with text that is not indented as deep as the block counts as empty: it is
/// of a template.
fn next_line(bytes: &[u8], at: usize, indent: usize) -> Line {
    let blanks = indentation(bytes, at);
    if blanks >= indent {
        return line_at(bytes, at, at + indent);
    }
    let line = line_at(bytes, at, at + blanks);
    Line { content: line.content.end..line.content.end, end: line.end }
}

fn line_at(bytes: &[u8], at: usize, content: usize) -> Line {
    let end = content.max(at);
    let end = end + memchr::memchr2(b'\n', b'\r', &bytes[end..]).unwrap_or(bytes.len() - end);
    Line { content: content..end, end: end + break_length(&bytes[end..]) }
}
