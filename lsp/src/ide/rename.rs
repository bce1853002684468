//! Renaming of an attribute in the queries of a file, and in the filters of its search forms.

use std::ops::Range;

use traceql_grammar::{
    diagnostic::Edit,
    query::{Field, FieldKey},
    span::Span,
    template::occurrences,
    token::{Token, lex},
    vocab::scopes::{SCOPES, Scope},
};

use super::{
    Analysis,
    references::{Subject, references},
    terms::{Meaning, Term, term_at, terms},
    terms_of,
};
use crate::document::{
    edit::{FileEdit, in_file},
    json,
    layer::Layer,
};

/// An attribute that can be renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Its bytes in the file, the scope included.
    pub span: Range<usize>,
    /// The attribute as a query has it.
    pub placeholder: String,
    /// The subject.
    pub subject: Subject,
}

/// A new name for an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    /// The scope, if one was given.
    scope: Option<Scope>,
    /// The name without scope and quotes.
    name: String,
}

/// The edits that rename an attribute in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// The edits, in order.
    pub edits: Vec<FileEdit>,
    /// The filters of search forms that keep the old name, because they cannot be written anew.
    pub left: Vec<Range<usize>>,
}

/// Returns the attribute at a byte of the file; `None` if there is no query.
///
/// # Errors
///
/// The reason why the word there cannot be renamed, with the cure.
pub fn prepare_rename(analysis: &Analysis, offset: usize) -> Result<Option<Prepared>, String> {
    let Some(query) = analysis.query_at(offset) else { return Ok(None) };
    let terms = terms_of(query.holder, query.found);
    let Some(term) = term_at(&terms, query.at) else { return Ok(None) };
    let text = query.found.text.get(term.span.clone()).unwrap_or_default();
    match (&term.meaning, Subject::of(term)) {
        (Meaning::Attribute(_), Some(subject)) => {
            let span = query.found.map.to_file(term.span.clone());
            Ok(Some(Prepared { span, placeholder: text.to_owned(), subject }))
        }
        _ => Err(refusal(term, text)),
    }
}

/// Returns why a term cannot be renamed.
fn refusal(term: &Term<'_>, text: &str) -> String {
    let what = match term.meaning {
        Meaning::Intrinsic(_) | Meaning::Parent => "an intrinsic",
        Meaning::Function(_) => "a function",
        Meaning::Keyword => "a keyword",
        Meaning::Constant => "a word of TraceQL",
        Meaning::Hint => "a hint",
        Meaning::Attribute(_) | Meaning::Variable => {
            return format!("`{text}` holds a variable of the dashboard; rename what the variable stands for");
        }
        _ => return "only attributes can be renamed; put the cursor on one, such as `span.http.route`".to_owned(),
    };
    format!("`{text}` is {what}, whose name Tempo gives; rename an attribute, or replace the word by hand")
}

impl NewName {
    /// Reads a new name: `span.http.route`, `.http.route`, `http.route`, `"a name"`.
    ///
    /// # Errors
    ///
    /// The text is empty, or no query can hold such a name.
    pub fn read(text: &str) -> Result<NewName, String> {
        let text = text.trim();
        let lexed = lex(text);
        let only = match lexed.lexemes.as_slice() {
            [only] if only.span.range() == (0..text.len()) && lexed.diagnostics.is_empty() => Some(&only.token),
            _ => None,
        };
        let (scope, name) = match only {
            Some(Token::Attribute(attribute)) => {
                let has_scope = !(attribute.of_parent && attribute.scope == Scope::Any);
                (has_scope.then_some(attribute.scope), attribute.name.as_deref().unwrap_or_default())
            }
            Some(Token::String(name)) => (None, &**name),
            _ => with_scope(text),
        };
        if name.trim().is_empty() {
            return Err("the new name is empty; write one such as `http.route`".to_owned());
        }
        if name.contains(char::is_control) {
            return Err("the new name holds a line break or another control character; leave it out".to_owned());
        }
        if let Some(variable) = occurrences(name).next() {
            let variable = name.get(variable.span.range()).unwrap_or_default();
            return Err(format!("Grafana takes `{variable}` for a variable; choose a name without it"));
        }
        Ok(NewName { scope, name: name.to_owned() })
    }

