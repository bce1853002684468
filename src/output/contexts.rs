//! The list of contexts: for people and as JSON. No secret comes here, only where secrets come from.

use std::{fmt, io};

use unicode_width::UnicodeWidthStr;

use super::{json_text::JsonText, style::Ink, text::pad, visible::shown};

/// What may be shown of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// Whether it is meant where nothing is named.
    pub is_default: bool,
    /// Where it leads, without user and password.
    pub url: String,
    /// Who asks.
    pub login: Option<Who>,
    /// Whose traces are asked for.
    pub tenants: Vec<String>,
    /// The names of further headers.
    pub headers: Vec<String>,
    /// Whether a certificate says who asks.
    pub has_certificate: bool,
    /// A Grafana, and what it calls the server.
    pub grafana: Option<(String, String)>,
}

/// How a server knows who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// By what.
    pub kind: Kind,
    /// Where that comes from.
    pub from: From,
}

/// What tells who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token.
    Token,
    /// A user and a password.
    Password,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A variable, with `$`.
    Variable(String),
    /// A file.
    File(String),
    /// A command, of which nothing is told: people put secrets into commands.
    Command,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::Password => "password",
        }
    }
}

/// Prints `token from $TEMPO_TOKEN`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.kind.word();
        match &self.from {
            From::Variable(name) | From::File(name) => write!(f, "{word} from {}", shown(name)),
            From::Command => write!(f, "{word} from a command"),
        }
    }
}

impl Row {
    /// Says in words who asks: `token from $TEMPO_TOKEN, certificate`; `-` for nobody in particular.
    pub fn who(&self) -> String {
        let certificate = self.has_certificate.then(|| "certificate".to_owned());
        let all: Vec<String> = self.login.as_ref().map(Who::to_string).into_iter().chain(certificate).collect();
        or_dash(&all)
    }
}

fn or_dash(words: &[String]) -> String {
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// Writes a row for each, with `*` before the default; nothing if there is none. Lines are as long as they need to be: URLs
/// are there to be copied.
pub fn write_table(out: &mut dyn io::Write, rows: &[Row], color: bool) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let heading = ["name", "url", "login", "tenants"].map(str::to_owned);
    let cells: Vec<[String; 4]> =
        rows.iter().map(|row| [shown(&row.name), shown(&row.url), row.who(), shown(&or_dash(&row.tenants))]).collect();
    let width = |at: usize| cells.iter().chain([&heading]).map(|cells| cells[at].width()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let line = |cells: &[String; 4]| {
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| pad(cell, width)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", Ink::ASIDE.paint(color, &format!("  {}", line(&heading))))?;
    for (row, cells) in rows.iter().zip(&cells) {
        writeln!(out, "{} {}", if row.is_default { '*' } else { ' ' }, line(cells))?;
    }
    Ok(())
}

/// Writes `{"contexts": […]}`.
pub fn write_json(out: &mut dyn io::Write, rows: &[Row]) -> io::Result<()> {
    let text = JsonText::text(|json| {
        json.object(|object| {
            let all = |list: &mut JsonText<'_>| rows.iter().for_each(|row| list.object(|it| members(it, row)));
            object.key("contexts").list(all);
        });
    });
    writeln!(out, "{text}")
}

fn members(object: &mut JsonText<'_>, row: &Row) {
    let texts = |list: &mut JsonText<'_>, texts: &[String]| texts.iter().for_each(|text| list.string(text));
    object.key("name").string(&row.name);
    object.key("default").plain(row.is_default);
    object.key("url").string(&row.url);
    if let Some(who) = &row.login {
        object.key("login").object(|login| {
            login.key("kind").string(who.kind.word());
            match &who.from {
                From::Variable(name) => login.key("variable").string(name.trim_start_matches('$')),
                From::File(path) => login.key("file").string(path),
                From::Command => login.key("command").plain(true),
            }
        });
    }
    object.key("certificate").plain(row.has_certificate);
    object.key("tenants").list(|list| texts(list, &row.tenants));
    object.key("headers").list(|list| texts(list, &row.headers));
    if let Some((url, uid)) = &row.grafana {
        object.key("grafana").object(|grafana| {
            grafana.key("url").string(url);
            grafana.key("datasourceUid").string(uid);
        });
    }
}
