//! What a source on the command line says about a server: where it is, and how to get to it.

use super::{
    super::{
        Failure,
        context::{Contexts, Grafana},
        ui::Ui,
    },
    flags::ServerFlags,
};
use crate::tempo::Settings;

/// A server that was named.
#[derive(Debug)]
pub(super) struct Target {
    /// How to get to it.
    pub(super) settings: Settings,
    /// What people call it; nothing in it is secret.
    pub(super) name: String,
    /// Where its traces are looked at in a browser.
    pub(super) grafana: Option<Grafana>,
}

/// Tells whether a source is a server.
pub(super) fn is_server(source: &str) -> bool {
    let scheme = source.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// Finds out how to get to the server that a source names.
///
/// # Errors
///
/// What the arguments name cannot be read.
pub(super) fn target(source: &str, flags: &ServerFlags) -> Result<Target, Failure> {
    let mut settings = Settings::new(source);
    flags.apply(&mut settings)?;
    let name = shown(source);
    Ok(Target { settings, grafana: grafana_of(&name), name })
}

/// What stands in a URL between a Grafana and the uid of the data source through which it is asked.
const PROXY: &str = "/api/datasources/proxy/uid/";

/// Finds out which Grafana a server is asked through.
fn grafana_of(url: &str) -> Option<Grafana> {
    let (url, rest) = url.split_once(PROXY)?;
    let uid = rest.split('/').next().filter(|uid| !uid.is_empty())?;
    Some(Grafana { url: url.to_owned(), datasource_uid: uid.to_owned() })
}

/// Finds out how to get to the server of a context; what the arguments say counts for more.
///
/// # Errors
///
/// What the context or the arguments name cannot be had.
pub(super) fn of_context(name: &str, contexts: &Contexts, flags: &ServerFlags, ui: &Ui) -> Result<Target, Failure> {
    let mut settings = contexts.settings(name, !flags.say_who(), ui)?;
    flags.apply_over(&mut settings)?;
    Ok(Target { settings, name: name.to_owned(), grafana: contexts.grafana(name) })
}

/// Tells whether a URL says who asks.
pub(super) fn has_user(url: &str) -> bool {
    authority(url).contains('@')
}

/// Tells whether a URL has a password in it.
pub(super) fn has_password(url: &str) -> bool {
    authority(url).rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Returns a URL as it may be shown: without user, password and parameters.
pub(super) fn shown(url: &str) -> String {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).trim_end_matches('/');
    format!("{}://{}", scheme.to_ascii_lowercase(), rest.strip_suffix("/api").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_without_secrets() {
        assert_eq!(shown("HTTP://me:pw@h:3200/tempo/api/?token=x"), "http://h:3200/tempo");
        assert_eq!(shown("https://h/"), "https://h");
        assert!(is_server("https://h") && is_server("HTTP://h") && !is_server("s3://h") && !is_server("http"));
        let grafana = Grafana { url: "http://g/x".to_owned(), datasource_uid: "U".to_owned() };
        assert_eq!(grafana_of("http://g/x/api/datasources/proxy/uid/U"), Some(grafana));
        assert_eq!(grafana_of("http://g/x"), None);
        assert!(has_user("http://me@h/x") && !has_password("http://me@h/x") && has_password("http://me:p@h"));
        assert!(!has_user("http://h/x@y"));
    }
}
