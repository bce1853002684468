//! Hover: what stands at a place of a query, in words.
//!
//! ```text
//! byte of the file ─► token ─► word / field / literal / operator ─► page
//!                       └─ bracket, pipe or blank ─► plan of the whole query
//! ```

mod literal;
mod plan;
mod words;

use std::ops::Range;

use traceql_grammar::{
    Verdict, check,
    span::Span,
    token::{Lexeme, Token},
};

use super::{
    Analysis, QueryAt,
    documentation::{code, titled},
    fields::field_at,
};
use crate::catalog::Catalog;

/// Maximum length of a query whose plan is written, in bytes. The plan of a longer one would be too long to read.
const LONGEST_PLAN: usize = 4096;

/// An explanation of a part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The part, in bytes of the file.
    pub span: Range<usize>,
    /// The explanation.
    pub markdown: String,
}

/// Facts that the makers of pages need.
struct Context<'a> {
    /// The text of the query.
    text: &'a str,
    /// Its tokens.
    lexemes: &'a [Lexeme<'a>],
    /// The data.
    catalog: &'a dyn Catalog,
    /// Whether the query stands for what is inside of braces.
    is_condition: bool,
}

/// Explains what stands at a byte of the file; `None` where nothing is known of it.
pub fn hover(analysis: &Analysis, offset: usize, catalog: &dyn Catalog) -> Option<Hover> {
    let query = analysis.query_at(offset)?;
    let found = query.found;
    let checked = analysis.check(query);
    let lexed = checked.tokens();
    let is_at = |span: &Range<usize>| {
        span.contains(&query.at) || query.at == found.text.len() && span.end == query.at && !span.is_empty()
    };
    let to_file = |span: Range<usize>, markdown: String| Hover { span: found.map.to_file(span), markdown };
    if lexed.comments.iter().any(|comment| is_at(&comment.range())) {
        return None;
    }
    if let Some(hole) = checked.holes().map(Span::range).find(is_at) {
        let name = found.text.get(hole.clone())?;
        return Some(to_file(hole, variable(analysis, query, name)));
    }
    let context = Context { text: &found.text, lexemes: &lexed.lexemes, catalog, is_condition: found.is_condition };
    match lexed.lexemes.iter().position(|lexeme| is_at(&lexeme.span.range())) {
        Some(index) if !is_frame(&lexed.lexemes[index].token) => {
            let (span, markdown) = of_token(&context, index)?;
            Some(to_file(span, markdown))
        }
        _ if found.text.len() > LONGEST_PLAN => None,
        _ => {
            // The variables of a condition are not known: it is not explained as a whole then.
            let markdown = if found.is_condition {
                let whole = check(&format!("{{ {} }}", found.text), analysis.options().release);
                (whole.verdict == Verdict::Ok).then(|| plan::plan(&whole))?
            } else {
                matches!(checked.verdict, Verdict::Ok | Verdict::Unsupported).then(|| plan::plan(&checked))?
            };
            Some(to_file(0..found.text.len(), markdown))
        }
    }
}

/// Tells whether a token only holds others together.
fn is_frame(token: &Token<'_>) -> bool {
    use Token::{CloseBrace, CloseParen, Comma, OpenBrace, OpenParen, Pipe};
    matches!(token, OpenBrace | CloseBrace | OpenParen | CloseParen | Comma | Pipe)
}

/// Explains a token; the bytes of the query come with it.
fn of_token(context: &Context<'_>, index: usize) -> Option<(Range<usize>, String)> {
    let lexeme = context.lexemes.get(index)?;
    let span = lexeme.span.range();
    let page = match &lexeme.token {
        Token::Int(_) | Token::Float(_) | Token::Duration(_) | Token::String(_) => literal::page(context, index),
        Token::Op(_) | Token::Minus | Token::Bang => words::operator(context, index),
        Token::By | Token::With => words::word(context, index),
        Token::Word(_) | Token::Scope(_) | Token::Attribute(_) => {
            if let Some(page) = words::word(context, index) {
                return Some((span, page));
            }
            let found = field_at(context.text, context.lexemes, index)?;
            let page = words::field(context, &found);
            return Some((found.span, page));
        }
        _ => None,
    };
    Some((span, page?))
}

/// Explains a variable of a dashboard, in whatever form it is written.
fn variable(analysis: &Analysis, query: QueryAt<'_>, written: &str) -> String {
    const MOST_VALUES: usize = 8;
    let name = written.trim_start_matches(['$', '{', '[']).split([':', '.', '}', ']']).next().unwrap_or_default();
    let mut page = "A variable: Grafana puts its value in place before it sends the query.".to_owned();
    let known = analysis.document().variables(query.holder).iter().find(|variable| variable.name == name);
    if let Some(known) = known.filter(|known| !known.values.is_empty()) {
        let values: Vec<String> = known.values.iter().take(MOST_VALUES).map(|value| code(value)).collect();
        let more = if known.values.len() > MOST_VALUES { ", …" } else { "" };
        page.push_str(&format!("\n\nValues: {}{more}", values.join(", ")));
    }
    titled(written, &page)
}
