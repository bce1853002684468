//! Fixes made in the text of a file: of queries where they stand, and of what stands beside them.

use std::collections::BTreeMap;

use traceql_grammar::diagnostic::{Applicability, Edit};
use traceql_lsp::{
    document::{
        Document,
        edit::{self, FileEdit},
        holder::Target,
    },
    lint::{About, Finding},
};

use super::found;

/// How often fixes are made one after the other: a fix may make another one possible.
const ROUNDS: usize = 10;

/// A text with fixes made in it.
pub(super) struct Mended {
    /// The text.
    pub(super) text: String,
    /// How many findings were mended.
    pub(super) count: usize,
}

/// Makes all fixes of a text, until nothing is left to fix. `read` reads a text, `judge` says what is wrong with it.
pub(super) fn mend(
    text: &str,
    takes_unsafe: bool,
    read: &dyn Fn(&str) -> Document,
    judge: &dyn Fn(&str, &Document) -> Vec<Finding>,
) -> Mended {
    let mut mended = Mended { text: text.to_owned(), count: 0 };
    let mut document = read(text);
    for _ in 0..ROUNDS {
        let mut findings = judge(&mended.text, &document);
        findings.retain(|finding| {
            let fix = finding.diagnostic.fix.as_ref();
            fix.is_some_and(|fix| takes_unsafe || fix.applicability == Applicability::Safe)
        });
        let Some((text, new, count)) = round(&mended.text, &document, &findings, read) else { break };
        (document, mended.text) = (new, text);
        mended.count += count;
    }
    mended
}

/// Makes the fixes that can be made together; `None` if there are none.
fn round(
    text: &str,
    document: &Document,
    findings: &[Finding],
    read: &dyn Fn(&str) -> Document,
) -> Option<(String, Document, usize)> {
    let mut plan = Plan::default();
    let mut by_query: BTreeMap<(usize, usize), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        match finding.about {
            About::Query { holder, target } => by_query.entry((holder, target)).or_default().push(finding),
            About::Holder(_) | About::File => {
                let edits = finding.diagnostic.fix.iter().flat_map(|fix| &fix.edits);
                let edits = edits.map(|edit| FileEdit { span: edit.span.range(), text: edit.text.clone() });
                plan.add(edits.collect(), 1);
            }
        }
    }
    // The text that each query is to have.
    let mut meant: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for (at, findings) in by_query {
        let target = found::target(document, About::Query { holder: at.0, target: at.1 });
        let Some(query) = target.and_then(Target::sent) else { continue };
        let together = compatible(&findings);
        let all = together.iter().map(std::slice::from_ref);
        // Where all cannot be written, one may be.
        for chosen in std::iter::once(together.as_slice()).chain(all) {
            let mut edits: Vec<Edit> = chosen.iter().flat_map(|finding| edits(finding)).cloned().collect();
            edits.sort_by_key(|edit| edit.span);
            let Some(in_file) = edit::in_file(query, text, &edits) else { continue };
            if plan.add(in_file, chosen.len()) {
                let edits = edits.into_iter().map(|edit| FileEdit { span: edit.span.range(), text: edit.text });
                meant.insert(at, edit::apply(&query.text, edits.collect()));
            }
            break;
        }
    }
    if plan.count == 0 {
        return None;
    }
    let new = edit::apply(text, plan.edits.into_values().collect());
    let document_after = read(&new);
    // What stands around a query could give it another meaning: then everything stays as it is.
    let is_meant = |(holder, target): &(usize, usize), query: &String| {
        let target = found::target(&document_after, About::Query { holder: *holder, target: *target });
        target.and_then(Target::sent).is_some_and(|found| found.text == *query)
    };
    let is_whole = document_after.holders.len() == document.holders.len();
    let holds = is_whole && new != text && meant.iter().all(|(at, query)| is_meant(at, query));
    holds.then_some((new, document_after, plan.count))
}

/// Edits that do not touch each other.
#[derive(Default)]
struct Plan {
    /// By the bytes at which they begin.
    edits: BTreeMap<usize, FileEdit>,
    /// How many findings they mend.
    count: usize,
}

impl Plan {
    /// Adds the edits of some findings, if none of them touches what is there; tells whether it does so.
    fn add(&mut self, edits: Vec<FileEdit>, findings: usize) -> bool {
        let is_free = |edit: &FileEdit| {
            let (start, end) = (edit.span.start, edit.span.end);
            let before = self.edits.range(..=start).next_back();
            let behind = self.edits.range(start + 1..).next();
            before.is_none_or(|(at, before)| *at < start && before.span.end <= start)
                && behind.is_none_or(|(at, _)| end <= *at)
        };
        if edits.is_empty() || !edits.iter().all(is_free) {
            return false;
        }
        self.edits.extend(edits.into_iter().map(|edit| (edit.span.start, edit)));
        self.count += findings;
        true
    }
}

fn edits(finding: &Finding) -> &[Edit] {
    finding.diagnostic.fix.as_ref().map_or(&[], |fix| &fix.edits)
}

/// Returns the findings whose edits do not touch those of one before them.
fn compatible<'f>(findings: &[&'f Finding]) -> Vec<&'f Finding> {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut chosen = Vec::new();
    for finding in findings {
        let touches = |edit: &Edit| {
            taken.iter().any(|other| {
                let (new, old) = (edit.span, other.span);
                new.start == old.start || new.start < old.end && old.start < new.end
            })
        };
        if !edits(finding).iter().any(touches) {
            taken.extend(edits(finding));
            chosen.push(*finding);
        }
    }
    chosen
}
