//! How to get to a server, and how patient to be.

use std::{fmt, time::Duration};

use super::watcher::Watcher;
use crate::model::{budget::Budget, secrets::Secrets};

/// What nobody may see: it is sent, and never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes what is secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// Returns what is secret, for the request it belongs to.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Prints three dots.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Prints three dots.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Nobody in particular.
    #[default]
    None,
    /// `Authorization: Bearer …`
    Bearer(Secret),
    /// A user and a password.
    Basic {
        /// The user; not printed either.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// The certificate by which a server knows who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, with those that vouch for it, as PEM.
    pub certificate: Vec<u8>,
    /// Its key, as PEM.
    pub key: Secret,
}

/// How often requests are tried again that are answered with 429, 502, 503 or 504, or whose connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often at most; 0 for never.
    pub most: u32,
    /// How long to wait before the first time; each time after that it is twice as long.
    pub first: Duration,
    /// How long to wait at most, even where a server asks for more.
    pub longest: Duration,
}

/// How to get to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `http://` or `https://`, with the path that stands before `/api`. A user and password in it count as [`Auth::Basic`]
    /// where `auth` says nothing.
    pub url: String,
    /// Whose traces are wanted; several are asked at once. None where the server has no tenants, or a header names them.
    pub tenants: Vec<String>,
    /// Further headers, sent with every request.
    pub headers: Vec<(String, Secret)>,
    /// Who asks.
    pub auth: Auth,
    /// Certificates that vouch for the server beside those of the system, as PEM.
    pub ca_certificates: Option<Vec<u8>>,
    /// The certificate by which the server knows who asks.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether the proxies of the environment are used (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    pub proxies: bool,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long one request may take, with its answer. Servers give up by themselves, most after some minutes at most.
    pub timeout: Duration,
    /// What is tried again.
    pub retries: Retries,
    /// How many requests of one question are under way at once, at least 1.
    pub in_flight: usize,
    /// How many bytes an answer may have, unpacked.
    pub largest_answer: usize,
    /// The bound of the memory that answers take; servers may share it.
    pub budget: Budget,
    /// The secrets that are masked in what the server says. Those of these settings are added when a client is made.
    pub secrets: Secrets,
    /// Who is told of every request.
    pub watcher: Option<Watcher>,
}

impl Settings {
    /// Asks a server that takes everybody, with usual patience.
    pub fn new(url: impl Into<String>) -> Settings {
        Settings {
            url: url.into(),
            tenants: Vec::new(),
            headers: Vec::new(),
            auth: Auth::None,
            ca_certificates: None,
            client_certificate: None,
            proxies: true,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            retries: Retries { most: 4, first: Duration::from_millis(250), longest: Duration::from_secs(30) },
            in_flight: 3,
            // More than any answer that a server makes within its own limits.
            largest_answer: 1 << 30,
            budget: Budget::default(),
            secrets: Secrets::default(),
            watcher: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_printed() {
        let secret = || Secret::new("hunter2");
        let mut settings = Settings::new("http://h");
        settings.auth = Auth::Basic { user: "me".to_owned(), password: secret() };
        settings.headers.push(("X-Key".to_owned(), secret()));
        settings.client_certificate = Some(ClientCertificate { certificate: Vec::new(), key: secret() });
        let printed = format!("{settings:?} {:?} {} {:#?}", Auth::Bearer(secret()), secret(), settings);
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
