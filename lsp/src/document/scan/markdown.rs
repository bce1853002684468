//! Code blocks of Markdown whose language is TraceQL.

use std::ops::Range;

use super::super::{
    finder::{self, Finder},
    holder::{Found, HolderKind, Target},
    layer::Layer,
    source::Source,
    source_map::{SourceMap, Written},
};

/// Words behind the language that say that a block is no query to be judged.
const WITHOUT: &[&str] = &["wrong", "ignore", "fail", "invalid"];

/// The lists and quotes around a code block.
struct Fence {
    /// The character of the fence.
    mark: u8,
    /// The number of them.
    length: usize,
    /// The number of `>` before each line.
    quotes: usize,
    /// The column of the fence, behind the quotes.
    indent: usize,
    /// Whether the block is TraceQL.
    is_query: bool,
}

/// Looks for code blocks.
pub(super) fn read(finder: &mut Finder<'_>, source: &Source<'_>) {
    let text = source.text();
    let mut open: Option<(Fence, Vec<Range<usize>>)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let span = at..at + line.len();
        at = span.end;
        let Some((fence, lines)) = &mut open else {
            open = opening(line).map(|fence| (fence, Vec::new()));
            continue;
        };
        let inside = fence.inside(line);
        if inside.is_none_or(|start| fence.is_end(&line[start..])) {
            if fence.is_query {
                block(finder, source, fence, lines);
            }
            // A block ends with the quote that it stands in, and the line that is no longer in it may begin another one.
            open = inside.is_none().then(|| opening(line)).flatten().map(|fence| (fence, Vec::new()));
            continue;
        }
        if let Some(start) = inside {
            lines.push(span.start + start..span.end);
        }
    }
    if let Some((fence, lines)) = open.filter(|(fence, _)| fence.is_query) {
        block(finder, source, &fence, &lines);
    }
}

/// Reads a line that begins a code block.
fn opening(line: &str) -> Option<Fence> {
    let mut rest = line;
    let mut quotes = 0;
    let mut indent = 0;
    loop {
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest = &rest[blanks..];
        indent += blanks;
        if let Some(quoted) = rest.strip_prefix('>') {
            rest = quoted.strip_prefix(' ').unwrap_or(quoted);
            quotes += 1;
            indent = 0;
        } else if let Some(length) = list_mark(rest) {
            rest = &rest[length..];
            indent += length;
        } else {
            break;
        }
    }
    let mark = *rest.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = rest.bytes().take_while(|b| *b == mark).count();
    let info = rest[length..].trim();
    if length < 3 || (mark == b'`' && info.contains('`')) {
        return None;
    }
    Some(Fence { mark, length, quotes, indent, is_query: is_query(info) })
}

/// Returns the length of the mark of a list item that a text begins with: `-`, `*`, `+`, `1.` or `1)` with a blank.
fn list_mark(text: &str) -> Option<usize> {
    let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let marks: &[char] = if digits == 0 { &['-', '*', '+'] } else { &['.', ')'] };
    let rest = text[digits..].strip_prefix(marks)?;
    rest.starts_with(' ').then_some(digits + 2)
}

/// Tells whether what stands behind a fence says that the block is a query: `traceql`, `{.traceql}`.
fn is_query(info: &str) -> bool {
    let mut words = info.split([' ', '\t', ',', '{', '}', ';']).filter(|word| !word.is_empty());
    let is_language = |word: &str| word.trim_start_matches('.').eq_ignore_ascii_case("traceql");
    words.next().is_some_and(is_language) && !words.any(|word| WITHOUT.contains(&word))
}

impl Fence {
    /// Returns where a line's part of the block begins; `None` if the line is no longer in the quote of the block.
    fn inside(&self, line: &str) -> Option<usize> {
        let mut start = 0;
        for _ in 0..self.quotes {
            let rest = line[start..].trim_start_matches([' ', '\t']);
            let quoted = rest.strip_prefix('>')?;
            start = line.len() - quoted.strip_prefix(' ').unwrap_or(quoted).len();
        }
        let blanks = line[start..].bytes().take(self.indent).take_while(|b| matches!(b, b' ' | b'\t')).count();
        Some(start + blanks)
    }

