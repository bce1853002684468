//! The grammar's verdict on a query, for each case that the variables of its dashboard allow.
//!
//! A query is checked with one value of each variable; then again for each variable with several values, with `All` and with
//! nothing, as far as the dashboard allows them and tells the values. A variable whose values nobody knows stays a hole in
//! the query, so that nothing false is said. Most queries have no variables and are checked once.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use traceql_grammar::{
    CheckOptions, Checked, Verdict, check,
    diagnostic::{Class, Code, Diagnostic, Severity},
    lint::{Known, lint},
    query::Body,
    span::Span,
    template::{Variable as Declared, VariableKind as DeclaredKind, occurrences},
    token::Token,
};

use super::{
    Options,
    interpolate::Chosen,
    variables::{ByName, Choice, Meaning, Reference, chosen, further, references},
};
use crate::document::{
    Document,
    holder::{Dashboard, Found, Holder, HolderKind, Target},
    variable::Variable,
};

/// Maximum number of variables of a query for which cases are looked at.
const MOST_VARIABLES: usize = 8;

/// A query of a document, checked.
pub struct Query<'d> {
    /// The index of its holder.
    pub holder: usize,
    /// The index of its target in the holder.
    pub target: usize,
    /// The query as it was found.
    pub found: &'d Found,
    /// The query as the grammar understands it, with one value of each variable.
    pub checked: Checked,
    /// The kind of Tempo's answer; `None` where it cannot be read.
    pub mode: Option<Mode>,
    /// Whether Grafana takes the query for one that gives series: it looks for the words in the raw text.
    pub is_like_metrics: bool,
    /// The places of variables, in [`Query::checked`]'s text.
    pub(super) references: Vec<Reference<'d>>,
    /// The findings, each with the case in which it is true.
    pub(super) diagnostics: Vec<(Diagnostic, Option<String>)>,
}

/// The kinds of Tempo's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Traces.
    Search,
    /// Series.
    Metrics,
}

impl Query<'_> {
    /// Returns the place in the text that was found of a place in the text that was checked.
    pub(super) fn place(&self, span: Span) -> Span {
        if self.found.is_condition { unwrapped(span, self.found.text.len()) } else { span }
    }

    /// Returns a part of the text that was checked.
    pub(super) fn text_of(&self, span: Span) -> &str {
        self.checked.text().get(span.range()).unwrap_or_default()
    }
}

/// Checks the queries of a document that are TraceQL, in order of the file.
pub(super) fn queries<'d>(document: &'d Document, options: &Options) -> Vec<Query<'d>> {
    let known = Known { attributes: options.known.clone() };
    let variables: Vec<ByName<'d>> = document.dashboards.iter().map(by_name).collect();
    let mut queries = Vec::new();
    for (at, holder) in document.holders.iter().enumerate() {
        for (index, target) in holder.targets.iter().enumerate() {
            let Some(found) = target.sent().filter(|found| is_traceql(holder, target, found)) else { continue };
            let defined = holder.dashboard.and_then(|at| variables.get(at));
            let references = references(&found.text, holder, defined);
            queries.push(query((at, index), found, references, options, &known));
        }
    }
    queries
}

pub(super) fn by_name(dashboard: &Dashboard) -> ByName<'_> {
    dashboard.variables.iter().map(|variable| (variable.name.as_str(), variable)).collect()
}

/// Checks one query of a document, with one value of each variable that its dashboard defines.
pub fn checked(document: &Document, holder: &Holder, found: &Found, options: &Options) -> Checked {
    let defined = holder.dashboard.and_then(|at| document.dashboards.get(at)).map(by_name);
    let references = references(&found.text, holder, defined.as_ref());
    check(&found.text, CheckOptions { release: options.release, variables: declared(&references, None) })
}

