//! Fields at the cursor: attributes, intrinsics and scopes.

use std::collections::HashSet;

use traceql_grammar::{
    token::{AttributeName, Token, ends_attribute_name, lex},
    vocab::{
        conventions::{self, Convention, Reason},
        intrinsics::INTRINSICS,
        literals::LITERALS,
        scopes::{SCOPES, Scope, conventional},
    },
};

use super::{Candidate, Context, ItemKind, MOST_ITEMS, counted, narrow::narrowed, place::field_type};
use crate::{catalog::Name, ide::documentation::type_name};

/// Scores of words that come behind those of the data.
pub(super) const FROM_CONVENTIONS: usize = 100_000;
const FROM_OTHER_TYPES: usize = 60_000;
pub(super) const FROM_DEPRECATED: usize = 200_000;

/// Intrinsics that are asked for most, in this order.
const USUAL: [&str; 8] =
    ["name", "status", "duration", "kind", "statusMessage", "rootServiceName", "rootName", "traceDuration"];

/// Returns the operands of an expression: fields, words that are values, and brackets. `close` ends the expression, if that
/// makes sense here.
pub(super) fn operands(context: &Context<'_>, close: &'static str) -> Vec<Candidate> {
    let mut candidates = fields(context, false);
    let literals = LITERALS.iter().filter(|row| row.since <= context.release).enumerate();
    candidates.extend(literals.map(|(index, row)| {
        let candidate = Candidate::new(row.word, ItemKind::Value, in_turn(4 + index, 3));
        candidate.detail(row.doc).id(format!("literal:{}", row.word))
    }));
    let brackets = ["(", "!", "-"].into_iter().chain(Some(context.missing(close)).filter(|close| !close.is_empty()));
    // In the third turn of kinds, so that they stand among the first ten.
    candidates.extend(brackets.enumerate().map(|(index, text)| {
        let place = if matches!(text, "!" | "-") { 3 + index } else { 1 };
        Candidate::new(text, ItemKind::Keyword, in_turn(place, 3))
    }));
    candidates
}

/// Returns the fields; numbers come first if only they make sense.
pub(super) fn fields(context: &Context<'_>, is_number: bool) -> Vec<Candidate> {
    let mut candidates = attributes(context, is_number);
    candidates.extend(intrinsics(context));
    candidates.extend(scopes(context));
    candidates.extend(conventions(context));
    if is_number {
        // Most aggregates are over the duration.
        candidates.iter_mut().filter(|candidate| candidate.label != "duration").for_each(|other| other.score += 1);
        candidates.iter_mut().filter(|candidate| candidate.label == "duration").for_each(|first| first.score = 0);
        let others = candidates.iter_mut().filter(|candidate| !field_type(&candidate.label).may_be_number());
        others.for_each(|candidate| candidate.score += FROM_OTHER_TYPES);
    }
    candidates
}

/// Returns the place in the list of the word of one kind with this index: kinds take turns, attributes twice in each.
fn in_turn(index: usize, kind: usize) -> usize {
    4 * index + kind
}

/// Returns the attributes that fit what is typed: of the spans that the rest of the query selects, of the file, of the
/// workspace, of the data. With `is_whole` none that fits is left out for those before it.
fn attributes(context: &Context<'_>, is_whole: bool) -> Vec<Candidate> {
    let spelling = Spelling::of(context.word.typed);
    let (count, best) = (0, if is_whole { usize::MAX } else { MOST_ITEMS });
    let mut found = Found { context, spelling: &spelling, count, best, seen: HashSet::new(), candidates: Vec::new() };
    if let Some(query) = narrowed(context) {
        found.add_names(&context.known(context.catalog.names(Some(&query))));
    }
    for usage in [context.own, context.workspace] {
        for text in usage.attributes() {
            let lexemes = lex(text).lexemes;
            if let Some(Token::Attribute(AttributeName { name: Some(name), scope, .. })) =
                lexemes.first().map(|first| &first.token)
            {
                found.add(text.to_owned(), *scope, name, None);
            }
        }
    }
    found.add_names(&context.known(context.catalog.names(None)));
    found.candidates
}

