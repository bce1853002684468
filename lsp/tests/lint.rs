//! The linter over files: each file of `tests/lint` has beside it what is found in it. `UPDATE=1` rewrites that.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

use traceql_grammar::{
    diagnostic::{CODES, CodeRow, Severity},
    vocab::release::Release,
};
use traceql_lsp::{
    document::{self, Known, lines::Lines},
    lint::{Finding, Options, fix::fixed, lint, rules::HOST_RULES},
};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint")
}

fn options() -> Options {
    Options { today: Some("2026-11-30".to_owned()), ..Options::of(Release::Main) }
}

fn findings(name: &str, text: &str) -> Vec<Finding> {
    lint(&document::read(name, text, &Known::default()), &options())
}

/// Returns the files of the folder that are no expectations.
fn fixtures() -> Vec<(String, String)> {
    let mut fixtures: Vec<(String, String)> = fs::read_dir(folder())
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !["findings", "fixed"].iter().any(|other| path.extension().is_some_and(|kind| kind == *other)))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    fixtures.sort();
    fixtures
}

/// Holds a text against the file of that name, or writes the file.
fn hold(name: &str, found: &str) -> Option<String> {
    let path = folder().join(name);
    if env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, found).expect("the folder can be written");
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    (expected != found).then(|| format!("{name} (UPDATE=1 accepts it):\nexpected:\n{expected}\nfound:\n{found}"))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Writes findings, one a line.
fn shown(text: &str, findings: &[Finding]) -> String {
    let lines = Lines::new(text);
    let mut shown = String::new();
    for finding in findings {
        let (start, end) = (lines.position(finding.span.start), lines.position(finding.span.end));
        let row = finding.diagnostic.code.row();
        let case = finding.case.as_ref().map(|case| format!(" ({case})")).unwrap_or_default();
        writeln!(
            shown,
            "{}:{}-{}:{} [{}..{}] {} {} {}: {}{case}",
            start.line,
            start.column,
            end.line,
            end.column,
            finding.span.start,
            finding.span.end,
            severity(finding.diagnostic.severity),
            row.number,
            row.name,
            finding.diagnostic.message
        )
        .expect("a text can be written");
        assert!(text.get(finding.span.clone()).is_some(), "{}: not within the file", row.name);
    }
    shown
}

#[test]
fn findings_are_those_beside_each_file() {
    let failures: Vec<String> = fixtures()
        .into_iter()
        .filter_map(|(name, text)| hold(&format!("{name}.findings"), &shown(&text, &findings(&name, &text))))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Returns the lines that differ in two texts of as many lines.
fn changed(old: &str, new: &str) -> String {
    assert_eq!(old.lines().count(), new.lines().count(), "fixes keep the lines");
    let pairs = old.lines().zip(new.lines()).enumerate().filter(|(_, (old, new))| old != new);
    pairs.map(|(at, (old, new))| format!("{}\n-{old}\n+{new}\n", at + 1)).collect()
}

/// `NAME.fixed` has the lines that safe fixes change, then those that unsafe ones change too.
#[test]
fn fixes_are_those_beside_each_file() {
    let mut failures = Vec::new();
    for (name, text) in fixtures() {
        let mend = |text: &str, allow_unsafe| fixed(&name, text, &Known::default(), &options(), allow_unsafe);
        let (safe, all) = (mend(&text, false), mend(&text, true));
        assert_eq!(mend(&safe.text, false).applied, [], "{name}: a second run has nothing to fix");
        assert_eq!(mend(&all.text, true).applied, [], "{name}: a second run has nothing to fix");
        assert_eq!(safe.left, findings(&name, &safe.text), "{name}: what is left is what is found then");
        let shown = changed(&text, &safe.text) + "unsafe:\n" + &changed(&safe.text, &all.text);
        failures.extend(hold(&format!("{name}.fixed"), &shown));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Returns the codes whose rules look at what stands around queries.
fn host_codes() -> impl Iterator<Item = &'static CodeRow> {
    CODES.iter().filter(|row| row.number.starts_with("TQ08"))
}

#[test]
fn every_rule_is_shown_by_a_file() {
    let found: BTreeSet<&str> = fixtures()
        .into_iter()
        .flat_map(|(name, text)| findings(&name, &text))
        .map(|finding| finding.diagnostic.code.row().name)
        .collect();
    let missing: Vec<&str> = host_codes().map(|row| row.name).filter(|name| !found.contains(name)).collect();
    assert!(missing.is_empty(), "found in no file of tests/lint: {missing:?}");
}

/// A rule is a file, a row in the registry, and a row of the table of codes.
#[test]
fn rules_are_complete() {
    // Those about suppressions are told by what reads them; an empty text is told by the grammar.
    let elsewhere = ["unknown-suppression", "unused-suppression"];
    let registered: BTreeSet<String> = HOST_RULES.iter().map(|rule| rule.row().name.replace('-', "_")).collect();
    assert_eq!(registered.len(), HOST_RULES.len(), "a rule is registered twice");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules");
    let files: BTreeSet<String> = fs::read_dir(rules)
        .expect("the rules are there")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    assert_eq!(files, registered);
    let codes = host_codes().map(|row| row.name).filter(|name| !elsewhere.contains(name));
    let codes: BTreeSet<String> = codes.chain(["empty-query"]).map(|name| name.replace('-', "_")).collect();
    assert_eq!(codes, registered);
}

#[test]
fn messages_stand_alone_and_are_short() {
    for (name, text) in fixtures() {
        for finding in findings(&name, &text) {
            let message = &finding.diagnostic.message;
            let is_sentence = message.ends_with('.') || message.starts_with(char::is_uppercase);
            let is_name = ["Tempo", "Grafana"].iter().any(|name| message.starts_with(name));
            assert!(!is_sentence || is_name, "{message}");
            // The query's own words may lengthen it.
            assert!(message.chars().count() <= 100, "{message}");
        }
    }
}

/// The examples of the pages: the wrong one is found to be wrong in that way, the right one is not found at all.
#[test]
fn pages_show_what_is_wrong_and_what_is_right() {
    let mut failures = Vec::new();
    for row in host_codes() {
        let mut parts = row.page.split("```").skip(1);
        while let (Some(fenced), Some(_)) = (parts.next(), parts.next()) {
            let (attributes, text) = fenced.split_once('\n').expect("a fence with a text");
            let kind = attributes.split_whitespace().next().expect("a fence with a language");
            let found = findings(&format!("example.{kind}"), text);
            let is_told =
                |finding: &&Finding| finding.diagnostic.severity < Severity::Info || finding.diagnostic.code == row.id;
            let codes: BTreeSet<&str> =
                found.iter().filter(is_told).map(|finding| finding.diagnostic.code.row().name).collect();
            let expected = if attributes.contains("wrong") { BTreeSet::from([row.name]) } else { BTreeSet::new() };
            if codes != expected {
                failures.push(format!("{}: `{attributes}` gives {codes:?}", row.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
