//! Reads the text of `traceql.toml`, and says where it is wrong.

use std::ops::Range;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use toml_edit::{Document, Item, TableLike, Value};
use traceql_grammar::{
    diagnostic::{Class, Code, Severity},
    vocab::{nearest::nearest, release::Release},
};

use super::{Config, Mistake, Override};
use crate::lint::levels::{LEVELS, Level, Levels, rules};

/// Keys of the file, of `[tempo]`, `[lint]`, `[[lint.overrides]]` and `[attributes]`.
pub(super) const KEYS: [&str; 5] = ["target", "exclude", "tempo", "lint", "attributes"];
pub(super) const TEMPO: [&str; 1] = ["uids"];
pub(super) const LINT: [&str; 4] = ["level", "strict", "rules", "overrides"];
pub(super) const OVERRIDES: [&str; 2] = ["paths", "rules"];
pub(super) const ATTRIBUTES: [&str; 1] = ["known"];

/// Reads the text.
///
/// # Errors
///
/// Every mistake in it, in order of the text.
pub fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
    let document = Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
        let help = Some("the file is TOML; texts stand in quotes".to_owned());
        vec![Mistake { span: error.span().unwrap_or(0..0), message, help }]
    })?;
    let mut mistakes = Vec::new();
    let mut reader = Reader { mistakes: &mut mistakes };
    let config = reader.config(document.as_table());
    mistakes.sort_by_key(|mistake| mistake.span.start);
    if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
}

/// Gathers mistakes on the way.
struct Reader<'m> {
    mistakes: &'m mut Vec<Mistake>,
}

