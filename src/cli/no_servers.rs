//! What stands for servers in a build without them: every source is read, and URLs of servers are turned down.

use clap::Args;

use super::{Exit, Failure, Outcome, query::Query, ui::Ui};
use crate::session::Source;

/// No options.
#[derive(Debug, Default, Args)]
pub(super) struct ServerFlags {}

/// No options.
#[derive(Debug, Args)]
pub(super) struct QueryFlags {}

impl ServerFlags {
    /// Tells whether everything runs here that a server answers differently: there are no servers.
    pub(super) fn exact(&self) -> bool {
        false
    }
}

impl QueryFlags {
    /// Returns how many traces each source is asked for: there is no such option.
    pub(super) fn candidates(&self) -> Option<usize> {
        None
    }

    /// Does what is to be done instead of running the query: nothing is.
    pub(super) fn instead(&self, _: &Query, _: &ServerFlags, _: &mut Ui) -> Option<Outcome> {
        None
    }
}

/// Makes sources of what was named.
///
/// # Errors
///
/// A server is among it.
pub(super) fn sources(names: &[String], _: &ServerFlags, _: &mut Ui) -> Result<Vec<Source>, Failure> {
    without_servers(names)
}

/// Makes sources of what was named.
///
/// # Errors
///
/// A server is among it.
pub(super) fn without_servers(names: &[String]) -> Result<Vec<Source>, Failure> {
    let source = |name: &String| match name.split_once("://") {
        Some((scheme, rest)) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            // What stands before `@` and behind `?` may be secret.
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            Err(Failure::new(Exit::Usage, format!("{scheme}://{host}: this traceql was built without servers"))
                .with_hint("build it with the feature `remote`"))
        }
        _ => Ok(Source::Data(name.clone())),
    };
    names.iter().map(source).collect()
}
