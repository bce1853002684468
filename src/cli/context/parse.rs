//! Reads the text of the file of contexts. What is wrong is told with its line, and without what stands there: it may be a
//! secret that does not belong there.

use std::{ops::Range, time::Duration};

use toml_edit::{Document, Item, TableLike, Value};
use traceql_grammar::vocab::nearest::nearest;

use super::config::{Config, Context, Grafana, Login, Origin, Program, is_name, is_secret_header};
use crate::{cli::time::Span, tempo};

/// Something in the file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Counted from 1.
    pub(super) line: usize,
    /// What is wrong: lower case, no full stop.
    pub(super) problem: String,
    /// What helps: lower case, no full stop.
    pub(super) cure: String,
}

/// What a context may say.
const KEYS: [&str; 16] = [
    "url",
    "tenant",
    "tenants",
    "headers",
    "user",
    "token_env",
    "token_file",
    "token_command",
    "password_env",
    "password_file",
    "password_command",
    "ca_cert",
    "client_cert",
    "client_key",
    "timeout",
    "grafana",
];

/// Reads the text.
///
/// # Errors
///
/// The first mistake in it.
pub(super) fn parse(text: &str) -> Result<Config, Mistake> {
    // The library's own way to print an error has the line, where a secret may stand.
    let document = Document::parse(text).map_err(|error| Mistake {
        line: line(text, error.span()),
        problem: error.message().lines().next().unwrap_or("not TOML").to_owned(),
        cure: "the file is TOML; texts stand in quotes".to_owned(),
    })?;
    let top = Section { text, name: String::new(), table: document.as_table(), line: 1 };
    top.only(&["default", "context"])?;
    let mut config = Config { default: top.string("default")?.map(str::to_owned), contexts: Vec::new() };
    if let Some(contexts) = top.section("context", "[context.NAME]")? {
        for (name, _) in contexts.table.iter() {
            if !is_name(name) {
                return Err(contexts.mistake(
                    name,
                    format!("`{}` is no name of a context", name.escape_debug()),
                    "names have letters, digits, `-`, `_` and `.`",
                ));
            }
            if let Some(section) = contexts.section(name, "[context.NAME]")? {
                config.contexts.push(context(name, &section)?);
            }
        }
    }
    Ok(config)
}

fn context(name: &str, section: &Section<'_>) -> Result<Context, Mistake> {
    for key in ["token", "password"] {
        if section.table.contains_key(key) {
            let cure =
                format!("say where it comes from: `{key}_env = \"VARIABLE\"` or `{key}_command = [\"PROGRAM\"]`");
            return Err(section.mistake(key, format!("a {key} does not belong in this file"), &cure));
        }
    }
    if section.table.contains_key("datasource_uid") {
        let cure = "write `grafana = { url = \"…\", datasource_uid = \"…\" }`";
        return Err(section.mistake("datasource_uid", "it belongs to `grafana`".to_owned(), cure));
    }
    section.only(&KEYS)?;
    let Some(url) = section.url("url")? else {
        let problem = format!("the context `{name}` has no URL");
        return Err(section.missing(problem, "add `url = \"http://tempo:3200\"`"));
    };
    Ok(Context {
        name: name.to_owned(),
        url,
        tenants: tenants(section)?,
        headers: headers(section)?,
        login: login(section)?,
        ca_cert: section.string("ca_cert")?.map(str::to_owned),
        client_cert: client_cert(section)?,
        timeout: timeout(section)?,
        grafana: grafana(section)?,
    })
}

fn tenants(section: &Section<'_>) -> Result<Vec<String>, Mistake> {
    if section.table.contains_key("tenant") && section.table.contains_key("tenants") {
        return Err(section.mistake("tenants", "both `tenant` and `tenants` are given".to_owned(), "keep one of them"));
    }
    let key = if section.table.contains_key("tenant") { "tenant" } else { "tenants" };
    let tenants = section.strings(key)?.unwrap_or_default();
    match tenants.iter().find(|tenant| tenant.is_empty() || tenant.contains('|')) {
        Some(tenant) => Err(section.mistake(
            key,
            format!("`{}` is no name of a tenant", tenant.escape_debug()),
            "write several as a list: `tenants = [\"a\", \"b\"]`",
        )),
        None => Ok(tenants),
    }
}

fn login(section: &Section<'_>) -> Result<Login, Mistake> {
    let token = section.origin("token")?;
    let password = section.origin("password")?;
    let user = section.string("user")?;
    match (token, user, password) {
        (None, None, None) => Ok(Login::Nobody),
        (Some((_, token)), None, None) => Ok(Login::Token(token)),
        (None, Some(user), Some((_, password))) => Ok(Login::Password { user: user.to_owned(), password }),
        (None, Some(_), None) => Err(section.mistake(
            "user",
            "a user has a password".to_owned(),
            "add `password_env = \"VARIABLE\"` or `password_command = [\"PROGRAM\"]`",
        )),
        (None, None, Some((key, _))) => {
            Err(section.mistake(&key, "a password has a user".to_owned(), "add `user = \"NAME\"`; a token has none"))
        }
        (Some((key, _)), ..) => Err(section.mistake(
            &key,
            "both a token and a user with password are given".to_owned(),
            "keep one; where a user's password is a token, it is `password_env` or `password_command`",
        )),
    }
}

