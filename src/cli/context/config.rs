//! What the file of contexts says, as data: servers by name, and where their secrets come from.

use std::{fmt, time::Duration};

/// The file of contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// The context that is meant where no source is named. It need not exist: people edit the file.
    pub(super) default: Option<String>,
    /// In the order of the file.
    pub(super) contexts: Vec<Context>,
}

impl Config {
    /// Finds a context.
    pub(super) fn get(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|context| context.name == name)
    }
}

/// A server by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) name: String,
    /// Without user and password.
    pub(super) url: String,
    pub(super) tenants: Vec<String>,
    pub(super) headers: Vec<(String, Origin)>,
    pub(super) login: Login,
    /// A file with certificates, as it is written in the file of contexts.
    pub(super) ca_cert: Option<String>,
    /// Files with a certificate and its key.
    pub(super) client_cert: Option<(String, String)>,
    pub(super) timeout: Option<Duration>,
    pub(super) grafana: Option<Grafana>,
}

/// Where the traces of a server are looked at in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Grafana {
    /// The URL of a Grafana.
    pub(in crate::cli) url: String,
    /// What it calls the server.
    pub(in crate::cli) datasource_uid: String,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Login {
    #[default]
    Nobody,
    Token(Origin),
    Password {
        user: String,
        password: Origin,
    },
}

/// Where a value comes from that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It stands in the file, and is no secret.
    Text(String),
    /// A variable of the environment.
    Variable(String),
    /// A file, as it is written in the file of contexts.
    File(String),
    /// What a command prints.
    Command(Program),
}

/// A command to run.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Program {
    /// A line for the shell.
    Line(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

/// Tells nothing of the command: people put secrets into them.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Returns the name of a variable as it may be shown. Who takes `token_env` for the token itself writes it there: what does
/// not look like a variable is not told.
pub(super) fn shown_variable(name: &str) -> String {
    let is_usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.len() <= 40 && name.chars().all(is_usual) { format!("${name}") } else { "$…".to_owned() }
}

/// Tells whether a header of this name carries what nobody may see.
pub(in crate::cli) fn is_secret_header(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["authorization", "cookie", "token", "secret", "password", "credential", "api-key", "apikey"];
    let name = name.to_ascii_lowercase();
    name.ends_with("-key") || WORDS.iter().any(|word| name.contains(word))
}

/// Tells whether a context can have this name: one that is not taken for a file, an option or a URL by accident.
pub(super) fn is_name(name: &str) -> bool {
    let is_usual = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(char::is_alphanumeric) && name.chars().count() <= 64 && name.chars().all(is_usual)
}

/// Returns what was given as a name, as it may be shown: a URL that stands in its place may hold a password.
pub(super) fn shown_name(name: &str) -> String {
    if name.contains("://") || name.contains('@') { "…".to_owned() } else { name.escape_debug().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in ["Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "CF-Access-Client-Secret", "x-apikey"] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["X-Scope-OrgID", "X-Grafana-Org-Id", "User-Agent", "X-Query-Tags", "CF-Access-Client-Id"] {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_variable_is_not_shown() {
        assert_eq!(shown_variable("TEMPO_TOKEN_2"), "$TEMPO_TOKEN_2");
        assert_eq!(shown_variable("glsa_hunter2"), "$…");
    }

    #[test]
    fn commands_are_never_printed() {
        let programs = [Program::Line("echo hunter2".to_owned()), Program::Words(vec!["hunter2".to_owned()])];
        for program in programs {
            let printed = format!("{:?}", Login::Token(Origin::Command(program)));
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }

    #[test]
    fn names_are_not_taken_for_something_else() {
        assert!(["prod", "eu-1", "a.b_c", "größe"].into_iter().all(is_name));
        assert_eq!((shown_name("http://me:hunter2@h"), shown_name("a\n")), ("…".to_owned(), "a\\n".to_owned()));
        assert!(!["", "-x", "a/b", "http://x", "a b", "*", ".", &"x".repeat(65)].into_iter().any(is_name));
    }
}
