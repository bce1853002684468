//! Values at the cursor: by the type of the left side, of the data, of the file and of the conventions.

use std::collections::HashSet;

use traceql_grammar::{
    ops::Op,
    token::{Token, lex},
    value::{Kind, Status, Type},
    vocab::{conventions, hints::HintRow, literals::LITERALS},
};

use super::{
    Candidate, Context, ItemKind, MOST_ITEMS, counted,
    cursor::WordKind,
    fields,
    insert::Piece,
    narrow::narrowed,
    place::{Field, Place},
};
use crate::ide::{fields::literal_type, usage::Usage};

/// Scores of words that come behind those of the data.
const FROM_FILE: usize = 10_000;
const FROM_WORKSPACE: usize = 15_000;
const FROM_CONVENTIONS: usize = 20_000;
const FROM_WORDS: usize = 30_000;
const FROM_FIELDS: usize = 40_000;

/// Units of a duration, and durations to begin with.
const UNITS: [&str; 7] = ["ms", "s", "m", "h", "us", "ns", "d"];
const DURATIONS: [&str; 7] = ["100ms", "500ms", "1s", "5s", "10s", "1m", "1h"];

/// Returns the values of a place.
pub(super) fn values(context: &Context<'_>, place: &Place<'_>) -> Vec<Candidate> {
    match place {
        Place::Value { field, ty, op } => compared(context, *field, *ty, *op),
        Place::HintValue(row) => of_hint(row),
        _ => Vec::new(),
    }
}

/// Returns the values of a comparison.
fn compared(context: &Context<'_>, field: Option<Field<'_>>, ty: Type, op: Op) -> Vec<Candidate> {
    let is_regex = matches!(op, Op::Match | Op::NotMatch);
    let writer = Writer::new(context, is_regex);
    // Spans rarely take the same time: lengths of single ones are of no use.
    let field_of_data = field.filter(|_| ty != Type::Duration);
    let literals = field_of_data.map(|field| literals(context, field, &writer)).unwrap_or_default();
    let ty = if ty == Type::Any { literals.ty } else { ty };
    let written = literals.literals.into_iter();
    let mut candidates: Vec<Candidate> =
        written.filter_map(|(literal, detail, score)| writer.candidate(&literal, detail, score)).collect();
    let has_words = matches!(ty, Type::Status | Type::Kind | Type::Bool);
    if matches!(context.word.kind, WordKind::Text(_)) && !has_words {
        return candidates;
    }
    let of_type = of_type(context, ty, is_regex);
    if matches!(ty, Type::Status | Type::Kind) {
        // Few words, and the most frequent one in the data is not the one that is looked for.
        for candidate in &mut candidates {
            let place = of_type.iter().position(|word| word.label == candidate.label);
            candidate.score = place.unwrap_or(of_type.len());
        }
    }
    if field.is_none() && matches!(ty, Type::Int | Type::Any) {
        candidates
            .extend(["1", "2", "5", "10", "100"].iter().enumerate().map(|(index, text)| word(text, "number", index)));
    }
    candidates.extend(of_type);
    if context.word.typed.starts_with(|c: char| c == '.' || c.is_alphabetic()) {
        // The right side may be a field too.
        let fields = fields::fields(context, false).into_iter();
        candidates.extend(fields.map(|field| Candidate { score: field.score + FROM_FIELDS, ..field }));
    }
    let may_be_nil = field.is_some() && matches!(op, Op::Eq | Op::Ne);
    if may_be_nil {
        candidates.push(word("nil", "the absence of a value", FROM_WORDS + 20).id("literal:nil"));
    }
    candidates
}

/// The literals of a field.
struct Literals {
    /// Each with a few words on it and its score.
    literals: Vec<(String, String, usize)>,
    /// The type of the first one that is known.
    ty: Type,
}

impl Default for Literals {
    fn default() -> Literals {
        Literals { literals: Vec::new(), ty: Type::Any }
    }
}

