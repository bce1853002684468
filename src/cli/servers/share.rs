//! `--share`: the URL under which Grafana shows the answer to a query.

use traceql_grammar::query::Body;

use super::{
    super::{Exit, Failure, Outcome, ask::checked_early, context::Grafana, query::Query, ui::Ui},
    Given, ServerFlags, backend, given,
};
use crate::{
    output::explore::{self, Explored, Time},
    plan::Limits,
    session::{Recent, system_clock},
    source::Runtime,
};

pub(super) fn run(command: &Query, flags: &ServerFlags, ui: &mut Ui) -> Outcome {
    let sources = given(&command.sources.named(), flags, ui)?;
    // What cannot be asked is nothing to share.
    let (mut known, runtime) = (Vec::new(), Runtime::default());
    for source in &sources {
        if let Given::Server(target) = source {
            backend(target, flags, &mut known, &runtime)?;
        }
    }
    let mut targets = sources.iter().filter_map(|source| match source {
        Given::Server(target) => Some(target),
        Given::Data(_) => None,
    });
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return Err(Failure::new(Exit::Usage, "Grafana shows the answer of one server")
            .with_hint("name one server, and nothing else, as the source"));
    };
    if sources.len() > 1 {
        return Err(Failure::new(Exit::Usage, "Grafana shows what servers have, and nothing of files")
            .with_hint("name the server alone"));
    }
    let Some(Grafana { url, datasource_uid }) = &target.grafana else {
        return Err(Failure::new(
            Exit::Usage,
            format!("it is not known which Grafana shows the traces of {}", target.name),
        )
        .with_hint(
            "`traceql context add NAME URL --grafana URL --datasource-uid UID` remembers it; ask for NAME then",
        ));
    };
    let query = checked_early(&command.query, command.sources.names())?;
    let when = command.options.when();
    let Recent { range, .. } = when.recent(system_clock())?;
    // What was given in relation to now moves on with the viewer.
    let time = match when.ends_now() {
        true => Time::Last(range.end - range.start),
        false => Time::Fixed(range.start, range.end),
    };
    let Limits { traces, spans_per_spanset } = command.options.limits();
    let explored = Explored {
        datasource_uid,
        query: &command.query,
        time,
        limits: matches!(query.query.body, Body::Search(_))
            .then(|| (traces.unwrap_or(0), spans_per_spanset.unwrap_or(0))),
        step: command.options.step.map(|step| step.0),
        instant: command.options.instant,
    };
    writeln!(ui.out(), "{}", explore::url(url, &explored))?;
    Ok(Exit::Found)
}
