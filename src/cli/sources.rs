//! The arguments that say where spans come from, and the session over them.

use std::{env, sync::OnceLock};

use clap::Args;

use super::{
    Failure,
    servers::{self, ServerFlags},
    size::Size,
    ui::Ui,
};
use crate::{
    model::{budget::Budget, secrets::Secrets},
    session::{Session, Settings, Source},
    source::Environment,
};

/// The variable that names the source where the command line does not.
const SOURCE_VARIABLE: &str = "TRACEQL_SOURCE";

/// Where spans come from: files, blocks and stores.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// What to read; without one, $TRACEQL_SOURCE
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,

    /// Skip what is damaged, cannot be listed or does not answer, instead of stopping at it
    #[arg(long)]
    keep_going: bool,

    /// How much memory answers of servers and stores may take, as `512MB`; a quarter of the machine's if not given
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<Size>,

    /// What `--max-memory` bounds, in one run.
    #[arg(skip)]
    budget: OnceLock<Budget>,
}

/// Where spans come from, servers among it.
#[derive(Debug, Args)]
pub(super) struct Sources {
    #[command(flatten)]
    files: Files,

    #[command(flatten)]
    servers: ServerFlags,
}

impl Files {
    /// Opens a session over what is read.
    ///
    /// # Errors
    ///
    /// A source is a server.
    pub(super) fn open(&self, ui: &Ui) -> Result<Session, Failure> {
        let sources = servers::without_servers(&self.named())?;
        open(self.settings(ui), sources)
    }

    /// Returns the sources that are named, on the command line or else by the environment.
    fn named(&self) -> Vec<String> {
        let mut sources = self.sources.clone();
        if sources.is_empty() {
            sources.extend(env::var(SOURCE_VARIABLE).ok().filter(|source| !source.is_empty()));
        }
        sources
    }

    fn settings(&self, ui: &Ui) -> Settings {
        let environment = environment(&ui.secrets, self.budget());
        Settings { keep_going: self.keep_going, environment, ..Settings::default() }
    }

    /// Returns the bound of the memory that answers take.
    fn budget(&self) -> &Budget {
        self.budget.get_or_init(|| self.max_memory.map_or_else(Budget::default, |Size(bytes)| Budget::new(bytes)))
    }
}

impl Sources {
    /// Returns the sources as they stand on the command line.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.sources.iter().map(String::as_str)
    }

    /// Returns the sources that are named, on the command line or else by the environment.
    pub(super) fn named(&self) -> Vec<String> {
        self.files.named()
    }

    /// Returns how to get to servers.
    pub(super) fn servers(&self) -> &ServerFlags {
        &self.servers
    }

    /// Opens a session over all sources: those that are named, or else the default context.
    ///
    /// # Errors
    ///
    /// What is said of a server cannot be used.
    pub(super) fn open(&self, ui: &mut Ui) -> Result<Session, Failure> {
        self.open_asking(Settings::default().candidates, ui)
    }

    /// Does the same as [`Sources::open`]; each source is asked for so many traces at most where a query runs here.
    ///
    /// # Errors
    ///
    /// As [`Sources::open`].
    pub(super) fn open_asking(&self, candidates: usize, ui: &mut Ui) -> Result<Session, Failure> {
        let sources = servers::sources(&self.named(), &self.servers, self.files.budget(), ui)?;
        open(Settings { exact: self.servers.exact(), candidates, ..self.files.settings(ui) }, sources)
    }

    /// Opens a session over other sources, with the same settings.
    ///
    /// # Errors
    ///
    /// As [`Sources::open`].
    #[cfg(feature = "lsp")]
    pub(super) fn open_named(&self, names: &[String], ui: &mut Ui) -> Result<Session, Failure> {
        open(self.files.settings(ui), servers::sources(names, &self.servers, self.files.budget(), ui)?)
    }

    /// Looks again at what is said of servers: tokens change.
    ///
    /// # Errors
    ///
    /// As [`Sources::open`].
    pub(super) fn open_again(&self, session: &Session, ui: &mut Ui) -> Result<(), Failure> {
        session.replace(servers::sources(&self.named(), &self.servers, self.files.budget(), ui)?);
        Ok(())
    }

    /// Opens a session over the sources that stand on the command line, which may be none.
    ///
    /// # Errors
    ///
    /// As [`Sources::open`].
    pub(super) fn open_given(&self, ui: &mut Ui) -> Result<Session, Failure> {
        if self.files.sources.is_empty() { open(self.files.settings(ui), Vec::new()) } else { self.open(ui) }
    }
}

fn open(settings: Settings, sources: Vec<Source>) -> Result<Session, Failure> {
    let session = Session::new(settings)?;
    session.replace(sources);
    Ok(session)
}

/// Variables of which the tools of object stores read all that begin so.
const OF_STORES: [&str; 6] = ["AWS_", "GOOGLE_", "AZURE_", "AZURITE_", "STORAGE_EMULATOR_HOST", "IDENTITY_ENDPOINT"];

/// Gathers what tells how to get into object stores.
fn environment(secrets: &Secrets, budget: &Budget) -> Environment {
    let variables =
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let of_stores = variables.filter(|(name, _)| OF_STORES.iter().any(|start| name.starts_with(start)));
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).filter(|home| !home.is_empty());
    Environment::new(of_stores, home.map(Into::into)).masking(secrets).within(budget)
}
