//! The registry of lint rules: whoever adds a rule is told here what is still missing.

use std::{collections::BTreeSet, fs, path::Path};

use traceql_grammar::{
    diagnostic::{CODES, Class, Severity},
    lint::{QUERY_RULES, QueryCheck, RULES, Rule},
};

/// Files of `src/lint` that hold no rule.
const NO_RULES: [&str; 6] = ["mod", "pattern", "reads", "together", "truth", "walk"];

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns what is in one list and not in the other, as sentences.
fn difference(here: &BTreeSet<String>, there: &BTreeSet<String>, sentence: &str) -> Vec<String> {
    here.difference(there).map(|name| format!("{name} {sentence}")).collect()
}

/// Returns the names of the rules that have a file in a folder.
fn files(path: &str) -> BTreeSet<String> {
    fs::read_dir(folder(path))
        .expect("the rules are there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !NO_RULES.contains(&name.as_str()))
        .collect()
}

/// Compares a list of rules, the files in their folder and the codes that begin with a number.
fn missing(list: &str, rules: &[Rule<QueryCheck>], path: &str, number: &str) -> Vec<String> {
    let named = |name: &str| name.strip_prefix("tempo-").unwrap_or(name).replace('-', "_");
    let registered: BTreeSet<String> = rules.iter().map(|rule| named(rule.row().name)).collect();
    assert_eq!(registered.len(), rules.len(), "a rule is registered twice");
    let of_kind = CODES.iter().filter(|row| row.class == Class::Lint && row.number.starts_with(number));
    let codes: BTreeSet<String> = of_kind.map(|row| named(row.name)).collect();
    let files = files(path);
    let mut missing = difference(&files, &registered, &format!("has a file in grammar/{path} and no line in `{list}`"));
    missing.extend(difference(
        &registered,
        &files,
        &format!("has a line in `{list}` and no file of its name in grammar/{path}"),
    ));
    missing.extend(difference(&codes, &registered, &format!("has a code {number}… and no line in `{list}`")));
    missing.extend(difference(&registered, &codes, &format!("is a rule of `{list}` whose code is not {number}…")));
    missing
}

/// A rule is a file, a row in a registry, a row of the table of codes with its page, and a section in the suite.
#[test]
fn rules_are_complete() {
    let mut missing = missing("RULES", RULES, "src/lint", "TQ07");
    missing.extend(self::missing("QUERY_RULES", QUERY_RULES, "src/lint/habits", "TQ06"));
    let suite: String = fs::read_dir(folder("../tests/suite/lint"))
        .expect("the suite is there")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a text"))
        .collect();
    for rule in RULES.iter().chain(QUERY_RULES) {
        let row = rule.row();
        if !suite.contains(&format!("^ {} ", row.number)) {
            missing.push(format!("{} ({}) is found by no section of tests/suite/lint", row.name, row.number));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Only what keeps a query from running is an error; what stands around it can keep it from being asked.
#[test]
fn levels_fit_classes() {
    for row in CODES.iter().filter(|row| !row.number.starts_with("TQ08")) {
        assert_eq!(row.severity == Severity::Error, row.class != Class::Lint, "{}", row.name);
    }
}
