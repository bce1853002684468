//! Meaning of the references to variables in a query: a variable of the dashboard, one of Grafana, or nothing.

use std::collections::HashMap;

use traceql_grammar::{span::Span, template::occurrences};

use super::interpolate::Chosen;
use crate::document::{
    holder::{Holder, HolderKind},
    variable::{Variable, VariableKind},
};

/// A place where a query refers to a variable.
#[derive(Clone, Debug)]
pub(super) struct Reference<'d> {
    /// The whole reference in the text that is judged.
    pub(super) span: Span,
    /// The name alone.
    pub(super) name: &'d str,
    /// The format behind the first colon.
    pub(super) format: Option<&'d str>,
    /// Whether it asks for a part of the variable: `${x.y}`.
    pub(super) is_part: bool,
    /// Whether the panel is repeated for each value of the variable, and so has one at a time.
    pub(super) is_single: bool,
    /// The meaning.
    pub(super) meaning: Meaning<'d>,
}

/// The meaning of a reference.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning<'d> {
    /// A variable of the dashboard.
    Defined(&'d Variable),
    /// A variable of Grafana, with a text that it may have.
    BuiltIn(Option<&'static str>),
    /// An interval of other data sources, which nothing replaces in TraceQL.
    Foreign,
    /// Nothing: it stays as it is written.
    Undefined,
    /// Something that is known elsewhere: a shell, a data link, whoever uses a library panel.
    Elsewhere,
}

/// Intervals that only the data sources of Prometheus and Loki replace.
const FOREIGN: [&str; 7] =
    ["__range", "__range_s", "__range_ms", "__rate_interval", "__rate_interval_ms", "__auto", "__auto_interval"];

/// Variables that Grafana itself replaces everywhere, with a text where it always has the same form.
const BUILT_IN: [(&str, Option<&str>); 13] = [
    ("__interval", Some("30s")),
    ("__interval_ms", Some("30000")),
    ("__from", Some("1767225600000")),
    ("__to", Some("1767229200000")),
    ("__timezone", None),
    ("__user", None),
    ("__org", None),
    ("__dashboard", None),
    ("__url", None),
    ("__url_time_range", None),
    ("__all_variables", None),
    ("__timeFilter", None),
    ("timeFilter", None),
];

/// Maximum number of values that are looked at of a variable.
const MOST_VALUES: usize = 100;

/// Variables of a dashboard by name.
pub(super) type ByName<'d> = HashMap<&'d str, &'d Variable>;

/// Returns the references in a text, with what they mean to a holder. `defined` are the variables of its
/// dashboard; `None` if it has no dashboard that is known.
pub(super) fn references<'d>(text: &'d str, holder: &Holder, defined: Option<&ByName<'d>>) -> Vec<Reference<'d>> {
    // A file alone is sent as it is written; its variables are told by the grammar.
    if holder.kind == HolderKind::File {
        return Vec::new();
    }
    let found = occurrences(text).filter(|found| !is_group(found.name));
    found
        .map(|found| Reference {
            span: found.span,
            name: found.name,
            format: found.format,
            is_part: text.get(found.span.range()).is_some_and(|whole| is_part(whole, found.name)),
            is_single: holder.repeats.iter().any(|name| name == found.name),
            meaning: meaning(found.name, holder.kind, defined),
        })
        .collect()
}

/// Tells whether a name is the number of a group of a regular expression.
fn is_group(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_part(whole: &str, name: &str) -> bool {
    let behind = whole.strip_prefix("${").and_then(|rest| rest.strip_prefix(name));
    behind.is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn meaning<'d>(name: &str, kind: HolderKind, defined: Option<&ByName<'d>>) -> Meaning<'d> {
    if let Some(variable) = defined.and_then(|defined| defined.get(name)) {
        return Meaning::Defined(variable);
    }
    let in_grafana = matches!(
        kind,
        HolderKind::Panel
            | HolderKind::LibraryPanel
            | HolderKind::Link
            | HolderKind::ExploreUrl
            | HolderKind::SavedQuery
    );
    if in_grafana && FOREIGN.contains(&name) {
        return Meaning::Foreign;
    }
    if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
        return Meaning::BuiltIn(*text);
    }
    match kind {
        HolderKind::Panel if defined.is_some() => Meaning::Undefined,
        // Links have more of Grafana's own, under many names.
        HolderKind::Link if defined.is_some() && !name.starts_with("__") => Meaning::Undefined,
        _ => Meaning::Elsewhere,
    }
}

