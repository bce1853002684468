//! Habits that cost or mislead, whoever answers the query.
//!
//! A rule warns only where nearly every finding is right whatever the data holds; else its findings are information. No rule
//! speaks about what a template variable stands for.

mod commented_stage;
mod constant_condition;
mod contradictory_condition;
mod deprecated_name;
mod duplicate_condition;
mod duration_without_unit;
mod intrinsic_as_attribute;
mod match_all_regex;
mod negative_drops_absent;
mod pattern;
mod plain_word_regex;
mod split_event_tests;
mod status_code_as_text;
mod unbounded_group;
mod unknown_hint;
mod unscoped_attribute;
mod useless_anchors;

use std::collections::HashSet;

use super::{
    Findings, QueryCheck, Rule,
    walk::{self, Part},
};
use crate::{
    Checked, MOST_DIAGNOSTICS, Verdict,
    diagnostic::{Code, Diagnostic},
    holes::Holes,
    query::{FieldKey, Query},
    vocab::scopes::{SCOPES, Scope},
};

/// Every rule about a habit. The order decides only between findings at one place.
pub static QUERY_RULES: &[Rule<QueryCheck>] = &[
    Rule { code: Code::DurationWithoutUnit, check: duration_without_unit::check },
    Rule { code: Code::IntrinsicAsAttribute, check: intrinsic_as_attribute::check },
    Rule { code: Code::StatusCodeAsText, check: status_code_as_text::check },
    Rule { code: Code::UnknownHint, check: unknown_hint::check },
    Rule { code: Code::UnscopedAttribute, check: unscoped_attribute::check },
    Rule { code: Code::ConstantCondition, check: constant_condition::check },
    Rule { code: Code::DuplicateCondition, check: duplicate_condition::check },
    Rule { code: Code::ContradictoryCondition, check: contradictory_condition::check },
    Rule { code: Code::PlainWordRegex, check: plain_word_regex::check },
    Rule { code: Code::MatchAllRegex, check: match_all_regex::check },
    Rule { code: Code::UselessAnchors, check: useless_anchors::check },
    Rule { code: Code::UnboundedGroup, check: unbounded_group::check },
    Rule { code: Code::NegativeDropsAbsent, check: negative_drops_absent::check },
    Rule { code: Code::DeprecatedName, check: deprecated_name::check },
    Rule { code: Code::SplitEventTests, check: split_event_tests::check },
    Rule { code: Code::CommentedStage, check: commented_stage::check },
];

/// Attributes known beside the conventions of OpenTelemetry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The attributes that a team uses, with or without scope: `span.tenant`, `tenant`.
    pub attributes: Vec<String>,
}

/// Returns the habits in a legal query that cost or mislead, in order of the text; at most [`MOST_DIAGNOSTICS`] places, and
/// none for a query that Tempo does not run.
///
/// ```
/// use traceql_grammar::{check, lint::{Known, lint}, vocab::release::Release};
///
/// let found = lint(&check("{ duration > 500 }", Release::Main), &Known::default());
/// assert_eq!(found[0].code.row().name, "duration-without-unit");
/// ```
pub fn lint(checked: &Checked, known: &Known) -> Vec<Diagnostic> {
    if checked.verdict != Verdict::Ok {
        return Vec::new();
    }
    let (query, holes) = (&checked.query, checked.holes.as_deref());
    let mut findings = Findings {
        text: checked.text(),
        target: checked.options.release,
        comments: checked.tokens().comments,
        names: names(query),
        known: known.attributes.iter().map(|name| scoped(name)).collect(),
        has_gaps: holes.is_some_and(Holes::has_open_part),
        ..Findings::default()
    };
    walk::query(query, &mut |part| {
        for rule in QUERY_RULES {
            if findings.found.len() < MOST_DIAGNOSTICS {
                findings.code = rule.code;
                (rule.check)(part, &mut findings);
            }
        }
    });
    let mut found = findings.found;
    if let Some(holes) = holes {
        let overlaps = |found: &Diagnostic| {
            holes.overlaps(found.primary.span) || found.secondary.iter().any(|label| holes.overlaps(label.span))
        };
        found.retain(|found| !overlaps(found));
        holes.take_back(checked.text(), &mut found);
    }
    found.sort_by_key(|found| found.primary.span);
    found
}

/// Returns the names of all attributes that a query reads.
fn names(query: &Query) -> HashSet<String> {
    let mut names = HashSet::new();
    walk::query(query, &mut |part| {
        if let Part::Field { field, .. } = part
            && let FieldKey::Attribute(_, name) = &field.key
        {
            names.insert(name.clone());
        }
    });
    names
}

/// Parts the scope from an attribute's name.
fn scoped(text: &str) -> (&str, Scope) {
    let part = |scope: Scope| text.strip_prefix(scope.word())?.strip_prefix('.').map(|name| (name, scope));
    SCOPES.iter().find_map(|row| part(row.scope)).unwrap_or((text, Scope::Any))
}