    /// Tells whether a line ends the block.
    fn is_end(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.bytes().all(|b| b == self.mark)
    }
}

/// Reads a code block: a query, or several below each other.
fn block(finder: &mut Finder<'_>, source: &Source<'_>, fence: &Fence, lines: &[Range<usize>]) {
    let text = source.text();
    let mut begin = 0;
    let mut depth = Depth::default();
    for (at, line) in lines.iter().enumerate() {
        let is_start = text[line.clone()].starts_with(['{', '(']);
        if at > begin && is_start && depth.is_complete() {
            query(finder, source, fence, &lines[begin..at]);
            begin = at;
            depth = Depth::default();
        }
        depth.take(&text[line.clone()]);
    }
    query(finder, source, fence, lines.get(begin..).unwrap_or_default());
}

/// The brackets and quotes that are open at the end of some lines of a query.
#[derive(Default)]
struct Depth {
    brackets: usize,
    /// The last character that is neither blank nor in a comment.
    last: Option<char>,
}

impl Depth {
    /// Goes on over a line. Strings and comments end with it.
    fn take(&mut self, line: &str) {
        let mut quote = None;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match quote {
                Some(open) if c == open => quote = None,
                Some('"') if c == '\\' => {
                    chars.next();
                }
                Some(_) => {}
                None => match c {
                    '/' if chars.peek() == Some(&'/') => return,
                    '"' | '`' => quote = Some(c),
                    '{' | '(' => self.brackets += 1,
                    '}' | ')' => self.brackets = self.brackets.saturating_sub(1),
                    _ => {}
                },
            }
            if !c.is_whitespace() {
                self.last = Some(c);
            }
        }
    }

    /// Tells whether a query may end here: all brackets are in pairs, and no operator waits for more.
    fn is_complete(&self) -> bool {
        self.brackets == 0 && self.last.is_some_and(|last| matches!(last, '}' | ')') || last.is_alphanumeric())
    }
}

/// Keeps lines as a query, if they are one and no sketch.
fn query(finder: &mut Finder<'_>, source: &Source<'_>, fence: &Fence, lines: &[Range<usize>]) {
    let text = source.text();
    let is_blank = |line: &&Range<usize>| text[(*line).clone()].trim().is_empty();
    let begin = lines.iter().take_while(is_blank).count();
    let end = lines.len() - lines.iter().rev().take_while(is_blank).count();
    let Some(lines) = lines.get(begin..end).filter(|lines| !lines.is_empty()) else { return };
    let mut map = SourceMap::default();
    let mut query = String::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        let kept = if is_last { text[line.clone()].trim_end().len() } else { line.len() };
        map.push(kept, line.start..line.start + kept, Written::Verbatim);
        query.push_str(&text[line.start..line.start + kept]);
    }
    if !is_like_query(&query) {
        return;
    }
    let span = map.to_file(0..query.len());
    // Lines that are indented alike are written as those of a YAML block.
    let indented = Layer::YamlLiteral(fence.indent);
    let is_indented = fence.quotes == 0 && fence.indent > 0 && indented.decode(&text[span.clone()]).0 == query;
    let (map, layers) = source.outward(map, if is_indented { indented } else { Layer::Raw });
    let span = source.place(span);
    let found = Found { text: query, map, layers, is_condition: false, span: span.clone() };
    let target = Target { query: Some(found), span: span.clone(), ..Target::default() };
    finder.document.holders.push(finder::holder(HolderKind::CodeBlock, vec![target], span));
}

/// Tells whether a text is a query as a whole: no part of one, and nothing is left out in it.
fn is_like_query(text: &str) -> bool {
    let code = text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("//"));
    code.is_some_and(|code| code.starts_with(['{', '('])) && !text.contains("...") && !text.contains('…')
}