/// A way to choose values of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// One value.
    One,
    /// Several values.
    Several,
    /// `All`.
    All,
    /// Nothing, as the dashboard is saved.
    Empty,
    /// Nothing, after somebody has emptied the field.
    Emptied,
}

impl Choice {
    /// Returns under which values a finding holds, in words.
    pub(super) fn case(self, name: &str) -> String {
        match self {
            Choice::One => format!("when one value of `{name}` is chosen"),
            Choice::Several => format!("when several values of `{name}` are chosen"),
            Choice::All => format!("when `All` of `{name}` is chosen"),
            Choice::Empty | Choice::Emptied => format!("when `{name}` is empty"),
        }
    }
}

/// Returns the choices beside a single value that a variable allows.
pub(super) fn further(variable: &Variable) -> impl Iterator<Item = (Choice, Chosen)> {
    let choices = [Choice::Several, Choice::All, Choice::Empty, Choice::Emptied];
    choices
        .into_iter()
        .map(|choice| (choice, chosen(variable, choice)))
        .filter(|(_, chosen)| *chosen != Chosen::Unknown)
}

/// Returns what is chosen of a variable; unknown where the choice does not exist too.
pub(super) fn chosen(variable: &Variable, choice: Choice) -> Chosen {
    let is_filled = |value: &&String| !value.is_empty();
    match choice {
        Choice::One => match known(variable).find(is_filled) {
            Some(value) if variable.is_multi => Chosen::Several(vec![value.clone()]),
            Some(value) => Chosen::One(value.clone()),
            None => Chosen::Unknown,
        },
        Choice::Several if variable.is_multi => {
            let mut values: Vec<String> = known(variable).filter(is_filled).take(2).cloned().collect();
            // Two values that are alike show the form of several.
            if let [only] = values.as_slice() {
                values.push(only.clone());
            }
            if values.is_empty() { Chosen::Unknown } else { Chosen::Several(values) }
        }
        Choice::All if variable.includes_all => match variable.all_value.as_deref() {
            Some(text) if !text.is_empty() => {
                if is_plain(text) {
                    Chosen::AllText(text.to_owned())
                } else {
                    Chosen::Unknown
                }
            }
            _ => {
                let values: Vec<String> = known(variable).take(MOST_VALUES).cloned().collect();
                if values.is_empty() { Chosen::Unknown } else { Chosen::Several(values) }
            }
        },
        Choice::Empty | Choice::Emptied if emptied(variable) == Some(choice) => Chosen::One(String::new()),
        _ => Chosen::Unknown,
    }
}

/// Returns how a variable comes to be empty, if it can.
fn emptied(variable: &Variable) -> Option<Choice> {
    let is_empty = variable.current.iter().all(String::is_empty);
    match variable.kind {
        VariableKind::TextBox if is_empty && variable.values.iter().all(String::is_empty) => Some(Choice::Empty),
        VariableKind::TextBox => Some(Choice::Emptied),
        VariableKind::Custom | VariableKind::Constant | VariableKind::Switch => {
            variable.values.iter().any(String::is_empty).then_some(Choice::Empty)
        }
        // Grafana asks for the values when the dashboard is opened.
        VariableKind::Query => (is_empty && !variable.current.is_empty()).then_some(Choice::Emptied),
        VariableKind::Interval
        | VariableKind::DataSource
        | VariableKind::AdHoc
        | VariableKind::GroupBy
        | VariableKind::Other => None,
    }
}

/// Returns the values that the file tells, those that are chosen first, each once.
fn known(variable: &Variable) -> impl Iterator<Item = &String> {
    let has_values = matches!(
        variable.kind,
        VariableKind::Query
            | VariableKind::Custom
            | VariableKind::Constant
            | VariableKind::TextBox
            | VariableKind::Interval
            | VariableKind::Switch
    );
    let is_all = |value: &str| value == "$__all" || variable.includes_all && value == "All";
    let current = variable.current.get(..MOST_VALUES).unwrap_or(&variable.current);
    let others = variable.values.iter().filter(|value| !current.contains(value));
    let all = current.iter().chain(others).filter(move |value| has_values && !is_all(value) && is_plain(value));
    all.take(MOST_VALUES)
}

/// Tells whether a value is a text of its own, without variables in it.
fn is_plain(value: &str) -> bool {
    !value.contains(['$']) && !value.contains("[[")
}

/// Returns the filled values that the file tells of a variable.
pub(super) fn told(variable: &Variable) -> impl Iterator<Item = &str> {
    known(variable).filter(|value| !value.is_empty()).map(String::as_str)
}
