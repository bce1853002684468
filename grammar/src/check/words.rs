//! Words and names: what they stand for, and what was probably meant.

use super::{
    Checker, Feature,
    mend::{kind_meant, kind_words, status_meant, status_words},
};
use crate::{
    ast::{self, Expr, ExprKind, Literal},
    diagnostic::{Code, Diagnostic, Edit},
    query::{Field, FieldKey},
    span::Span,
    token::{AttributeName, Quoting},
    value::{Kind, Status, Type, Value},
    vocab::{
        functions::FUNCTIONS,
        intrinsics::{INTRINSICS, Intrinsic, IntrinsicRow},
        literals::{self, LITERALS},
        nearest::nearest,
        release::Release,
        scopes::Scope,
    },
};

/// What a bare word stands for.
pub(super) enum Word {
    Value(Value),
    Intrinsic(Intrinsic),
    Parent,
}

/// Looks a bare word up.
pub(super) fn lookup(word: &str) -> Option<Word> {
    if let Some(row) = literals::find(word) {
        return Some(Word::Value(row.value.clone()));
    }
    if word == "parent" {
        return Some(Word::Parent);
    }
    let status = || Status::ALL.into_iter().find(|status| status.word() == word).map(Value::Status);
    let kind = || Kind::ALL.into_iter().find(|kind| kind.word() == word).map(Value::Kind);
    match status().or_else(kind) {
        Some(value) => Some(Word::Value(value)),
        None => Intrinsic::from_bare(word).map(Word::Intrinsic),
    }
}

/// Tells whether a release reserves a word, so that it can be no hint's name.
pub(super) fn is_reserved(word: &str, release: Release) -> bool {
    match literals::find(word) {
        Some(row) => row.reserved,
        None => {
            let scoped = |row: &IntrinsicRow| {
                row.scoped.is_some_and(|(_, scoped)| scoped == word) && row.scoped_since <= release
            };
            lookup(word).is_some()
                || FUNCTIONS.iter().any(|row| row.name == word && row.since <= release)
                || INTRINSICS.iter().any(scoped)
        }
    }
}

/// Every word that can stand where a value is expected.
fn value_words() -> impl Iterator<Item = &'static str> {
    let statuses = Status::ALL.into_iter().map(Status::word);
    let kinds = Kind::ALL.into_iter().map(Kind::word);
    let intrinsics = INTRINSICS.iter().filter_map(|row| row.bare);
    statuses.chain(kinds).chain(intrinsics).chain(LITERALS.iter().map(|row| row.word))
}

