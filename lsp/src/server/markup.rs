//! Markdown as the client wants it: as it is, or as plain text.

use tower_lsp::ls_types::{MarkupContent, MarkupKind};

/// Writes a page for the client.
pub(super) fn markup(markdown: String, takes_markdown: bool) -> MarkupContent {
    if takes_markdown {
        return MarkupContent { kind: MarkupKind::Markdown, value: markdown };
    }
    MarkupContent { kind: MarkupKind::PlainText, value: plain(&markdown) }
}

/// Tells whether Markdown is the first of the formats that a client takes. One that names none takes plain text only.
pub(super) fn is_markdown_first(formats: Option<&[MarkupKind]>) -> bool {
    formats.and_then(<[MarkupKind]>::first) == Some(&MarkupKind::Markdown)
}

/// Returns a page without the signs of code.
fn plain(markdown: &str) -> String {
    let mut is_fenced = false;
    let mut lines = Vec::new();
    for line in markdown.lines() {
        if line.starts_with("```") && !line.trim_start_matches('`').contains('`') {
            is_fenced = !is_fenced;
        } else if is_fenced {
            lines.push(line.to_owned());
        } else {
            lines.push(without_code(line));
        }
    }
    lines.join("\n")
}

/// Returns a line without the backticks around code; those that belong to the code stay.
fn without_code(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        text.push_str(&rest[..at]);
        let behind = rest[at..].trim_start_matches('`');
        let fence = &rest[at..rest.len() - behind.len()];
        let Some(end) = closing(behind, fence.len()) else {
            text.push_str(&rest[at..]);
            return text;
        };
        let code = &behind[..end];
        let inner = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
        text.push_str(inner.unwrap_or(code));
        rest = &behind[end + fence.len()..];
    }
    text + rest
}

/// Returns the place of the next run of exactly so many backticks.
fn closing(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let begin = at + found;
        let run = text[begin..].len() - text[begin..].trim_start_matches('`').len();
        if run == length {
            return Some(begin);
        }
        at = begin + run;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_signs_of_code() {
        let page = "`x`\n\nOne of ``a`b`` and `` `c` ``.\n\n```traceql\n{ name = `d` }\n```\n\nEnd ` here";
        assert_eq!(plain(page), "x\n\nOne of a`b and `c`.\n\n{ name = `d` }\n\nEnd ` here");
    }
}
