//! Suppressions: comments in queries, and lines in descriptions, that pass over findings.
//!
//! ```text
//! { name = "a" } // traceql-lint: disable=tempo-ids until=2027-01-31 the ids come from one service
//! ```
//!
//! A comment holds for its line of the query, and for the next one if it stands alone; a finding about the target of the query
//! is passed over by any of its comments. A line in the description of a panel or rule holds for all of it.

use std::{cell::Cell, collections::HashMap, ops::Range};

use traceql_grammar::{
    diagnostic::{CODES, Code, Diagnostic},
    span::Span,
    token::lex,
    vocab::nearest::nearest,
};

use super::{About, Finding, Options, levels::Level};
use crate::document::{Document, holder::Found};

/// The word that every suppression begins with.
const MARK: &str = "traceql-lint:";

/// One rule that is passed over at one place.
struct Suppression {
    code: Code,
    reach: Reach,
    /// The place of the rule's name in what `about` says, and in the file.
    place: (About, Span, Range<usize>),
    /// The last day, if there is one.
    until: Option<String>,
    is_used: Cell<bool>,
}

/// The part of a document for which a suppression holds.
enum Reach {
    /// Lines of a query, as bytes of its text, and what is told about its target.
    Lines { holder: usize, target: usize, lines: Range<usize>, file: Range<usize> },
    /// All of a holder.
    Holder(usize),
}

/// Takes out the findings that are passed over, and adds what is wrong with the suppressions.
pub(super) fn apply(document: &Document, options: &Options, findings: &mut Vec<Finding>) {
    let mut wrong = Vec::new();
    let suppressions = read(document, &mut wrong);
    if suppressions.is_empty() && wrong.is_empty() {
        return;
    }
    let mut by_holder: HashMap<(Code, usize), Vec<&Suppression>> = HashMap::new();
    for known in &suppressions {
        by_holder.entry((known.code, known.reach.holder())).or_default().push(known);
    }
    findings.retain(|finding| {
        let holder = finding.about.holder();
        let found = holder.and_then(|holder| by_holder.get(&(finding.diagnostic.code, holder)));
        let mut is_shown = true;
        for known in found.into_iter().flatten().filter(|known| known.reach.covers(finding)) {
            known.is_used.set(true);
            is_shown &= known.is_over(options);
        }
        is_shown
    });
    let rules = suppressions.iter().filter_map(|known| known.remark(options));
    let told = wrong.into_iter().chain(rules);
    findings.extend(told.filter_map(|mut finding| match options.levels.get(finding.diagnostic.code) {
        Some(Level::Off) => None,
        Some(Level::At(level)) => {
            finding.diagnostic.severity = level;
            Some(finding)
        }
        None => Some(finding),
    }));
}

impl Reach {
    fn holder(&self) -> usize {
        match self {
            Reach::Lines { holder, .. } | Reach::Holder(holder) => *holder,
        }
    }

    fn covers(&self, finding: &Finding) -> bool {
        match (self, finding.about) {
            (Reach::Holder(holder), about) => about.holder() == Some(*holder),
            (Reach::Lines { holder, target, lines, .. }, About::Query { holder: of, target: at }) => {
                let place = finding.diagnostic.primary.span.range();
                (*holder, *target) == (of, at) && place.start <= lines.end && lines.start <= place.end
            }
            (Reach::Lines { holder, file, .. }, About::Holder(of)) => {
                *holder == of && file.start <= finding.span.start && finding.span.end <= file.end
            }
            (Reach::Lines { .. }, About::File) => false,
        }
    }
}

impl Suppression {
    /// Tells whether its last day has gone.
    fn is_over(&self, options: &Options) -> bool {
        // Days in this form sort as texts.
        self.until.as_ref().zip(options.today.as_ref()).is_some_and(|(until, today)| until < today)
    }

    /// Returns what is to be said about a suppression that passes over nothing.
    fn remark(&self, options: &Options) -> Option<Finding> {
        // Whoever has turned a rule off need not take out what was for it.
        if options.levels.get(self.code) == Some(Level::Off) {
            return None;
        }
        let name = self.code.row().name;
        let (about, span, file) = self.place.clone();
        let (message, help) = match (self.is_over(options), self.is_used.get()) {
            (true, true) => (format!("the suppression of `{name}` has ended"), "mend the finding, or set a later day"),
            (_, false) => (format!("nothing to suppress for `{name}`"), "take the suppression out"),
            (false, true) => return None,
        };
        let diagnostic = Diagnostic::new(Code::UnusedSuppression, message, span).help(help);
        Some(Finding { diagnostic, about, span: file, case: None })
    }
}

