//! What must be there of each word, code and format: pages, tests, examples.

use std::fs;

use traceql::source::{TRACE_FORMATS, TraceFormat};
use traceql_grammar::{
    diagnostic::CODES,
    ops::{Relation, SpansetOp},
    vocab::{functions::FUNCTIONS, intrinsics::INTRINSICS, scopes::SCOPES},
};

use super::architecture::{files, has_word, none, root};

fn spaced(text: &str) -> String {
    format!(" {text} ")
}

#[test]
fn every_code_is_in_order_and_unique() {
    for pair in CODES.windows(2) {
        assert!(pair[0].number < pair[1].number, "{} comes before {}", pair[0].number, pair[1].number);
    }
    let mut names: Vec<&str> = CODES.iter().map(|row| row.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CODES.len(), "two codes have one name");
    for (i, row) in CODES.iter().enumerate() {
        assert_eq!(row.id as usize, i, "{} finds its own row", row.number);
    }
}

#[test]
fn every_code_has_a_page() {
    let mut findings = Vec::new();
    for row in CODES {
        let page = row.page;
        if !page.starts_with("# ") {
            findings.push(format!("{}: no headline", row.name));
        }
        if !page.contains("```") {
            findings.push(format!("{}: no example", row.name));
        }
        if page.lines().count() < 6 {
            findings.push(format!("{}: says too little", row.name));
        }
    }
    let pages = fs::read_dir(root().join("grammar/src/diagnostic/codes")).expect("the pages are there");
    for page in pages {
        let path = page.expect("a folder's entry can be read").path();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !CODES.iter().any(|row| row.name == name) {
            findings.push(format!("{name}: a page without a code"));
        }
    }
    none(&findings, "every code has a page with a headline, a text and an example");
}

#[test]
fn every_word_is_used_in_the_suite() {
    let suite: String = files("tests/suite", "test").into_iter().map(|file| file.text).collect();
    let mut words: Vec<String> = Vec::new();
    for row in INTRINSICS {
        words.extend(row.bare.map(str::to_owned));
        words.extend(row.scoped.map(|(scope, word)| format!("{scope}:{word}")));
    }
    words.extend(FUNCTIONS.iter().map(|row| format!("{}(", row.name)));
    words.extend(SCOPES.iter().map(|row| format!("{}.", row.word)));
    words.extend(["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "=~", "!~", "&&", "||"].map(spaced));
    for relation in [Relation::Child, Relation::Parent, Relation::Descendant, Relation::Ancestor, Relation::Sibling] {
        let ops = [SpansetOp::Related(relation), SpansetOp::Unrelated(relation), SpansetOp::Union(relation)];
        // Between braces, so that a comparison does not count as a relation.
        words.extend(ops.map(|op| format!("}} {} {{", op.text())));
    }
    let missing: Vec<String> = words.into_iter().filter(|word| !has_word(&suite, word)).collect();
    none(&missing, "words of the language that no section of tests/suite uses");
}

#[test]
fn every_trace_format_is_tested_fuzzed_and_documented() {
    let guide = fs::read_to_string(root().join("docs/guide.md")).expect("the guide is there");
    let mut findings = Vec::new();
    for TraceFormat { name, tests, fuzz_target } in TRACE_FORMATS {
        if !root().join("tests/engine").join(tests).exists() {
            findings.push(format!("{name}: there is no tests/engine/{tests}"));
        }
        if !root().join(format!("tests/fuzz/fuzz_targets/{fuzz_target}.rs")).exists() {
            findings.push(format!("{name}: there is no tests/fuzz/fuzz_targets/{fuzz_target}.rs"));
        }
        if !guide.contains(&format!("\n| {name} |")) {
            findings.push(format!("{name}: docs/guide.md has no row about it"));
        }
    }
    none(&findings, "every row of src/source/formats.rs has tests, a fuzz target and a row in the guide");
}

/// Returns the values of an option, read from the help of a command.
fn values_of(command: &[&str], option: &str) -> Vec<String> {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_traceql")).args(command).arg("--help").output();
    let help = String::from_utf8(help.expect("the binary starts").stdout).expect("help is text");
    let at_option = help
        .lines()
        .skip_while(|line| !line.trim_start().starts_with(option) && !line.contains(&format!(", {option}")));
    let of_option =
        at_option.skip(1).take_while(|line| !line.trim_start().starts_with('-') || line.trim_start().starts_with("- "));
    let values =
        of_option.filter_map(|line| line.trim_start().strip_prefix("- ")?.split(':').next().map(str::to_owned));
    values.collect()
}

#[test]
fn every_output_format_is_tried() {
    let texts = ["md", "trycmd", "rs"].iter().flat_map(|extension| files("tests", extension));
    let texts: String = texts.chain(files("docs", "md")).map(|file| file.text + "\n").collect();
    let commands: &[(&[&str], &str)] = &[
        (&["query"], "--format"),
        (&["tags"], "--format"),
        (&["values"], "--format"),
        (&["trace"], "--format"),
        (&["explain"], "--format"),
        (&["check"], "--format"),
        (&["lint"], "--format"),
        (&["convert"], "--to"),
        (&["context", "list"], "--format"),
    ];
    let mut findings = Vec::new();
    for (command, option) in commands {
        let values = values_of(command, option);
        assert!(values.len() > 1, "the help of {command:?} names the values of {option}");
        let command = command.join(" ");
        for value in values.iter().filter(|value| !["table", "human", "full"].contains(&value.as_str())) {
            // On one line with the command, in a session or as arguments of a test.
            let is_tried = texts.lines().any(|line| {
                line.contains(&command.replace(' ', "\", \"")) && line.contains(&format!("\"{option}\", \"{value}\""))
                    || line.contains(&format!("traceql {command} ")) && has_word(line, &format!("{option} {value}"))
            });
            if !is_tried {
                findings.push(format!("traceql {command} {option} {value}"));
            }
        }
    }
    none(&findings, "formats that no test and no example of the documentation tries");
}