/// Finds the word that begins with `word`, or else the one that is closest.
fn near<const N: usize>(word: &str, words: [&'static str; N]) -> Option<&'static str> {
    let begun = word.to_lowercase();
    words.into_iter().find(|known| begun.len() > 2 && known.starts_with(&begun)).or_else(|| nearest(word, words))
}

impl<'t> Checker<'t> {
    /// Reads a literal or a word that stands for one; `None` for everything else.
    pub(super) fn literal(&mut self, expr: &Expr<'t>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(literal) => Some(match literal {
                Literal::Int(n) => Value::Int(*n),
                Literal::Float(x) => Value::Float(*x),
                Literal::Duration(ns) => Value::Duration(*ns),
                Literal::String(text) => Value::String(text.clone().into_owned()),
            }),
            ExprKind::Word(word) => match lookup(word) {
                Some(Word::Value(value)) => {
                    if let Some(row) = literals::find(word) {
                        self.since(&format!("`{word}`"), row.since, expr.span);
                    }
                    if let Value::Kind(_) = value {
                        self.since("`kind`", Intrinsic::Kind.row().bare_since, expr.span);
                    }
                    Some(value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Reads an attribute or intrinsic; `None` if it is neither, which has been reported if the word is unknown.
    pub(super) fn field(&mut self, expr: &Expr<'t>) -> Option<Field> {
        match &expr.kind {
            ExprKind::Attribute(attribute) => Some(self.attribute(attribute, expr.span)),
            ExprKind::Scoped(scope, word) => self.scoped(scope, word, expr.span).map(Field::intrinsic),
            ExprKind::Word(word) => match lookup(word) {
                Some(Word::Intrinsic(intrinsic)) => {
                    self.since(&format!("`{word}`"), intrinsic.row().bare_since, expr.span);
                    Some(Field::intrinsic(intrinsic))
                }
                Some(Word::Parent) => Some(Field { of_parent: false, key: FieldKey::Parent }),
                Some(Word::Value(_)) => None,
                None => {
                    self.unknown_word(word, expr.span);
                    None
                }
            },
            _ => None,
        }
    }

    fn attribute(&mut self, attribute: &AttributeName<'t>, span: Span) -> Field {
        let scope = attribute.scope;
        self.since(&format!("`{}.…`", scope.word()), scope.row().since, span);
        let name = attribute.name.as_deref().unwrap_or_default();
        if attribute.quoting == Quoting::Inner {
            self.needs(Feature::InnerQuotes, span);
        }
        // Old lexers saw a scope wherever its word and a point stood; `span.resource.x` was let through.
        let looks_scoped = matches!(scope, Scope::Any | Scope::Resource) && !attribute.of_parent;
        if looks_scoped && (name.starts_with("span.") || name.starts_with("resource.")) {
            self.needs(Feature::ScopeInName, span);
        }
        let key = match Intrinsic::from_bare(name) {
            // `parent.duration` is the parent's duration.
            Some(intrinsic) if attribute.of_parent && scope == Scope::Any => FieldKey::Intrinsic(intrinsic),
            _ => FieldKey::Attribute(scope, name.to_owned()),
        };
        Field { of_parent: attribute.of_parent, key }
    }

    fn scoped(&mut self, scope: &str, word: &str, span: Span) -> Option<Intrinsic> {
        let intrinsic = Intrinsic::from_scoped(scope, word);
        match intrinsic {
            Some(intrinsic) => self.since(&format!("`{scope}:{word}`"), intrinsic.row().scoped_since, span),
            None => self.unknown_intrinsic(scope, word, span),
        }
        intrinsic
    }

    fn unknown_intrinsic(&mut self, scope: &str, word: &str, span: Span) {
        // A word that comes from a variable is as long as that.
        let begin = span.end.saturating_sub(word.len() as u32);
        let place = Span { start: begin, end: span.end };
        let place = if self.slice(place) == word { place } else { span };
        let in_scope = || INTRINSICS.iter().filter_map(|row| row.scoped).filter(|(s, _)| *s == scope).map(|(_, w)| w);
        let mut found = Diagnostic::new(Code::UnknownIntrinsic, format!("`{scope}:` has no `{word}`"), place);
        // The same word in another scope is more likely than a similar word in this one.
        let elsewhere = INTRINSICS.iter().find(|row| {
            row.bare == Some(word) || row.scoped.is_some_and(|(_, w)| w == word) && row.scoped != Some((scope, word))
        });
        let longer = in_scope().find(|known| known.to_lowercase().ends_with(&word.to_lowercase()));
        if let Some(near) = longer.or_else(|| nearest(word, in_scope())) {
            found = found
                .help(format!("there is `{scope}:{near}`"))
                .fix(format!("write `{scope}:{near}`"), vec![Edit::replace(place, near)]);
        } else if let Some(row) = elsewhere {
            let right = row.id.scoped();
            found = found
                .help(format!("there is `{right}`"))
                .fix(format!("write `{right}`"), vec![Edit::replace(span, right)]);
        } else {
            let known: Vec<String> = in_scope().map(|word| format!("`{scope}:{word}`")).collect();
            found = found
                .help(format!("there are {}; an attribute stands behind a point: `{scope}.{word}`", known.join(", ")));
        }
        self.report(found);
    }

    /// Reports an unknown word that a value of type `ty` is compared with.
    pub(super) fn unquoted_text(&mut self, word: &str, span: Span, ty: Type) {
        let known = value_words().any(|known| known.eq_ignore_ascii_case(word));
        let meant = match ty {
            Type::Status => status_meant(word).or_else(|| near(word, Status::ALL.map(Status::word))),
            Type::Kind => kind_meant(word).or_else(|| near(word, Kind::ALL.map(Kind::word))),
            _ => status_meant(word).or_else(|| kind_meant(word)),
        };
        if known || self.is_full() {
            return self.unknown_word(word, span);
        }
        let found = Diagnostic::new(Code::UnknownWord, format!("`{word}` is not a word of TraceQL"), span);
        let found = match meant {
            Some(meant) => found.write(span, meant),
            None if ty == Type::Status => found.help(format!("the words for a status are {}", status_words())),
            None if ty == Type::Kind => found.help(format!("the words for a kind are {}", kind_words())),
            None => found
                .help(format!("text stands in quotes: \"{word}\"; an attribute needs a scope: `span.{word}`"))
                .fix("put it in quotes", vec![Edit::replace(span, format!("\"{word}\""))]),
        };
        self.report(found);
    }

    /// Reports a word that stands for nothing, with what was probably meant.
    pub(super) fn unknown_word(&mut self, word: &str, span: Span) {
        if self.is_full() {
            // Looking for what was meant takes long.
            self.unparsed = true;
            return;
        }
        let found = Diagnostic::new(Code::UnknownWord, format!("`{word}` is not a word of TraceQL"), span);
        let same = |known: &&str| known.eq_ignore_ascii_case(word);
        if let Some(right) = value_words().find(same) {
            let found = Diagnostic::new(Code::WrongCase, format!("`{word}` is written `{right}`"), span)
                .label("words are case-sensitive")
                .fix(format!("write `{right}`"), vec![Edit::replace(span, right)]);
            return self.report(found);
        }
        // `id`, `traceID`, `childCount`: intrinsics that need their scope.
        let scoped = |word: &str| {
            let rank = |row: &&IntrinsicRow| row.scoped.map(|(scope, _)| scope != "span");
            INTRINSICS
                .iter()
                .filter(|row| row.scoped.is_some_and(|(_, w)| w.eq_ignore_ascii_case(word)))
                .min_by_key(rank)
        };
        let meant = match word {
            "traceID" | "traceId" | "trace_id" => Some("trace:id".to_owned()),
            "spanID" | "spanId" | "span_id" => Some("span:id".to_owned()),
            _ => scoped(word).map(|row| row.id.scoped()),
        };
        let found = if let Some(meant) = meant {
            found
                .help(format!("it needs its scope: `{meant}`"))
                .fix(format!("write `{meant}`"), vec![Edit::replace(span, meant)])
        } else if let Some(near) = nearest(word, value_words()) {
            found
                .help(format!("a similar word is `{near}`; an attribute needs a scope: `span.{word}` or `.{word}`"))
                .fix(format!("write `{near}`"), vec![Edit::replace(span, near)])
        } else {
            found
                .help(format!(
                    "an attribute needs a scope: `span.{word}`, `resource.{word}` or `.{word}`; text needs quotes"
                ))
                .unsafe_fix(format!("read it as the attribute `.{word}`"), vec![Edit::insert(span.start, ".")])
        };
        self.report(found);
    }

    /// Reports a call of something that is no function.
    pub(super) fn unknown_function(&mut self, call: &ast::Call<'t>) {
        let name = call.name;
        let found = Diagnostic::new(Code::UnknownWord, format!("there is no function `{name}`"), call.name_span);
        let found = match nearest(name, FUNCTIONS.iter().map(|row| row.name)) {
            Some(near) => found.help(format!("a similar name is `{near}`")).fix(
                format!("write `{near}`"),
                vec![Edit::replace(call.name_span, near)],
            ),
            None => found.help(
                "for each spanset: `count()`, `min(…)`, `max(…)`, `avg(…)`, `sum(…)`; over time: `rate()`, `quantile_over_time(…)`, …",
            ),
        };
        self.report(found);
    }
}
