//! The Grafana in which the answer of a server can be looked at.

use super::{
    super::{Exit, Failure, context::Grafana, ui::Ui},
    Given, ServerFlags, Shared, backend, given,
};
use crate::{model::budget::Budget, source::Runtime};

/// Finds the Grafana of the one server that is named.
///
/// # Errors
///
/// Something else is named, the server cannot be asked, or no Grafana is known.
pub(in crate::cli) fn grafana(names: &[String], flags: &ServerFlags, ui: &mut Ui) -> Result<Grafana, Failure> {
    let sources = given(names, flags, ui)?;
    let mut targets = sources.iter().filter_map(|source| match source {
        Given::Server(target) => Some(target),
        Given::Data(_) => None,
    });
    // What cannot be asked is nothing to share.
    let secrets = ui.secrets.clone();
    let shared = Shared { runtime: Runtime::default(), budget: Budget::default(), secrets };
    let mut known = Vec::new();
    let target = targets.next();
    for target in target.into_iter().chain(targets) {
        backend(target, flags, &mut known, &shared)?;
    }
    let (Some(target), 1) = (target, known.len()) else {
        return Err(Failure::new(Exit::Usage, "Grafana shows the answer of one server")
            .with_hint("name one server, and nothing else, as the source"));
    };
    if sources.iter().any(|source| matches!(source, Given::Data(_))) {
        return Err(Failure::new(Exit::Usage, "Grafana shows what servers have, and nothing of files")
            .with_hint("name the server alone"));
    }
    target.grafana.clone().ok_or_else(|| {
        Failure::new(Exit::Usage, format!("it is not known which Grafana shows the traces of {}", target.name))
            .with_hint(
                "`traceql context add NAME URL --grafana URL --datasource-uid UID` remembers it; ask for NAME then",
            )
    })
}
