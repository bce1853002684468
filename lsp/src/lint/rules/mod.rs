//! The rules about what stands around queries: panels, alert rules, variables and files.
//!
//! A rule is a file here with a line in [`HOST_RULES`], a row in the grammar's table of codes with its page, and a fixture in
//! `tests/lint` that shows where it speaks and where it does not. It is asked once about a document, after the grammar has
//! judged every query.

mod alert_not_metrics;
mod alert_with_variable;
mod bad_metrics_query_type;
mod bad_table_type;
mod broken_file;
mod empty_query;
mod filters_beside_query;
mod foreign_interval;
mod hidden_by_first;
mod limit_above_cap;
mod metrics_in_traces_panel;
mod missing_data_source;
mod mistaken_for_metrics;
mod mixed_panel;
mod multi_value_equals;
mod repeated_query;
mod search_in_graph_panel;
mod search_in_traces_panel;
mod search_without_filters;
mod undefined_variable;
mod unescaped_in_regex;
mod unknown_query_type;

use std::{collections::HashMap, ops::Range};

use traceql_grammar::{
    MOST_DIAGNOSTICS,
    diagnostic::{Code, Diagnostic, Edit},
    lint::Rule,
    span::Span,
    vocab::nearest::nearest,
};

use super::{
    About, Finding, Options,
    cases::{Mode, Query},
};
use crate::document::{
    Document,
    holder::{Found, Holder, HolderKind, Setting, Target},
};

/// A function that looks at a document for one rule.
pub type HostCheck = fn(&Judged<'_>, &mut Findings<'_>);

/// Every rule about what stands around queries. The order decides only between findings at one place.
pub static HOST_RULES: &[Rule<HostCheck>] = &[
    Rule { code: Code::BrokenFile, check: broken_file::check },
    Rule { code: Code::EmptyQuery, check: empty_query::check },
    Rule { code: Code::UnknownQueryType, check: unknown_query_type::check },
    Rule { code: Code::SearchWithoutFilters, check: search_without_filters::check },
    Rule { code: Code::BadTableType, check: bad_table_type::check },
    Rule { code: Code::BadMetricsQueryType, check: bad_metrics_query_type::check },
    Rule { code: Code::MissingDataSource, check: missing_data_source::check },
    Rule { code: Code::UndefinedVariable, check: undefined_variable::check },
    Rule { code: Code::ForeignInterval, check: foreign_interval::check },
    Rule { code: Code::MultiValueEquals, check: multi_value_equals::check },
    Rule { code: Code::UnescapedInRegex, check: unescaped_in_regex::check },
    Rule { code: Code::AlertNotMetrics, check: alert_not_metrics::check },
    Rule { code: Code::AlertWithVariable, check: alert_with_variable::check },
    Rule { code: Code::HiddenByFirst, check: hidden_by_first::check },
    Rule { code: Code::MixedPanel, check: mixed_panel::check },
    Rule { code: Code::MetricsInTracesPanel, check: metrics_in_traces_panel::check },
    Rule { code: Code::SearchInTracesPanel, check: search_in_traces_panel::check },
    Rule { code: Code::SearchInGraphPanel, check: search_in_graph_panel::check },
    Rule { code: Code::MistakenForMetrics, check: mistaken_for_metrics::check },
    Rule { code: Code::FiltersBesideQuery, check: filters_beside_query::check },
    Rule { code: Code::LimitAboveCap, check: limit_above_cap::check },
    Rule { code: Code::RepeatedQuery, check: repeated_query::check },
];

/// A document whose queries the grammar has judged.
pub struct Judged<'d> {
    document: &'d Document,
    queries: &'d [Query<'d>],
    /// The index in `queries` of the query of a target.
    by_target: HashMap<(usize, usize), usize>,
    options: &'d Options,
}

/// A target with what holds it.
#[derive(Clone, Copy)]
struct Place<'d> {
    at: usize,
    holder: &'d Holder,
    target: &'d Target,
    /// The query, if there is one that was judged.
    query: Option<&'d Query<'d>>,
}

impl<'d> Judged<'d> {
    /// Returns each target with its holder.
    fn targets(&self) -> impl Iterator<Item = Place<'d>> {
        self.document.holders.iter().enumerate().flat_map(|(at, holder)| self.targets_of(at, holder))
    }

    /// Returns the targets of a holder.
    fn targets_of(&self, at: usize, holder: &'d Holder) -> impl Iterator<Item = Place<'d>> {
        holder.targets.iter().enumerate().map(move |(index, target)| Place {
            at,
            holder,
            target,
            query: self.by_target.get(&(at, index)).and_then(|found| self.queries.get(*found)),
        })
    }

    /// Returns the targets of a panel that Grafana asks for together: those that are shown, with one data source and one
    /// kind of query, in groups.
    fn groups(&self, at: usize, holder: &'d Holder) -> Vec<Vec<Place<'d>>> {
        if !matches!(holder.kind, HolderKind::Panel | HolderKind::LibraryPanel) {
            return Vec::new();
        }
        let mut groups: Vec<Vec<Place<'d>>> = Vec::new();
        let mut by_kind: HashMap<(Option<&str>, &str), usize> = HashMap::new();
        for place in self.targets_of(at, holder).filter(|place| !place.target.is_hidden && place.query.is_some()) {
            let source = place.target.data_source.name.as_ref().map(|name| name.value.as_str());
            let group = *by_kind.entry((source, query_type(place.target))).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => group.push(place),
                None => groups.push(vec![place]),
            }
        }
        groups
    }
}

