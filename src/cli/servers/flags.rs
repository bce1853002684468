//! How to get to servers: the arguments, and the variables for what must not stand among them.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use clap::Args;

use super::{
    super::{
        Exit, Failure,
        context::{Contexts, is_secret_header},
        time::Span,
    },
    SERVERS,
    url::has_user,
};
use crate::{
    source::small_file,
    tempo::{Auth, ClientCertificate, Secret, Settings},
};

/// Everybody can read the arguments of a process: what is secret comes from here.
const TOKEN_VARIABLE: &str = "TRACEQL_TOKEN";
const PASSWORD_VARIABLE: &str = "TRACEQL_PASSWORD";

/// How to get to servers, and what is wanted of them.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct ServerFlags {
    /// Whose traces are wanted, where the server has tenants; several are asked at once
    #[arg(long, value_name = "NAME", help_heading = SERVERS)]
    tenant: Vec<String>,

    /// A file with the token that says who asks; or put the token into $TRACEQL_TOKEN
    #[arg(long, value_name = "FILE", conflicts_with = "user", help_heading = SERVERS)]
    token_file: Option<PathBuf>,

    /// The user who asks; the password comes from $TRACEQL_PASSWORD
    #[arg(long, value_name = "NAME", help_heading = SERVERS)]
    user: Option<String>,

    /// A header to send with every request; `@FILE` is a file of them, for what is secret
    #[arg(long, value_name = "NAME:VALUE", help_heading = SERVERS)]
    header: Vec<String>,

    /// Certificates, as PEM, that vouch for the server beside those of the system
    #[arg(long, value_name = "FILE", help_heading = SERVERS)]
    cacert: Option<PathBuf>,

    /// The certificate, as PEM, by which the server knows who asks
    #[arg(long, value_name = "FILE", requires = "key", help_heading = SERVERS)]
    cert: Option<PathBuf>,

    /// The key of `--cert`, as PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = SERVERS)]
    key: Option<PathBuf>,

    /// How long one request may take; 5m if not given
    #[arg(long, value_name = "SPAN", help_heading = SERVERS)]
    timeout: Option<Span>,

    /// Run here what Tempo answers otherwise than traceql does (`traceql explain | grep tempo-`), and measure the quantiles
    /// of what is read here, which else are estimated as Tempo does
    #[arg(long, help_heading = SERVERS)]
    exact: bool,

    /// Say on stderr what is asked, and how it is answered
    #[arg(long, help_heading = SERVERS)]
    pub(super) verbose: bool,

    /// Servers by name, read when the first source may be one.
    #[arg(skip)]
    contexts: OnceLock<Contexts>,
}

impl ServerFlags {
    /// Tells whether everything runs here that a server answers differently.
    pub(in crate::cli) fn exact(&self) -> bool {
        self.exact
    }

    /// Returns the contexts, which are read once.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or there is a mistake in it.
    pub(super) fn contexts(&self) -> Result<&Contexts, Failure> {
        if let Some(contexts) = self.contexts.get() {
            return Ok(contexts);
        }
        let contexts = Contexts::load_any()?;
        Ok(self.contexts.get_or_init(|| contexts))
    }

    /// Sets what the arguments and the environment say.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or something is missing.
    pub(super) fn apply(&self, settings: &mut Settings) -> Result<(), Failure> {
        settings.tenants.extend(self.tenant.iter().cloned());
        for header in &self.header {
            match header.strip_prefix('@') {
                None => settings.headers.push(parts(header, "--header")?),
                Some(file) => {
                    let text = text(Path::new(file))?;
                    for line in text.lines().filter(|line| !line.trim().is_empty()) {
                        settings.headers.push(parts(line, file)?);
                    }
                }
            }
        }
        if let Some(auth) = self.auth(&settings.url)? {
            settings.auth = auth;
        }
        if let Some(file) = &self.cacert {
            settings.ca_certificates = Some(bytes(file)?);
        }
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key) {
            settings.client_certificate =
                Some(ClientCertificate { certificate: bytes(certificate)?, key: text(key)?.into() });
        }
        if let Some(Span(timeout)) = self.timeout {
            if timeout == 0 {
                return Err(Failure::new(Exit::Usage, "no server answers in no time").with_hint("give `--timeout 30s`"));
            }
            settings.timeout = Duration::from_nanos(timeout);
            settings.connect_timeout = settings.connect_timeout.min(settings.timeout);
        }
        Ok(())
    }

    /// Sets what the arguments and the environment say beside what a context says: arguments count for more than it, and it
    /// for more than $TRACEQL_TOKEN, which is for all servers.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or something is missing.
    pub(super) fn apply_over(&self, settings: &mut Settings) -> Result<(), Failure> {
        let auth = settings.auth.clone();
        if !self.tenant.is_empty() {
            settings.tenants.clear();
        }
        self.apply(settings)?;
        if !self.say_who() && auth != Auth::None {
            settings.auth = auth;
        }
        Ok(())
    }

    /// Tells whether the arguments say who asks.
    pub(super) fn say_who(&self) -> bool {
        self.user.is_some() || self.token_file.is_some()
    }

    /// Returns the name of a header that is likely to be secret and stands among the arguments.
    pub(super) fn readable_secret(&self) -> Option<&str> {
        let names = self.header.iter().filter_map(|header| header.split_once(':')).map(|(name, _)| name.trim());
        names.into_iter().find(|name| is_secret_header(name))
    }

    /// Finds out who asks; `None` if nobody says, or the URL does.
    fn auth(&self, url: &str) -> Result<Option<Auth>, Failure> {
        if let Some(user) = &self.user {
            if user.contains(':') {
                return Err(Failure::new(Exit::Usage, "`--user` takes a name alone, and this one has a `:`")
                    .with_hint(format!(
                        "put the password into the variable {PASSWORD_VARIABLE}: everybody can read arguments"
                    )));
            }
            let Some(password) = variable(PASSWORD_VARIABLE) else {
                return Err(Failure::new(Exit::Usage, format!("`--user {user}` has no password"))
                    .with_hint(format!("put it into the variable {PASSWORD_VARIABLE}: everybody can read arguments")));
            };
            return Ok(Some(Auth::Basic { user: user.clone(), password: password.into() }));
        }
        if let Some(file) = &self.token_file {
            return Ok(Some(Auth::Bearer(text(file)?.trim().to_owned().into())));
        }
        let of_url = has_user(url);
        Ok(variable(TOKEN_VARIABLE).filter(|_| !of_url).map(|token| Auth::Bearer(token.into())))
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Takes a header apart; where it cannot be, no word of it is told, because any may be the secret one.
fn parts(header: &str, place: &str) -> Result<(String, Secret), Failure> {
    match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), Secret::new(value.trim().to_owned())))
        }
        _ => Err(Failure::new(Exit::Usage, format!("{place}: a header has no name, or no `:` behind it"))
            .with_hint("write headers as `NAME: VALUE`")),
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    small_file::read(file)
        .map_err(|error| Failure::new(Exit::Usage, format!("{}: cannot be read: {error}", file.display())))
}

fn text(file: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(file)?)
        .map_err(|_| Failure::new(Exit::Usage, format!("{}: is not text in UTF-8", file.display())))
}
