//! The variables of a dashboard, and the data sources that it names.

use std::collections::HashSet;

use super::target;
use crate::document::{
    node::{Node, Value},
    source::Source,
    variable::{Variable, VariableKind},
};

/// The value that stands for `All`.
const ALL: &str = "$__all";

/// Reads the variables of a classic dashboard: `templating.list[]`.
pub(super) fn classic(source: &Source<'_>, dashboard: &Node<'_>) -> Vec<Variable> {
    let list = list_of(dashboard, &["templating", "list"]);
    list.iter().filter_map(|node| variable(source, node, node, str_of(node, "type")?)).collect()
}

/// Reads the variables of a dashboard of the second version: `variables[]`, each a kind with a `spec`.
pub(super) fn second(source: &Source<'_>, dashboard: &Node<'_>) -> Vec<Variable> {
    let read = |node: &Node<'_>| {
        let kind = str_of(node, "kind")?;
        let kind = kind.strip_suffix("Variable").unwrap_or(kind).to_ascii_lowercase();
        variable(source, node.get("spec")?, node, &kind)
    };
    list_of(dashboard, &["variables"]).iter().filter_map(read).collect()
}

/// Returns the data sources that a dashboard names by its inputs and by its variables: `${NAME}` with the type.
pub(super) fn data_sources(dashboard: &Node<'_>) -> impl Iterator<Item = (String, String)> {
    let inputs = list_of(dashboard, &["__inputs"]).iter().filter_map(|input| {
        (str_of(input, "type")? == "datasource").then_some((str_of(input, "name")?, str_of(input, "pluginId")?))
    });
    let first = list_of(dashboard, &["templating", "list"]).iter().filter_map(|variable| {
        (str_of(variable, "type")? == "datasource").then_some((str_of(variable, "name")?, str_of(variable, "query")?))
    });
    let second = list_of(dashboard, &["variables"]).iter().filter_map(|variable| {
        let spec = variable.get("spec")?;
        (str_of(variable, "kind")? == "DatasourceVariable")
            .then_some((str_of(spec, "name")?, str_of(spec, "pluginId")?))
    });
    let named = inputs.chain(first).chain(second).take(target::MOST_DATA_SOURCES);
    named.map(|(name, kind)| (format!("${{{name}}}"), kind.to_owned()))
}

/// Returns the elements of the list at the end of a path.
fn list_of<'a, 't>(node: &'a Node<'t>, path: &[&str]) -> &'a [Node<'t>] {
    node.at(path).map_or(&[], Node::items)
}

/// Returns the text that an object has under a name.
fn str_of<'a>(node: &'a Node<'_>, name: &str) -> Option<&'a str> {
    node.get(name).and_then(Node::str)
}

/// Reads a variable. `node` has its settings, `whole` is its place.
fn variable(source: &Source<'_>, node: &Node<'_>, whole: &Node<'_>, kind: &str) -> Option<Variable> {
    let kind = match kind {
        "query" => VariableKind::Query,
        "custom" => VariableKind::Custom,
        "constant" => VariableKind::Constant,
        "textbox" | "text" => VariableKind::TextBox,
        "interval" => VariableKind::Interval,
        "datasource" => VariableKind::DataSource,
        "adhoc" => VariableKind::AdHoc,
        "groupby" => VariableKind::GroupBy,
        "switch" => VariableKind::Switch,
        _ => VariableKind::Other,
    };
    let is_set = |name: &str| node.get(name).is_some_and(Node::is_true);
    let all_value = str_of(node, "allValue").filter(|text| !text.is_empty());
    Some(Variable {
        name: str_of(node, "name")?.to_owned(),
        kind,
        is_multi: is_set("multi"),
        includes_all: is_set("includeAll"),
        all_value: all_value.map(str::to_owned),
        values: values(node, kind),
        current: current(node),
        data_source: data_source(node),
        span: source.place(whole.span.clone()),
    })
}

/// Returns the uid or name of the data source that a variable asks.
fn data_source(node: &Node<'_>) -> Option<String> {
    let reference = node.get("datasource")?;
    let name = reference.get("uid").or_else(|| reference.get("name")).unwrap_or(reference);
    name.str().map(str::to_owned)
}

/// Returns the chosen values.
fn current(node: &Node<'_>) -> Vec<String> {
    let Some(current) = node.get("current") else { return Vec::new() };
    texts(current.get("value").unwrap_or(current))
}

/// Returns the values that the file knows.
fn values(node: &Node<'_>, kind: VariableKind) -> Vec<String> {
    let options = list_of(node, &["options"]);
    let mut values: Vec<String> = options.iter().filter_map(|option| option.get("value")).flat_map(texts).collect();
    let query = str_of(node, "query").unwrap_or_default();
    match kind {
        VariableKind::Custom if values.is_empty() => values = list(query),
        VariableKind::Interval => values = list(query),
        VariableKind::Constant | VariableKind::TextBox if !query.is_empty() => values = vec![query.to_owned()],
        VariableKind::Switch => {
            values.extend(["enabledValue", "disabledValue"].iter().filter_map(|name| node.get(name)).flat_map(texts));
        }
        _ => {}
    }
    values.extend(current(node));
    let mut seen = HashSet::new();
    values.retain(|value| value != ALL && seen.insert(value.clone()));
    values
}

/// Reads a list with commas; `\,` is a comma in a value, and `name : value` has a name before the value.
fn list(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for c in text.chars() {
        match c {
            ',' if !is_escaped => parts.push(String::new()),
            c => {
                let Some(last) = parts.last_mut() else { break };
                if is_escaped && c == ',' {
                    last.pop();
                }
                last.push(c);
            }
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    let value = |part: &String| part.rsplit_once(" : ").map_or(part.trim(), |(_, value)| value.trim()).to_owned();
    parts.iter().map(value).filter(|value| !value.is_empty()).collect()
}

/// Returns a text, or the texts of a list.
fn texts(node: &Node<'_>) -> Vec<String> {
    let one = |node: &Node<'_>| match &node.value {
        Value::Text(text) => Some(text.value.clone().into_owned()),
        Value::Number(number) => Some((*number).to_owned()),
        Value::Bool(is_true) => Some(is_true.to_string()),
        _ => None,
    };
    match &node.value {
        Value::List(items) => items.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}
