//! Measures completion: types every legal query of the conformance corpus, token by token, over the data of
//! `examples/shop.otlp.jsonl`, and prints how many tokens are among the first ten words before, and while, they are typed.
//!
//! `cargo run --release -p traceql-lsp --example typing`

#![expect(clippy::print_stdout, reason = "its figures are for a person")]

#[path = "../tests/ide/shop.rs"]
mod shop;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    env, fs,
    path::Path,
};

use shop::Shop;
use traceql_grammar::{
    Verdict, check,
    ops::Op,
    token::{Lexeme, Token, lex},
    vocab::release::Release,
};
use traceql_lsp::{
    catalog::Catalog,
    document::Known,
    ide::{
        Analysis,
        completion::{Item, completion},
        usage::Usage,
    },
    lint::Options,
};

/// Maximum length of a query, in bytes.
const LONGEST: usize = 400;

/// Number of words at the top of the list that count.
const FIRST: usize = 10;

/// Numbers of letters after which the list is looked at; the last one is the whole word without its last letter.
const LETTERS: [usize; 5] = [0, 1, 2, 3, usize::MAX];

fn main() {
    let known = Words::of(Shop::shared());
    let mut shares: BTreeMap<(bool, &str), [usize; LETTERS.len() + 1]> = BTreeMap::new();
    let mut missed: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for query in corpus() {
        let lexemes = words(lex(&query).lexemes);
        for (index, lexeme) in lexemes.iter().enumerate() {
            let span = lexeme.span.range();
            let (before, token) = (&query[..span.start], &query[span]);
            let kind = kind_of(&lexeme.token);
            let is_known = known.has(kind, token, &query, &lexemes[..index]);
            let share = shares.entry((is_known, kind)).or_default();
            share[0] += 1;
            let before = typed(before, &lexemes, index);
            let letters: Vec<usize> = token.char_indices().map(|(at, _)| at).collect();
            let is_found = |count: usize| {
                let count = count.min(letters.len().saturating_sub(1));
                let typed = format!("{before}{}", &token[..letters.get(count).copied().unwrap_or(0)]);
                let call = lexemes[..index].last().filter(|_| token == "(").map(|word| &query[word.span.range()]);
                offered(&typed).iter().any(|item| is_wanted(item, token, call))
            };
            let mut is_any = false;
            for (slot, letters) in LETTERS.into_iter().enumerate() {
                is_any = is_any || is_found(letters);
                share[slot + 1] += usize::from(is_any);
            }
            if is_known && !is_found(1) && !is_found(0) {
                let (count, example) = missed.entry(format!("{kind} {token}")).or_default();
                *count += 1;
                example.clone_from(&before);
            }
        }
    }
    println!("{:<24} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "tokens", "at once", "1", "2", "3", "in time");
    for is_known in [true, false] {
        let mut all = [0; LETTERS.len() + 1];
        for ((_, kind), share) in shares.iter().filter(|((known, _), _)| *known == is_known) {
            line(kind, share);
            all.iter_mut().zip(share).for_each(|(sum, count)| *sum += count);
        }
        line(if is_known { "words and data that are there" } else { "what no data has" }, &all);
    }
    let mut missed: Vec<(String, (usize, String))> = missed.into_iter().collect();
    missed.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let most = env::args().nth(1).and_then(|most| most.parse().ok()).unwrap_or(20);
    println!("missed after one letter, of what is there:");
    missed.iter().take(most).for_each(|(token, (count, before))| println!("{count:>6} {token}, as behind `{before}`"));
}

fn line(title: &str, share: &[usize]) {
    let [all, found @ ..] = share else { return };
    print!("{title:<24} {all:>7}");
    found.iter().for_each(|count| print!(" {:>6.1} %", 100.0 * *count as f64 / (*all).max(1) as f64));
    println!();
}

/// Returns the legal queries of the corpus that are not too long.
fn corpus() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/check.jsonl");
    let text = fs::read_to_string(path).expect("the corpus is there");
    let query = |line| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case");
        case["query"].as_str().expect("a query").to_owned()
    };
    let queries = text.lines().map(query).filter(|query| query.len() <= LONGEST);
    queries.filter(|query| check(query, Release::Main).verdict == Verdict::Ok).collect()
}