/// Returns the literals of a field that may fit: of the data, of the file, of the workspace, of the conventions.
fn literals(context: &Context<'_>, field: Field<'_>, writer: &Writer<'_>) -> Literals {
    let query = narrowed(context);
    let mut found = context.known(context.catalog.values(field.text, query.as_deref()));
    if found.is_empty() && query.is_some() {
        found = context.known(context.catalog.values(field.text, None));
    }
    let mut literals = Vec::new();
    // More of those that fit as well as any can are not offered anyway.
    let mut best = MOST_ITEMS;
    for (index, value) in found.iter().enumerate() {
        let Some(distance) = writer.distance(context, &value.literal) else { continue };
        literals.push((value.literal.clone(), counted(value.count), index));
        best -= usize::from(distance == 0);
        if best == 0 {
            break;
        }
    }
    let of_queries = |usage: &Usage, detail: &str, from: usize| {
        let written = usage.values(field.text).iter().enumerate();
        written.map(|(index, literal)| (literal.clone(), detail.to_owned(), from + index)).collect::<Vec<_>>()
    };
    literals.extend(of_queries(context.own, "in this file", FROM_FILE));
    literals.extend(of_queries(context.workspace, "in another file", FROM_WORKSPACE));
    let name = field.text.strip_prefix("parent.").unwrap_or(field.text).split_once('.').map_or("", |(_, name)| name);
    if let Some(row) = conventions::find(name) {
        let is_text = row.ty == conventions::ValueType::String;
        literals.extend(row.members.iter().enumerate().map(|(index, member)| {
            let literal = if is_text { quoted(member.value) } else { member.value.to_owned() };
            (literal, member.brief.to_owned(), FROM_CONVENTIONS + index)
        }));
    }
    let mut seen = HashSet::new();
    literals.retain(|(literal, ..)| seen.insert(literal.clone()));
    let first = found.first().map(|value| &value.literal).or_else(|| literals.first().map(|(literal, ..)| literal));
    Literals { ty: first.map_or(Type::Any, |literal| literal_type(literal)), literals }
}

/// Returns the words and frames of a type.
fn of_type(context: &Context<'_>, ty: Type, is_regex: bool) -> Vec<Candidate> {
    let numbered = |index: usize| FROM_WORDS + index;
    match ty {
        _ if is_regex => {
            vec![frame("\".*…\"", "\".*$1\"", "what ends with a text"), frame("\"…\"", "\"$1\"", "a text")]
        }
        Type::Status => Status::ALL.iter().enumerate().map(|(i, status)| word(status.word(), "status", i)).collect(),
        Type::Kind => {
            // The kinds that queries ask for most come first.
            const USUAL: [Kind; 6] =
                [Kind::Server, Kind::Client, Kind::Internal, Kind::Consumer, Kind::Producer, Kind::Unspecified];
            USUAL.iter().enumerate().map(|(i, kind)| word(kind.word(), "kind", i)).collect()
        }
        Type::Bool => ["true", "false"].iter().enumerate().map(|(i, text)| word(text, "bool", i)).collect(),
        Type::Duration => durations(context.word.typed),
        Type::String => vec![frame("\"…\"", "\"$1\"", "a text")],
        Type::Int => LITERALS
            .iter()
            .filter(|row| row.value.ty() == Type::Int && row.since <= context.release)
            .enumerate()
            .map(|(i, row)| word(row.word, row.doc, numbered(i)).id(format!("literal:{}", row.word)))
            .collect(),
        Type::Any => {
            let words = ["true", "false"].iter().enumerate().map(|(i, text)| word(text, "bool", numbered(i + 5)));
            [frame("\"…\"", "\"$1\"", "a text")].into_iter().chain(words).collect()
        }
        Type::Float | Type::Nil => Vec::new(),
    }
}

/// Returns durations: with each unit if a number is typed.
fn durations(typed: &str) -> Vec<Candidate> {
    let digits = typed.len() - typed.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let texts: Vec<String> = match &typed[..digits] {
        "" | "." => DURATIONS.iter().map(|text| (*text).to_owned()).collect(),
        number => UNITS.iter().map(|unit| format!("{number}{unit}")).collect(),
    };
    texts.into_iter().enumerate().map(|(index, text)| word(&text, "duration", FROM_WORDS + index)).collect()
}

