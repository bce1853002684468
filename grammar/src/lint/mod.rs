//! Rules about legal queries.
//!
//! There are two lists. [`RULES`] tell where Tempo's answer differs from traceql's; [`crate::check`] asks them about every
//! query, and each is a file here named after a row of the list of differences. [`QUERY_RULES`] tell of habits that cost or
//! mislead, whoever answers; only [`lint`] asks them, and their files stand in `habits`.
//!
//! A rule is asked about every part of the query and reports only what can make the answers differ. Rules whose finding depends on the data alone, not on the query,
//! report once for a query and point at the further places; see `Findings::once`.
//!
//! A rule about one comparison or one operator looks at the parts that `walk` shows. A rule about a whole pipeline asks
//! `reads` what its stages read, in which way, and what every span that leaves them has passed. Where a finding is worse or
//! better than its code says, the rule sets its level.
//!
//! A new rule is a file with a line in one of the lists, a row in the table of codes with its page, and a section in
//! `tests/suite/lint`.
//!
//! Another crate has rules of its own kind in a list of its own: a `Rule` with another type of `check`, for example
//! `Rule<fn(&Panel, &mut Vec<Diagnostic>)>`. Its codes stand in the one table too, so that the rules of all crates are
//! listed together:
//!
//! ```
//! use traceql_grammar::{diagnostic::Code, lint::{RULES, Rule}};
//!
//! static OF_TITLES: [Rule<fn(&str) -> bool>; 1] = [Rule { code: Code::TempoIds, check: str::is_empty }];
//!
//! let all = RULES.iter().map(Rule::row).chain(OF_TITLES.iter().map(Rule::row));
//! assert!(all.clone().any(|row| row.name == "tempo-negation" && !row.page.is_empty()));
//! ```

mod absent_events;
mod after_select;
mod aggregates;
mod array_labels;
mod arrays;
mod by_then_relation;
mod compare_fields;
mod dedicated_nil;
mod event_values;
mod habits;
mod ids;
mod literal_first;
mod lost_metadata;
mod metrics_values;
mod missing_is_false;
mod negation;
mod numbers;
mod or_constant;
mod or_predicates;
mod power;
mod reads;
mod rootless;
mod run_time_errors;
mod several_events;
mod span_only_metrics;
mod together;
mod truth;
mod union_structural;
mod unscoped_nil;
pub mod walk;

pub use habits::{Known, QUERY_RULES, lint};

use std::collections::{HashMap, HashSet};

use crate::{
    MOST_DIAGNOSTICS,
    diagnostic::{Code, CodeRow, Diagnostic},
    query::Query,
    span::Span,
    vocab::{release::Release, scopes::Scope},
};

/// A lint rule: what it reports, and how it looks for it.
#[derive(Debug)]
pub struct Rule<Check> {
    /// The code of its findings, with the rule's name, its level, its documentation in one line and its page.
    pub code: Code,
    /// Looks at one thing and reports; the crate with the list decides what that is.
    pub check: Check,
}

/// The function by which a rule looks at one part of a query.
pub type QueryCheck = fn(&walk::Part<'_>, &mut Findings<'_>);

impl<Check> Rule<Check> {
    /// Returns number, name, default level, summary and page of the rule.
    pub fn row(&self) -> &'static CodeRow {
        self.code.row()
    }
}

