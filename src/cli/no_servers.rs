//! What stands for servers in a build without them: every source is read, and URLs of servers are turned down.

use clap::Args;

use super::{Exit, Failure, ui::Ui};
use crate::{
    model::{budget::Budget, shown_url::shown_url},
    session::Source,
};

/// Options that concern answers.
#[derive(Debug, Default, Args)]
pub(super) struct ServerFlags {
    /// Measure quantiles, which else are estimated as Tempo does
    #[arg(long)]
    exact: bool,
}

/// No options.
#[derive(Debug, Args)]
pub(super) struct QueryFlags {}

impl ServerFlags {
    /// Tells whether answers are exact where Tempo's are not.
    pub(super) fn exact(&self) -> bool {
        self.exact
    }
}

impl QueryFlags {
    /// Returns how many traces each source is asked for: there is no such option.
    pub(super) fn candidates(&self) -> Option<usize> {
        None
    }

    /// Tells whether the URL of the query in Grafana is wanted: there is no such option.
    pub(super) fn share(&self) -> bool {
        false
    }
}

/// A Grafana in which the answer of a server can be looked at.
#[derive(Debug)]
pub(super) struct Grafana {
    /// Its URL.
    pub(super) url: String,
    /// What it calls the server.
    pub(super) datasource_uid: String,
}

/// Finds the Grafana of a server: there is none.
///
/// # Errors
///
/// Always.
pub(super) fn grafana(_: &[String], _: &ServerFlags, _: &mut Ui) -> Result<Grafana, Failure> {
    Err(Failure::new(Exit::Usage, "this traceql was built without servers"))
}

/// Makes sources of what was named.
///
/// # Errors
///
/// A server is among it.
pub(super) fn sources(names: &[String], _: &ServerFlags, _: &Budget, _: &mut Ui) -> Result<Vec<Source>, Failure> {
    without_servers(names)
}

/// Makes sources of what was named.
///
/// # Errors
///
/// A server is among it.
pub(super) fn without_servers(names: &[String]) -> Result<Vec<Source>, Failure> {
    let source = |name: &String| match name.split_once("://") {
        Some((scheme, _)) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            let url = shown_url(name);
            Err(Failure::new(Exit::Usage, format!("{url}: this traceql was built without servers"))
                .with_hint("build it with the feature `remote`"))
        }
        _ => Ok(Source::Data(name.clone())),
    };
    names.iter().map(source).collect()
}
