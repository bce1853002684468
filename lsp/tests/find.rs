//! Where queries stand in files: each file of `find` beside a `.found` text that tells what is found in it.
//!
//! `UPDATE=1` writes the texts anew. Every run of a query that stands byte for byte in its file is held against the bytes at
//! its place.

use std::{fmt::Write, fs, ops::Range, path::Path};

use traceql_grammar::{diagnostic::Edit, span::Span};
use traceql_lsp::document::{
    self, Document, Known, edit,
    holder::{Found, Holder, Setting, Target},
    lines::Lines,
    source_map::Written,
};

fn known() -> Known {
    Known { tempo: vec!["known-uid".to_owned()] }
}

fn place(lines: &Lines<'_>, span: &Range<usize>) -> String {
    let (start, end) = (lines.position(span.start), lines.position(span.end));
    format!("{}..{} {}:{}-{}:{}", span.start, span.end, start.line, start.column, end.line, end.column)
}

fn written(file: &str, document: &Document) -> Result<String, std::fmt::Error> {
    let lines = Lines::new(file);
    let mut text = String::new();
    for dashboard in &document.dashboards {
        writeln!(text, "dashboard {:?}", dashboard.title.as_deref().unwrap_or_default())?;
        for (name, kind) in &dashboard.data_sources {
            writeln!(text, "  data source {name} {kind}")?;
        }
        for variable in &dashboard.variables {
            let flags = [(variable.is_multi, " multi"), (variable.includes_all, " all")];
            let flags: String = flags.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
            write!(text, "  ${} {:?}{flags}", variable.name, variable.kind)?;
            if let Some(all) = &variable.all_value {
                write!(text, " all={all:?}")?;
            }
            writeln!(text, " {:?} now {:?} {}", variable.values, variable.current, place(&lines, &variable.span))?;
        }
    }
    for holder in &document.holders {
        write_holder(&mut text, &lines, holder)?;
    }
    for (word, remarks) in [("broken", &document.broken), ("untold", &document.untold)] {
        for remark in remarks {
            writeln!(text, "{word} {}: {}", place(&lines, &remark.span), remark.message)?;
        }
    }
    Ok(text)
}

fn write_holder(text: &mut String, lines: &Lines<'_>, holder: &Holder) -> std::fmt::Result {
    write!(text, "{:?} {}", holder.kind, place(lines, &holder.span))?;
    let settings = [("title", &holder.title), ("type", &holder.panel_type), ("description", &holder.description)];
    write_settings(text, lines, &settings)?;
    if let Some(id) = &holder.id {
        write!(text, " id={id}")?;
    }
    if let Some(dashboard) = holder.dashboard {
        write!(text, " dashboard={dashboard}")?;
    }
    text.push('\n');
    for target in &holder.targets {
        write_target(text, lines, target)?;
    }
    Ok(())
}

fn write_settings(
    text: &mut String,
    lines: &Lines<'_>,
    settings: &[(&str, &Option<Setting<String>>)],
) -> std::fmt::Result {
    for (name, setting) in settings {
        if let Some(setting) = setting {
            write!(text, " {name}={:?}@{}", setting.value, lines.position(setting.span.start).line)?;
        }
    }
    Ok(())
}

fn write_target(text: &mut String, lines: &Lines<'_>, target: &Target) -> std::fmt::Result {
    write!(text, "  target {} {}", target.ref_id.as_deref().unwrap_or("-"), place(lines, &target.span))?;
    let settings = [
        ("dataSource", &target.data_source.name),
        ("queryType", &target.query_type),
        ("tableType", &target.table_type),
        ("metricsQueryType", &target.metrics_query_type),
        ("step", &target.step),
    ];
    write_settings(text, lines, &settings)?;
    for (name, setting) in [("limit", &target.limit), ("spss", &target.spss)] {
        if let Some(setting) = setting {
            write!(text, " {name}={}@{}", setting.value, lines.position(setting.span.start).line)?;
        }
    }
    for (is, word) in [(target.is_hidden, "hidden"), (target.data_source.is_missing, "missing")] {
        if is {
            write!(text, " {word}")?;
        }
    }
    if target.filters > 0 {
        write!(text, " filters={}", target.filters)?;
    }
    text.push('\n');
    for (word, found) in [("query", &target.query), ("built", &target.built)] {
        if let Some(found) = found {
            let condition = if found.is_condition { " condition" } else { "" };
            writeln!(text, "    {word} {} {:?}{condition}", place(lines, &found.span), found.layers)?;
            writeln!(text, "      {}", found.text.replace('\n', "\n      "))?;
        }
    }
    Ok(())
}

/// Holds every run of a query that is written byte for byte against the file, and every place against the file's bounds.
fn hold(file: &str, found: &Found) {
    assert_eq!(found.map.text_len(), found.text.len(), "{:?}", found.text);
    let mut end = 0;
    for segment in found.map.segments() {
        assert!(segment.file.end <= file.len() && file.is_char_boundary(segment.file.start), "{segment:?}");
        if segment.written == Written::Verbatim {
            assert_eq!(found.text[segment.text.clone()], file[segment.file.clone()], "{segment:?}");
        }
        if segment.written != Written::Made {
            assert!(segment.file.start >= end, "places rise: {segment:?} in {:?}", found.text);
            assert!(found.span.start <= segment.file.start && segment.file.end <= found.span.end, "{segment:?}");
            end = segment.file.end;
        }
    }
}

