//! Findings of a document as the report has them: with lines and columns of the file, and the text to show.

use std::{ops::Range, sync::Arc};

use traceql_grammar::{diagnostic::Label, span::Span};
use traceql_lsp::{
    document::{
        Document, edit,
        holder::{Holder, HolderKind, Target},
        lines::Lines,
    },
    lint::{About, Finding},
};

use crate::output::diagnostic::report::{self, Excerpted, FileEdit, FileFix, HolderName, Place};

/// Maximum length of the text before and behind a place in a file that is shown, in bytes.
const AROUND: usize = 200;

/// Maximum number of lines of a place in a file that are marked; of a longer one its first line is.
const MARKED_LINES: usize = 3;

/// Returns the findings of a document with their places in its text.
pub(super) fn findings(text: &str, document: &Document, found: Vec<Finding>) -> Vec<report::Finding> {
    if found.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(text);
    let mut last: Option<(About, Arc<str>, Option<Arc<HolderName>>)> = None;
    let mut made = Vec::with_capacity(found.len());
    for finding in found {
        // Findings of one query share its text.
        let (excerpt, holder) = match &last {
            Some((about, excerpt, holder)) if *about == finding.about => (Arc::clone(excerpt), holder.clone()),
            _ => (query(document, finding.about), holder(document, finding.about).map(Arc::new)),
        };
        last = Some((finding.about, Arc::clone(&excerpt), holder.clone()));
        let place = Place::of(&lines, finding.span.clone());
        let fix = fix(text, document, &finding, &lines);
        let (mut diagnostic, is_query) = (finding.diagnostic, matches!(finding.about, About::Query { .. }));
        let (excerpt, kind) = if is_query {
            (excerpt, Excerpted::Query)
        } else {
            let part = part(text, &lines, &mut diagnostic.primary, &mut diagnostic.secondary);
            // The edits count in the file.
            diagnostic.fix.iter_mut().for_each(|fix| fix.edits.clear());
            (Arc::from(&text[part.clone()]), Excerpted::Part(lines.position(part.start).line))
        };
        made.push(report::Finding { diagnostic, excerpt, kind, place, case: finding.case, holder, fix });
    }
    made
}

/// Returns the target that a finding is about.
pub(super) fn target(document: &Document, about: About) -> Option<&Target> {
    match about {
        About::Query { holder, target } => document.holders.get(holder)?.targets.get(target),
        About::Holder(_) | About::File => None,
    }
}

/// Returns the text of the query that a finding is about; empty if it is about none.
fn query(document: &Document, about: About) -> Arc<str> {
    let found = target(document, about).and_then(Target::sent);
    Arc::from(found.map_or("", |found| found.text.as_str()))
}

/// Returns what holds that which a finding is about, unless it is the file itself.
fn holder(document: &Document, about: About) -> Option<HolderName> {
    let holder = match about {
        About::Query { holder, .. } | About::Holder(holder) => document.holders.get(holder)?,
        About::File => return None,
    };
    let kind = kind(holder.kind)?;
    if holder.title.is_none() && holder.id.is_none() {
        return None;
    }
    let dashboard = holder.dashboard.and_then(|at| document.dashboards.get(at));
    // A letter tells something where there are several.
    let ref_id = target(document, about).filter(|_| holder.targets.len() > 1).and_then(|target| target.ref_id.clone());
    Some(HolderName {
        kind,
        title: title(holder),
        id: holder.id.clone(),
        dashboard: dashboard.and_then(|dashboard| dashboard.title.clone()),
        ref_id,
    })
}

fn title(holder: &Holder) -> Option<String> {
    holder.title.as_ref().map(|title| title.value.clone())
}

/// Returns the word for a kind; `None` for the file itself.
fn kind(kind: HolderKind) -> Option<&'static str> {
    Some(match kind {
        HolderKind::File => return None,
        HolderKind::Panel => "panel",
        HolderKind::LibraryPanel => "library panel",
        HolderKind::Link => "link",
        HolderKind::AlertRule => "alert rule",
        HolderKind::RecordingRule => "recording rule",
        HolderKind::Correlation => "correlation",
        HolderKind::DerivedField => "derived field",
        HolderKind::ExploreUrl => "Explore URL",
        HolderKind::SavedQuery => "saved query",
        HolderKind::Terraform => "string of Terraform",
        HolderKind::CodeBlock => "code block",
        HolderKind::Command => "command",
    })
}

