//! Documentation of words, as Markdown.

use traceql_grammar::{
    ops::OPERATORS,
    value::Type,
    vocab::{
        conventions::{self, Stability, ValueType},
        functions::Function,
        hints,
        intrinsics::INTRINSICS,
        literals,
        release::Release,
        scopes::SCOPES,
    },
};

use super::Item;

/// Returns the documentation of a word; `None` if there is nothing to say.
pub fn documentation(item: &Item) -> Option<String> {
    documentation_of(&item.id)
}

/// Returns the documentation of the word that has this [`Item::id`].
pub fn documentation_of(id: &str) -> Option<String> {
    let (kind, name) = id.split_once(':')?;
    match kind {
        "intrinsic" => intrinsic(name),
        "attribute" => attribute(name),
        "function" => function(name),
        "hint" => hint(name),
        "operator" => operator(name),
        "scope" => scope(name),
        "literal" => literals::find(name).map(|row| page(name, row.doc, None, Some(row.since))),
        _ => None,
    }
}

/// Writes a page: the word, a sentence, an example and the release.
fn page(title: &str, doc: &str, example: Option<&str>, since: Option<Release>) -> String {
    let mut text = format!("`{title}`\n\n{}", sentence(doc));
    if let Some(example) = example {
        text.push_str(&format!("\n\n```traceql\n{example}\n```"));
    }
    if let Some(since) = since.filter(|since| *since > Release::V2_0) {
        text.push_str(&format!("\n\nNeeds {}.", since.at_least()));
    }
    text
}

/// Makes a sentence of a line of a table.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let rest = letters.as_str();
    let point = if line.is_empty() || line.ends_with('.') { "" } else { "." };
    format!("{first}{rest}{point}")
}

fn type_name(ty: Type) -> &'static str {
    ty.with_article().trim_start_matches("an ").trim_start_matches("a ")
}

fn intrinsic(name: &str) -> Option<String> {
    let row = INTRINSICS.iter().find(|row| row.canonical == name)?;
    let unit = if row.ty == Type::Duration { ", with a unit: `ns`, `us`, `ms`, `s`, `m`, `h`" } else { "" };
    let doc = format!("{}\n\nType: {}{unit}", sentence(row.doc), type_name(row.ty));
    let since = if row.bare.is_some() { row.bare_since } else { row.scoped_since };
    Some(page(name, &doc, Some(row.example), Some(since)))
}

fn function(name: &str) -> Option<String> {
    let row = Function::from_name(name)?.row();
    Some(page(row.signature, row.doc, Some(row.example), Some(row.since)))
}

fn hint(name: &str) -> Option<String> {
    let row = hints::find(name)?;
    let types: Vec<&str> = row.types.iter().map(|ty| type_name(*ty)).collect();
    let allowed = if row.is_unsafe { "\n\nWorks only for tenants that are allowed unsafe hints" } else { "" };
    let doc = format!("{}\n\nType: {}{allowed}", sentence(row.doc), types.join(" or "));
    let example = format!("{{ }} | rate() with ({name}={})", row.example);
    Some(page(name, &doc, Some(&example), Some(row.since)))
}

fn operator(text: &str) -> Option<String> {
    let row = OPERATORS.iter().find(|row| row.text == text)?;
    Some(page(text, row.doc, None, None))
}

fn scope(word: &str) -> Option<String> {
    if word == "parent" {
        return Some(page("parent.", "attributes of the parent span", None, None));
    }
    let row = SCOPES.iter().find(|row| row.word == word)?;
    Some(page(&format!("{word}."), row.doc, None, Some(row.since)))
}

fn attribute(name: &str) -> Option<String> {
    let row = conventions::find(name)?;
    let ty = match row.ty {
        ValueType::String => "string",
        ValueType::Int => "int",
        ValueType::Double => "float",
        ValueType::Boolean => "bool",
        ValueType::Any => "any",
        ValueType::Strings => "list of strings",
        ValueType::Ints => "list of ints",
    };
    let stability = match row.stability {
        Stability::Stable => "",
        Stability::ReleaseCandidate => ", release candidate",
        Stability::Development => ", in development",
    };
    let mut doc = format!("{}\n\nType: {ty}{stability}", sentence(row.brief));
    if !row.members.is_empty() {
        const MOST_MEMBERS: usize = 12;
        let members: Vec<String> =
            row.members.iter().take(MOST_MEMBERS).map(|member| format!("`{}`", member.value)).collect();
        let more = if row.members.len() > MOST_MEMBERS { ", …" } else { "" };
        doc.push_str(&format!("\n\nValues: {}{more}", members.join(", ")));
    }
    if let Some(rename) = conventions::rename(name) {
        doc.push_str(&format!("\n\nDeprecated: the current name is `{}`", rename.to));
    } else if let Some(deprecated) = row.deprecated.filter(|old| old.reason != conventions::Reason::Moved) {
        let note = if deprecated.note.is_empty() { "it has no successor" } else { deprecated.note };
        doc.push_str(&format!("\n\nDeprecated: {note}"));
    }
    Some(page(name, &doc, None, None))
}
