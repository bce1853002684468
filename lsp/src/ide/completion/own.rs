//! Names and values that the queries of the file have.

use std::{collections::HashMap, ops::Range};

use traceql_grammar::token::{Lexeme, Token, lex};

use super::place::is_comparison;
use crate::ide::{Analysis, QueryAt};

/// Maximum number of queries that are looked through.
const MOST_QUERIES: usize = 1000;

/// The fields of a file's queries with the values that they are compared with.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// The attributes as they are written, most frequent first.
    pub attributes: Vec<String>,
    /// The literals by the field on the left side, in order of the file.
    pub values: HashMap<String, Vec<String>>,
}

impl Own {
    /// Reads the queries of a file, without the half-typed word of the one at the cursor.
    pub(super) fn read(analysis: &Analysis, query: QueryAt<'_>, word: Range<usize>) -> Own {
        let mut own = Own::default();
        let mut counts: HashMap<String, usize> = HashMap::new();
        let found = analysis.document().targets().filter_map(|(_, target)| target.query.as_ref());
        for found in found.take(MOST_QUERIES) {
            let lexemes = lex(&found.text).lexemes;
            let is_here = std::ptr::eq(found, query.found);
            let is_word = |lexeme: &Lexeme<'_>| {
                let span = lexeme.span.range();
                is_here && span.start < word.end.max(word.start + 1) && word.start < span.end
            };
            for (index, lexeme) in lexemes.iter().enumerate().filter(|(_, lexeme)| !is_word(lexeme)) {
                let text = found.text.get(lexeme.span.range()).unwrap_or_default();
                match &lexeme.token {
                    Token::Attribute(attribute) if attribute.name.is_some() => {
                        *counts.entry(text.to_owned()).or_default() += 1;
                    }
                    Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Duration(_) => {
                        own.value(&found.text, lexemes.get(..index).unwrap_or_default(), text);
                    }
                    _ => {}
                }
            }
        }
        let mut attributes: Vec<(String, usize)> = counts.into_iter().collect();
        attributes.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        own.attributes = attributes.into_iter().map(|(text, _)| text).collect();
        own
    }

    /// Keeps a literal whose left side is a field.
    fn value(&mut self, text: &str, before: &[Lexeme<'_>], literal: &str) {
        let [.., left, op] = before else { return };
        if !matches!(op.token, Token::Op(op) if is_comparison(op))
            || !matches!(left.token, Token::Attribute(_) | Token::Word(_))
        {
            return;
        }
        let mut span = left.span.range();
        if let [.., scope, _, _] = before
            && matches!(scope.token, Token::Scope(_))
        {
            span.start = scope.span.range().start;
        }
        let field = text.get(span).unwrap_or_default();
        let values = self.values.entry(field.to_owned()).or_default();
        // A file with more values than this has them for no reader.
        const MOST_VALUES: usize = 100;
        if values.len() < MOST_VALUES && !values.iter().any(|value| value == literal) {
            values.push(literal.to_owned());
        }
    }
}