/// Returns the fix of a finding in bytes of the file, if it can be made there.
fn fix(text: &str, document: &Document, finding: &Finding, lines: &Lines<'_>) -> Option<FileFix> {
    let fix = finding.diagnostic.fix.as_ref()?;
    let edits = match finding.about {
        About::Query { .. } => {
            let found = target(document, finding.about).and_then(Target::sent)?;
            let edits = edit::in_file(found, text, &fix.edits)?;
            edits.into_iter().map(|edit| (edit.span, edit.text)).collect::<Vec<_>>()
        }
        About::Holder(_) | About::File => fix.edits.iter().map(|edit| (edit.span.range(), edit.text.clone())).collect(),
    };
    let edits = edits.into_iter().map(|(bytes, text)| FileEdit { place: Place::of(lines, bytes), text }).collect();
    Some(FileFix { title: fix.title.clone(), applicability: fix.applicability, edits })
}

/// Returns the part of the file that is shown of a place, and lets the labels count in it.
fn part(text: &str, lines: &Lines<'_>, primary: &mut Label, secondary: &mut Vec<Label>) -> Range<usize> {
    let mut marked = primary.span.range();
    marked.end = on_boundary(text, marked.end.min(text.len()));
    marked.start = on_boundary(text, marked.start.min(marked.end));
    let [first, last] = [marked.start, marked.end].map(|at| lines.position(at).line);
    let line_end = |line: usize| match lines.start(line + 1) {
        end if end < text.len() || text.ends_with('\n') => end.saturating_sub(1),
        end => end,
    };
    if last - first >= MARKED_LINES {
        marked.end = line_end(first).max(marked.start);
    }
    let start = on_boundary(text, lines.start(first).max(marked.start.saturating_sub(AROUND)));
    let end = line_end(lines.position(marked.end).line).min(marked.end + AROUND);
    let part = start..on_boundary(text, end).max(marked.end);
    let moved = |span: Range<usize>| Span::new(span.start - part.start, span.end.min(part.end) - part.start);
    primary.span = moved(marked);
    secondary.retain(|label| part.start <= label.span.range().start && label.span.range().end <= part.end);
    secondary.iter_mut().for_each(|label| label.span = moved(label.span.range()));
    part
}

/// Returns the nearest place before or at `at` that does not lie in a character.
fn on_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the part that is shown of a place, with what is marked in it.
    fn shown(text: &str, marked: Range<usize>) -> (&str, &str) {
        let mut primary = Label { span: Span::new(marked.start, marked.end), text: String::new() };
        let part = part(text, &Lines::new(text), &mut primary, &mut Vec::new());
        (&text[part.clone()], &text[part][primary.span.range()])
    }

    #[test]
    fn the_lines_of_a_place_are_shown() {
        let text = "{\n  \"a\": 1,\n  \"b\": 2\n}\n";
        assert_eq!(shown(text, 4..7), ("  \"a\": 1,", "\"a\""));
        assert_eq!(shown(text, 9..20), ("  \"a\": 1,\n  \"b\": 2", "1,\n  \"b\": 2"));
        assert_eq!(shown(text, 0..text.len()), ("{", "{"));
        assert_eq!(shown("x", 1..1), ("x", ""));
        assert_eq!(shown("", 5..9), ("", ""));
    }

    #[test]
    fn long_lines_are_shown_in_part() {
        let text = "ü".repeat(1000);
        let (part, marked) = shown(&text, 1000..1010);
        assert!(part.len() <= 10 + 2 * AROUND + 2 && part.len() >= 400, "{}", part.len());
        assert_eq!(marked, "üüüüü");
        assert_eq!(shown(&text, 1001..1003).1, "ü", "places in characters begin with them");
    }
}