impl<'d> Place<'d> {
    /// Returns the query as it was found, where it was judged.
    fn found(&self) -> Option<&'d Found> {
        self.query.map(|query| query.found)
    }

    /// Returns what Grafana shows of the query, where it and Tempo agree about it.
    fn mode(&self) -> Option<Mode> {
        let query = self.query?;
        query.mode.filter(|mode| (*mode == Mode::Metrics) == query.is_like_metrics)
    }

    /// Returns the panel's type.
    fn panel_type(&self) -> Option<&'d str> {
        self.holder.panel_type.as_ref().map(|setting| setting.value.as_str())
    }

    /// Returns the place of the query, or else of the target.
    fn span(&self) -> Range<usize> {
        self.found().map_or(&self.target.span, |found| &found.span).clone()
    }
}

/// Returns the query type of a target, as Grafana takes it.
fn query_type(target: &Target) -> &str {
    match target.query_type.as_ref().map(|setting| setting.value.as_str()) {
        None | Some("") => "traceql",
        Some(kind) => kind,
    }
}

/// Findings of the rules in a document.
pub struct Findings<'f> {
    found: &'f mut Vec<Finding>,
    /// The code of the rule that is being asked, and how many findings it has.
    code: Code,
    count: usize,
}

impl Findings<'_> {
    /// Tells whether the rule has so many findings that no more are kept.
    fn is_full(&self) -> bool {
        // As many as for one query, times ten: a file has many panels.
        self.count >= MOST_DIAGNOSTICS * 10
    }

    /// Begins a finding at a place of the file.
    fn at(&self, span: &Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, message, Span::new(span.start, span.end))
    }

    /// Begins a finding at a place of a query's text.
    fn of(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, message, span)
    }

    /// Adds a finding about a holder; its places are bytes of the file.
    fn holder(&mut self, at: usize, diagnostic: Diagnostic) {
        self.add(About::Holder(at), diagnostic.primary.span.range(), diagnostic);
    }

    /// Adds a finding about a file.
    fn file(&mut self, diagnostic: Diagnostic) {
        self.add(About::File, diagnostic.primary.span.range(), diagnostic);
    }

    /// Adds a finding about a query; its places are bytes of the query's text.
    fn query(&mut self, query: &Query<'_>, diagnostic: Diagnostic) {
        let about = About::Query { holder: query.holder, target: query.target };
        self.add(about, query.found.map.to_file(diagnostic.primary.span.range()), diagnostic);
    }

    /// Takes out findings of another rule about the same place of a query, which say less.
    fn replace(&mut self, query: &Query<'_>, code: Code, place: Span) {
        let about = About::Query { holder: query.holder, target: query.target };
        self.found.retain(|finding| {
            let span = finding.diagnostic.primary.span;
            let overlaps = span.start < place.end && place.start < span.end;
            finding.about != about || finding.diagnostic.code != code || !overlaps
        });
    }

    fn add(&mut self, about: About, span: Range<usize>, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.count += 1;
            self.found.push(Finding { diagnostic, about, span, case: None });
        }
    }
}

/// Asks every rule about a document.
pub(super) fn judge<'d>(
    document: &'d Document,
    queries: &'d [Query<'d>],
    options: &'d Options,
    found: &mut Vec<Finding>,
) {
    let by_target = queries.iter().enumerate().map(|(at, query)| ((query.holder, query.target), at)).collect();
    let judged = Judged { document, queries, by_target, options };
    for rule in HOST_RULES {
        (rule.check)(&judged, &mut Findings { found, code: rule.code, count: 0 });
    }
}

/// Returns the edit that gives a setting another value: a word that every file format writes alike. `None` if it is unknown
/// where between its quotes the value stands.
fn set(setting: &Setting<String>, word: &str) -> Option<Edit> {
    let quotes = setting.span.len().checked_sub(setting.value.len()).filter(|quotes| quotes % 2 == 0)? / 2;
    let inside = setting.span.start + quotes..setting.span.end - quotes;
    let is_quoted = quotes > 0 || setting.value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_quoted && !inside.is_empty()).then(|| Edit::replace(Span::new(inside.start, inside.end), word))
}

/// Says which words are right, and which of them was meant.
fn words(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write {}", listed(known)),
    }
}

/// Returns words in backquotes: `a`, `b` or `c`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}