    /// Returns the attribute as a query has it.
    ///
    /// # Errors
    ///
    /// With this scope the name would be read as something else.
    fn spelled(&self, of_parent: bool, scope: Scope) -> Result<String, String> {
        let field = Field { of_parent, key: FieldKey::Attribute(scope, self.name.clone()) }.to_string();
        let quoted = || {
            let scope = field.get(..field.len().checked_sub(self.name.len())?)?;
            field.ends_with(&self.name).then(|| format!("{scope}\"{}\"", self.name))
        };
        let subject = Subject::Attribute(scope, self.name.clone());
        let is_read = |text: &String| match terms(text, false).as_slice() {
            [only] => only.span == (0..text.len()) && Subject::of(only).as_ref() == Some(&subject),
            _ => false,
        };
        let spelled = Some(field.clone()).filter(is_read).or_else(|| quoted().filter(is_read));
        spelled.ok_or_else(|| format!("`{field}` would be read as something else; choose another name"))
    }
}

/// Returns the scope that a text begins with, and the rest.
fn with_scope(text: &str) -> (Option<Scope>, &str) {
    let behind = |word: &str| text.strip_prefix(word)?.strip_prefix('.');
    let found = SCOPES.iter().find_map(|row| Some((row.scope, behind(row.word)?)));
    found.map_or((None, text), |(scope, name)| (Some(scope), name))
}

/// Returns the edits that give an attribute another name. Places that only may be the attribute, because they or it lack the
/// scope, keep their scopes and get the name too.
///
/// # Errors
///
/// The subject is no attribute, or the file cannot hold the name.
pub fn rename(analysis: &Analysis, subject: &Subject, new: &NewName) -> Result<Renamed, String> {
    let Subject::Attribute(_, old) = subject else { return Err("only attributes can be renamed".to_owned()) };
    let mut renamed = Renamed::default();
    for (holder, _, found) in analysis.written() {
        let mut edits = Vec::new();
        for term in terms_of(holder, found) {
            let Meaning::Attribute(attribute) = &term.meaning else { continue };
            let Some(is_certain) = Subject::of(&term).and_then(|found| subject.is_certainly(&found)) else { continue };
            let scope = new.scope.filter(|_| is_certain).unwrap_or(attribute.scope);
            let spelled = new.spelled(attribute.of_parent, scope)?;
            let before = found.text.get(term.span.start..term.name).unwrap_or_default();
            let (start, text) = match spelled.strip_prefix(before) {
                Some(name) => (term.name, name),
                None => (term.span.start, &*spelled),
            };
            if found.text.get(start..term.span.end) != Some(text) {
                edits.push(Edit::replace(Span::new(start, term.span.end), text));
            }
        }
        if !edits.is_empty() {
            renamed.edits.extend(in_file(found, analysis.text(), &edits).ok_or_else(|| {
                let title = holder.title.as_ref().map_or("a query", |title| &title.value);
                format!("`{}` cannot be written where the text of {title} stands; choose a plainer name", new.name)
            })?);
        }
    }
    for place in references(analysis, subject).into_iter().filter(|place| place.is_filter) {
        let scope = new.scope.filter(|_| place.is_certain);
        match filter(analysis.text(), place.span.clone(), old, scope, &new.name) {
            Some(edits) => renamed.edits.extend(edits),
            None => renamed.left.push(place.span),
        }
    }
    renamed.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    renamed.edits.dedup();
    Ok(renamed)
}

/// Returns the edits of a filter that is plain JSON; `None` for another one, and for a name that needs quotes in the query
/// that Grafana builds of it.
fn filter(file: &str, place: Range<usize>, old: &str, scope: Option<Scope>, new: &str) -> Option<Vec<FileEdit>> {
    let node = json::parse(file.get(place.clone())?).ok()?;
    let tag = node.get("tag")?.text().filter(|tag| tag.value == old)?;
    let is_plain = Field::attribute(Scope::Span, new).to_string().strip_prefix("span.") == Some(new);
    let edit = |span: &Range<usize>, text: &str| {
        let text = format!("\"{}\"", Layer::Json.write(text)?);
        Some(FileEdit { span: place.start + span.start..place.start + span.end, text })
    };
    let mut edits = vec![edit(&tag.span, new).filter(|_| is_plain)?];
    if let Some(scope) = scope {
        let word = if scope == Scope::Any { "unscoped" } else { scope.word() };
        let old = node.get("scope")?.text()?;
        if old.value != word {
            edits.push(edit(&old.span, word)?);
        }
    }
    Some(edits)
}