/// Tells whether a text is judged as TraceQL: not an id of a trace, which Grafana looks up, nor a variable that may be one.
fn is_traceql(holder: &Holder, target: &Target, found: &Found) -> bool {
    let is_of_type = match target.query_type.as_ref().map(|setting| setting.value.as_str()) {
        None | Some("traceql" | "traceqlSearch" | "") => true,
        Some(kind) => kind.contains('$'),
    };
    if !is_of_type {
        return false;
    }
    let text = found.text.trim();
    if holder.kind == HolderKind::File {
        return true;
    }
    if text.is_empty() {
        return is_query_wanted(holder, target);
    }
    let is_id = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_id && !is_variable(text)
}

/// Tells whether a text is one variable and nothing else.
fn is_variable(text: &str) -> bool {
    let mut found = occurrences(text);
    found.next().is_some_and(|only| only.span.range() == (0..text.len()))
}

/// Tells whether a target without a text is one that somebody has forgotten to fill in.
pub(super) fn is_query_wanted(holder: &Holder, target: &Target) -> bool {
    const WITHOUT_QUERIES: [&str; 9] =
        ["row", "text", "news", "dashlist", "alertlist", "annolist", "welcome", "gettingstarted", "live"];
    let shows_data = |kind: &str| !WITHOUT_QUERIES.contains(&kind);
    let is_shown = !target.is_hidden && holder.panel_type.as_ref().is_none_or(|kind| shows_data(&kind.value));
    match holder.kind {
        HolderKind::Panel | HolderKind::LibraryPanel => is_shown,
        HolderKind::Link | HolderKind::ExploreUrl | HolderKind::SavedQuery => false,
        _ => true,
    }
}

/// Returns what Tempo gives for a query; `None` where it cannot be read.
fn mode(checked: &Checked) -> Option<Mode> {
    match (&checked.query.body, checked.verdict) {
        (_, Verdict::ParseError) => None,
        (Body::Metrics(_), _) => Some(Mode::Metrics),
        (Body::Search(_), _) if has_unknown_stage(checked) => None,
        (Body::Search(_), _) => Some(Mode::Search),
    }
}

/// Tells whether a variable without a value stands outside of braces, where it may be a metrics function.
fn has_unknown_stage(checked: &Checked) -> bool {
    if checked.holes().next().is_none() {
        return false;
    }
    let mut depth = 0usize;
    checked.tokens().lexemes.iter().any(|lexeme| {
        match lexeme.token {
            Token::OpenBrace => depth += 1,
            Token::CloseBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && lexeme.token == Token::Missing
    })
}

/// Returns the place of the words by which Grafana knows a metrics query.
pub(super) fn metrics_word(text: &str) -> Option<Span> {
    text.match_indices('|').find_map(|(at, _)| {
        let behind = text.get(at + 1..)?.trim_start();
        let letters = behind.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
        let (word, rest) = behind.split_at_checked(letters)?;
        let is_function = word == "rate" || word == "compare" || word.ends_with("_over_time");
        let end = text.len() - rest.len();
        (is_function && rest.trim_start().starts_with('(')).then(|| Span::new(at, end))
    })
}

/// Judges one query.
fn query<'d>(
    (holder, target): (usize, usize),
    found: &'d Found,
    mut references: Vec<Reference<'d>>,
    options: &Options,
    known: &Known,
) -> Query<'d> {
    let text = judged_text(found);
    if found.is_condition {
        references.iter_mut().for_each(|reference| reference.span = wrapped(reference.span));
    }
    let base = CheckOptions { release: options.release, variables: declared(&references, None) };
    let mut checked = check(&text, base);
    checked.diagnostics.extend(lint(&checked, known));
    let diagnostics = in_cases(&checked, &references, options);
    // What a comment says about a variable does not matter.
    if !references.is_empty() {
        let comments = checked.tokens().comments;
        references.retain(|reference| !is_within(reference.span, &comments));
    }
    let (mode, is_like_metrics) = (mode(&checked), metrics_word(&found.text).is_some());
    let mut query =
        Query { holder, target, found, checked, mode, is_like_metrics, references, diagnostics: Vec::new() };
    query.diagnostics = diagnostics.into_iter().map(|(found, case)| (query.moved(found), case)).collect();
    query
}

/// Tells whether a place lies in one of these, which are in order of the text.
fn is_within(place: Span, others: &[Span]) -> bool {
    let next = others.partition_point(|other| other.end <= place.start);
    others.get(next).is_some_and(|other| other.start <= place.start && place.end <= other.end)
}

