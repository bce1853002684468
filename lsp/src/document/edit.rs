//! Edits of a query as edits of the file that it stands in.

use std::ops::Range;

use traceql_grammar::diagnostic::Edit;

use super::{
    holder::Found,
    layer::{Layer, yaml_quoted},
    source_map::Written,
    yaml::{Kind, resolve},
};

/// Replaces bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The bytes that are replaced; empty to insert.
    pub span: Range<usize>,
    /// The new text, as it is to stand in the file.
    pub text: String,
}

/// Returns the edits of a file that make these edits of a query in it. `edits` are in order and do not overlap. `None`
/// where an edit ends inside of an escape sequence, or where the file cannot hold the new query in the way it holds the
/// old one.
///
/// What comes back has been read again: with its edits the file holds the new query, as far as that can be told without
/// what stands around it.
pub fn in_file(found: &Found, file: &str, edits: &[Edit]) -> Option<Vec<FileEdit>> {
    let new_text = applied(&found.text, edits)?;
    let segments = found.map.segments();
    if segments.iter().any(|segment| segment.written == Written::Made) {
        return None;
    }
    let whole = segments.first()?.file.start..segments.last()?.file.end;
    if file.get(whole.clone()).is_none() || found.layers.is_empty() {
        return None;
    }
    let is_double = found.layers.last() == Some(&Layer::YamlDouble);
    let start = if is_double { before_escaped_breaks(file, whole.start) } else { whole.start };
    let whole = start..whole.end;
    in_place(found, file, whole, edits, &new_text).or_else(|| in_quotes(found, file, &new_text))
}

/// Returns a text with edits; those that overlap one before them, and those that lie outside of it, are left out.
pub fn apply(text: &str, mut edits: Vec<FileEdit>) -> String {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        if edit.span.start < at || text.get(edit.span.clone()).is_none() {
            continue;
        }
        edited.push_str(&text[at..edit.span.start]);
        edited.push_str(&edit.text);
        at = edit.span.end;
    }
    edited.push_str(&text[at..]);
    edited
}

/// Returns the query with its edits; `None` if they are out of order or lie outside of it.
fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let span = edit.span.range();
        edited.push_str(text.get(at..span.start)?);
        edited.push_str(&edit.text);
        text.get(span.clone())?;
        at = span.end;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

/// Writes each edit where it belongs.
fn in_place(found: &Found, file: &str, whole: Range<usize>, edits: &[Edit], new_text: &str) -> Option<Vec<FileEdit>> {
    let has_crlf = file[whole.clone()].contains("\r\n");
    let mut file_edits = Vec::with_capacity(edits.len());
    for edit in edits {
        let span = edit.span.range();
        if !found.map.is_editable(span.clone()) {
            return None;
        }
        let mut text = found.layers.iter().try_fold(edit.text.clone(), |text, layer| layer.write(&text))?;
        if has_crlf && matches!(found.layers.last(), Some(Layer::YamlLiteral(_))) {
            text = text.replace('\n', "\r\n");
        }
        file_edits.push(FileEdit { span: found.map.to_file(span), text });
    }
    let start = whole.start;
    let moved = |edit: &FileEdit| FileEdit {
        span: edit.span.start.saturating_sub(start)..edit.span.end.saturating_sub(start),
        text: edit.text.clone(),
    };
    let moved = file_edits.iter().map(moved).collect();
    let old_raw = &file[whole];
    let new_raw = apply(old_raw, moved);
    holds(&found.layers, old_raw, new_raw, &found.text, new_text).then_some(file_edits)
}

/// Writes a scalar without quotes anew, in quotes.
fn in_quotes(found: &Found, file: &str, new_text: &str) -> Option<Vec<FileEdit>> {
    let (Layer::YamlPlain, inner) = found.layers.split_last()? else { return None };
    let is_doubled = |layer: &Layer| *layer == Layer::DoubledDollar;
    let raw = file.get(found.span.clone())?;
    let read = |raw: &str, outer: Layer| read(inner, outer.decode(raw).0);
    if raw.is_empty() || !inner.iter().all(is_doubled) || read(raw, Layer::YamlPlain) != found.text {
        return None;
    }
    let written = inner.iter().try_fold(new_text.to_owned(), |text, layer| layer.write(&text))?;
    Some(vec![FileEdit { span: found.span.clone(), text: yaml_quoted(&written) }])
}

/// Returns what a text says that is written in these layers, the innermost first.
fn read(layers: &[Layer], raw: String) -> String {
    layers.iter().rev().fold(raw, |raw, layer| layer.decode(&raw).0)
}

