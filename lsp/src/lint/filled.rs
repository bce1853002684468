//! A query as Grafana would send it now: with values in the place of its variables.

use super::{
    cases::by_name,
    interpolate::Chosen,
    variables::{Choice, Meaning, Reference, chosen, references},
};
use crate::document::{
    Document,
    holder::{Found, Holder},
    variable::Variable,
};

/// A query without variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The whole query, in braces if only what is inside of them was written.
    pub text: String,
    /// Each reference to a variable with the text in its place, as `$service` and `cart`, each once.
    pub values: Vec<(String, String)>,
}

/// Puts the chosen values, as the dashboard is saved, in the place of a query's variables; where none is chosen, the first one
/// that the dashboard tells.
///
/// # Errors
///
/// The references whose values the file does not tell.
pub fn filled(document: &Document, holder: &Holder, found: &Found) -> Result<Filled, Vec<String>> {
    let defined = holder.dashboard.and_then(|at| document.dashboards.get(at)).map(by_name);
    let (mut text, mut at) = (String::with_capacity(found.text.len()), 0);
    let (mut values, mut unknown): (Vec<(String, String)>, Vec<String>) = Default::default();
    for reference in references(&found.text, holder, defined.as_ref()) {
        let span = reference.span.range();
        let written = found.text.get(span.clone()).unwrap_or_default();
        text.push_str(found.text.get(at..span.start).unwrap_or_default());
        at = span.end;
        match value(&reference) {
            Some(value) => {
                text.push_str(&value);
                if !values.iter().any(|(known, _)| known == written) {
                    values.push((written.to_owned(), value));
                }
            }
            None if !unknown.iter().any(|known| known == written) => unknown.push(written.to_owned()),
            None => {}
        }
    }
    text.push_str(found.text.get(at..).unwrap_or_default());
    let text = if found.is_condition { format!("{{ {} }}", text.trim()) } else { text };
    if unknown.is_empty() { Ok(Filled { text, values }) } else { Err(unknown) }
}

/// Returns the text in the place of a reference; `None` if nothing tells it.
fn value(reference: &Reference<'_>) -> Option<String> {
    match reference.meaning {
        _ if reference.is_part => None,
        Meaning::Defined(variable) => now(variable).text(reference.name, reference.format),
        Meaning::BuiltIn(text) => text.map(str::to_owned),
        Meaning::Foreign | Meaning::Undefined | Meaning::Elsewhere => None,
    }
}

/// Returns what is chosen of a variable as the dashboard is saved.
fn now(variable: &Variable) -> Chosen {
    let current: Vec<String> = variable.current.iter().filter(|value| !value.is_empty()).cloned().collect();
    if current.iter().any(|value| value == "$__all") {
        return chosen(variable, Choice::All);
    }
    if variable.is_multi && current.len() > 1 {
        return Chosen::Several(current);
    }
    chosen(variable, Choice::One)
}
