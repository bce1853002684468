//! `--share`: the URL under which Grafana shows the answer to a query.

use traceql_grammar::{check, query::Body, vocab::release::Release};

use super::{
    super::remote::{Grafana, servers},
    Exit, Failure, Outcome, Query, Ui, checked,
    recent::Recent,
};
use crate::output::explore::{self, Explored, Time};

pub(super) fn run(command: &Query, ui: &mut Ui) -> Outcome {
    let remotes = servers(&command.sources, ui)?;
    let [remote] = remotes.as_slice() else {
        return Err(Failure::new(Exit::Usage, "Grafana shows the answer of one server")
            .with_hint("name one server, and nothing else, as the source"));
    };
    if command.sources.given()?.len() > 1 {
        return Err(Failure::new(Exit::Usage, "Grafana shows what servers have, and nothing of files")
            .with_hint("name the server alone"));
    }
    let Some(Grafana { url, datasource_uid }) = &remote.grafana else {
        return Err(Failure::new(
            Exit::Usage,
            format!("it is not known which Grafana shows the traces of {}", remote.name),
        )
        .with_hint(
            "`traceql context add NAME URL --grafana URL --datasource-uid UID` remembers it; ask for NAME then",
        ));
    };
    checked(&command.query, &command.sources, ui)?;
    let Recent { range, .. } = command.options.recent()?;
    // What was given in relation to now moves on with whoever looks.
    let time = match command.options.ends_now() {
        true => Time::Last(range.end - range.start),
        false => Time::Fixed(range.start, range.end),
    };
    let is_search = matches!(check(&command.query, Release::Main).query.body, Body::Search(_));
    let explored = Explored {
        datasource_uid,
        query: &command.query,
        time,
        limits: is_search.then(|| command.options.wanted()),
        step: command.options.step.map(|step| step.0),
        instant: command.options.instant,
    };
    writeln!(ui.out(), "{}", explore::url(url, &explored))?;
    Ok(Exit::Found)
}