/// Reads the suppressions of a document, and says which of them name no rule or no day.
fn read(document: &Document, wrong: &mut Vec<Finding>) -> Vec<Suppression> {
    let mut suppressions = Vec::new();
    for (at, holder) in document.holders.iter().enumerate() {
        let description = holder.description.as_ref().filter(|setting| setting.value.contains(MARK));
        for line in description.into_iter().flat_map(|setting| setting.value.lines()) {
            let (Some(setting), Some(begin)) = (description, line.find(MARK)) else { continue };
            let place = setting.span.clone();
            let rules = line.get(begin + MARK.len()..).unwrap_or_default();
            let place_of = |_| (About::Holder(at), Span::new(place.start, place.end), place.clone());
            parse(rules, 0, &place_of, &|| Reach::Holder(at), &mut suppressions, wrong);
        }
        for (index, target) in holder.targets.iter().enumerate() {
            let Some(found) = target.sent().filter(|found| found.text.contains(MARK)) else { continue };
            for (rules, lines) in comments(found) {
                let text = found.text.get(rules.clone()).unwrap_or_default();
                let about = About::Query { holder: at, target: index };
                let place_of = |name: Range<usize>| (about, Span::new(name.start, name.end), found.map.to_file(name));
                let file = target.span.clone();
                let reach = || Reach::Lines { holder: at, target: index, lines: lines.clone(), file: file.clone() };
                parse(text, rules.start, &place_of, &reach, &mut suppressions, wrong);
            }
        }
    }
    suppressions
}

/// Returns the suppressions in a query: what stands behind the mark, and the lines for which it holds.
fn comments(found: &Found) -> Vec<(Range<usize>, Range<usize>)> {
    let text = found.text.as_str();
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    // The line of a byte, without its end.
    let line = |at: usize| {
        let next = starts.partition_point(|start| *start <= at);
        let end = starts.get(next).map_or(text.len(), |start| start - 1);
        starts.get(next.saturating_sub(1)).copied().unwrap_or_default()..end
    };
    let comments = lex(text).comments.into_iter().filter_map(|comment| {
        let comment = comment.range();
        let begin = text.get(comment.clone())?.find(MARK)? + comment.start + MARK.len();
        let (first, last) = (line(comment.start), line(begin));
        let is_alone = text.get(first.start..comment.start)?.trim_start().is_empty();
        let end = if is_alone && last.end < text.len() { line(last.end + 1).end } else { last.end };
        Some((begin..comment.end.min(last.end), first.start..end))
    });
    comments.collect()
}

/// Reads what stands behind the mark: `disable=NAME[,NAME] [until=DATE] REASON`. `offset` is where the text begins in its query.
fn parse(
    text: &str,
    offset: usize,
    place_of: &dyn Fn(Range<usize>) -> (About, Span, Range<usize>),
    reach: &dyn Fn() -> Reach,
    suppressions: &mut Vec<Suppression>,
    wrong: &mut Vec<Finding>,
) {
    let mut tell = |place: Range<usize>, message: String, help: String| {
        let (about, span, file) = place_of(place);
        let diagnostic = Diagnostic::new(Code::UnknownSuppression, message, span).help(help);
        wrong.push(Finding { diagnostic, about, span: file, case: None });
    };
    let place = |part: &str| {
        let start = offset + (part.as_ptr() as usize - text.as_ptr() as usize);
        start..start + part.len()
    };
    let mut words = text.split_whitespace();
    let Some(names) = words.next().and_then(|word| word.strip_prefix("disable=")) else {
        let help = "write `traceql-lint: disable=NAME` and the reason".to_owned();
        return tell(place(text.trim_end()), "a suppression names the rules that it is for".to_owned(), help);
    };
    let until = words.next().and_then(|word| word.strip_prefix("until="));
    if let Some(day) = until.filter(|day| !is_day(day)) {
        return tell(place(day), format!("`{day}` is no day"), "write it as `until=2027-01-31`".to_owned());
    }
    for name in names.split(',').filter(|name| !name.is_empty()) {
        let Some(code) = Code::find(name) else {
            let help = match nearest(name, CODES.iter().map(|row| row.name)) {
                _ if name == "all" => "name the rules, so that new findings are seen".to_owned(),
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`traceql lint --list` shows the rules".to_owned(),
            };
            tell(place(name), format!("a suppression of `{name}`, which is no rule"), help);
            continue;
        };
        suppressions.push(Suppression {
            code,
            reach: reach(),
            place: place_of(place(name)),
            until: until.map(str::to_owned),
            is_used: Cell::new(false),
        });
    }
}

/// Tells whether a text is a day such as `2027-01-31`.
pub fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |part: &str, digits: usize| {
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse::<u32>().ok() } else { None }
    };
    let (Some(_), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else { return false };
    (1..=12).contains(&month) && (1..=31).contains(&day)
}
