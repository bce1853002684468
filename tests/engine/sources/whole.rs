//! Spans with all that belongs to them as text, for the readers of formats that are mapped to OpenTelemetry's model.

use std::fmt::Write;

use traceql::{
    model::projection::Projection,
    source::{Input, ReadReport},
};

use super::{
    flat::{self, Attributes, Span},
    read_inputs,
};

/// Reads bytes with all that a span can hold; the error as it is told.
pub(crate) fn read_whole(bytes: impl AsRef<[u8]>) -> Result<Vec<Span>, String> {
    let inputs = [Input::memory("memory", bytes.as_ref())];
    match read_inputs(&inputs, &Projection::everything(), false) {
        Ok((fragments, _)) => Ok(flat::flatten(&fragments)),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads bytes, stepping over what is damaged, and returns the ids of the spans and the report. Who asks for less meets
/// the same spans.
pub(crate) fn ids_kept(bytes: impl AsRef<[u8]>) -> (Vec<u64>, ReadReport) {
    let inputs = [Input::memory("memory", bytes.as_ref())];
    let (fragments, report) = read_inputs(&inputs, &Projection::everything(), true).unwrap();
    let ids: Vec<u64> = flat::flatten(&fragments).iter().map(|span| span.id).collect();
    let (few, of_few) = read_inputs(&inputs, &Projection::default(), true).unwrap();
    if of_few.damaged == report.damaged {
        let of_few: Vec<u64> = few.iter().flat_map(|fragment| fragment.spans.id.iter().map(|id| id.0)).collect();
        assert_eq!(of_few, ids);
    }
    (ids, report)
}

/// Describes the spans: each in lines, the first with its fields, one for each thing that belongs to it.
pub(crate) fn describe(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        let Span { trace, id, parent, start, duration, kind, status, status_message, name, service, .. } = span;
        writeln!(text, "{trace:x}/{id:x}<{parent:x} {service}: {name} {kind} {status} {start}+{duration}").unwrap();
        if !status_message.is_empty() {
            writeln!(text, "  says {status_message}").unwrap();
        }
        if let Some(extras) = &span.extras {
            let flags = [("flags", extras.flags), ("dropped attributes", extras.dropped[0])];
            let flags =
                flags.into_iter().chain([("dropped events", extras.dropped[1]), ("dropped links", extras.dropped[2])]);
            flags.filter(|(_, n)| *n > 0).for_each(|(what, n)| writeln!(text, "  {what} {n}").unwrap());
            if !extras.trace_state.is_empty() {
                writeln!(text, "  state {}", extras.trace_state).unwrap();
            }
        }
        line(&mut text, "span", &span.attributes);
        line(&mut text, "resource", &span.resource);
        let (name, version, attributes) = &span.scope;
        if !(name.is_empty() && version.is_empty() && attributes.is_empty()) {
            line(&mut text, &format!("scope {name}@{version}"), attributes);
            if attributes.is_empty() {
                writeln!(text, "  scope {name}@{version}").unwrap();
            }
        }
        for (name, time, attributes) in &span.events {
            writeln!(text, "  event {name:?} {time}{}", listed(attributes)).unwrap();
        }
        for (trace, id, attributes) in &span.links {
            writeln!(text, "  link {trace:x}/{id:x}{}", listed(attributes)).unwrap();
        }
    }
    text
}

fn line(text: &mut String, what: &str, attributes: &Attributes) {
    if !attributes.is_empty() {
        writeln!(text, "  {what}{}", listed(attributes)).unwrap();
    }
}

fn listed(attributes: &Attributes) -> String {
    attributes.iter().map(|(key, value)| format!(" {key}={value}")).collect()
}

/// Asserts that bytes are read without damage and describe themselves like this, apart from indentation and empty
/// lines.
#[track_caller]
pub(crate) fn assert_whole(bytes: impl AsRef<[u8]>, expected: &str) {
    let found = describe(&read_whole(bytes).unwrap());
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(lines(&found), lines(expected));
}

/// Asserts that bytes are damaged, that the message has `problem` in it, and that with `--keep-going` just the spans with
/// these ids are read and `damaged` records are counted.
#[track_caller]
pub(crate) fn assert_damaged(bytes: impl AsRef<[u8]>, problem: &str, ids: &[u64], damaged: u64) {
    let message = read_whole(bytes.as_ref()).expect_err("damage");
    assert!(message.starts_with("memory, line "), "no place in: {message}");
    assert!(message.contains(problem), "{problem:?} is missing in: {message}");
    let (found, report) = ids_kept(bytes.as_ref());
    assert_eq!((&found[..], report.damaged), (ids, damaged), "{:?}", report.first_damages);
    assert_eq!(report.first_damages[0].to_string(), message);
}

/// Asserts that no end of the text makes reading panic or lose a span before it, given the text of the spans by id.
#[track_caller]
pub(crate) fn assert_cut_anywhere(text: &str) {
    let whole: Vec<u64> = read_whole(text).unwrap().iter().map(|span| span.id).collect();
    for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
        let (ids, report) = ids_kept(&text[..end]);
        assert!(report.damaged > 0 || ids.len() < whole.len() || end == 0, "{}", &text[..end]);
        assert!(ids.iter().all(|id| whole.contains(id)), "{}", &text[..end]);
    }
    // Each span whose text came to its end is there.
    let (ids, _) = ids_kept(&text[..text.trim_end().len() - 1]);
    assert!(ids.len() + 1 >= whole.len(), "{ids:?}");
}
