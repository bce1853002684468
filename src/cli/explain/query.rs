//! How a query is done, and what it takes when it is run.

use traceql_grammar::query::Body;

use super::{
    super::{
        ask::{ask, checked_early, exit, tell},
        ui::DEFAULT_WIDTH,
    },
    Explain, Format, Outcome, Ui,
};
use crate::{
    output::explain::{json, table},
    session::{self, Explained, Found, Request},
};

pub(super) fn run(command: &Explain, text: &str, ui: &mut Ui) -> Outcome {
    // What the plan quotes stands in the canonical layout.
    let text = traceql_grammar::format(text).unwrap_or_else(|_| text.to_owned());
    let query = checked_early(&text, command.sources.names())?;
    let session = command.sources.open_given(ui)?;
    let of = match &query.query.body {
        Body::Search(_) => Explained::Search(command.options.search(query)?),
        Body::Metrics(_) => Explained::Metrics(command.options.metrics(query)?),
    };
    let is_run = command.sources.names().next().is_some();
    let answer = ask(&session, &Request::Explain(session::Explain { of, is_run }), ui)?;
    let Found::Explained(explained, ran) = &answer.found else { return Ok(exit(&answer)) };
    let style = table::Style { color: ui.out_color, width: ui.out_width.unwrap_or(DEFAULT_WIDTH) };
    match command.format {
        Format::Table => table::write(ui.out(), explained, ran.as_ref(), style),
        Format::Json => json::write(ui.out(), explained, ran.as_ref()),
    }?;
    ui.flush()?;
    tell(&answer.notes, ui);
    Ok(exit(&answer))
}
