//! Application of fixes to a file: only the bytes of queries and settings change.
//!
//! Fixes of queries are written through the layers in which a query stands; those of settings are edits of the file as they
//! are. Then the file is read again: what does not arrive as meant is taken back. This is done until nothing is left to fix,
//! because fixes that overlap wait for the next turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use traceql_grammar::diagnostic::{Applicability, Code, Edit};

use super::{About, Finding, Options, lint};
use crate::document::{
    Document, Known,
    edit::{FileEdit, apply, in_file},
    read,
};

/// Maximum number of turns. Each mends at least one finding, and few fixes bring up others.
const MOST_TURNS: usize = 10;

/// A file after its fixes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// The text; as it was where nothing could be fixed.
    pub text: String,
    /// The codes of the fixed findings, in the order of the turns.
    pub applied: Vec<Code>,
    /// The findings that are left, with places in [`Fixed::text`].
    pub left: Vec<Finding>,
}

/// A choice among the findings in a document with this text.
pub type Choose<'c> = dyn FnMut(&str, &Document, Vec<Finding>) -> Vec<Finding> + 'c;

/// A query or a holder: its indices in a document.
type Thing = (usize, Option<usize>);

/// Edits that mend a query, or a setting beside one.
struct Change {
    thing: Thing,
    edits: Vec<FileEdit>,
    /// The text that the query has then, if it changes.
    query: Option<String>,
    codes: Vec<Code>,
}

/// Applies the fixes of what is wrong in a file; those that may change what a query means only with `allow_unsafe`. `name` and
/// `known` are those of [`read`].
pub fn fixed(name: &str, text: &str, known: &Known, options: &Options, allow_unsafe: bool) -> Fixed {
    fixed_where(name, text, known, options, allow_unsafe, &mut |_, _, findings| findings)
}

/// Does what [`fixed`] does for the findings that `choose` gives back: what is known already, for example, is left as it is.
pub fn fixed_where(
    name: &str,
    text: &str,
    known: &Known,
    options: &Options,
    allow_unsafe: bool,
    choose: &mut Choose<'_>,
) -> Fixed {
    let mut text = text.to_owned();
    let mut applied = Vec::new();
    let mut refused: BTreeSet<(Thing, Code)> = BTreeSet::new();
    for _ in 0..MOST_TURNS {
        let document = read(name, &text, known);
        let findings = choose(&text, &document, lint(&document, options));
        let is_allowed = |finding: &Finding| {
            let fix = finding.diagnostic.fix.as_ref();
            fix.is_some_and(|fix| allow_unsafe || fix.applicability == Applicability::Safe)
                && !refused.contains(&(thing(finding), finding.diagnostic.code))
        };
        let wanted: Vec<&Finding> = findings.iter().filter(|finding| is_allowed(finding)).collect();
        let (changes, unwritable) = changes(&text, &document, &wanted);
        refused.extend(unwritable);
        let Some(turn) = turn(name, &text, known, &document, changes, &mut refused) else {
            return Fixed { text, applied, left: findings };
        };
        text = turn.0;
        applied.extend(turn.1);
    }
    let document = read(name, &text, known);
    let left = choose(&text, &document, lint(&document, options));
    Fixed { text, applied, left }
}

/// Returns what a finding's fix changes.
fn thing(finding: &Finding) -> Thing {
    match finding.about {
        About::Query { holder, target } => (holder, Some(target)),
        About::Holder(holder) => (holder, None),
        About::File => (usize::MAX, None),
    }
}