/// Tells whether the file held the old query, and holds the new one after its edits.
fn holds(layers: &[Layer], old_raw: &str, new_raw: String, old_text: &str, new_text: &str) -> bool {
    let (mut old, mut new) = (old_raw.to_owned(), new_raw);
    for (at, layer) in layers.iter().enumerate().rev() {
        let is_innermost = layers[..at].iter().all(|inner| *inner == Layer::DoubledDollar);
        let (old_inner, new_inner) = (layer.decode(&old).0, layer.decode(&new).0);
        let may_stand = match layer {
            Layer::YamlPlain => {
                is_plain(&old, &new)
                    && indentation(&new) >= indentation(&old)
                    && (resolve(&new_inner) == Kind::Text || !is_innermost)
            }
            Layer::YamlSingle | Layer::YamlDouble => indentation(&new) >= indentation(&old),
            Layer::YamlLiteral(_) | Layer::YamlFolded(_) if is_innermost => {
                is_block((&old, &old_inner), (&new, &new_inner))
            }
            Layer::Terraform => interpolations(&new) <= interpolations(&old),
            _ => true,
        };
        if !may_stand {
            return false;
        }
        (old, new) = (old_inner, new_inner);
    }
    old == old_text && new == new_text
}

/// Tells whether a scalar stays one without quotes.
fn is_plain(old: &str, new: &str) -> bool {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let is_start = |c: char| c.is_alphanumeric() || matches!(c, '_' | '(' | '.' | '$');
    let Some(first) = new.chars().next().filter(|_| !old.is_empty()) else { return false };
    if new.trim_matches(blank) != new || !(is_start(first) || old.starts_with(first)) {
        return false;
    }
    let is_marker = ["---", "..."].iter().any(|marker| new.starts_with(marker) && !old.starts_with(marker));
    let is_indicator = new.starts_with(['-', '?', ':']) && new[1..].chars().next().is_none_or(blank);
    let ends_key = new.match_indices(':').any(|(at, _)| new[at + 1..].chars().next().is_none_or(blank));
    let starts_comment = new.match_indices('#').any(|(at, _)| new[..at].ends_with(blank));
    !(is_marker || is_indicator || ends_key || starts_comment)
}

/// Returns the first of the escaped line breaks before `at`, which stand for nothing, but make blanks behind them count
/// as little.
fn before_escaped_breaks(file: &str, mut at: usize) -> usize {
    loop {
        let line = file[..at].trim_end_matches([' ', '\t']);
        let Some(before) = line.strip_suffix('\n') else { return at };
        let Some(before) = before.strip_suffix('\r').unwrap_or(before).strip_suffix('\\') else { return at };
        at = before.len();
    }
}

/// Returns how deep the lines of a scalar are indented at least, without the first and empty ones. The last is not
/// empty, since a quote may follow.
fn indentation(raw: &str) -> usize {
    let mut lines = raw.split('\n').skip(1).peekable();
    let mut least = usize::MAX;
    while let Some(line) = lines.next() {
        if lines.peek().is_none() || !line.trim().is_empty() {
            least = least.min(line.len() - line.trim_start_matches(' ').len());
        }
    }
    least
}

/// Tells whether a text can take the place of another in a YAML block, both as they are written and as they are read:
/// its first line tells how deep the block is indented, its header which line breaks the text ends with, and the breaks
/// at both ends separate it from what stands around it.
fn is_block((old_raw, old): (&str, &str), (new_raw, new): (&str, &str)) -> bool {
    let lead = |text: &str| text.len() - text.trim_start().len();
    let tail = |text: &str| text.len() - text.trim_end_matches(['\n', '\r']).len();
    let raw_lead = &old_raw[..lead(old_raw)];
    let starts_alike = if raw_lead.contains(['\n', '\r']) {
        new_raw.starts_with(raw_lead) && lead(new) == lead(old)
    } else {
        lead(new) == 0 || old[..lead(old)] == new[..lead(new)]
    };
    let ends_alike = tail(old) == tail(new) && tail(old_raw) == tail(new_raw);
    starts_alike && ends_alike && lead(new) < new.len() && lead(old) < old.len()
}

/// Returns how many expressions and directives stand in a quoted string of Terraform.
fn interpolations(raw: &str) -> usize {
    let count = |opening: &str, escaped: &str| raw.matches(opening).count() - raw.matches(escaped).count();
    count("${", "$${") + count("%{", "%%{")
}
