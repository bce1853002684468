//! A string in double quotes as one in backticks, in which nothing is escaped, and back.

use traceql_grammar::{diagnostic::Edit, token::Token};

use super::{Proposal, subject::Subject};

pub(super) fn propose(subject: &Subject<'_>) -> Vec<Proposal> {
    let Some(found) = subject.token(|token| matches!(token, Token::String(_))) else { return Vec::new() };
    let Token::String(value) = &found.token else { return Vec::new() };
    let written = subject.text_of(found.span);
    let proposal = |title: &str, text| vec![Proposal::inline(title, vec![Edit::replace(found.span, text)])];
    if written.starts_with('`') {
        return proposal("Write the string in double quotes", double_quoted(value));
    }
    // Control characters could not be seen any more.
    if written.starts_with('"') && !value.contains(|c: char| c == '`' || c.is_control()) {
        return proposal("Write the string in backticks", format!("`{value}`"));
    }
    Vec::new()
}

fn double_quoted(value: &str) -> String {
    let mut text = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
