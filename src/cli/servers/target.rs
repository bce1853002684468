//! What a source on the command line says about a server: where it is, and how to get to it.

use super::{
    super::{
        Failure,
        context::{Contexts, Grafana},
        ui::Ui,
    },
    flags::ServerFlags,
    url::shown,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_behind_a_grafana_is_looked_at_there() {
        let grafana = Grafana { url: "http://g/x".to_owned(), datasource_uid: "U".to_owned() };
        assert_eq!(grafana_of("http://g/x/api/datasources/proxy/uid/U"), Some(grafana));
        assert_eq!(grafana_of("http://g/x"), None);
    }
}