impl Reader<'_> {
    fn config(&mut self, top: &dyn TableLike) -> Config {
        self.only(top, "", &KEYS);
        let mut config = Config {
            target: self.target(top),
            exclude: self.texts(top, "exclude"),
            excluded: self.globs(top, "exclude"),
            ..Config::default()
        };
        if let Some(tempo) = self.table(top, "tempo") {
            self.only(tempo, "tempo", &TEMPO);
            config.tempo = self.texts(tempo, "uids");
        }
        if let Some(attributes) = self.table(top, "attributes") {
            self.only(attributes, "attributes", &ATTRIBUTES);
            config.known = self.texts(attributes, "known");
        }
        let Some(lint) = self.table(top, "lint") else { return config };
        self.only(lint, "lint", &LINT);
        config.level = self.least(lint);
        config.strict = self.truth(lint, "strict");
        if let Some(rules) = self.table(lint, "rules") {
            config.rules = self.levels(rules);
        }
        config.overrides = self.overrides(lint);
        config
    }

    fn target(&mut self, top: &dyn TableLike) -> Option<Release> {
        let text = self.text(top, "target")?;
        let release = text.parse().ok();
        if release.is_none() {
            let known: Vec<&str> = Release::ALL.iter().map(|release| release.name()).collect();
            self.tell(value_place(top, "target"), format!("`{text}` is no release of Tempo"), known.join(", "));
        }
        release
    }

    fn least(&mut self, lint: &dyn TableLike) -> Option<Severity> {
        let text = self.text(lint, "level")?;
        let words = ["info", "warning", "error"];
        match LEVELS.iter().find(|(word, _)| *word == text) {
            Some((_, Level::At(level))) => Some(*level),
            _ => {
                self.tell(value_place(lint, "level"), format!("`{text}` is no level"), one_of(&text, &words));
                None
            }
        }
    }

    fn levels(&mut self, table: &dyn TableLike) -> Levels {
        let mut levels = Levels::default();
        for (name, item) in table.iter() {
            let code = rules().find(|row| row.name == name).map(|row| row.id);
            let Some(code) = code else {
                self.no_rule(table, name);
                continue;
            };
            let words = LEVELS.map(|(word, _)| word);
            let word = item.as_str().unwrap_or_default();
            match LEVELS.iter().find(|(known, _)| *known == word) {
                Some((_, level)) => levels.set(code, *level),
                None => {
                    let message = format!("the level of `{name}` is none");
                    self.tell(value_place(table, name), message, one_of(word, &words));
                }
            }
        }
        levels
    }

    fn no_rule(&mut self, table: &dyn TableLike, name: &str) {
        let place = key_place(table, name);
        if let Some(row) = Code::find(name).map(Code::row) {
            let help = match row.class {
                Class::Lint => format!("write `{}`", row.name),
                _ => "what Tempo refuses is always an error; suppress it where it stands".to_owned(),
            };
            return self.tell(place, format!("`{name}` is not the name of a rule"), help);
        }
        let help = match nearest(name, rules().map(|row| row.name)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`traceql lint --list` shows the rules".to_owned(),
        };
        self.tell(place, format!("unknown rule `{}`", name.escape_debug()), help);
    }

    fn overrides(&mut self, lint: &dyn TableLike) -> Vec<Override> {
        let Some(item) = lint.get("overrides") else { return Vec::new() };
        let tables: Vec<&dyn TableLike> = match item {
            Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            Item::Value(Value::Array(list)) if list.iter().all(Value::is_inline_table) => {
                let tables = list.iter().filter_map(Value::as_inline_table);
                tables.map(|table| table as &dyn TableLike).collect()
            }
            _ => {
                let help = "write `[[lint.overrides]]` with `paths` and `rules`";
                self.tell(key_place(lint, "overrides"), "`overrides` is no list of tables".to_owned(), help);
                return Vec::new();
            }
        };
        let mut overrides = Vec::new();
        for table in tables {
            self.only(table, "lint.overrides", &OVERRIDES);
            let paths = self.globs(table, "paths");
            if !table.contains_key("paths") {
                let help = "add `paths = [\"…\"]`";
                self.tell(key_place(lint, "overrides"), "an override without `paths`".to_owned(), help);
            }
            let rules = self.table(table, "rules");
            let rules = rules.map(|rules| self.levels(rules)).unwrap_or_default();
            overrides.push(Override { paths, rules });
        }
        overrides
    }

    /// Checks that there are no other keys.
    fn only(&mut self, table: &dyn TableLike, name: &str, known: &[&str]) {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(key)) {
            let of = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
            let message = format!("unknown key `{}`{of}", key.escape_debug());
            self.tell(key_place(table, key), message, one_of(key, known));
        }
    }

    fn table<'d>(&mut self, table: &'d dyn TableLike, key: &str) -> Option<&'d dyn TableLike> {
        let item = table.get(key)?;
        let found = item.as_table_like();
        if found.is_none() {
            self.tell(key_place(table, key), format!("`{key}` is no table"), format!("write `[{key}]`"));
        }
        found
    }

    fn text(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let found = item.as_str().map(str::to_owned);
        if found.is_none() {
            self.tell(value_place(table, key), format!("`{key}` is no text"), format!("write `{key} = \"…\"`"));
        }
        found
    }

    fn truth(&mut self, table: &dyn TableLike, key: &str) -> Option<bool> {
        let item = table.get(key)?;
        let found = item.as_bool();
        if found.is_none() {
            let help = format!("write `{key} = true`");
            self.tell(value_place(table, key), format!("`{key}` is neither true nor false"), help);
        }
        found
    }

    /// Reads a list of texts, or one text.
    fn texts(&mut self, table: &dyn TableLike, key: &str) -> Vec<String> {
        self.placed(table, key).into_iter().map(|(text, _)| text).collect()
    }

    fn placed(&mut self, table: &dyn TableLike, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(item) = table.get(key) else { return Vec::new() };
        if let Some(text) = item.as_str() {
            return vec![(text.to_owned(), value_place(table, key))];
        }
        let texts = item.as_array().and_then(|list| {
            let text = |value: &Value| Some((value.as_str()?.to_owned(), value.span().unwrap_or(0..0)));
            list.iter().map(text).collect::<Option<Vec<_>>>()
        });
        texts.unwrap_or_else(|| {
            let message = format!("`{key}` is no list of texts");
            let place = value_place(table, key);
            if !self.mistakes.iter().any(|known| known.span == place) {
                self.tell(place, message, format!("write `{key} = [\"…\", \"…\"]`"));
            }
            Vec::new()
        })
    }

    fn globs(&mut self, table: &dyn TableLike, key: &str) -> GlobSet {
        let mut globs = GlobSetBuilder::new();
        for (pattern, place) in self.placed(table, key) {
            let name = pattern.trim_end_matches('/');
            // A folder stands for what is in it, and a name without folders for every file or folder of that name.
            let deep = if name.contains('/') { "" } else { "**/" };
            for pattern in [format!("{deep}{name}"), format!("{deep}{name}/**")] {
                match GlobBuilder::new(&pattern).literal_separator(true).build() {
                    Ok(glob) => {
                        globs.add(glob);
                    }
                    Err(error) => {
                        let message = format!("`{name}` is no pattern: {}", error.kind());
                        self.tell(place, message, "write paths with `*`, `?`, `[…]`, `{a,b}` and `**` for folders");
                        break;
                    }
                }
            }
        }
        globs.build().unwrap_or_else(|_| GlobSet::empty())
    }

    fn tell(&mut self, span: Range<usize>, message: String, help: impl Into<String>) {
        self.mistakes.push(Mistake { span, message, help: Some(help.into()) });
    }
}