fn offered(typed: &str) -> Vec<Item> {
    let analysis = Analysis::new("a.traceql", typed, &Known::default(), Options::of(Release::Main));
    let mut items = completion(&analysis, typed.len(), Shop::shared(), &Usage::default()).items;
    items.truncate(FIRST);
    items
}

/// Joins each scope with the word behind it: `span:name` is one word.
fn words(lexemes: Vec<Lexeme<'_>>) -> Vec<Lexeme<'_>> {
    let mut words: Vec<Lexeme<'_>> = Vec::new();
    for mut lexeme in lexemes {
        if let Some(scope) = words.pop_if(|last| matches!(last.token, Token::Scope(_))) {
            lexeme.span = scope.span.to(lexeme.span);
        }
        words.push(lexeme);
    }
    words
}

/// Returns the text before a token as it is when that is begun: with a blank, but behind a function.
fn typed(before: &str, lexemes: &[Lexeme<'_>], index: usize) -> String {
    let last = index.checked_sub(1).map(|index| &lexemes[index].token);
    let is_call = matches!((last, &lexemes[index].token), (Some(Token::Word(_) | Token::By), Token::OpenParen));
    let has_blank = before.is_empty() || before.ends_with(char::is_whitespace);
    if is_call || has_blank { before.to_owned() } else { format!("{before} ") }
}

/// The names and values of the data.
struct Words {
    names: HashSet<String>,
    values: HashMap<String, HashSet<String>>,
}

impl Words {
    fn of(catalog: &dyn Catalog) -> Words {
        let names = catalog.names(None);
        let names = names.entries.iter().map(|name| format!("{}.{}", name.scope.word(), name.name));
        let names: HashSet<String> = names.collect();
        let intrinsics = ["name", "status"].map(str::to_owned);
        let values = names.iter().cloned().chain(intrinsics).map(|name| {
            let found = catalog.values(&name, None);
            let literals = found.entries.iter().map(|value| value.literal.clone()).collect();
            (name, literals)
        });
        Words { values: values.collect(), names }
    }

    /// Tells whether the language or the data has a token.
    fn has(&self, kind: &str, token: &str, query: &str, before: &[Lexeme<'_>]) -> bool {
        match kind {
            "attribute" => {
                self.names.contains(token)
                    || ["span", "resource"].iter().any(|scope| self.names.contains(&format!("{scope}{token}")))
            }
            "string" | "number" => {
                let [.., left, op] = before else { return false };
                let field = &query[left.span.range()];
                let is_equal = matches!(op.token, Token::Op(Op::Eq | Op::Ne));
                is_equal && self.values.get(field).is_some_and(|values| values.contains(token))
            }
            _ => true,
        }
    }
}

fn kind_of(token: &Token<'_>) -> &'static str {
    match token {
        Token::Word(_) | Token::By | Token::With => "word",
        Token::Scope(_) => "scope",
        Token::Attribute(_) => "attribute",
        Token::Op(_) | Token::Minus | Token::Bang => "operator",
        Token::Int(_) | Token::Float(_) | Token::Duration(_) => "number",
        Token::String(_) => "string",
        _ => "bracket",
    }
}

/// Tells whether an item is the token, or leads to it: a scope to its attribute, a frame or a call to its bracket.
fn is_wanted(item: &Item, token: &str, call: Option<&str>) -> bool {
    let inserted = item.insert.as_str();
    item.label == token
        || inserted == token
        || (inserted.ends_with('.') && token.starts_with(inserted))
        || (matches!(token, "{" | "(") && inserted.starts_with(token))
        || call.is_some_and(|call| inserted.strip_prefix(call).is_some_and(|rest| rest.trim_start().starts_with('(')))
}
