//! Small inputs on which traceql once differed from Tempo without need, or differs on purpose (`tests/cases`): the answer of
//! each is as it should be, and a rule tells of each difference on purpose.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::harm::traceql;

/// Returns the folders whose names begin so.
fn cases(prefix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(folder).expect("the cases are there").map(|entry| entry.expect("it can be read").path());
    let mut found: Vec<PathBuf> = entries.filter(|path| name(path).starts_with(prefix)).collect();
    found.sort();
    assert!(!found.is_empty(), "the cases stand where this test looks for them");
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("names are text")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("it is JSON")
}

/// Returns the query of a case and what stands behind the file.
fn command(case: &Path) -> (String, Vec<String>) {
    let line = fs::read_to_string(case.join("command.txt")).expect("each case has one");
    let (query, options) = line
        .trim()
        .strip_prefix("traceql query '")
        .and_then(|rest| rest.split_once("' input.otlp.jsonl "))
        .expect("it is a query");
    (query.to_owned(), options.split_whitespace().map(str::to_owned).collect())
}

/// Returns an answer without what is not compared: counts of work, and exemplars, whose choice is chance.
fn compared(mut answer: Value) -> Value {
    answer.as_object_mut().expect("it is an object").remove("metrics");
    for series in answer.get_mut("series").and_then(Value::as_array_mut).into_iter().flatten() {
        series.as_object_mut().expect("it is an object").remove("exemplars");
    }
    answer
}

fn answer(case: &Path) -> (Option<i32>, String) {
    let (query, options) = command(case);
    let ran = traceql().current_dir(case).args(["query", &query, "input.otlp.jsonl"]).args(options).output();
    let ran = ran.expect("the binary starts");
    (ran.status.code(), String::from_utf8(ran.stdout).expect("JSON is text"))
}

fn assert_answer(case: &Path, expected: Value) {
    let (_, text) = answer(case);
    let found: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", name(case)));
    assert_eq!(compared(found), compared(expected), "{}", name(case));
}

#[test]
fn what_tempo_answers_is_answered() {
    for case in cases("follow-") {
        let expected = json(&case.join("expected.json"));
        match expected.get("error").and_then(Value::as_str) {
            // Tempo's words are its own.
            Some(error) => {
                assert!(error.contains("parse error"), "{error}");
                assert_eq!(answer(&case).0, Some(3), "{}", name(&case));
            }
            None => assert_answer(&case, expected),
        }
    }
}

#[test]
fn exemplars_of_a_comparison_hang_on_its_totals() {
    let case = cases("follow-compare-exemplars");
    let (_, text) = answer(&case[0]);
    let found: Value = serde_json::from_str(&text).expect("it is JSON");
    let series = found["series"].as_array().expect("there are some");
    let with: Vec<&Value> = series.iter().filter(|series| series.get("exemplars").is_some()).collect();
    assert!(!with.is_empty());
    for series in with {
        let meta = series["labels"][0]["value"]["stringValue"].as_str().expect("it comes first");
        assert!(meta.ends_with("_total"), "{meta}");
    }
}

#[test]
fn nothing_is_said_of_a_query_that_is_right() {
    let query = "{ span.http.status_code >= 500 } >> { span.a != \"\" }";
    for options in [&[][..], &["--quiet"], &["--strict"]] {
        let ran = traceql().args(["check", "-e", query]).args(options).output().expect("the binary starts");
        assert_eq!((ran.status.code(), ran.stdout.len(), ran.stderr.len()), (Some(0), 0, 0), "{options:?}");
    }
    let ran = traceql().args(["check", "--level", "info", "-e", query]).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("tempo-arrays") || said.contains("TQ0704"), "{said}");
    assert_eq!(ran.status.code(), Some(0));
    let warned =
        traceql().args(["check", "--strict", "-e", "{ 10ms < duration }"]).output().expect("the binary starts");
    assert_eq!(warned.status.code(), Some(1));
}

#[test]
fn what_differs_on_purpose_stays() {
    for case in cases("decision-") {
        let mut expected = json(&case.join("traceql-today.json"));
        let (_, text) = answer(&case);
        let mut found: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", name(&case)));
        // The order of series is held by other cases.
        for answer in [&mut expected, &mut found] {
            let series = answer.get_mut("series").and_then(Value::as_array_mut);
            series.into_iter().for_each(|series| series.sort_by_key(|one| one["labels"].to_string()));
        }
        assert!(compared(found) == compared(expected), "{} is answered otherwise", name(&case));
    }
}
