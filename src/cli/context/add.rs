//! `traceql context add`.

use std::{env, path::PathBuf};

use clap::Args;

use super::{
    config::{is_name, is_secret_header, shown_name},
    contexts::Contexts,
    edit::{self, Entry, HeaderValue},
    parse::parse,
};
use crate::{
    cli::{Exit, Failure, Outcome, time::Span, ui::Ui},
    model::units::{HOUR, MILLISECOND, MINUTE, SECOND},
    tempo,
};

/// Puts a context into the file
///
/// The first one becomes the default. Secrets are not taken here, where everybody can read them: a context says where they
/// come from, and they are asked for when they are needed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Add {
    /// What to call it
    name: String,

    /// Where the server is, with the path that stands before /api; a Grafana data source's
    /// `…/api/datasources/proxy/uid/UID` too
    url: String,

    /// Make it the default
    #[arg(long)]
    default: bool,

    /// Whose traces are wanted, where the server has tenants; several are asked at once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,

    /// The variable with the token that says who asks
    #[arg(long, value_name = "VARIABLE", group = "from")]
    token_env: Option<String>,

    /// A file with the token
    #[arg(long, value_name = "FILE", group = "from")]
    token_file: Option<PathBuf>,

    /// A command that prints the token
    #[arg(long, value_name = "COMMAND", group = "from")]
    token_command: Option<String>,

    /// The user who asks
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// The variable with the user's password
    #[arg(long, value_name = "VARIABLE", group = "from", requires = "user")]
    password_env: Option<String>,

    /// A file with the user's password
    #[arg(long, value_name = "FILE", group = "from", requires = "user")]
    password_file: Option<PathBuf>,

    /// A command that prints the user's password
    #[arg(long, value_name = "COMMAND", group = "from", requires = "user")]
    password_command: Option<String>,

    /// A header to send with every request
    #[arg(long, value_name = "NAME:VALUE")]
    header: Vec<String>,

    /// A header whose value a variable has
    #[arg(long, value_name = "NAME:VARIABLE")]
    header_env: Vec<String>,

    /// A header whose value a command prints
    #[arg(long, value_name = "NAME:COMMAND")]
    header_command: Vec<String>,

    /// Certificates, as PEM, that vouch for the server beside those of the system
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,

    /// The certificate, as PEM, by which the server knows who asks
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The key of `--cert`, as PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// How long one request may take; 5m if not given
    #[arg(long, value_name = "SPAN")]
    timeout: Option<Span>,

    /// A Grafana that has the server as a data source
    #[arg(long, value_name = "URL", requires = "datasource_uid")]
    grafana: Option<String>,

    /// What the Grafana calls the data source
    #[arg(long, value_name = "UID", requires = "grafana")]
    datasource_uid: Option<String>,

    // What people try first; it is refused with the cure.
    #[arg(long, hide = true, value_name = "TOKEN", num_args = 0..=1, default_missing_value = "")]
    token: Option<String>,
    #[arg(long, hide = true, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "")]
    password: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  traceql context add dev http://localhost:3200
  traceql context add prod https://tempo.example.com --tenant shop --token-env TEMPO_TOKEN
  traceql context add eu https://tempo.example.eu --token-command 'pass show tempo'
  traceql context add cloud https://t.grafana.net/tempo --user 123456 --password-env CLOUD_TOKEN";

pub(super) fn run(command: &Add, ui: &Ui) -> Outcome {
    let (contexts, lock) = Contexts::load_to_change()?;
    let Add { name, .. } = command;
    if !is_name(name) {
        return Err(Failure::new(Exit::Usage, format!("`{}` is no name of a context", shown_name(name)))
            .with_hint("names have letters, digits, `-`, `_` and `.`; the name comes first, then the URL"));
    }
    let file = contexts.place.file.display();
    if contexts.config.get(name).is_some() {
        return Err(Failure::new(Exit::Usage, format!("there is a context `{name}` already"))
            .with_hint(format!("change it in {file}, or `traceql context remove {name}` first")));
    }
    let mut text = edit::with_context(&contexts.text, name, &entry(command)?);
    // The rules of the file hold for what is written into it.
    let config = parse(&text).map_err(|mistake| {
        Failure::new(Exit::Usage, format!("`{name}` cannot be added: {}", mistake.problem)).with_hint(mistake.cure)
    })?;
    if command.default {
        text = edit::with_default(&text, name);
    }
    contexts.place.write(&text, &lock)?;
    let is_default = command.default || config.default.as_deref() == Some(name);
    let and = if is_default { ", and is the default" } else { "" };
    ui.note(&format!("`{name}` is in {file}{and}; `traceql context test {name}` tries it"));
    Ok(Exit::Found)
}

