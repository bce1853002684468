//! The registry of lint rules: whoever adds a rule is told here what is still missing.

use std::{collections::BTreeSet, fs, path::Path};

use traceql_grammar::{
    diagnostic::{CODES, Class, Severity},
    lint::RULES,
};

/// Files of `src/lint` that hold no rule.
const NO_RULES: [&str; 3] = ["mod", "reads", "walk"];

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns what is in one list and not in the other, as sentences.
fn difference(here: &BTreeSet<String>, there: &BTreeSet<String>, sentence: &str) -> Vec<String> {
    here.difference(there).map(|name| format!("{name} {sentence}")).collect()
}

/// A rule is a file, a row in the registry, a row of the table of codes with its page, and a section in the suite.
#[test]
fn rules_are_complete() {
    let named = |name: &str| name.strip_prefix("tempo-").unwrap_or(name).replace('-', "_");
    let registered: BTreeSet<String> = RULES.iter().map(|rule| named(rule.row().name)).collect();
    assert_eq!(registered.len(), RULES.len(), "a rule is registered twice");
    let of_queries = CODES.iter().filter(|row| row.class == Class::Lint && row.name.starts_with("tempo-"));
    let codes: BTreeSet<String> = of_queries.map(|row| named(row.name)).collect();
    let files: BTreeSet<String> = fs::read_dir(folder("src/lint"))
        .expect("the rules are there")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !NO_RULES.contains(&name.as_str()))
        .collect();
    let mut missing = difference(&files, &registered, "has a file in grammar/src/lint and no line in `RULES`");
    missing.extend(difference(
        &registered,
        &files,
        "has a line in `RULES` and no file of its name in grammar/src/lint",
    ));
    missing.extend(difference(&codes, &registered, "has a code of class Lint and no line in `RULES`"));
    missing.extend(difference(
        &registered,
        &codes,
        "is a rule whose code is not of class Lint or is not named tempo-…",
    ));
    let suite: String = fs::read_dir(folder("../tests/suite/lint"))
        .expect("the suite is there")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a text"))
        .collect();
    for rule in RULES {
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