/// Every rule about a difference between Tempo's answer and traceql's. The order decides only between findings at one place.
pub static RULES: &[Rule<QueryCheck>] = &[
    Rule { code: Code::TempoNegation, check: negation::check },
    Rule { code: Code::TempoNumbers, check: numbers::check },
    Rule { code: Code::TempoLiteralFirst, check: literal_first::check },
    Rule { code: Code::TempoArrays, check: arrays::check },
    Rule { code: Code::TempoPower, check: power::check },
    Rule { code: Code::TempoMissingIsFalse, check: missing_is_false::check },
    Rule { code: Code::TempoRunTimeErrors, check: run_time_errors::check },
    Rule { code: Code::TempoUnscopedNil, check: unscoped_nil::check },
    Rule { code: Code::TempoRootless, check: rootless::check },
    Rule { code: Code::TempoIds, check: ids::check },
    Rule { code: Code::TempoAggregates, check: aggregates::check },
    Rule { code: Code::TempoMetricsValues, check: metrics_values::check },
    Rule { code: Code::TempoAbsentEvents, check: absent_events::check },
    Rule { code: Code::TempoDedicatedNil, check: dedicated_nil::check },
    Rule { code: Code::TempoUnionStructural, check: union_structural::check },
    Rule { code: Code::TempoAfterSelect, check: after_select::check },
    Rule { code: Code::TempoOrPredicates, check: or_predicates::check },
    Rule { code: Code::TempoOrConstant, check: or_constant::check },
    Rule { code: Code::TempoCompareFields, check: compare_fields::check },
    Rule { code: Code::TempoEventValues, check: event_values::check },
    Rule { code: Code::TempoSeveralEvents, check: several_events::check },
    Rule { code: Code::TempoLostMetadata, check: lost_metadata::check },
    Rule { code: Code::TempoByThenRelation, check: by_then_relation::check },
    Rule { code: Code::TempoSpanOnlyMetrics, check: span_only_metrics::check },
    Rule { code: Code::TempoArrayLabels, check: array_labels::check },
];

/// Returns where Tempo answers the query differently, in order of the text; at most [`MOST_DIAGNOSTICS`] places.
///
/// `query` is what [`crate::check`] made of `text`; it has to be legal.
pub fn tempo_differences(text: &str, query: &Query) -> Vec<Diagnostic> {
    let mut findings = Findings { text, ..Findings::default() };
    walk::query(query, &mut |part| {
        for rule in RULES {
            findings.code = rule.code;
            (rule.check)(part, &mut findings);
        }
    });
    findings.found.sort_by_key(|diagnostic| diagnostic.primary.span);
    findings.found
}

/// Findings of the rules in one query, and what the rules know beside its parts.
pub struct Findings<'t> {
    text: &'t str,
    /// The release that is to answer.
    target: Release,
    /// The places of comments.
    comments: Vec<Span>,
    /// The names of all attributes that the query reads.
    names: HashSet<String>,
    /// The attributes that are known beside the conventions, with the scope of each.
    known: HashMap<&'t str, Scope>,
    /// Whether a variable stands for a part of the query that nobody knows.
    has_gaps: bool,
    /// The code of the rule that is being asked.
    code: Code,
    /// At most [`MOST_DIAGNOSTICS`].
    found: Vec<Diagnostic>,
    /// The index in `found` of the finding of each rule that reports once.
    once: Vec<(Code, usize)>,
}

impl Default for Findings<'_> {
    fn default() -> Self {
        Findings {
            text: "",
            target: Release::Main,
            comments: Vec::new(),
            names: HashSet::new(),
            known: HashMap::new(),
            has_gaps: false,
            code: Code::TempoNegation,
            found: Vec::new(),
            once: Vec::new(),
        }
    }
}

impl Findings<'_> {
    /// Begins a finding of the rule that is being asked.
    fn diagnostic(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, message, span)
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < MOST_DIAGNOSTICS {
            self.found.push(diagnostic);
        }
    }

    /// Adds a finding that only the data decides about; from the second one on, only its place is added to the first.
    fn once(&mut self, diagnostic: Diagnostic) {
        let first = self.once.iter().find(|(code, _)| *code == diagnostic.code);
        match first.and_then(|(_, at)| self.found.get_mut(*at)) {
            Some(first) if first.secondary.len() < MOST_DIAGNOSTICS => first.secondary.push(diagnostic.primary),
            Some(_) => {}
            None => {
                self.once.push((diagnostic.code, self.found.len()));
                self.add(diagnostic);
            }
        }
    }

    /// Returns the text of a part of the query.
    fn text_of(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}