/// Puts together what the context says.
fn entry(command: &Add) -> Result<Entry, Failure> {
    refuse_secrets(command)?;
    let refused = |what: &str, cure: &str| Err(Failure::new(Exit::Usage, what).with_hint(cure));
    let has_password =
        command.password_env.is_some() || command.password_file.is_some() || command.password_command.is_some();
    if command.user.is_some() && !has_password {
        return refused("a user has a password", "give `--password-env VARIABLE` or `--password-command COMMAND`");
    }
    if command.tenant.iter().any(|tenant| tenant.is_empty() || tenant.contains('|')) {
        return refused(
            "the name of a tenant has something in it, and no `|`",
            "give several as `--tenant a --tenant b`",
        );
    }
    if command.timeout == Some(Span(0)) {
        return refused("no server answers in no time", "give `--timeout 30s`");
    }
    let (url, _) = tempo::shown_url(&command.url).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {}", error.url, error.problem)).with_hint(error.cure)
    })?;
    let mut entry = Entry { tenants: command.tenant.clone(), ..Entry::default() };
    let mut add = |key, text: Option<String>| entry.texts.extend(text.map(|text| (key, text)));
    let path = |file: &Option<PathBuf>| file.as_deref().map(absolute).transpose();
    add("url", Some(url));
    add("token_env", command.token_env.clone());
    add("token_file", path(&command.token_file)?);
    add("token_command", command.token_command.clone());
    add("user", command.user.clone());
    add("password_env", command.password_env.clone());
    add("password_file", path(&command.password_file)?);
    add("password_command", command.password_command.clone());
    add("ca_cert", path(&command.cacert)?);
    add("client_cert", path(&command.cert)?);
    add("client_key", path(&command.key)?);
    add("timeout", command.timeout.map(|Span(nanoseconds)| span(nanoseconds)));
    entry.grafana = command.grafana.clone().zip(command.datasource_uid.clone());
    for header in &command.header {
        let (name, value) = parts(header, "--header", "VALUE")?;
        if is_secret_header(&name) {
            return Err(Failure::new(
                Exit::Usage,
                format!("the value of `{name}` is a secret, which does not belong here"),
            )
            .with_hint(format!("put it into a variable, and give `--header-env {name}:VARIABLE`")));
        }
        entry.headers.push((name, HeaderValue::Text(value)));
    }
    for header in &command.header_env {
        let (name, value) = parts(header, "--header-env", "VARIABLE")?;
        entry.headers.push((name, HeaderValue::From("env", value)));
    }
    for header in &command.header_command {
        let (name, value) = parts(header, "--header-command", "COMMAND")?;
        entry.headers.push((name, HeaderValue::From("command", value)));
    }
    Ok(entry)
}

/// Refuses what everybody can read on the command line; nothing of it is told.
fn refuse_secrets(command: &Add) -> Result<(), Failure> {
    let refused = |what: &str, cure: &str| Err(Failure::new(Exit::Usage, what).with_hint(cure));
    if command.token.is_some() {
        return refused(
            "a token does not belong here: everybody can read the command line",
            "put it into a variable, and give `--token-env VARIABLE`; or give a command that prints it: `--token-command`",
        );
    }
    if command.password.is_some() {
        return refused(
            "a password does not belong here: everybody can read the command line",
            "put it into a variable, and give `--password-env VARIABLE`; or give a command that prints it: `--password-command`",
        );
    }
    match tempo::shown_url(&command.url) {
        Ok((_, true)) => {
            refused("the URL has a user or a password in it", "take them out: `--user NAME --password-env VARIABLE`")
        }
        _ => Ok(()),
    }
}

/// Takes a header apart; where it cannot be, no word of it is told, because any may be the secret one.
fn parts(header: &str, option: &str, what: &str) -> Result<(String, String), Failure> {
    match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Failure::new(Exit::Usage, format!("`{option}` has no name, no `:` or nothing behind it"))
            .with_hint(format!("write it as `{option} NAME:{what}`"))),
    }
}

/// Returns a path that means the same from everywhere.
fn absolute(file: &std::path::Path) -> Result<String, Failure> {
    let path = env::current_dir().map(|folder| folder.join(file)).unwrap_or_else(|_| file.to_owned());
    path.into_os_string().into_string().map_err(|path| {
        Failure::new(Exit::Usage, format!("{}: paths in the file of contexts are UTF-8", path.display()))
            .with_hint("give the file another name")
    })
}

/// Writes a length of time as the file has it.
fn span(nanoseconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (MILLISECOND, "ms")];
    let unit = UNITS.into_iter().find(|(unit, _)| nanoseconds >= *unit && nanoseconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{nanoseconds}ns"), |(unit, name)| format!("{}{name}", nanoseconds / unit))
}
