//! `--share`: the URL under which Grafana shows the answer to a query.

use traceql_grammar::query::Body;

use super::{
    super::{
        ask::checked_early,
        servers::{Grafana, grafana},
    },
    Exit, Outcome, Query, Ui,
};
use crate::{
    output::explore::{self, Explored, Time},
    plan::Limits,
    session::{Recent, system_clock},
};

pub(super) fn run(command: &Query, ui: &mut Ui) -> Outcome {
    let Grafana { url, datasource_uid } = &grafana(&command.sources.named(), command.sources.servers(), ui)?;
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