/// Returns the changes that the fixes of findings make, with the fixes that the file has no way to write.
fn changes(text: &str, document: &Document, wanted: &[&Finding]) -> (Vec<Change>, Vec<(Thing, Code)>) {
    let mut changes = Vec::new();
    let mut unwritable = Vec::new();
    let mut groups: BTreeMap<Thing, Vec<&Finding>> = BTreeMap::new();
    wanted.iter().for_each(|finding| groups.entry(thing(finding)).or_default().push(finding));
    for (group, of_group) in groups {
        match group {
            (holder, Some(target)) => {
                let target = document.holders.get(holder).and_then(|holder| holder.targets.get(target));
                let Some(found) = target.and_then(|target| target.sent()) else { continue };
                let fixes = disjoint(&of_group);
                let write = |edits: &[Edit]| in_file(found, text, edits);
                if let Some(change) = change(&fixes, write, &found.text, group) {
                    changes.push(change);
                    continue;
                }
                // One of them cannot be written: the first that can be is, and the others have their turn later.
                for fix in &fixes {
                    if let Some(change) = change(std::slice::from_ref(fix), write, &found.text, group) {
                        changes.push(change);
                        break;
                    }
                    unwritable.push((group, fix.0));
                }
            }
            _ => changes.extend(disjoint(&of_group).into_iter().map(|(code, edits)| Change {
                thing: group,
                edits: edits.iter().map(of_file).collect(),
                query: None,
                codes: vec![code],
            })),
        }
    }
    (changes, unwritable)
}

/// Takes the places of an edit as bytes of the file.
fn of_file(edit: &Edit) -> FileEdit {
    FileEdit { span: edit.span.range(), text: edit.text.clone() }
}

/// Returns the fixes that do not touch one another; the first of two wins.
fn disjoint(findings: &[&Finding]) -> Vec<(Code, Vec<Edit>)> {
    let mut taken: Vec<Range<u32>> = Vec::new();
    let mut fixes = Vec::new();
    for finding in findings {
        let Some(fix) = &finding.diagnostic.fix else { continue };
        let is_free = |edit: &Edit| {
            let (start, end) = (edit.span.start, edit.span.end);
            taken.iter().all(|other| start != other.start && (start >= other.end || other.start >= end))
        };
        if fix.edits.iter().all(is_free) {
            taken.extend(fix.edits.iter().map(|edit| edit.span.start..edit.span.end));
            fixes.push((finding.diagnostic.code, fix.edits.clone()));
        }
    }
    fixes
}

/// Makes the change of a query by some fixes; `None` if the file has no way to write it.
fn change(
    fixes: &[(Code, Vec<Edit>)],
    write: impl FnOnce(&[Edit]) -> Option<Vec<FileEdit>>,
    query: &str,
    thing: Thing,
) -> Option<Change> {
    let mut edits: Vec<Edit> = fixes.iter().flat_map(|(_, edits)| edits.iter().cloned()).collect();
    edits.sort_by_key(|edit| edit.span);
    let new = apply(query, edits.iter().map(of_file).collect());
    let edits = write(&edits)?;
    Some(Change { thing, edits, query: Some(new), codes: fixes.iter().map(|(code, _)| *code).collect() })
}

/// Applies the changes that can be, and reads the file again. Returns its text with what was fixed; `None` if nothing was.
fn turn(
    name: &str,
    text: &str,
    known: &Known,
    document: &Document,
    changes: Vec<Change>,
    refused: &mut BTreeSet<(Thing, Code)>,
) -> Option<(String, Vec<Code>)> {
    let mut changes = apart(changes);
    // In the first round those that do not arrive are taken out; in the second all others are held to it.
    for _ in 0..2 {
        if changes.is_empty() {
            return None;
        }
        let edits = changes.iter().flat_map(|change| change.edits.iter().cloned()).collect();
        let new = apply(text, edits);
        let wrong = wrong(document, &read(name, &new, known), &changes);
        if wrong.as_ref().is_some_and(BTreeSet::is_empty) {
            return Some((new, changes.into_iter().flat_map(|change| change.codes).collect()));
        }
        let stays = |change: &Change| wrong.as_ref().is_some_and(|wrong| !wrong.contains(&change.thing));
        let (good, bad): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(stays);
        refused.extend(bad.iter().flat_map(|change| change.codes.iter().map(|code| (change.thing, *code))));
        changes = good;
    }
    None
}