fn headers(section: &Section<'_>) -> Result<Vec<(String, Origin)>, Mistake> {
    let mut headers = Vec::new();
    let Some(section) = section.section("headers", "headers = { NAME = \"VALUE\" }")? else { return Ok(headers) };
    for (name, item) in section.table.iter() {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            let cure = "write headers as `headers = { NAME = \"VALUE\" }`";
            return Err(section.mistake(name, "a header has a name without blanks and colons".to_owned(), cure));
        }
        let origin = match item.as_str() {
            Some(_) if is_secret_header(name) => {
                let cure = format!(
                    "say where it comes from: `{name} = {{ env = \"VARIABLE\" }}` or `{{ command = [\"PROGRAM\"] }}`"
                );
                let problem = format!("the value of `{name}` is a secret, which does not belong in this file");
                return Err(section.mistake(name, problem, &cure));
            }
            Some(value) => Origin::Text(value.to_owned()),
            None => {
                let one = section
                    .section(name, &format!("{name} = {{ env = \"VARIABLE\" }}"))?
                    .filter(|one| one.table.len() == 1);
                let Some(one) = one else {
                    let cure = "write a text, `{ env = \"VARIABLE\" }`, `{ file = \"PATH\" }` or `{ command = [\"PROGRAM\"] }`";
                    return Err(section.mistake(name, format!("`{name}` has one value"), cure));
                };
                one.only(&["env", "file", "command"])?;
                let (_, origin) = one.one_of(["env", "file", "command"])?.unwrap_or_default();
                origin
            }
        };
        headers.push((name.to_owned(), origin));
    }
    Ok(headers)
}

fn client_cert(section: &Section<'_>) -> Result<Option<(String, String)>, Mistake> {
    match (section.string("client_cert")?, section.string("client_key")?) {
        (Some(certificate), Some(key)) => Ok(Some((certificate.to_owned(), key.to_owned()))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(section.mistake("client_cert", "its key is missing".to_owned(), "add `client_key = \"PATH\"`"))
        }
        (None, Some(_)) => {
            Err(section.mistake("client_key", "its certificate is missing".to_owned(), "add `client_cert = \"PATH\"`"))
        }
    }
}

fn timeout(section: &Section<'_>) -> Result<Option<Duration>, Mistake> {
    let Some(text) = section.string("timeout")? else { return Ok(None) };
    match text.parse::<Span>() {
        Ok(Span(1..)) => {}
        Ok(Span(0)) => {
            let problem = "no server answers in no time".to_owned();
            return Err(section.mistake("timeout", problem, "write `timeout = \"30s\"`"));
        }
        Err(problem) => return Err(section.mistake("timeout", problem, "write `timeout = \"30s\"`")),
    }
    Ok(text.parse::<Span>().ok().map(|Span(nanoseconds)| Duration::from_nanos(nanoseconds)))
}

fn grafana(section: &Section<'_>) -> Result<Option<Grafana>, Mistake> {
    const SHAPE: &str = "grafana = { url = \"…\", datasource_uid = \"…\" }";
    let Some(grafana) = section.section("grafana", SHAPE)? else { return Ok(None) };
    grafana.only(&["url", "datasource_uid"])?;
    match (grafana.url("url")?, grafana.string("datasource_uid")?) {
        (Some(url), Some(uid)) => Ok(Some(Grafana { url, datasource_uid: uid.to_owned() })),
        (None, _) => Err(section.mistake("grafana", "it has no URL".to_owned(), &format!("write `{SHAPE}`"))),
        (_, None) => Err(section.mistake(
            "grafana",
            "it does not say which data source the server is".to_owned(),
            &format!("write `{SHAPE}`; the uid stands in the address of the data source's page"),
        )),
    }
}

impl Default for Origin {
    fn default() -> Origin {
        Origin::Text(String::new())
    }
}

/// A table, and where it stands.
struct Section<'d> {
    text: &'d str,
    /// What it is called in messages: nothing for the whole file.
    name: String,
    table: &'d dyn TableLike,
    line: usize,
}

impl<'d> Section<'d> {
    /// Checks that there are no other keys.
    fn only(&self, known: &[&str]) -> Result<(), Mistake> {
        let unknown = self.table.iter().map(|(key, _)| key).find(|key| !known.contains(key));
        let Some(key) = unknown else { return Ok(()) };
        let cure = match nearest(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
        };
        let of = if self.name.is_empty() { String::new() } else { format!(" in `{}`", self.name) };
        Err(self.mistake(key, format!("unknown key `{}`{of}", key.escape_debug()), &cure))
    }

    /// Makes a mistake at a key.
    fn mistake(&self, key: &str, problem: String, cure: &str) -> Mistake {
        let of_key = self.table.key(key).and_then(toml_edit::Key::span);
        let span = of_key.or_else(|| self.table.get(key).and_then(Item::span));
        let line = if span.is_some() { line(self.text, span) } else { self.line };
        Mistake { line, problem, cure: cure.to_owned() }
    }

