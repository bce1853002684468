//! `traceql context list`.

use clap::{Args, ValueEnum};

use super::{
    config::{Context, Login, Origin, shown_variable},
    contexts::Contexts,
};
use crate::{
    cli::{Exit, Outcome, ui::Ui},
    output::contexts::{self, From, Kind, Row, Who},
};

/// Lists the contexts: which is the default, where they lead, and who asks there
///
/// Exit status: 0 if there is one, 1 if not, 2 if there is a mistake in the file.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  traceql context list\n  traceql context list --format json | jq -r '.contexts[].name'"
)]
pub(super) struct List {
    /// How to print them
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row for each; `*` is the default
    Table,
    /// One JSON object
    Json,
}

pub(super) fn run(command: &List, ui: &mut Ui) -> Outcome {
    let contexts = Contexts::load()?;
    let default = contexts.config.default.as_deref();
    let rows: Vec<Row> = contexts.config.contexts.iter().map(|context| row(context, default)).collect();
    match command.format {
        Format::Table => {
            let color = ui.out_color;
            contexts::write_table(ui.out(), &rows, color)?;
        }
        Format::Json => contexts::write_json(ui.out(), &rows)?,
    }
    ui.flush()?;
    if rows.is_empty() {
        ui.note("there are no contexts; `traceql context add NAME URL` makes one");
        return Ok(Exit::Nothing);
    }
    if let Err(super::super::Failure::Message { message, hint, .. }) = contexts.default_name() {
        ui.warn(&format!("{message}: {}", hint.unwrap_or_default()));
    }
    Ok(Exit::Found)
}

/// Returns what may be shown of a context.
pub(super) fn row(context: &Context, default: Option<&str>) -> Row {
    let from = |origin: &Origin| match origin {
        Origin::Variable(name) => From::Variable(shown_variable(name)),
        Origin::File(path) => From::File(path.clone()),
        // A login never stands in the file.
        Origin::Command(_) | Origin::Text(_) => From::Command,
    };
    Row {
        name: context.name.clone(),
        is_default: default == Some(&context.name),
        url: context.url.clone(),
        login: match &context.login {
            Login::Nobody => None,
            Login::Token(origin) => Some(Who { kind: Kind::Token, from: from(origin) }),
            Login::Password { password, .. } => Some(Who { kind: Kind::Password, from: from(password) }),
        },
        tenants: context.tenants.clone(),
        headers: context.headers.iter().map(|(name, _)| name.clone()).collect(),
        has_certificate: context.client_cert.is_some(),
        grafana: context.grafana.as_ref().map(|grafana| (grafana.url.clone(), grafana.datasource_uid.clone())),
    }
}