/// Returns the text that Tempo gets: a condition with braces around it.
fn judged_text(found: &Found) -> Cow<'_, str> {
    if found.is_condition { Cow::Owned(format!("{{{}}}", found.text)) } else { Cow::Borrowed(&found.text) }
}

fn wrapped(span: Span) -> Span {
    Span { start: span.start + 1, end: span.end + 1 }
}

fn unwrapped(span: Span, length: usize) -> Span {
    let inside = |at: u32| (at.saturating_sub(1) as usize).min(length);
    Span::new(inside(span.start), inside(span.end))
}

impl Query<'_> {
    /// Moves the places of a finding to the text that was found. A fix that touches the braces around a condition is left out.
    fn moved(&self, mut found: Diagnostic) -> Diagnostic {
        if !self.found.is_condition {
            return found;
        }
        let length = self.found.text.len();
        let touches = |span: Span| span.start < 1 || span.end as usize > length + 1;
        // The braces around the condition are no part of it, so that nobody can tell which bracket is wrong.
        if found.code == Code::UnbalancedBracket {
            found.fix = None;
        }
        if found.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| touches(edit.span))) {
            found.fix = None;
        }
        found.primary.span = self.place(found.primary.span);
        found.secondary.iter_mut().for_each(|label| label.span = self.place(label.span));
        for edit in found.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = self.place(edit.span);
        }
        found
    }
}

/// Returns the name by which a reference with a format is declared.
fn special(reference: &Reference<'_>) -> String {
    match reference.format {
        Some(format) => format!("{}:{format}", reference.name),
        None => reference.name.to_owned(),
    }
}

/// Declares what the references need: each variable with one value, but for the one that `other` is about.
fn declared(references: &[Reference<'_>], other: Option<(&str, &Chosen)>) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    let mut seen: HashSet<(&str, Option<&str>)> = HashSet::new();
    let parts: HashSet<&str> = references.iter().filter(|found| found.is_part).map(|found| found.name).collect();
    for reference in references {
        if !seen.insert((reference.name, reference.format)) {
            continue;
        }
        let name = special(reference);
        let value = match reference.meaning {
            _ if parts.contains(reference.name) => None,
            Meaning::BuiltIn(text) => text.filter(|_| reference.format.is_none()).map(str::to_owned),
            Meaning::Defined(variable) => match other {
                Some((name, chosen)) if name == reference.name => chosen.text(name, reference.format),
                _ => chosen(variable, Choice::One).text(reference.name, reference.format),
            },
            Meaning::Foreign | Meaning::Undefined | Meaning::Elsewhere => None,
        };
        let mut new = Declared::new(name, DeclaredKind::Part);
        new.value = value;
        declared.push(new);
    }
    declared
}

/// Returns the part of a finding that is the same in all cases.
fn key(found: &Diagnostic) -> (Code, Span) {
    (found.code, found.primary.span)
}

/// Returns what is wrong in any case, then what is wrong in one of them.
fn in_cases(checked: &Checked, references: &[Reference<'_>], options: &Options) -> Vec<(Diagnostic, Option<String>)> {
    let base = once(checked.diagnostics.clone(), references);
    let base: Vec<Diagnostic> = base.iter().map(|found| explained(found, references, None)).collect();
    let variables = distinct(references);
    if variables.is_empty() {
        return base.into_iter().map(|found| (found, None)).collect();
    }
    let mut only: HashMap<(Code, Span), String> = HashMap::new();
    let mut seen: Vec<(Code, Span)> = base.iter().map(key).collect();
    let mut others = Vec::new();
    for variable in variables {
        let mut texts = vec![declared(references, None)];
        let is_known = chosen(variable, Choice::One) != Chosen::Unknown;
        for (choice, chosen) in further(variable) {
            let declared = declared(references, Some((&variable.name, &chosen)));
            if texts.contains(&declared) {
                continue;
            }
            texts.push(declared.clone());
            let case = check(checked.text(), CheckOptions { release: options.release, variables: declared });
            if is_known && choice != Choice::Emptied {
                for found in &base {
                    if is_about_values(found) && !case.diagnostics.iter().any(|other| key(other) == key(found)) {
                        only.entry(key(found)).or_insert_with(|| Choice::One.case(&variable.name));
                    }
                }
            }
            for mut found in once(case.diagnostics, references).into_iter().filter(is_about_values) {
                if seen.contains(&key(&found)) {
                    continue;
                }
                seen.push(key(&found));
                if choice == Choice::Emptied {
                    found.severity = Severity::Info;
                }
                found.fix = None;
                found = explained(&found, references, Some((&variable.name, &chosen)));
                others.push((found, Some(choice.case(&variable.name))));
            }
        }
    }
    let base = base.into_iter().map(|mut found| {
        let case = only.get(&key(&found)).cloned();
        if case.is_some() {
            found.fix = None;
        }
        (found, case)
    });
    base.chain(others).collect()
}

/// Keeps one finding of those at one place that a variable gives: the rest follows from it.
fn once(mut diagnostics: Vec<Diagnostic>, references: &[Reference<'_>]) -> Vec<Diagnostic> {
    if references.is_empty() {
        return diagnostics;
    }
    let mut places: HashSet<Span> = HashSet::new();
    diagnostics.retain(|found| {
        let place = found.primary.span;
        let is_given = references.iter().any(|known| known.span.start < place.end && place.start < known.span.end);
        !is_given || !is_about_values(found) || places.insert(place)
    });
    diagnostics
}

/// Tells whether a finding is about what a value does to the query: whether Tempo takes it.
fn is_about_values(found: &Diagnostic) -> bool {
    found.code.row().class != Class::Lint
}

/// Returns the variables of the dashboard that may have another choice of values, each once; none if there are too many.
fn distinct<'d>(references: &[Reference<'d>]) -> Vec<&'d Variable> {
    let mut variables: Vec<&Variable> = Vec::new();
    for reference in references.iter().filter(|reference| !reference.is_single) {
        let Meaning::Defined(variable) = reference.meaning else { continue };
        if !variables.iter().any(|known| known.name == variable.name) {
            variables.push(variable);
        }
        if variables.len() > MOST_VARIABLES {
            return Vec::new();
        }
    }
    variables
}

