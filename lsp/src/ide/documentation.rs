//! Documentation of words, as Markdown.

use traceql_grammar::{
    ops::OPERATORS,
    value::Type,
    vocab::{
        conventions::{self, Stability, ValueType},
        functions::{Function, FunctionRow},
        hints::{self, HintRow},
        intrinsics::{INTRINSICS, IntrinsicRow},
        literals,
        release::Release,
        scopes::SCOPES,
    },
};

/// Returns the documentation of the word with this [`Item::id`](super::completion::Item::id).
pub fn documentation_of(id: &str) -> Option<String> {
    let (kind, name) = id.split_once(':')?;
    match kind {
        "intrinsic" => {
            let row = INTRINSICS.iter().find(|row| row.canonical == name)?;
            let since = if row.bare.is_some() { row.bare_since } else { row.scoped_since };
            Some(titled(name, &intrinsic(row, since)))
        }
        "attribute" => Some(titled(name, &attribute(name)?)),
        "function" => {
            let row = Function::from_name(name)?.row();
            Some(titled(row.signature, &function(row)))
        }
        "hint" => Some(titled(name, &hint(hints::find(name)?))),
        "operator" => {
            let row = OPERATORS.iter().find(|row| row.text == name)?;
            Some(titled(name, &page(row.doc, None, None)))
        }
        "scope" => scope(name),
        "literal" => literals::find(name).map(|row| titled(name, &page(row.doc, None, Some(row.since)))),
        _ => None,
    }
}

/// Writes a page under its word.
pub(super) fn titled(title: &str, page: &str) -> String {
    format!("{}\n\n{page}", code(title))
}

/// Maximum number of characters of a text that is written as code.
const MOST_LETTERS: usize = 200;

/// Writes a text as code on one line. Of a long one the end is left out.
pub(super) fn code(text: &str) -> String {
    let mut line: String = text.chars().take(MOST_LETTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST_LETTERS).is_some() {
        line.push('…');
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    let gap = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{line}{gap}{fence}")
}

/// Returns the length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Writes a page: a sentence, an example and the release.
pub(super) fn page(doc: &str, example: Option<&str>, since: Option<Release>) -> String {
    let mut text = sentence(doc);
    if let Some(example) = example {
        text.push_str(&format!("\n\n```traceql\n{example}\n```"));
    }
    if let Some(since) = since.filter(|since| *since > Release::V2_0) {
        text.push_str(&format!("\n\nNeeds {}.", since.at_least()));
    }
    text
}

/// Makes a sentence of a line of a table.
pub(super) fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let rest = letters.as_str();
    let point = if line.is_empty() || line.ends_with('.') { "" } else { "." };
    format!("{first}{rest}{point}")
}

/// Returns the name of a type.
pub(super) fn type_name(ty: Type) -> &'static str {
    ty.with_article().trim_start_matches("an ").trim_start_matches("a ")
}

/// Writes the page of an intrinsic, in the spelling that the releases from this one on take.
pub(super) fn intrinsic(row: &IntrinsicRow, since: Release) -> String {
    let unit = if row.ty == Type::Duration { ", with a unit: `ns`, `us`, `ms`, `s`, `m`, `h`" } else { "" };
    let doc = format!("{}\n\nType: {}{unit}", sentence(row.doc), type_name(row.ty));
    page(&doc, Some(row.example), Some(since))
}

/// Writes the page of a function.
pub(super) fn function(row: &FunctionRow) -> String {
    page(row.doc, Some(row.example), Some(row.since))
}

/// Writes the page of a hint.
pub(super) fn hint(row: &HintRow) -> String {
    let types: Vec<&str> = row.types.iter().map(|ty| type_name(*ty)).collect();
    let allowed = if row.is_unsafe { "\n\nWorks only for tenants that are allowed unsafe hints." } else { "" };
    let doc = format!("{}\n\nType: {}.{allowed}", sentence(row.doc), types.join(" or "));
    let example = format!("{{ }} | rate() with ({}={})", row.name, row.example);
    page(&doc, Some(&example), Some(row.since))
}

fn scope(word: &str) -> Option<String> {
    if word == "parent" {
        return Some(titled("parent.", &page("attributes of the parent span", None, None)));
    }
    let row = SCOPES.iter().find(|row| row.word == word)?;
    Some(titled(&format!("{word}."), &page(row.doc, None, Some(row.since))))
}

/// Returns the name of the type that the conventions give an attribute.
pub(super) fn convention_type(ty: ValueType) -> &'static str {
    match ty {
        ValueType::String => "string",
        ValueType::Int => "int",
        ValueType::Double => "float",
        ValueType::Boolean => "bool",
        ValueType::Any => "any",
        ValueType::Strings => "list of strings",
        ValueType::Ints => "list of ints",
    }
}

/// Writes the page of an attribute of the conventions; `None` for others.
pub(super) fn attribute(name: &str) -> Option<String> {
    let row = conventions::find(name)?;
    let ty = convention_type(row.ty);
    let stability = match row.stability {
        Stability::Stable => "",
        Stability::ReleaseCandidate => ", release candidate",
        Stability::Development => ", in development",
    };
    let rename = conventions::rename(name);
    // The old name's own line says only that it is old.
    let renamed = rename.as_ref().and_then(|rename| conventions::find(&rename.to));
    let mut doc = format!("{}\n\nType: {ty}{stability}.", sentence(renamed.unwrap_or(row).brief));
    if !row.members.is_empty() {
        const MOST_MEMBERS: usize = 12;
        let members: Vec<String> =
            row.members.iter().take(MOST_MEMBERS).map(|member| format!("`{}`", member.value)).collect();
        let more = if row.members.len() > MOST_MEMBERS { ", …" } else { "" };
        doc.push_str(&format!("\n\nValues: {}{more}.", members.join(", ")));
    }
    if let Some(rename) = rename {
        doc.push_str(&format!("\n\nDeprecated: the current name is `{}`.", rename.to));
    } else if let Some(deprecated) = row.deprecated.filter(|old| old.reason != conventions::Reason::Moved) {
        let note = if deprecated.note.is_empty() { "it has no successor" } else { deprecated.note };
        doc.push_str(&format!("\n\nDeprecated: {note}"));
    }
    Some(page(&doc, None, None))
}
