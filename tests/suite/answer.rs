//! What a search finds, in a few words a line.

use traceql::{
    exec::{Collector, Search},
    model::{
        batch::Fragment,
        projection::Projection,
        result::{Datum, SearchResult, SpanMatch},
    },
    plan::{Limits, lower},
    source::{Input, ReadOptions, read},
};
use traceql_grammar::{check, diagnostic::Class, query::Query, value::Value, vocab::release::Release};

use super::{
    load::{Loaded, short},
    section::Section,
};

/// Returns the section with the answer to each of its queries behind `=>`.
pub(crate) fn expect(section: &Section, loaded: &Loaded) -> Result<String, String> {
    let number = |name: &str| section.options.get(name).and_then(|text| text.parse().ok());
    let limits = Limits { traces: number("limit"), spans_per_spanset: number("spss") };
    answers(section, &|query| search(query, limits, loaded))
}

/// Puts an answer behind each query of a section, or says why there is none.
pub(crate) fn answers(section: &Section, answer: &dyn Fn(&Query) -> Result<String, String>) -> Result<String, String> {
    let mut paragraphs = Vec::new();
    for paragraph in section.paragraphs() {
        let query = paragraph.split("\n=>").next().unwrap_or_default();
        let text: String = query.lines().filter(|line| !line.starts_with("# ")).collect::<Vec<_>>().join("\n");
        let checked = check(&text, Release::Main);
        let stops = |class| matches!(class, Class::Parse | Class::Validate);
        let error = checked.diagnostics.iter().find(|found| stops(found.code.row().class));
        let answer = match error {
            Some(found) => format!(" error {} {}", found.code.row().number, found.message),
            None => answer(&checked.query)?,
        };
        paragraphs.push(format!("{query}\n=>{answer}"));
    }
    Ok(paragraphs.join("\n\n"))
}

fn search(query: &Query, limits: Limits, loaded: &Loaded) -> Result<String, String> {
    let search = Search::new(lower(query, limits, None).map_err(|error| error.to_string())?);
    observe(loaded, search.plan().projection(), &|fragment| search.observe(fragment))?;
    Ok(match search.finish(0) {
        Ok(result) if result.traces.is_empty() => " nothing".to_owned(),
        Ok(result) => print(&result, loaded),
        Err(error) => format!(" error {error}"),
    })
}

/// Reads the spans.
pub(crate) fn observe(
    loaded: &Loaded,
    projection: &Projection,
    observe: &(dyn Fn(Fragment) + Sync),
) -> Result<(), String> {
    let options = ReadOptions::loose(projection, false);
    read(&[Input::memory("load", loaded.otlp.as_bytes())], &options, &|_| {}, observe)
        .map(|_| ())
        .map_err(|error| format!("{}: {}", error.place, error.problem))
}

fn print(result: &SearchResult, loaded: &Loaded) -> String {
    let mut text = String::new();
    for trace in &result.traces {
        let id = trace.id.to_string();
        text.push_str(&format!("\ntrace {}", short(&id)));
        for spanset in &trace.spansets {
            let attributes: Vec<String> =
                spanset.attributes.iter().map(|(name, value)| format!("{name}={}", datum(value))).collect();
            let of = spanset.matched - spanset.spans.len();
            if !attributes.is_empty() {
                text.push_str(&format!("\n  {}", attributes.join(" ")));
            } else if trace.spansets.len() > 1 {
                text.push_str("\n  spanset");
            }
            let indent = if attributes.is_empty() && trace.spansets.len() == 1 { "  " } else { "    " };
            for span in &spanset.spans {
                let label = loaded.labels.get(&(format!("{id:0>32}"), format!("{:0>16}", span.id.to_string())));
                text.push_str(&format!("\n{indent}{}", span_text(span, label.map_or("?", String::as_str))));
            }
            if of > 0 {
                text.push_str(&format!("\n{indent}and {of} more"));
            }
        }
    }
    if result.more {
        text.push_str("\nand more traces");
    }
    text
}

fn span_text(span: &SpanMatch, label: &str) -> String {
    let mut text = label.to_owned();
    for (field, value) in &span.attributes {
        text.push_str(&format!(" {field}={}", datum(value)));
    }
    text
}

/// Writes a value as a query would.
pub(crate) fn datum(datum_: &Datum) -> String {
    let value = match datum_ {
        Datum::Nil => Value::Nil,
        Datum::String(text) => return format!("{text:?}"),
        Datum::Int(n) => Value::Int(*n),
        Datum::Float(x) => Value::Float(*x),
        Datum::Bool(b) => Value::Bool(*b),
        Datum::Duration(ns) => Value::Duration(*ns),
        Datum::Status(status) => Value::Status(*status),
        Datum::Kind(kind) => Value::Kind(*kind),
        Datum::Array(items) => return format!("[{}]", items.iter().map(datum).collect::<Vec<_>>().join(",")),
    };
    value.to_string()
}