/// Attributes in the order in which they are offered, each once.
struct Found<'a> {
    context: &'a Context<'a>,
    spelling: &'a Spelling,
    /// The number of names that were looked at.
    count: usize,
    /// The number of names that may be added which fit as well as any can: the ones behind them are not offered anyway.
    best: usize,
    seen: HashSet<String>,
    candidates: Vec<Candidate>,
}

impl Found<'_> {
    fn add_names(&mut self, names: &[Name]) {
        let release = self.context.release;
        let mut names: Vec<&Name> = names.iter().filter(|found| found.scope.row().since <= release).collect();
        // Of names that equally many spans have, the service is asked for most; old names come last.
        names.sort_by_cached_key(|found| {
            let is_old = conventions::find(&found.name).is_some_and(is_deprecated);
            (is_old, found.name != "service.name", std::cmp::Reverse(found.count))
        });
        for found in names {
            self.add(written("", found.scope, &found.name), found.scope, &found.name, found.count);
        }
    }

    /// Adds an attribute, and the spelling of it that was begun, if they fit.
    fn add(&mut self, text: String, scope: Scope, name: &str, count: Option<u64>) {
        let score = in_turn(self.count / 2, self.count % 2);
        self.count += 1;
        for text in std::iter::once(text).chain(self.spelling.of_name(scope, name)) {
            let Some(distance) = self.context.typed.distance(&text, ItemKind::Attribute) else { continue };
            if self.best == 0 || !self.seen.insert(text.clone()) {
                continue;
            }
            self.best -= usize::from(distance == 0);
            let candidate = attribute(text, name, score);
            self.candidates.push(if count.is_some() { candidate.detail(counted(count)) } else { candidate });
        }
    }
}

fn attribute(text: String, name: &str, score: usize) -> Candidate {
    let row = conventions::find(name);
    let mut candidate = Candidate::new(text, ItemKind::Attribute, score).id(format!("attribute:{name}"));
    candidate.is_deprecated = row.is_some_and(is_deprecated);
    let ty = field_type(&candidate.label);
    if row.is_some() {
        candidate.detail = type_name(ty).to_owned();
    }
    candidate
}

/// Tells whether a name should not be used; one that only moved to other conventions may be.
fn is_deprecated(row: &Convention) -> bool {
    row.deprecated.is_some_and(|deprecated| deprecated.reason != Reason::Moved)
}

/// Returns an attribute as a query has it.
fn written(parent: &str, scope: Scope, name: &str) -> String {
    let word = scope.word();
    if name.is_empty() || name.contains(|c: char| c == '"' || ends_attribute_name(c)) {
        let name = name.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("{parent}{word}.\"{name}\"");
    }
    format!("{parent}{word}.{name}")
}

/// The beginning of a typed attribute, where it differs from the usual spelling.
struct Spelling {
    is_unscoped: bool,
    parent: &'static str,
}

impl Spelling {
    fn of(typed: &str) -> Spelling {
        let rest = typed.strip_prefix("parent.");
        let is_unscoped = match rest {
            Some(rest) => !rest.starts_with("span.") && !rest.starts_with("resource."),
            None => typed.starts_with('.'),
        };
        Spelling { is_unscoped, parent: if rest.is_some() { "parent." } else { "" } }
    }

    /// Returns an attribute in the spelling that was begun, if it is not the usual one.
    fn of_name(&self, scope: Scope, name: &str) -> Option<String> {
        let belongs = matches!(scope, Scope::Any | Scope::Span | Scope::Resource);
        if !belongs || self.parent.is_empty() && !self.is_unscoped {
            return None;
        }
        if !self.is_unscoped {
            return Some(written(self.parent, scope, name));
        }
        let text = written("", Scope::Any, name);
        Some(if self.parent.is_empty() { text } else { format!("parent{text}") })
    }
}

