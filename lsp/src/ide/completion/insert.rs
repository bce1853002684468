//! Inserted text with its tab stops, as a query has it and as a file writes it.

use std::ops::Range;

use traceql_grammar::{diagnostic::Edit, span::Span};

use crate::document::{
    edit::{FileEdit, in_file},
    holder::Found,
    layer::Layer,
};

/// A part of an inserted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Text(String),
    /// A tab stop with its number, and the text that stands there at first.
    Stop(u8, String),
}

/// Reads a snippet: `$1`, `${1:text}`, and everything else as it is.
pub(super) fn pieces(snippet: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        let (text, stop) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let stop = &stop[1..];
        let inside = stop.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (number, default, left) = match inside {
            Some((inside, left)) => {
                let (number, default) = inside.split_once(':').unwrap_or((inside, ""));
                (number, default, left)
            }
            None => {
                let digits = stop.find(|c: char| !c.is_ascii_digit()).unwrap_or(stop.len());
                (&stop[..digits], "", &stop[digits..])
            }
        };
        match number.parse() {
            Ok(number) => pieces.push(Piece::Stop(number, default.to_owned())),
            Err(_) => pieces.push(Piece::Text("$".to_owned())),
        }
        rest = if number.is_empty() { stop } else { left };
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

/// Returns the text without tab stops.
pub(super) fn plain(pieces: &[Piece]) -> String {
    let text = pieces.iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Stop(_, text) => text.as_str(),
    });
    text.collect()
}

/// Returns the text with its tab stops, each part of it written in layers; `None` where a layer cannot hold one.
pub(super) fn snippet(pieces: &[Piece], layers: &[Layer]) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(&escaped(&written(part, layers)?)),
            Piece::Stop(number, part) if part.is_empty() => text.push_str(&format!("${number}")),
            Piece::Stop(number, part) => {
                text.push_str(&format!("${{{number}:{}}}", escaped(&written(part, layers)?).replace('}', "\\}")));
            }
        }
    }
    Some(text)
}

fn written(text: &str, layers: &[Layer]) -> Option<String> {
    layers.iter().try_fold(text.to_owned(), |text, layer| layer.write(&text))
}

/// Escapes what means something in a snippet. A closing brace does so only within a tab stop.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$")
}

/// Returns the edit of the file that puts pieces in place of a part of its query, and its text with tab stops if it has any;
/// `None` where the file cannot hold it.
pub(super) fn edit(
    found: &Found,
    file: &str,
    span: Range<usize>,
    pieces: &[Piece],
) -> Option<(FileEdit, Option<String>)> {
    let text = plain(pieces);
    let edits = in_file(found, file, &[Edit::replace(Span::new(span.start, span.end), text.clone())])?;
    let [edit] = edits.as_slice() else { return None };
    let has_stops = pieces.iter().any(|piece| matches!(piece, Piece::Stop(..)));
    // A scalar that is written anew in quotes has no place for tab stops.
    let is_in_place = written(&text, &found.layers).as_ref() == Some(&edit.text);
    let snippet = if has_stops && is_in_place { snippet(pieces, &found.layers) } else { None };
    Some((edit.clone(), snippet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_stops_are_kept_and_other_text_is_written_for_its_layers() {
        let pieces = pieces("{ name = \"$1\" } | topk(${2:5})");
        assert_eq!(plain(&pieces), "{ name = \"\" } | topk(5)");
        assert_eq!(snippet(&pieces, &[Layer::Raw]).as_deref(), Some("{ name = \"$1\" } | topk(${2:5})"));
        let json = r#"{ name = \\"$1\\" } | topk(${2:5})"#;
        assert_eq!(snippet(&pieces, &[Layer::Json]).as_deref(), Some(json));
    }

    #[test]
    fn a_sign_without_a_number_is_text() {
        assert_eq!(plain(&pieces("a$b$")), "a$b$");
        assert_eq!(plain(&pieces("${x")), "${x");
    }
}