/// Returns the values of a hint.
fn of_hint(row: &HintRow) -> Vec<Candidate> {
    let mut candidates = vec![word(row.example, row.doc, 0)];
    if row.types.contains(&Type::Bool) {
        candidates.extend(["true", "false"].iter().enumerate().map(|(index, text)| word(text, "bool", 1 + index)));
    }
    candidates
}

fn word(text: &str, detail: &str, score: usize) -> Candidate {
    Candidate::new(text, ItemKind::Value, score).detail(detail)
}

fn frame(label: &str, snippet: &str, detail: &str) -> Candidate {
    Candidate::new(label, ItemKind::Snippet, FROM_WORDS + 10).detail(detail).snippet(snippet)
}

/// Writes values in the quotes that are open.
struct Writer<'a> {
    quote: Option<char>,
    /// Whether the quotes have to be closed.
    is_open: bool,
    is_regex: bool,
    /// The string as it stands, with its quotes.
    string: &'a str,
}

impl<'a> Writer<'a> {
    fn new(context: &Context<'a>, is_regex: bool) -> Writer<'a> {
        let quote = match context.word.kind {
            WordKind::Text(quote) => Some(if quote == '`' { '`' } else { '"' }),
            _ => None,
        };
        let string = context.cursor.text.get(context.cursor.word.span.clone()).unwrap_or_default();
        Writer { quote, is_open: context.word.is_open, is_regex, string }
    }

    /// Returns how far a literal is from the typed text, without making its word; `None` where it does not fit. Of a literal
    /// with escape sequences that is not known.
    fn distance(&self, context: &Context<'_>, literal: &str) -> Option<usize> {
        let inside = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if literal.contains('\\') {
            return Some(usize::MAX);
        }
        context.typed.distance(inside.unwrap_or(literal), ItemKind::Value)
    }

    /// Returns the word for a literal; `None` where it does not fit an expression, or stands in it already.
    fn candidate(&self, literal: &str, detail: String, score: usize) -> Option<Candidate> {
        let lexemes = lex(literal).lexemes;
        let value = match lexemes.as_slice() {
            [lexeme] => match &lexeme.token {
                Token::String(value) => Some(value),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            // Quotes around a word that is no string are replaced too.
            return (!self.is_regex).then(|| Candidate::new(literal, ItemKind::Value, score).detail(detail));
        };
        let text = if self.is_regex { self.alternative(value)? } else { self.whole(value) };
        let label = if self.quote.is_some() { value.to_string() } else { text.clone() };
        let mut candidate = Candidate::new(label, ItemKind::Value, score).detail(detail);
        candidate.pieces = vec![Piece::Text(text)];
        candidate.key = value.to_string();
        Some(candidate)
    }

    /// Returns a string with its quotes.
    fn whole(&self, value: &str) -> String {
        let is_raw = self.quote == Some('`') && !value.contains(['`', '\r']);
        if is_raw { format!("`{value}`") } else { quoted(value) }
    }

    /// Returns an alternative of a regular expression that matches a text and nothing else; in the quotes that stand there,
    /// or with its own. `None` for one that stands in the expression already, or that the quotes cannot hold.
    fn alternative(&self, value: &str) -> Option<String> {
        let pattern = regex_text(value);
        let Some(quote) = self.quote else { return Some(quoted(&pattern)) };
        let is_raw = quote == '`';
        if is_raw && value.contains(['`', '\r']) {
            return None;
        }
        let mut text = if is_raw { pattern } else { inside_quotes(&pattern) };
        if self.string.split(['|', '(', ')', '^', '$', '"', '`']).any(|other| other == text) {
            return None;
        }
        if self.is_open {
            text.push(quote);
        }
        Some(text)
    }
}

/// Returns a text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", inside_quotes(text))
}

/// Returns a text as it stands between double quotes.
fn inside_quotes(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '"' => written.push_str("\\\""),
            c if c.is_control() => written.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written
}

/// Returns a regular expression that matches a text and nothing else.
fn regex_text(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$') {
            written.push('\\');
        }
        written.push(c);
    }
    written
}
