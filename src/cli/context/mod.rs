//! `traceql context`: servers by name.
//!
//! ```text
//! config.toml ─► store ─► parse ─► Config ─► Contexts ─► tempo::Settings
//!                  ▲                            └─ secrets: environment, files, commands
//!                  └── edit: add, use, remove
//! ```
//!
//! No secret stands in the file: it says where secrets come from, and they are asked for when they are needed.

mod add;
mod change;
mod config;
mod contexts;
mod edit;
mod list;
mod parse;
mod secrets;
mod store;
mod test;

use clap::{Args, Subcommand};

use super::{Outcome, ui::Ui};

pub(super) use self::{
    config::{Grafana, is_secret_header},
    contexts::Contexts,
};

/// Names servers, so that a name is a SOURCE: where they are, and who asks
///
/// Contexts stand in traceql/config.toml in $XDG_CONFIG_HOME or ~/.config, on Windows in %APPDATA%; $TRACEQL_CONFIG names
/// another file. A context is a SOURCE by its name, where no file is called so; the default context is the source where
/// none is named and $TRACEQL_SOURCE is not set.
///
/// No secret stands in the file: `token_env`, `token_file` and `token_command` say where the token comes from.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Command {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  traceql context add dev http://localhost:3200
  traceql context add prod https://tempo.example.com --tenant shop --token-env TEMPO_TOKEN
  traceql context use prod
  traceql context test
  traceql query '{ status = error }' prod --since 1h

The file:
  default = \"prod\"

  [context.prod]
  url = \"https://tempo.example.com\"
  tenants = [\"shop\", \"pay\"]
  token_command = [\"vault\", \"read\", \"-field=token\", \"secret/tempo\"]
  headers = { X-Query-Tags = \"source=me\", X-Api-Key = { env = \"API_KEY\" } }
  ca_cert = \"ca.pem\"
  timeout = \"1m\"
  grafana = { url = \"https://grafana.example.com\", datasource_uid = \"tempo\" }

  [context.cloud]
  url = \"https://tempo-prod-04.grafana.net/tempo\"
  user = \"123456\"
  password_env = \"GRAFANA_CLOUD_TOKEN\"";

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Use(change::Use),
    Add(Box<add::Add>),
    Test(test::Test),
    Remove(change::Remove),
}

pub(super) fn run(command: &Command, ui: &mut Ui) -> Outcome {
    match &command.action {
        Action::List(command) => list::run(command, ui),
        Action::Use(command) => change::run_use(command, ui),
        Action::Add(command) => add::run(command, ui),
        Action::Test(command) => test::run(command, ui),
        Action::Remove(command) => change::run_remove(command, ui),
    }
}