/// Says at a finding in the place of a variable what its text is.
fn explained(found: &Diagnostic, references: &[Reference<'_>], other: Option<(&str, &Chosen)>) -> Diagnostic {
    const MOST_CHARACTERS: usize = 40;
    let mut found = found.clone();
    let place = found.primary.span;
    let touched = references.iter().find(|known| known.span.start < place.end && place.start < known.span.end);
    let Some(reference) = touched.filter(|_| found.code.row().class != Class::Lint) else { return found };
    let one = std::slice::from_ref(reference);
    let Some(value) = declared(one, other).pop().and_then(|declared| declared.value) else { return found };
    let shown: String = value.chars().take(MOST_CHARACTERS).collect();
    let dots = if shown.len() < value.len() { "…" } else { "" };
    let text = if shown.is_empty() { "nothing".to_owned() } else { format!("`{shown}{dots}`") };
    let label = format!("`{}` stands for {text} here", reference.name);
    match found.primary.text.is_empty() {
        true => found.primary.text = label,
        false => found = found.also(reference.span, label),
    }
    // What helps in a text that is written by hand seldom helps in the place of a variable.
    let is_around = reference.span.start <= place.start + 1 && place.end <= reference.span.end + 1;
    if !is_around {
        return found;
    }
    found.help = match found.code {
        _ if value.is_empty() => Some(format!("let `{}` have a value from the start", reference.name)),
        Code::BadEscape => Some("put it between backquotes, in which nothing is escaped".to_owned()),
        Code::UnknownWord => Some(format!("put it between quotes: `\"${}\"`", reference.name)),
        _ if other.is_some_and(|(name, _)| name == reference.name) => {
            Some(format!("let `{}` have one value at a time, or write what takes all of them", reference.name))
        }
        _ => None,
    };
    found
}