/// Returns the place of a key, or else of what is under it.
fn key_place(table: &dyn TableLike, key: &str) -> Range<usize> {
    let of_key = table.key(key).and_then(toml_edit::Key::span);
    of_key.or_else(|| table.get(key).and_then(Item::span)).unwrap_or(0..0)
}

/// Returns the place of what is under a key, or else of the key.
fn value_place(table: &dyn TableLike, key: &str) -> Range<usize> {
    table.get(key).and_then(Item::span).unwrap_or_else(|| key_place(table, key))
}

/// Says which words are right, and which of them was meant.
fn one_of(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let quoted: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("known are {}", quoted.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let Err(mistakes) = parse(text) else { return Vec::new() };
        let told = mistakes.iter().map(|mistake| {
            let place = text.get(mistake.span.clone()).unwrap_or_default();
            format!("{place}: {}; {}", mistake.message, mistake.help.as_deref().unwrap_or_default())
        });
        told.collect()
    }

    #[test]
    fn everything_is_read() {
        let text = "target = \"2.8\"\nexclude = [\"vendor\", \"*.bak\", \"a/b/\"]\n[tempo]\nuids = [\"a\"]\n[lint]\nlevel = \"info\"\n\
            strict = true\n[lint.rules]\nrepeated-query = \"off\"\n[[lint.overrides]]\npaths = [\"old/**\"]\n\
            rules = { repeated-query = \"error\", tempo-ids = \"info\" }\n[attributes]\nknown = [\"x.y\"]\n";
        let config = parse(text).expect("legal");
        assert_eq!(
            (config.target, config.level, config.strict),
            (Some(Release::V2_8), Some(Severity::Info), Some(true))
        );
        assert_eq!(
            (config.tempo.as_slice(), config.known.as_slice()),
            (&["a".to_owned()][..], &["x.y".to_owned()][..])
        );
        let excluded = ["vendor/a/b.json", "x/a.bak", "a/vendor/b.json", "a/b/c.json", "x/a/b/c.json", "src/a.json"]
            .map(|path| config.is_excluded(path));
        assert_eq!(excluded, [true, true, true, true, false, false]);
        let level = |path: &str, code| config.rules_for(path).get(code);
        assert_eq!(level("new/a.json", Code::RepeatedQuery), Some(Level::Off));
        assert_eq!(level("old/a.json", Code::RepeatedQuery), Some(Level::At(Severity::Error)));
        assert_eq!(level("old/x/a.json", Code::TempoIds), Some(Level::At(Severity::Info)));
        assert_eq!(level("new/a.json", Code::TempoIds), None);
    }

    #[test]
    fn mistakes_have_a_place_and_a_cure() {
        let text = "targt = \"2.8\"\ntarget = \"9.9\"\nexclude = [\"a[\"]\n[lint]\nlevel = \"warn\"\nstrict = 1\n\
            [lint.rules]\nrepeated-qery = \"off\"\ntempo-ids = \"none\"\ntype-mismatch = \"off\"\nTQ0823 = \"off\"\n";
        assert_eq!(
            mistakes(text),
            [
                "targt: unknown key `targt`; did you mean `target`?",
                "\"9.9\": `9.9` is no release of Tempo; 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 2.10, 3.0, main",
                "\"a[\": `a[` is no pattern: unclosed character class; missing ']'; write paths with `*`, `?`, `[…]`, \
                 `{a,b}` and `**` for folders",
                "\"warn\": `warn` is no level; known are `info`, `warning`, `error`",
                "1: `strict` is neither true nor false; write `strict = true`",
                "repeated-qery: unknown rule `repeated-qery`; did you mean `repeated-query`?",
                "\"none\": the level of `tempo-ids` is none; known are `off`, `info`, `warning`, `error`",
                "type-mismatch: `type-mismatch` is not the name of a rule; what Tempo refuses is always an error; suppress it where \
                 it stands",
                "TQ0823: `TQ0823` is not the name of a rule; write `repeated-query`",
            ]
        );
    }

    #[test]
    fn a_text_that_is_no_toml_is_one_mistake() {
        assert_eq!(mistakes("target = 2.8.1\n").len(), 1);
    }
}
