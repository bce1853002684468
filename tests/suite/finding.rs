//! Queries with their findings under them, and formatted queries.

use traceql_grammar::{
    check,
    diagnostic::{Applicability, Diagnostic, Severity, apply_fixes},
    format,
    lint::{Known, lint},
    span::Span,
    vocab::release::Release,
};

use super::section::Section;

/// Marks that a finding can be mended.
const FIX: &str = " 💡";

/// The same where the mended query may mean something else.
const UNSAFE_FIX: &str = " 💡?";

/// Stands before the query with all fixes applied.
const FIXED: &str = "fixed: ";

/// The same where that query is illegal, although each finding had a fix. Nobody should accept this.
const STILL_WRONG: &str = "fixed, and still wrong: ";

/// Finds what is wrong with a query for a release.
type Find = fn(&str, Release) -> Vec<Diagnostic>;

/// Finds what `check` reports.
pub(crate) fn checked(query: &str, target: Release) -> Vec<Diagnostic> {
    check(query, target).diagnostics
}

/// Finds what keeps a query from running, or else the habits in it.
pub(crate) fn linted(query: &str, target: Release) -> Vec<Diagnostic> {
    let checked = check(query, target);
    let wrong = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned();
    wrong.chain(lint(&checked, &Known::default())).collect()
}

/// Returns the section with what is found in each of its queries.
pub(crate) fn expect(section: &Section, find: Find) -> Result<String, String> {
    let target = match section.options.get("target") {
        Some(target) => target.parse::<Release>().map_err(|error| error.to_string())?,
        None => Release::Main,
    };
    let paragraphs = section.paragraphs().map(|paragraph| {
        let (comment, query) = query_of(paragraph);
        format!("{comment}{}", with_findings(&query, target, find))
    });
    Ok(paragraphs.collect::<Vec<_>>().join("\n\n"))
}

/// Parts the comment and the query of a paragraph from what is expected.
fn query_of(paragraph: &str) -> (String, String) {
    let comment: String = paragraph.split_inclusive('\n').take_while(|line| line.starts_with("# ")).collect();
    let lines = paragraph[comment.len()..]
        .lines()
        .take_while(|line| !line.starts_with(FIXED) && !line.starts_with(STILL_WRONG));
    let query: Vec<&str> = lines.filter(|line| !line.trim_start().starts_with('^')).collect();
    (comment, query.join("\n"))
}

fn with_findings(query: &str, target: Release, find: Find) -> String {
    let found = find(query, target);
    let mut text = String::new();
    let mut start = 0;
    for line in query.split('\n') {
        let end = start + line.len();
        text.push_str(line);
        text.push('\n');
        for diagnostic in found.iter().filter(|found| (start..=end).contains(&(found.primary.span.start as usize))) {
            text.push_str(&marks(query, start..end, diagnostic.primary.span, &headline(diagnostic)));
            if let Some(help) = &diagnostic.help {
                let at = Span { end: diagnostic.primary.span.start, ..diagnostic.primary.span };
                text.push_str(&marks(query, start..end, at, &format!("help: {help}")));
            }
        }
        for label in found.iter().flat_map(|found| &found.secondary) {
            if (start..=end).contains(&(label.span.start as usize)) {
                text.push_str(&marks(query, start..end, label.span, &format!("also: {}", label.text)));
            }
        }
        start = end + 1;
    }
    if found.iter().any(|diagnostic| diagnostic.fix.is_some()) {
        let fixed = apply_fixes(query, &found);
        // Where everything that is wrong has a fix, the fixes must give a legal query.
        let wrong = |found: &[Diagnostic]| found.iter().filter(|found| found.severity == Severity::Error).count();
        let mendable = found.iter().filter(|found| found.fix.is_some() && found.severity == Severity::Error);
        let illegal = mendable.count() == wrong(&found) && wrong(&check(&fixed, target).diagnostics) > 0;
        text.push_str(&format!("{}{fixed}", if illegal { STILL_WRONG } else { FIXED }));
    }
    text.trim_end().to_owned()
}

/// Tells whether the level and the applicability belong to what is decided about a finding.
fn is_habit(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.row().number.starts_with("TQ06")
}

fn headline(diagnostic: &Diagnostic) -> String {
    let fix = match &diagnostic.fix {
        Some(fix) if fix.applicability == Applicability::Unsafe && is_habit(diagnostic) => UNSAFE_FIX,
        Some(_) => FIX,
        None => "",
    };
    let label =
        if diagnostic.primary.text.is_empty() { String::new() } else { format!(" — {}", diagnostic.primary.text) };
    let number = diagnostic.code.row().number;
    let level = match diagnostic.severity {
        Severity::Info if is_habit(diagnostic) => "info: ",
        _ => "",
    };
    format!("{number} {level}{}{label}{fix}", diagnostic.message)
}

/// Returns a line with `^` under the part of the span that lies on the line.
fn marks(query: &str, line: std::ops::Range<usize>, span: Span, text: &str) -> String {
    let (start, end) = (span.start as usize, (span.end as usize).min(line.end));
    let before = query[line.start..start].chars().count();
    let width = query.get(start..end).map_or(0, |part| part.chars().count()).max(1);
    format!("{:before$}{:^<width$} {text}\n", "", "")
}

/// Returns the section with its query laid out anew behind `=>`.
pub(crate) fn expect_format(section: &Section) -> Result<String, String> {
    let query = section.body.split("\n=>\n").next().unwrap_or_default();
    let query = query.strip_suffix("\n=>").unwrap_or(query);
    let formatted = match format(query) {
        Ok(formatted) => {
            let again = format(&formatted).map_err(|found| format!("{formatted}\ncannot be formatted: {found:?}"))?;
            if again != formatted {
                return Err(format!("formatting again changes\n{formatted}\nto\n{again}"));
            }
            formatted
        }
        Err(found) => found.iter().map(|found| format!("error {}", headline(found))).collect::<Vec<_>>().join("\n"),
    };
    Ok(format!("{query}\n=>\n{formatted}"))
}
