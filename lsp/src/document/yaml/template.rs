//! Makes YAML of a Helm template: what stands in `{{ … }}` gives way to other characters, and everything keeps its
//! place.

use std::{borrow::Cow, ops::Range};

/// Returns the text with each action in braces written over: with line breaks where nothing else stands in its line,
/// else with letters, so that it is a word. Inside of blocks (`|`, `>`) actions stay, unless they stand left of the
/// block. Tabs behind the indentation become blanks, since the parser does not take them for such.
pub(super) fn without_actions(text: &str) -> Cow<'_, str> {
    let mut writer = Writer { text, bytes: text.as_bytes().to_vec(), block: None, close: Some(0) };
    let mut at = 0;
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found + 1);
        at = writer.line(at..end).max(end);
    }
    if writer.bytes == text.as_bytes() {
        return Cow::Borrowed(text);
    }
    String::from_utf8(writer.bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

struct Writer<'t> {
    text: &'t str,
    bytes: Vec<u8>,
    /// The column of what holds the block that is open; its lines stand right of it.
    block: Option<usize>,
    /// A place up to which no action ends, or where the next one does; `None` if none does any more.
    close: Option<usize>,
}

impl Writer<'_> {
    /// Writes over the actions that start in a line; returns where the last one ends.
    fn line(&mut self, line: Range<usize>) -> usize {
        let text = self.text[line.clone()].trim_end();
        let content = text.trim_start_matches(' ');
        let column = text.len() - content.len();
        let actions = self.actions(line.start..line.start + text.len());
        let is_alone = !actions.is_empty() && self.is_blank_without(line.start..line.start + text.len(), &actions);
        if let Some(holder) = self.block {
            if content.is_empty() || column > holder {
                return line.end;
            }
            if !is_alone {
                self.block = None;
            }
        }
        for action in &actions {
            self.write_over(action.clone(), line.end, is_alone);
        }
        let start = line.start + column;
        for byte in &mut self.bytes[start..line.start + text.len()] {
            if *byte == b'\t' {
                *byte = b' ';
            }
        }
        let end = actions.last().map_or(line.end, |action| action.end);
        if !is_alone && end <= line.end {
            let written = self.bytes[start..line.start + text.len()].to_vec();
            self.block = opens_block(&written).map(|nested| column + nested).or(self.block);
        }
        end
    }

    /// Returns the actions that start in a range: `{{` up to the next `}}`, which may stand in a later line.
    fn actions(&mut self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut actions = Vec::new();
        let mut at = range.start;
        while let Some(found) = self.text.get(at..range.end).and_then(|rest| rest.find("{{")) {
            let start = at + found;
            let Some(end) = self.end_of_action(start) else { break };
            // Without its own end it is no action.
            if self.text[start + 2..end].contains("{{") {
                at = start + 2;
                continue;
            }
            actions.push(start..end);
            at = end;
        }
        actions
    }

    /// Returns the end of the action that starts at a place.
    fn end_of_action(&mut self, start: usize) -> Option<usize> {
        if self.close? < start + 2 {
            let rest = self.text.get(start + 2..)?;
            self.close = memchr::memmem::find(rest.as_bytes(), b"}}").map(|found| start + 2 + found);
        }
        Some(self.close? + 2)
    }

    fn is_blank_without(&self, range: Range<usize>, actions: &[Range<usize>]) -> bool {
        let mut at = range.start;
        for action in actions {
            if !self.text[at..action.start].trim().is_empty() {
                return false;
            }
            at = action.end;
        }
        let end = self.text[at..].find('\n').map_or(self.text.len(), |found| at + found);
        self.text[at..end].trim().is_empty()
    }

    fn write_over(&mut self, action: Range<usize>, line_end: usize, is_alone: bool) {
        for at in action {
            self.bytes[at] = match self.bytes[at] {
                kept @ (b'\n' | b'\r') => kept,
                // Blanks would be a line of the block that the action may stand in.
                _ if is_alone => b'\n',
                _ if at < line_end => b'x',
                _ => b' ',
            };
        }
    }
}

/// Returns the column, from the start of the line's content, of what holds a block, if the line ends with the start of
/// one.
fn opens_block(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).ok()?;
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let (before, header) = line.rsplit_once(' ')?;
    let is_header = header
        .strip_prefix(['|', '>'])
        .is_some_and(|rest| rest.len() <= 2 && rest.bytes().all(|b| matches!(b, b'+' | b'-' | b'1'..=b'9')));
    let before = before.trim_end();
    let last = before.rsplit(' ').next().unwrap_or(before);
    let is_place = last.ends_with([':', '-', '?']) || last.starts_with(['!', '&']);
    if !is_header || !is_place {
        return None;
    }
    let mut column = 0;
    while let Some(rest) = line[column..].strip_prefix(['-', '?']) {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let next = column + 1 + blanks;
        if blanks == 0 || line[next..].starts_with(['|', '>', '!', '&']) {
            break;
        }
        column = next;
    }
    Some(column)
}
