//! The contexts of this run, and how to get to the servers that they name.

use std::{fmt, path::Path};

use parking_lot::Mutex;
use traceql_grammar::vocab::nearest::nearest;

use super::{
    config::{Config, Context, Grafana, Login, is_name, shown_name},
    secrets::Secrets,
    store::{Lock, Place},
};
use crate::{
    cli::{Exit, Failure, ui::Ui},
    source::small_file,
    tempo::{Auth, ClientCertificate, Settings},
};

/// The file of contexts, read once, and the secrets that were asked for.
pub(in crate::cli) struct Contexts {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) config: Config,
    secrets: Mutex<Secrets>,
}

/// Tells the names alone.
impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.config.contexts.iter().map(|context| &context.name)).finish()
    }
}

impl Contexts {
    /// Reads the file; without one there are no contexts.
    ///
    /// # Errors
    ///
    /// It cannot be read, or there is a mistake in it.
    pub(in crate::cli) fn load() -> Result<Contexts, Failure> {
        let place = Place::find()?;
        let text = place.read()?;
        let config = place.parse(&text)?;
        Ok(Contexts { place, text, config, secrets: Mutex::default() })
    }

    /// Does the same as [`Contexts::load`] to change the file: no other process changes it until the lock is dropped.
    ///
    /// # Errors
    ///
    /// As [`Contexts::load`]; or another process keeps the file for too long.
    pub(super) fn load_to_change() -> Result<(Contexts, Lock), Failure> {
        let lock = Place::find()?.lock()?;
        Ok((Contexts::load()?, lock))
    }

    /// Does the same as [`Contexts::load`]; where there is no place for the file, there are no contexts.
    ///
    /// # Errors
    ///
    /// It cannot be read, or there is a mistake in it.
    pub(in crate::cli) fn load_any() -> Result<Contexts, Failure> {
        match Place::find() {
            Ok(_) => Contexts::load(),
            Err(_) => Ok(Contexts {
                place: Place::nowhere(),
                text: String::new(),
                config: Config::default(),
                secrets: Mutex::default(),
            }),
        }
    }

    /// Tells whether a source can be the name of a context at all: the file is not read for those that cannot.
    pub(in crate::cli) fn may_have(source: &str) -> bool {
        is_name(source)
    }

    /// Tells whether a source that is no file is the name of a context.
    ///
    /// # Errors
    ///
    /// It is not, but nearly.
    pub(in crate::cli) fn has(&self, source: &str) -> Result<bool, Failure> {
        if self.config.get(source).is_some() {
            return Ok(true);
        }
        let names = self.config.contexts.iter().map(|context| context.name.as_str());
        match nearest(source, names).filter(|_| Path::new(source).extension().is_none()) {
            Some(meant) => {
                let problem = format!("there is no file and no context `{}`", shown_name(source));
                Err(Failure::new(Exit::Usage, problem).with_hint(format!("did you mean the context `{meant}`?")))
            }
            None => Ok(false),
        }
    }

    /// Finds the context that is meant where nothing is named; `None` if there is no default.
    ///
    /// # Errors
    ///
    /// The default does not exist.
    pub(in crate::cli) fn default_name(&self) -> Result<Option<&str>, Failure> {
        let Some(name) = self.config.default.as_deref() else { return Ok(None) };
        match self.config.get(name) {
            Some(context) => Ok(Some(&context.name)),
            None => {
                Err(Failure::new(Exit::Usage, format!("the default context `{}` does not exist", shown_name(name)))
                    .with_hint("`traceql context use NAME` chooses another"))
            }
        }
    }

    /// Finds a context.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub(super) fn named(&self, name: &str) -> Result<&Context, Failure> {
        self.config.get(name).ok_or_else(|| {
            let names = || self.config.contexts.iter().map(|context| context.name.as_str());
            let hint = match nearest(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if self.config.contexts.is_empty() => "`traceql context add NAME URL` makes one".to_owned(),
                None => "`traceql context list` lists them".to_owned(),
            };
            Failure::new(Exit::Usage, format!("there is no context `{}`", shown_name(name))).with_hint(hint)
        })
    }

    /// Finds out how to get to the server of a context; runs commands and reads files for that. `login` tells whether the
    /// context is to say who asks: otherwise its token or password is not asked for.
    ///
    /// # Errors
    ///
    /// There is no such context, or something that it names is not there.
    pub(in crate::cli) fn settings(&self, name: &str, login: bool, ui: &Ui) -> Result<Settings, Failure> {
        let context = self.named(name)?;
        let mut settings = Settings::new(&context.url);
        settings.tenants.clone_from(&context.tenants);
        let mut secrets = self.secrets.lock();
        let mut reveal =
            |origin, what: &str| secrets.reveal(origin, &format!("{what} of the context `{name}`"), &self.place, ui);
        for (header, origin) in &context.headers {
            let value = reveal(origin, &format!("the header `{header}`"))?;
            settings.headers.push((header.clone(), value));
        }
        match &context.login {
            Login::Token(origin) if login => settings.auth = Auth::Bearer(reveal(origin, "the token")?),
            Login::Password { user, password } if login => {
                settings.auth = Auth::Basic { user: user.clone(), password: reveal(password, "the password")? };
            }
            _ => {}
        }
        if let Some(file) = &context.ca_cert {
            settings.ca_certificates = Some(self.bytes(file)?);
        }
        if let Some((certificate, key)) = &context.client_cert {
            let key = String::from_utf8_lossy(&self.bytes(key)?).into_owned();
            settings.client_certificate =
                Some(ClientCertificate { certificate: self.bytes(certificate)?, key: key.into() });
        }
        if let Some(timeout) = context.timeout {
            settings.timeout = timeout;
            settings.connect_timeout = settings.connect_timeout.min(timeout);
        }
        Ok(settings)
    }

    /// Returns where the traces of a context's server are looked at in a browser.
    pub(in crate::cli) fn grafana(&self, name: &str) -> Option<Grafana> {
        self.config.get(name)?.grafana.clone()
    }

    /// Reads a file that a context names.
    fn bytes(&self, file: &str) -> Result<Vec<u8>, Failure> {
        let path = self.place.path(file);
        small_file::read(&path).map_err(|error| {
            Failure::new(Exit::Source, format!("{}: cannot be read: {error}", path.display())).with_hint(format!(
                "check the path in {}; what is not absolute begins at that file",
                self.place.file.display()
            ))
        })
    }
}
