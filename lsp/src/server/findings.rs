//! Findings as diagnostics of the protocol.

use std::ops::Range;

use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Uri,
};
use traceql_grammar::diagnostic::{Code, Severity};

use super::{abilities::Abilities, documents::Snapshot};
use crate::{
    document::Document,
    lint::{About, Finding, config},
};

/// The name that diagnostics have as their source.
pub(super) const SOURCE: &str = "traceql";

/// Returns what is wrong with the queries of a document.
pub(super) fn of_queries(
    snapshot: &Snapshot,
    document: &Document,
    findings: &[&Finding],
    abilities: Abilities,
) -> Vec<Diagnostic> {
    let made = |finding: &&Finding| {
        let found = &finding.diagnostic;
        let row = found.code.row();
        let related = found.secondary.iter().filter(|_| abilities.takes_related).map(|label| {
            let span = in_file(document, finding.about, &label.span.range());
            let range = snapshot.places().range(&snapshot.text, &span);
            let location = Location { uri: snapshot.uri.clone(), range };
            DiagnosticRelatedInformation { location, message: label.text.clone() }
        });
        let related: Vec<_> = related.collect();
        Diagnostic {
            range: snapshot.places().range(&snapshot.text, &finding.span),
            severity: Some(severity(found.severity)),
            code: Some(NumberOrString::String(row.name.to_owned())),
            code_description: page(row.name).map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message: message(&found.message, finding.case.as_deref(), found.help.as_deref()),
            related_information: (!related.is_empty()).then_some(related),
            tags: tags(found.code),
            ..Diagnostic::default()
        }
    };
    findings.iter().map(made).collect()
}

/// Tells whether no Tempo takes what a finding is about.
pub(super) fn is_error(finding: &Finding) -> bool {
    finding.diagnostic.severity == Severity::Error
}

/// Returns what is wrong with a `traceql.toml`.
pub(super) fn of_config(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let mistakes = config::parse(&snapshot.text).err().unwrap_or_default();
    let made = |mistake: config::Mistake| Diagnostic {
        range: snapshot.places().range(&snapshot.text, &mistake.span),
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message: message(&mistake.message, None, mistake.help.as_deref()),
        ..Diagnostic::default()
    };
    mistakes.into_iter().map(made).collect()
}

/// Returns where a part of what a finding is about stands in the file.
fn in_file(document: &Document, about: About, span: &Range<usize>) -> Range<usize> {
    let About::Query { holder, target } = about else { return span.clone() };
    let target = document.holders.get(holder).and_then(|holder| holder.targets.get(target));
    target.and_then(|target| target.sent()).map_or(0..0, |found| found.map.to_file(span.clone()))
}

/// Returns a finding in words: what, when, and what helps.
fn message(what: &str, case: Option<&str>, help: Option<&str>) -> String {
    let case = case.map_or_else(String::new, |case| format!(" {case}"));
    let help = help.map_or_else(String::new, |help| format!("\nhelp: {help}"));
    format!("{what}{case}{help}")
}

/// Returns how editors show a finding. What is worth knowing only is a hint, of which they make little.
fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Info => DiagnosticSeverity::HINT,
    }
}

/// Returns the address of a code's page, which `traceql explain` shows too.
fn page(name: &str) -> Option<Uri> {
    format!("{}/blob/main/grammar/src/diagnostic/codes/{name}.md", env!("CARGO_PKG_REPOSITORY")).parse().ok()
}

/// Returns how editors draw the place of a finding.
fn tags(code: Code) -> Option<Vec<DiagnosticTag>> {
    let tag = match code {
        Code::DeprecatedName => DiagnosticTag::DEPRECATED,
        Code::DuplicateCondition | Code::UselessAnchors | Code::UnusedSuppression => DiagnosticTag::UNNECESSARY,
        _ => return None,
    };
    Some(vec![tag])
}
