//! Names and values that queries have: those of one file, or of a whole workspace.

use std::{collections::HashMap, ops::Range};

use traceql_grammar::{
    ops::Op,
    token::{Lexeme, Token, lex},
};

use crate::document::{Document, holder::Found};

/// Maximum number of queries of a file that are looked through.
const MOST_QUERIES: usize = 1000;

/// Maximum number of attributes that are kept, and of values of each.
const MOST_ATTRIBUTES: usize = 5000;
const MOST_VALUES: usize = 100;

/// The fields that queries have, with the values that they are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How often each attribute stands in a query, by its text.
    attributes: HashMap<String, usize>,
    /// The literals by the field on the left side, in order of the file.
    values: HashMap<String, Vec<String>>,
}

impl Usage {
    /// Reads the queries of a file.
    pub fn read(document: &Document) -> Usage {
        Usage::without(document, None)
    }

    /// Reads the queries of a file, without the words that touch a part of one of them.
    pub(super) fn without(document: &Document, part: Option<(&Found, &Range<usize>)>) -> Usage {
        let mut usage = Usage::default();
        let queries = document.targets().filter_map(|(_, target)| target.query.as_ref());
        for found in queries.take(MOST_QUERIES) {
            let part = part.filter(|(of, _)| std::ptr::eq(found, *of)).map(|(_, part)| part);
            usage.add(&found.text, part);
        }
        usage
    }

    fn add(&mut self, text: &str, part: Option<&Range<usize>>) {
        let lexemes = lex(text).lexemes;
        let is_left_out = |lexeme: &Lexeme<'_>| {
            let span = lexeme.span.range();
            part.is_some_and(|part| span.start < part.end.max(part.start + 1) && part.start < span.end)
        };
        for (index, lexeme) in lexemes.iter().enumerate().filter(|(_, lexeme)| !is_left_out(lexeme)) {
            let word = text.get(lexeme.span.range()).unwrap_or_default();
            match &lexeme.token {
                Token::Attribute(attribute) if attribute.name.is_some() => {
                    *self.attributes.entry(word.to_owned()).or_default() += 1;
                }
                Token::String(_) | Token::Int(_) | Token::Float(_) | Token::Duration(_) => {
                    self.add_value(text, lexemes.get(..index).unwrap_or_default(), word);
                }
                _ => {}
            }
        }
    }

    /// Keeps a literal whose left side is a field.
    fn add_value(&mut self, text: &str, before: &[Lexeme<'_>], literal: &str) {
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
        keep(values, literal);
    }

    /// Adds the names and values of other files.
    pub fn merge(&mut self, other: &Usage) {
        for (attribute, count) in &other.attributes {
            if self.attributes.len() < MOST_ATTRIBUTES || self.attributes.contains_key(attribute) {
                *self.attributes.entry(attribute.clone()).or_default() += count;
            }
        }
        for (field, literals) in &other.values {
            if self.values.len() < MOST_ATTRIBUTES || self.values.contains_key(field) {
                let values = self.values.entry(field.clone()).or_default();
                literals.iter().for_each(|literal| keep(values, literal));
            }
        }
    }

    /// Returns the attributes as they are written, most frequent first.
    pub fn attributes(&self) -> Vec<&str> {
        let mut attributes: Vec<(&str, usize)> =
            self.attributes.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        attributes.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        attributes.into_iter().map(|(text, _)| text).collect()
    }

    /// Returns the literals that a field is compared with.
    pub fn values(&self, field: &str) -> &[String] {
        self.values.get(field).map_or(&[], Vec::as_slice)
    }
}

fn keep(values: &mut Vec<String>, literal: &str) {
    if values.len() < MOST_VALUES && !values.iter().any(|value| value == literal) {
        values.push(literal.to_owned());
    }
}

/// Tells whether an operator compares values of a span.
pub(super) fn is_comparison(op: Op) -> bool {
    matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Match | Op::NotMatch)
}