#[test]
fn queries_are_found_where_they_stand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/find");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_none_or(|extension| extension != "found"));
    names.sort();
    let mut wrong = Vec::new();
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = fs::read_to_string(&path).unwrap();
        let document = document::read(name, &file, &known());
        for (_, target) in document.targets() {
            target.query.iter().chain(&target.built).for_each(|found| hold(&file, found));
            // Only what has no layers is made of something else.
            for found in target.query.iter().filter(|found| !found.layers.is_empty()) {
                let is_made = found.map.segments().iter().any(|segment| segment.written == Written::Made);
                assert!(!is_made, "{name}: {}", found.text);
            }
        }
        let now = written(&file, &document).unwrap();
        let beside = folder.join(format!("{name}.found"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&beside, &now).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != now {
            wrong.push(format!("{name}:\n{now}"));
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 writes what is found now:\n{}", wrong.join("\n"));
}

/// Returns texts that are nearly `file`: cut, and with characters left out.
fn nearly(file: &str) -> impl Iterator<Item = String> {
    let ends: Vec<usize> = file.char_indices().map(|(at, _)| at).collect();
    let step = (ends.len() / 40).max(1);
    ends.into_iter().step_by(step).flat_map(move |at| {
        let (head, tail) = file.split_at(at);
        let without = tail.chars().skip(1).collect::<String>();
        [head.to_owned(), tail.to_owned(), format!("{head}{without}"), format!("{head}\u{1f600}{tail}")]
    })
}

#[test]
fn places_lie_in_the_file_whatever_is_in_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/find");
    let ends = ["x.json", "x.yaml", "x.md", "x.sh", "x.tf", "x.txt", "x"];
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = fs::read_to_string(&path).unwrap();
        let own = path.file_name().unwrap().to_str().unwrap();
        let others = ends.iter().map(|name| (*name, file.clone()));
        for (name, text) in others.chain(nearly(&file).map(|text| (own, text))) {
            let document = document::read(name, &text, &known());
            let spans = document.holders.iter().map(|holder| &holder.span);
            let spans = spans.chain(document.targets().map(|(_, target)| &target.span));
            let spans = spans.chain(document.broken.iter().chain(&document.untold).map(|remark| &remark.span));
            for span in spans {
                assert!(text.get(span.clone()).is_some(), "{span:?} of {text}");
            }
            for (_, target) in document.targets() {
                target.query.iter().chain(&target.built).for_each(|found| hold(&text, found));
            }
        }
    }
}

#[test]
fn deep_files_are_read_with_a_small_stack() {
    let deep = |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let files = [
        ("x.json", format!("{{\"tempo\": {}}}", deep("[", "]", 250))),
        ("x.json", format!("{{\"tempo\": {}}}", deep("[", "]", 100_000))),
        ("x.json", format!("{{\"tempo\": 1, \"panels\": {}}}", deep("[{\"panels\":", "}]", 120).replace(":}", ":[]}"))),
        ("x.yaml", format!("tempo: {}", deep("[", "]", 250))),
        ("x.yaml", format!("tempo: {}", deep("[", "]", 100_000))),
        ("x.tf", format!("tempo = {}", deep("[", "]", 100_000))),
        ("x.tf", format!("tempo {}", deep("{ a = {", "}}", 100_000))),
        ("x.tf", format!("tempo = {}", "<<A\n".repeat(100_000))),
        ("x.tf", format!("tempo = {}", "a ? ".repeat(100_000))),
        ("x.md", format!("traceql {}", "> ".repeat(100_000))),
        ("x.sh", "traceql '".repeat(100_001)),
        ("x.txt", "/explore?panes=".repeat(100_000)),
    ];
    let read = move || {
        for (name, file) in files {
            assert!(document::read(name, &file, &known()).holders.is_empty(), "{name}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap().join().unwrap();
}

#[test]
fn an_edit_of_a_query_changes_that_query_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/find");
    let mut left = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = fs::read_to_string(&path).unwrap();
        let texts = |file: &str| -> Vec<String> {
            let document = document::read(name, file, &known());
            document.targets().filter_map(|(_, target)| Some(target.query.as_ref()?.text.clone())).collect()
        };
        let before = texts(&file);
        let document = document::read(name, &file, &known());
        let queries = document.targets().filter_map(|(_, target)| target.query.as_ref());
        for (at, found) in queries.enumerate().filter(|(_, found)| !found.text.is_empty()) {
            let middle = found.text.find(' ').unwrap_or(0);
            let edit = Edit { span: Span::new(middle, middle), text: " \"é\\\\\" ".to_owned() };
            let Some(edits) = edit::in_file(found, &file, std::slice::from_ref(&edit)) else {
                left.push(format!("{name}: {}", found.text.replace('\n', " ")));
                continue;
            };
            let mut expected = before.clone();
            expected[at].insert_str(middle, &edit.text);
            // A node under an alias is a query of each place that names it.
            if name == "operator.yaml" && before[at] == before[2] {
                continue;
            }
            assert_eq!(texts(&edit::apply(&file, edits)), expected, "{name}");
        }
    }
    left.sort();
    // Conditions of an address are made of its parameters, and lines of a quote have a mark before each.
    let expected = ["addresses.txt: nestedSetParent<0", "notes.md: { .quoted = "];
    assert_eq!(left.len(), expected.len(), "{left:#?}");
    assert!(left.iter().zip(expected).all(|(left, expected)| left.starts_with(expected)), "{left:#?}");
}
