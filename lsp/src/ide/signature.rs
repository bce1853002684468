//! Signatures: the parameters of the call around the cursor.
//!
//! They are told from the tokens before the cursor alone, as completions are.

use std::ops::Range;

use traceql_grammar::{
    token::{Lexeme, Token, lex},
    vocab::{
        functions::Function,
        hints::{self, HINTS},
        release::Release,
    },
};

use super::{
    Analysis,
    documentation::{code, function, hint, page, titled},
    fields::enclosing,
};

/// The call around the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The call as it is written: `topk(n)`.
    pub label: String,
    /// Its documentation, as Markdown.
    pub documentation: String,
    /// The parameters, in bytes of the label.
    pub parameters: Vec<Range<usize>>,
    /// The index of the parameter at the cursor; 0 where there are none.
    pub active: usize,
}

/// Returns the call around a byte of the file, the innermost if there are several.
pub fn signature(analysis: &Analysis, offset: usize) -> Option<Signature> {
    let query = analysis.query_at(offset)?;
    let head = query.found.text.get(..query.at)?;
    let lexemes = lex(head).lexemes;
    let mut end = lexemes.len();
    loop {
        let open = enclosing(&lexemes, end)?;
        let arguments = lexemes.get(open + 1..)?;
        if let Some(found) = called(&lexemes, open, arguments, analysis.options().release) {
            return Some(found);
        }
        end = open;
    }
}

/// Returns the signature of the call whose bracket a token is.
fn called(lexemes: &[Lexeme<'_>], open: usize, arguments: &[Lexeme<'_>], release: Release) -> Option<Signature> {
    if lexemes.get(open)?.token != Token::OpenParen {
        return None;
    }
    let name = open.checked_sub(1)?;
    let commas = commas(arguments);
    match lexemes.get(name)?.token {
        Token::Word(word) => {
            let row = Function::from_name(word)?.row();
            Some(Signature::new(row.signature, function(row), commas))
        }
        Token::By if begins_stage(lexemes, name) => {
            let row = Function::By.row();
            Some(Signature::new(row.signature, function(row), commas))
        }
        Token::By => {
            let example = "{ } | rate() by (resource.service.name)";
            Some(Signature::new("by (field, …)", page("one series for each value", Some(example), None), commas))
        }
        Token::With => Some(Signature::new("with (hint=value, …)", with(arguments, release), commas)),
        _ => None,
    }
}

/// Tells whether a token is the first of its stage.
pub(super) fn begins_stage(lexemes: &[Lexeme<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| lexemes.get(before));
    before.is_none_or(|before| matches!(before.token, Token::Pipe | Token::OpenParen))
}

/// Counts the commas that stand in no further bracket.
fn commas(arguments: &[Lexeme<'_>]) -> usize {
    let (mut depth, mut commas) = (0_usize, 0);
    for lexeme in arguments {
        match lexeme.token {
            Token::OpenBrace | Token::OpenParen => depth += 1,
            Token::CloseBrace | Token::CloseParen => depth = depth.saturating_sub(1),
            Token::Comma if depth == 0 => commas += 1,
            _ => {}
        }
    }
    commas
}

/// Writes the page of the hint that is typed, or of all hints that the release reads and every tenant may use.
fn with(arguments: &[Lexeme<'_>], release: Release) -> String {
    let begin = arguments.iter().rposition(|lexeme| lexeme.token == Token::Comma).map_or(0, |comma| comma + 1);
    let typed = arguments.get(begin).and_then(|lexeme| match lexeme.token {
        Token::Word(word) => hints::find(word),
        _ => None,
    });
    if let Some(row) = typed {
        return titled(row.name, &hint(row));
    }
    let known = HINTS.iter().filter(|row| row.since <= release && !row.is_unsafe);
    let lines: Vec<String> =
        known.map(|row| format!("- {}: {}", code(&format!("{}={}", row.name, row.example)), row.doc)).collect();
    format!("Hints to Tempo.\n\n{}", lines.join("\n"))
}

impl Signature {
    fn new(label: &str, documentation: String, commas: usize) -> Signature {
        let parameters = parameters(label);
        let active = commas.min(parameters.len().saturating_sub(1));
        Signature { label: label.to_owned(), documentation, parameters, active }
    }
}

/// Finds the parameters in a label. An ellipsis belongs to the parameter that it repeats.
fn parameters(label: &str) -> Vec<Range<usize>> {
    let mut parameters: Vec<Range<usize>> = Vec::new();
    let Some(open) = label.find('(') else { return parameters };
    let close = label[open..].find(')').map_or(label.len(), |at| open + at);
    let mut start = open + 1;
    for part in label[start..close].split(',') {
        let name = part.trim_matches([' ', '[', ']']);
        let begin = start + part.find(name).unwrap_or_default();
        let place = begin..begin + name.len();
        match parameters.last_mut() {
            Some(last) if name == "…" => last.end = place.end,
            _ if name.is_empty() => {}
            _ => parameters.push(place),
        }
        start += part.len() + 1;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use traceql_grammar::vocab::functions::FUNCTIONS;

    use super::*;

    fn names(label: &str) -> Vec<&str> {
        parameters(label).into_iter().map(|place| &label[place]).collect()
    }

    #[test]
    fn parameters_are_found_in_labels() {
        assert_eq!(names("count()"), [""; 0]);
        assert_eq!(names("quantile_over_time(field, q, …) [by (field, …)]"), ["field", "q, …"]);
        assert_eq!(names("compare({ … }[, top[, start, end]])"), ["{ … }", "top", "start", "end"]);
        assert!(FUNCTIONS.iter().all(|row| !names(row.signature).iter().any(|name| name.contains([']', ')']))));
    }
}