/// Returns the changes whose places in the file do not touch; the first of two wins.
fn apart(mut changes: Vec<Change>) -> Vec<Change> {
    let place = |change: &Change| {
        let start = change.edits.iter().map(|edit| edit.span.start).min().unwrap_or_default();
        start..change.edits.iter().map(|edit| edit.span.end).max().unwrap_or_default()
    };
    changes.sort_by_key(|change| place(change).start);
    let mut end = None;
    changes.retain(|change| {
        let place = place(change);
        let is_free = end.is_none_or(|end| place.start > end);
        if is_free {
            end = Some(place.end);
        }
        is_free
    });
    changes
}

/// Returns which queries are not as they are meant to be in the new document; `None` if it has other queries than the old one.
fn wrong(old: &Document, new: &Document, changes: &[Change]) -> Option<BTreeSet<Thing>> {
    if old.holders.len() != new.holders.len() || old.broken.len() != new.broken.len() {
        return None;
    }
    let mut wrong = BTreeSet::new();
    // Another query type changes which query is sent: that of its text is what counts then.
    let of_holders: BTreeSet<usize> =
        changes.iter().filter(|change| change.query.is_none()).map(|change| change.thing.0).collect();
    let meant: BTreeMap<Thing, &str> =
        changes.iter().filter_map(|change| Some((change.thing, change.query.as_deref()?))).collect();
    for (at, (old, new)) in old.holders.iter().zip(&new.holders).enumerate() {
        if old.targets.len() != new.targets.len() {
            return None;
        }
        for (index, (old, new)) in old.targets.iter().zip(&new.targets).enumerate() {
            let meant = meant.get(&(at, Some(index))).copied();
            let is_changed = of_holders.contains(&at);
            let (old, new) = match is_changed {
                true => (old.query.as_ref(), new.query.as_ref()),
                false => (old.sent(), new.sent()),
            };
            let found = new.map(|found| found.text.as_str());
            let expected = meant.or(old.map(|found| found.text.as_str()));
            if found != expected {
                wrong.insert((at, meant.map(|_| index)));
            }
        }
    }
    Some(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(query: &str, more: &str) -> String {
        format!(
            "{{\"panels\": [{{\"id\": 1, \"type\": \"table\", \"datasource\": {{\"type\": \"tempo\"}}, \
             \"targets\": [{{{more} \"query\": \"{query}\"}}]}}]}}"
        )
    }

    fn fix(text: &str) -> Fixed {
        fixed("a.json", text, &Known::default(), &Options::default(), false)
    }

    #[test]
    fn fixes_of_a_query_are_written_as_its_file_writes_it() {
        let mended = fix(&panel("{ status = \\\"error\\\" && kind = 'server' }", ""));
        assert_eq!(mended.text, panel("{ status = error && kind = server }", ""));
        assert_eq!(mended.left, []);
    }

    #[test]
    fn settings_are_fixed_together_with_queries() {
        let mended = fix(&panel("{ status = error }", "\"queryType\": \"search\","));
        assert_eq!(mended.text, panel("{ status = error }", "\"queryType\": \"traceql\","));
        assert_eq!(mended.applied, [Code::UnknownQueryType]);
        let mended = fix(&panel("{ status = \\\"error\\\" }", "\"queryType\": \"traceqlSearch\", \"filters\": [],"));
        assert_eq!(mended.text, panel("{ status = error }", "\"queryType\": \"traceql\", \"filters\": [],"));
    }

    #[test]
    fn what_cannot_be_fixed_stays() {
        let text = panel("{ status = }", "");
        let mended = fix(&text);
        assert_eq!((mended.text, mended.applied), (text, Vec::new()));
        assert_eq!(mended.left.len(), 1);
    }
}
