//! Changes to the text of the file of contexts that leave comments and order as they are.

use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Key, Table, Value, value};

/// What a new context says, in the order in which it is written.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Keys with one text, those of them that are given.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) tenants: Vec<String>,
    /// Headers with their values.
    pub(super) headers: Vec<(String, HeaderValue)>,
    /// URL and data source.
    pub(super) grafana: Option<(String, String)>,
}

/// What a header is to say.
#[derive(Debug)]
pub(super) enum HeaderValue {
    Text(String),
    /// Where it comes from: `env` or `command`, and which.
    From(&'static str, String),
}

/// Returns the text with another default.
pub(super) fn with_default(text: &str, name: &str) -> String {
    let mut document = read(text);
    if let Some(Item::Value(old)) = document.get_mut("default") {
        // With what stands around it.
        let decor = old.decor().clone();
        *old = Value::from(name);
        *old.decor_mut() = decor;
        return document.to_string();
    }
    // First, but behind what is said about the file as a whole.
    let comments = text.lines().take_while(|line| line.starts_with('#')).count();
    let head: usize = text.split_inclusive('\n').take(comments + 1).map(str::len).sum();
    let has_head = comments > 0 && text.lines().nth(comments).is_some_and(|line| line.trim().is_empty());
    let (head, rest) = text.split_at(if has_head { head } else { 0 });
    let gap = if rest.is_empty() || rest.starts_with('\n') { "" } else { "\n" };
    format!("{head}default = {}\n{gap}{rest}", Value::from(name))
}

/// Returns the text with one more context, the default if there is none.
pub(super) fn with_context(text: &str, name: &str, entry: &Entry) -> String {
    let mut document = read(text);
    let has_default = document.contains_key("default");
    let mut alone = DocumentMut::new();
    insert(&mut alone, name, entry);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let gap = if text.trim().is_empty() { "" } else { "\n" };
    let mut added = format!("{text}{end}{gap}{alone}");
    // Behind a table that is written within one line, or by keys with points, there can be none of the usual kind.
    if Document::parse(added.as_str()).is_err() {
        insert(&mut document, name, entry);
        added = document.to_string();
    }
    if has_default { added } else { with_default(&added, name) }
}

fn insert(document: &mut DocumentMut, name: &str, entry: &Entry) {
    let contexts = document.entry("context").or_insert_with(|| {
        let mut contexts = Table::new();
        contexts.set_implicit(true);
        Item::Table(contexts)
    });
    if let Some(contexts) = contexts.as_table_like_mut() {
        contexts.insert(name, Item::Table(table(entry)));
    }
}

/// Returns the text without a context, and without a default if it was this one.
pub(super) fn without_context(text: &str, name: &str) -> String {
    let mut text = text.to_owned();
    if let Ok(document) = Document::parse(text.clone())
        && document.get("default").and_then(Item::as_str) == Some(name)
        && let Some(key) = document.key("default").and_then(Key::span)
    {
        // The line alone: the comments above may be about the file.
        let start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
        let mut end = text[key.start..].find('\n').map_or(text.len(), |at| key.start + at + 1);
        if (start == 0 || text[..start].ends_with("\n\n")) && text[end..].starts_with('\n') {
            end += 1;
        }
        text.replace_range(start..end, "");
    }
    let mut document = read(&text);
    let Some(contexts) = document.get_mut("context").and_then(Item::as_table_like_mut) else { return text };
    let removed = contexts.remove(name);
    let is_last = contexts.is_empty();
    if is_last {
        document.remove("context");
    }
    // Comments above, with an empty line between, are about something else.
    let above = removed.as_ref().and_then(Item::as_table).and_then(|table| table.decor().prefix()?.as_str());
    let above = above.filter(|above| text.starts_with(above)).unwrap_or_default();
    let above = above.rfind("\n\n").map_or("", |at| &above[..at + 1]);
    let rest = document.to_string();
    // No empty line stands first that did not.
    let is_first = above.is_empty() && !text.starts_with(['\r', '\n']);
    format!("{above}{}", if is_first { rest.trim_start_matches(['\r', '\n']) } else { &rest })
}

/// Reads a text that was read before; what is not TOML does not come here.
fn read(text: &str) -> DocumentMut {
    text.parse().unwrap_or_default()
}

fn table(entry: &Entry) -> Table {
    let mut table = Table::new();
    for (key, text) in &entry.texts {
        table.insert(key, value(text));
    }
    match entry.tenants.as_slice() {
        [] => {}
        [tenant] => drop(table.insert("tenant", value(tenant))),
        tenants => drop(table.insert("tenants", value(Array::from_iter(tenants)))),
    }
    if !entry.headers.is_empty() {
        let headers: InlineTable = entry
            .headers
            .iter()
            .map(|(name, header)| {
                let value = match header {
                    HeaderValue::Text(text) => Value::from(text),
                    HeaderValue::From(key, from) => {
                        Value::InlineTable(InlineTable::from_iter([(Key::new(*key), Value::from(from))]))
                    }
                };
                (Key::new(name), value)
            })
            .collect();
        table.insert("headers", value(headers));
    }
    if let Some((url, uid)) = &entry.grafana {
        let grafana = [(Key::new("url"), Value::from(url)), (Key::new("datasource_uid"), Value::from(uid))];
        table.insert("grafana", value(InlineTable::from_iter(grafana)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{
        super::{config::Context, parse::parse},
        *,
    };

    const FILE: &str = "\
# mine
default = \"prod\" # for now

# the real one
[context.prod]
url = \"https://tempo\" # behind the VPN

[context.dev] # local
url = 'http://localhost:3200'
";

    fn entry() -> Entry {
        Entry { texts: vec![("url", "http://new".to_owned())], ..Entry::default() }
    }

    #[test]
    fn comments_and_order_stay() {
        assert_eq!(with_default(FILE, "dev"), FILE.replace("default = \"prod\"", "default = \"dev\""));
        let added = with_context(FILE, "new", &entry());
        assert_eq!(added, format!("{FILE}\n[context.new]\nurl = \"http://new\"\n"));
        assert_eq!(without_context(&added, "new"), FILE);
        let without = without_context(FILE, "prod");
        assert_eq!(without, "# mine\n\n[context.dev] # local\nurl = 'http://localhost:3200'\n");
        assert_eq!(
            without_context("default = 'a'\n\n[context.a]\nurl = 'http://a'\n\n[context.b]\nurl = 'http://b'\n", "a"),
            "[context.b]\nurl = 'http://b'\n"
        );
        assert_eq!(
            with_context("# mine", "new", &entry()),
            "# mine\n\ndefault = \"new\"\n\n[context.new]\nurl = \"http://new\"\n"
        );
        let no_default = FILE.replace("default = \"prod\" # for now\n", "");
        assert_eq!(without_context(&no_default, "prod"), without);
        assert_eq!(without_context("[context.a]\nurl = \"http://a\"\n", "a"), "");
    }

    #[test]
    fn the_first_context_is_the_default() {
        let first = "default = \"new\"\n\n[context.new]\nurl = \"http://new\"\n";
        assert_eq!(with_context("", "new", &entry()), first);
        assert_eq!(
            with_default("[context.a]\nurl = \"http://a\"\n", "a"),
            "default = \"a\"\n\n[context.a]\nurl = \"http://a\"\n"
        );
        assert_eq!(
            with_default("# mine\n\n# a\n[context.a]\n", "a"),
            "# mine\n\ndefault = \"a\"\n\n# a\n[context.a]\n"
        );
    }

    #[test]
    fn every_shape_of_contexts_takes_one_more() {
        for text in [
            "context = { a = { url = \"http://a\" } }\n",
            "context.a.url = \"http://a\"\n",
            "[context]\na.url = \"http://a\"\n",
            "[context]\na = { url = \"http://a\" }\n# end\n",
        ] {
            let added = with_context(text, "new", &entry());
            let config = parse(&added).unwrap_or_else(|mistake| panic!("{mistake:?} in\n{added}"));
            let names: Vec<&str> = config.contexts.iter().map(|context| context.name.as_str()).collect();
            assert_eq!(names, ["a", "new"], "{added}");
            assert_eq!(added.contains("# end"), text.contains("# end"));
        }
    }

    /// What a file says, without the context of a name.
    fn others(text: &str, name: &str) -> Vec<Context> {
        let config = parse(text).unwrap_or_else(|mistake| panic!("{mistake:?} in\n{text}"));
        config.contexts.into_iter().filter(|context| context.name != name).collect()
    }

    #[test]
    fn changes_leave_the_others_alone() {
        let crlf = FILE.replace('\n', "\r\n");
        let marked = format!("\u{feff}{FILE}");
        let spread = format!("{FILE}[context.prod.headers]\nX = 'y'\n# end\n[context.\"a-b\"]\nurl = \"http://q\"");
        let inline = "context = { prod = { url = 'http://a' }, dev = { url = 'http://b' } } # all\n";
        let dotted = "default = 'prod'\ncontext.prod.url = 'http://a'\ncontext.dev.url = 'http://b'\n";
        for text in [FILE, &crlf, &marked, &spread, inline, dotted, "# nothing\n", ""] {
            let added = with_context(text, "new", &entry());
            assert_eq!(others(&added, "new"), others(text, "new"), "{added}");
            assert!(parse(&added).is_ok_and(|config| config.get("new").is_some()), "{added}");
            for name in ["prod", "dev", "new"] {
                let removed = without_context(&added, name);
                assert_eq!(others(&removed, name), others(&added, name), "{removed}");
                let config = parse(&removed).expect("it was right");
                assert!(config.get(name).is_none() && config.default.as_deref() != Some(name), "{removed}");
                let default = with_default(&removed, "dev");
                assert_eq!(others(&default, ""), others(&removed, ""), "{default}");
                assert_eq!(parse(&default).expect("it was right").default.as_deref(), Some("dev"), "{default}");
            }
        }
    }
}