/// Returns the intrinsics. The spelling with a scope is for those that have no other, and for who has begun it.
fn intrinsics(context: &Context<'_>) -> Vec<Candidate> {
    let has_scope = context.word.typed.contains(':');
    let usual = |name: &str| USUAL.iter().position(|usual| *usual == name).unwrap_or(USUAL.len());
    let mut rows: Vec<_> = INTRINSICS.iter().collect();
    rows.sort_by_key(|row| usual(row.canonical));
    let mut candidates = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let is_known = match row.bare {
            Some(_) if !has_scope => row.bare_since <= context.release,
            _ => row.scoped_since <= context.release,
        };
        if !is_known {
            continue;
        }
        let text = if has_scope { row.id.scoped() } else { row.canonical.to_owned() };
        let ty = type_name(row.ty);
        let candidate = Candidate::new(text, ItemKind::Intrinsic, in_turn(index, 2)).detail(ty);
        candidates.push(candidate.id(format!("intrinsic:{}", row.canonical)));
    }
    candidates
}

/// Returns the scopes with their points.
fn scopes(context: &Context<'_>) -> Vec<Candidate> {
    let known = SCOPES.iter().filter(|row| !row.word.is_empty() && row.since <= context.release);
    let scopes =
        known.filter(|row| context.word.typed.strip_suffix('.') != Some(row.word)).enumerate().map(|(index, row)| {
            let candidate = Candidate::new(format!("{}.", row.word), ItemKind::Scope, in_turn(index, 3));
            candidate.detail(row.doc).id(format!("scope:{}", row.word))
        });
    let of_intrinsics = INTRINSICS.iter().filter(|row| row.scoped_since <= context.release);
    let mut colons: Vec<String> = of_intrinsics.filter_map(|row| Some(format!("{}:", row.scoped?.0))).collect();
    colons.dedup();
    colons.retain(|text| text != context.word.typed);
    let colons = colons
        .into_iter()
        .enumerate()
        .map(|(index, text)| Candidate::new(text, ItemKind::Scope, in_turn(2 + index, 3)).detail("intrinsics"));
    let parent = Candidate::new("parent.", ItemKind::Scope, in_turn(SCOPES.len(), 3));
    let parent = parent.detail("attributes of the parent span").id("scope:parent");
    scopes.chain(colons).chain(Some(parent).filter(|parent| parent.label != context.word.typed)).collect()
}

/// Returns the names of the conventions, once something of them is typed.
fn conventions(context: &Context<'_>) -> Vec<Candidate> {
    let text = context.word.typed;
    let spelling = Spelling::of(text);
    let mut candidates = Vec::new();
    if text.is_empty() || text.contains(':') {
        return candidates;
    }
    let rest = text.strip_prefix("parent.").unwrap_or(text);
    let scopes = SCOPES.iter().map(|row| row.word);
    let begun = scopes.filter_map(|word| rest.strip_prefix(word)?.strip_prefix('.')).next_back();
    let begun = begun.map(str::to_lowercase);
    for (index, row) in conventions::all().iter().enumerate() {
        let is_other = begun.as_ref().is_some_and(|begun| !row.name.contains(begun.as_str()));
        if row.places.is_metric_only() || row.is_template || is_other {
            continue;
        }
        let score = index + if is_deprecated(row) { FROM_DEPRECATED } else { FROM_CONVENTIONS };
        let guess = row.places.is_unknown().then(|| conventional(row.name));
        for scope in [Scope::Span, Scope::Resource, Scope::Event] {
            let has_place = match scope {
                Scope::Span => row.places.has_span(),
                Scope::Resource => row.places.has_resource(),
                _ => row.places.has_event(),
            };
            if (!has_place && guess != Some(scope)) || scope.row().since > context.release {
                continue;
            }
            let text = spelling.of_name(scope, row.name).unwrap_or_else(|| written("", scope, row.name));
            if context.typed.distance(&text, ItemKind::Attribute).is_some() {
                candidates.push(attribute(text, row.name, score));
            }
        }
    }
    candidates
}
