//! The catalog of the spans in `examples/shop.otlp.jsonl`.

use std::{collections::HashMap, fs, path::Path, sync::LazyLock};

use serde_json::Value as Json;
use traceql_grammar::vocab::scopes::Scope;
use traceql_lsp::catalog::{Catalog, Known, Name, Status, Value};

/// The values of one span by its fields, as a query writes both.
type Span = HashMap<String, String>;

/// The spans of the shop.
pub(crate) struct Shop {
    spans: Vec<Span>,
}

static SHOP: LazyLock<Shop> = LazyLock::new(Shop::read);

impl Shop {
    /// Returns the spans, which are read once.
    pub(crate) fn shared() -> &'static Shop {
        &SHOP
    }

    fn read() -> Shop {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop.otlp.jsonl");
        let text = fs::read_to_string(path).expect("the example is there");
        let mut spans = Vec::new();
        for line in text.lines() {
            let line: Json = serde_json::from_str(line).expect("JSON");
            for part in items(&line["resourceSpans"]) {
                for scope in items(&part["scopeSpans"]) {
                    for span in items(&scope["spans"]) {
                        let mut fields = Span::new();
                        attributes(&mut fields, "resource.", &part["resource"]);
                        attributes(&mut fields, "span.", span);
                        items(&span["events"]).iter().for_each(|event| attributes(&mut fields, "event.", event));
                        fields.insert("name".to_owned(), span["name"].to_string());
                        let status = ["unset", "ok", "error"][span["status"]["code"].as_u64().unwrap_or(0) as usize];
                        fields.insert("status".to_owned(), status.to_owned());
                        spans.push(fields);
                    }
                }
            }
        }
        Shop { spans }
    }

    /// Returns the spans that meet every comparison with `=` between the braces of a search.
    fn selected(&self, query: Option<&str>) -> impl Iterator<Item = &Span> {
        let inside = query.map_or("", |query| query.trim_matches(['{', '}', ' ']));
        let conditions: Vec<(&str, &str)> =
            inside.split("&&").filter_map(|part| part.trim().split_once(" = ")).collect();
        let conditions: Vec<(String, String)> =
            conditions.into_iter().map(|(field, value)| (field.trim().to_owned(), value.trim().to_owned())).collect();
        self.spans.iter().filter(move |span| conditions.iter().all(|(field, value)| span.get(field) == Some(value)))
    }
}

fn items(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn attributes(fields: &mut Span, scope: &str, of: &Json) {
    for attribute in items(&of["attributes"]) {
        let key = attribute["key"].as_str().expect("a key");
        let value = &attribute["value"];
        let text = value["stringValue"].as_str().map(|text| format!("{text:?}"));
        let number = value["intValue"].as_str().map(str::to_owned);
        let plain = ["boolValue", "doubleValue"].iter().find_map(|key| value.get(key)).map(Json::to_string);
        let literal = text.or(number).or(plain).unwrap_or_else(|| value.to_string());
        fields.insert(format!("{scope}{key}"), literal);
    }
}

/// Counts words, the most frequent first.
fn counted(words: impl Iterator<Item = String>) -> Vec<(String, u64)> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    counts
}

impl Catalog for Shop {
    fn names(&self, query: Option<&str>) -> Known<Name> {
        let scopes = [("span.", Scope::Span), ("resource.", Scope::Resource), ("event.", Scope::Event)];
        let name = |(field, count): (String, u64)| {
            let (word, scope) = scopes.iter().find(|(word, _)| field.starts_with(word))?;
            Some(Name { scope: *scope, name: field[word.len()..].to_owned(), count: Some(count) })
        };
        counted(self.selected(query).flat_map(|span| span.keys().cloned())).into_iter().filter_map(name).collect()
    }

    fn values(&self, field: &str, query: Option<&str>) -> Known<Value> {
        let values = counted(self.selected(query).filter_map(|span| span.get(field).cloned()));
        values.into_iter().map(|(literal, count)| Value { literal, count: Some(count) }).collect()
    }

    fn status(&self) -> Status {
        Status::default()
    }
}