    /// Makes a mistake about what is not there.
    fn missing(&self, problem: String, cure: &str) -> Mistake {
        Mistake { line: self.line, problem, cure: cure.to_owned() }
    }

    fn section(&self, key: &str, shape: &str) -> Result<Option<Section<'d>>, Mistake> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let Some(table) = item.as_table_like() else {
            let problem = format!("`{key}` is {}, not a table", kind(item));
            return Err(self.mistake(key, problem, &format!("write `{shape}`")));
        };
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        let line = self.mistake(key, String::new(), "").line;
        Ok(Some(Section { text: self.text, name, table, line }))
    }

    fn string(&self, key: &str) -> Result<Option<&'d str>, Mistake> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        match item.as_str() {
            Some("") => Err(self.mistake(key, format!("`{key}` is empty"), "fill it in, or leave it out")),
            Some(text) => Ok(Some(text)),
            None => {
                let problem = format!("`{key}` is {}, not a text", kind(item));
                Err(self.mistake(key, problem, &format!("write `{key} = \"…\"`")))
            }
        }
    }

    /// Reads a text, or a list of them.
    fn strings(&self, key: &str) -> Result<Option<Vec<String>>, Mistake> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        if let Some(list) = item.as_array() {
            let texts: Option<Vec<String>> = list.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            return match texts {
                Some(texts) if !texts.is_empty() => Ok(Some(texts)),
                Some(_) => Err(self.mistake(key, format!("`{key}` is empty"), "fill it in, or leave it out")),
                None => {
                    let problem = format!("`{key}` has something else than texts");
                    Err(self.mistake(key, problem, &format!("write `{key} = [\"…\", \"…\"]`")))
                }
            };
        }
        Ok(self.string(key)?.map(|text| vec![text.to_owned()]))
    }

    /// Reads a URL of HTTP without user and password.
    fn url(&self, key: &str) -> Result<Option<String>, Mistake> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        match tempo::shown_url(text) {
            Ok((_, true)) => Err(self.mistake(
                key,
                "the URL has a user or a password in it".to_owned(),
                "take them out: `user = \"NAME\"` and `password_env = \"VARIABLE\"`",
            )),
            Ok((url, false)) => Ok(Some(url)),
            Err(error) => Err(self.mistake(key, error.problem, &error.cure)),
        }
    }

    /// Reads where a secret comes from, and by which key.
    fn origin(&self, what: &str) -> Result<Option<(String, Origin)>, Mistake> {
        let keys = ["env", "file", "command"].map(|from| format!("{what}_{from}"));
        let [env, file, command] = &keys;
        self.one_of([env, file, command])
    }

    /// Reads one of three keys: a variable, a file or a command.
    fn one_of(&self, keys: [&str; 3]) -> Result<Option<(String, Origin)>, Mistake> {
        let given: Vec<&str> = keys.into_iter().filter(|key| self.table.contains_key(key)).collect();
        let [key] = given[..] else {
            return match given[..] {
                [first, second, ..] => {
                    Err(self.mistake(second, format!("both `{first}` and `{second}` are given"), "keep one of them"))
                }
                _ => Ok(None),
            };
        };
        let [env, file, _] = keys;
        let origin = if key == env {
            let name = self.string(key)?.unwrap_or_default();
            let is_variable = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.chars().all(is_variable) || name.starts_with(|c: char| c.is_ascii_digit()) {
                let problem = format!("`{key}` is no name of a variable");
                let cure = "write the name of the variable that holds the secret, without `$`, and not the secret";
                return Err(self.mistake(key, problem, cure));
            }
            Origin::Variable(name.to_owned())
        } else if key == file {
            Origin::File(self.string(key)?.unwrap_or_default().to_owned())
        } else {
            self.command(key)?
        };
        Ok(Some((key.to_owned(), origin)))
    }

    fn command(&self, key: &str) -> Result<Origin, Mistake> {
        let words = self.strings(key)?.unwrap_or_default();
        let is_list = self.table.get(key).is_some_and(Item::is_array);
        Ok(Origin::Command(match (is_list, words.first()) {
            (false, Some(line)) => Program::Line(line.clone()),
            (_, Some(program)) if !program.is_empty() => Program::Words(words),
            _ => {
                let problem = format!("`{key}` names no program");
                return Err(self.mistake(key, problem, &format!("write `{key} = [\"PROGRAM\", \"ARGUMENT\"]`")));
            }
        }))
    }
}

/// Names the kind of a value, with its article.
fn kind(item: &Item) -> &'static str {
    match item {
        Item::Value(Value::String(_)) => "a text",
        Item::Value(Value::Integer(_) | Value::Float(_)) => "a number",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a time",
        Item::Value(Value::Array(_)) | Item::ArrayOfTables(_) => "a list",
        Item::Value(Value::InlineTable(_)) | Item::Table(_) | Item::None => "a table",
    }
}

/// Returns the line in which something stands, counted from 1.
fn line(text: &str, span: Option<Range<usize>>) -> usize {
    let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
