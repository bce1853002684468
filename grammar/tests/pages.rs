//! The pages of the diagnostic codes: each has an example that is wrong in just this way, and one that is right.
//!
//! The examples of codes about what stands around queries are files; the tests of the crate with their rules read them.

use traceql_grammar::{
    Verdict, check,
    diagnostic::{CODES, Code, CodeRow},
    lint::{Known, lint},
    vocab::release::Release,
};

/// Tells whether findings of a code are about what stands around queries.
fn is_about_hosts(row: &CodeRow) -> bool {
    row.number.starts_with("TQ08")
}

/// A fenced example: what stands behind the opening fence, and the text.
struct Example<'p> {
    attributes: Vec<&'p str>,
    query: &'p str,
}

fn examples(page: &str) -> Vec<Example<'_>> {
    let mut parts = page.split("```");
    parts.next();
    let mut examples = Vec::new();
    // Text and fences take turns.
    while let (Some(fenced), Some(_)) = (parts.next(), parts.next()) {
        // Inline code of the form `` ` … ` `` is no fence.
        let Some((attributes, query)) = fenced.split_once('\n') else { continue };
        let mut attributes = attributes.split_whitespace();
        let language = attributes.next();
        let is_known = ["traceql", "json", "yaml"].iter().any(|known| language == Some(known));
        assert!(is_known, "a fence without its language: {fenced}");
        examples.push(Example { attributes: attributes.collect(), query: query.trim_end() });
    }
    examples
}

#[test]
fn every_page_shows_what_is_wrong_and_what_is_right() {
    let mut failures = Vec::new();
    for row in CODES {
        let first = format!("# {} {}\n", row.number, row.name);
        assert!(row.page.starts_with(&first), "{} does not begin with its number and name", row.name);
        assert!(!row.page.to_lowercase().contains(" you"), "{} speaks to somebody", row.name);
        let (mut wrong, mut right) = (0, 0);
        for example in examples(row.page) {
            if is_about_hosts(row) {
                let count = if example.attributes.contains(&"wrong") { &mut wrong } else { &mut right };
                *count += 1;
                continue;
            }
            let target = example.attributes.iter().find_map(|attribute| attribute.strip_prefix("target="));
            let target = target.map_or(Release::Main, |target| target.parse().expect("a release"));
            let checked = check(example.query, target);
            // Every relation has this one, which no example of another rule is about.
            let own = |code: &Code| *code == row.id || *code != Code::TempoRootless;
            // A page about a habit is about no difference from Tempo.
            let found = if row.number.starts_with("TQ06") {
                lint(&checked, &Known::default())
            } else {
                checked.diagnostics.clone()
            };
            let codes: Vec<_> = found.iter().map(|found| found.code).filter(own).collect();
            // A sketch stands for a query that is too long to be shown.
            if example.attributes.contains(&"sketch") {
                wrong += 1;
            } else if example.attributes.contains(&"wrong") {
                wrong += 1;
                if codes != [row.id] {
                    failures.push(format!("{}: wrong example gives {codes:?}: {}", row.name, example.query));
                }
            } else {
                right += 1;
                if checked.verdict != Verdict::Ok || codes.contains(&row.id) {
                    failures.push(format!("{}: right example gives {codes:?}: {}", row.name, example.query));
                }
            }
        }
        if wrong == 0 || right == 0 {
            failures.push(format!("{} has {wrong} wrong and {right} right examples", row.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
