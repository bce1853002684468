//! Rewriting of a query at a place in it: other ways to write a condition, a name or a string, and a query on its own.
//!
//! Each rewrite proposes edits of the query's text. What is offered has been checked: a query that checks stays one that
//! checks.

mod either_name;
mod exchange;
mod flip;
mod negate;
mod new_file;
mod quotes;
mod scope;
mod stage;
mod subject;

use std::ops::Range;

use traceql_grammar::{Checked, Verdict, diagnostic::Edit, span::Span, template::occurrences};

use self::subject::Subject;
use super::{Analysis, QueryAt};
use crate::document::{
    edit::{FileEdit, in_file},
    holder::Found,
};

/// Another way to write a part of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// The title, as a list shows it.
    pub title: String,
    /// The kind of rewrite.
    pub kind: RewriteKind,
    /// The edits of the file, in order of their places.
    pub edits: Vec<FileEdit>,
    /// The file that is made beside this one.
    pub new_file: Option<NewFile>,
}

/// The kinds of rewrites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// A part is written in another way.
    Inline,
    /// A part gets a place of its own.
    Extract,
}

/// A file that a rewrite makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A rewrite before it is checked.
struct Proposal {
    title: String,
    kind: RewriteKind,
    /// Edits of the text that is looked at, which do not overlap.
    edits: Vec<Edit>,
}

impl Proposal {
    fn inline(title: impl Into<String>, edits: Vec<Edit>) -> Proposal {
        Proposal { title: title.into(), kind: RewriteKind::Inline, edits }
    }
}

/// Every rewrite of a query's text, in the order in which they are offered.
const REWRITES: [fn(&Subject<'_>) -> Vec<Proposal>; 7] = [
    scope::propose,
    either_name::propose,
    flip::propose,
    exchange::propose,
    negate::propose,
    quotes::propose,
    stage::propose,
];

/// Maximum length of a part of a query in a title, in characters.
const MOST_SHOWN: usize = 60;

/// Returns the rewrites of the query at a part of a file; a cursor is an empty part. None if the query is wrong.
pub fn rewrites(analysis: &Analysis, span: Range<usize>) -> Vec<Rewrite> {
    let Some(query) = analysis.query_at(span.start) else { return Vec::new() };
    let whole = Whole::new(query);
    let checked = whole.checked(analysis, whole.text.clone());
    if is_wrong(checked.verdict) {
        return Vec::new();
    }
    let end = query.found.map.to_text(span.end.max(span.start)).unwrap_or(query.found.text.len());
    let selected = Span::new(query.at + whole.before, end.max(query.at) + whole.before);
    let shapes = checked.shapes();
    let mut rewrites = Vec::new();
    if let Some(pipeline) = &shapes.pipeline {
        let subject = Subject::new(&checked, pipeline, selected);
        let proposals = REWRITES.iter().flat_map(|propose| propose(&subject));
        rewrites.extend(proposals.filter_map(|proposal| whole.judged(analysis, proposal, checked.verdict)));
    }
    rewrites.extend(new_file::copy(analysis, query, &whole.text));
    rewrites
}

/// A query with the braces that a condition without them needs.
struct Whole<'a> {
    query: QueryAt<'a>,
    text: String,
    /// The bytes before the text that was found.
    before: usize,
}

impl<'a> Whole<'a> {
    fn new(query: QueryAt<'a>) -> Whole<'a> {
        let found = &query.found.text;
        if query.found.is_condition {
            Whole { query, text: format!("{{{found}}}"), before: 1 }
        } else {
            Whole { query, text: found.clone(), before: 0 }
        }
    }

    /// Checks a text as one that stands in the place of the query.
    fn checked(&self, analysis: &Analysis, text: String) -> Checked {
        let found = Found { text, ..self.query.found.clone() };
        analysis.check(QueryAt { found: &found, ..self.query })
    }

    /// Returns a proposal as edits of the file; `None` if the query would be worse than before, or the file cannot hold it.
    fn judged(&self, analysis: &Analysis, mut proposal: Proposal, before: Verdict) -> Option<Rewrite> {
        let edits = &mut proposal.edits;
        edits.sort_by_key(|edit| edit.span);
        // The value of a variable is not known, so no text right beside it is changed.
        let touches = |edit: &Edit, place: Span| edit.span.start <= place.end && place.start <= edit.span.end;
        if occurrences(&self.text).any(|found| edits.iter().any(|edit| touches(edit, found.span))) {
            return None;
        }
        let new = applied(&self.text, edits)?;
        if new == self.text {
            return None;
        }
        let verdict = self.checked(analysis, new).verdict;
        if verdict != Verdict::Ok && (verdict != before || is_wrong(verdict)) {
            return None;
        }
        let before = u32::try_from(self.before).ok()?;
        for edit in edits.iter_mut() {
            let (start, end) = (edit.span.start.checked_sub(before)?, edit.span.end.checked_sub(before)?);
            edit.span = Span { start, end };
        }
        let edits = in_file(self.query.found, analysis.text(), edits)?;
        Some(Rewrite { title: proposal.title, kind: proposal.kind, edits, new_file: None })
    }
}

/// Tells whether a query is no TraceQL or has wrong types. One that a release does not run may run elsewhere.
fn is_wrong(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::ParseError | Verdict::ValidateError)
}

/// Returns a text with edits in order; `None` if they overlap.
fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        new.push_str(text.get(at..edit.span.start as usize)?);
        new.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

/// Returns a part of a query as a title shows it: on one line, and cut.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
