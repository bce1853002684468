//! The arguments that say where spans come from, for every command that reads them.

use std::{env, ops::Deref};
#[cfg(feature = "remote")]
use std::{
    io::{self, Read},
    path::Path,
    sync::OnceLock,
};

use clap::Args;

use super::{Exit, Failure, progress::Progress, ui::Ui};
#[cfg(feature = "remote")]
use super::{
    context::Contexts,
    remote::{RemoteFlags, is_server},
};
use crate::{
    model::{batch::Fragment, profile::Profile, projection::Projection, scan::Scan, trace_id::TypedId},
    plan::Pruning,
    source::{self, Environment, Input, ReadOptions, ReadReport, SourceError},
};

/// The variable that names the source where the command line does not.
const SOURCE_VARIABLE: &str = "TRACEQL_SOURCE";

/// Where spans come from: files, blocks and stores.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// What to read; without one, $TRACEQL_SOURCE
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,

    /// Skip what is damaged instead of stopping at it
    #[arg(long)]
    keep_going: bool,

    /// Servers by name, read when the first source may be one.
    #[cfg(feature = "remote")]
    #[arg(skip)]
    contexts: OnceLock<Contexts>,
}

/// Where spans come from, servers among it.
#[derive(Debug, Args)]
pub(super) struct Sources {
    #[command(flatten)]
    files: Files,

    #[cfg(feature = "remote")]
    #[command(flatten)]
    remote: RemoteFlags,
}

/// A source as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The URL of a server.
    #[cfg(feature = "remote")]
    Server(String),
    /// The name of a context.
    #[cfg(feature = "remote")]
    Context(String),
    /// What is read: a file, stdin, an object store.
    Data(String),
}

/// What is not about servers is done as without them.
impl Deref for Sources {
    type Target = Files;

    fn deref(&self) -> &Files {
        &self.files
    }
}

#[cfg(feature = "remote")]
impl Sources {
    /// Returns how to get to servers.
    pub(super) fn remote(&self) -> &RemoteFlags {
        &self.remote
    }
}

impl Files {
    /// Returns the arguments as they were given.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(String::as_str)
    }

    /// Returns the sources: those of the command line, or else what the environment names, or else the default context.
    ///
    /// # Errors
    ///
    /// The file of contexts is needed, and there is something wrong with it.
    #[cfg(feature = "remote")]
    pub(super) fn given(&self) -> Result<Vec<Source>, Failure> {
        let mut sources = self.named()?;
        if sources.is_empty() {
            let default = self.contexts()?.default_name()?;
            sources.extend(default.map(|name| Source::Context(name.to_owned())));
        }
        Ok(sources)
    }

    /// Returns the sources that somebody has named.
    fn named(&self) -> Result<Vec<Source>, Failure> {
        let mut sources = self.sources.clone();
        if sources.is_empty() {
            sources.extend(env::var(SOURCE_VARIABLE).ok().filter(|source| !source.is_empty()));
        }
        sources.into_iter().map(|source| self.kind_of(source)).collect()
    }

    /// Tells a server from what is read.
    #[cfg(feature = "remote")]
    fn kind_of(&self, source: String) -> Result<Source, Failure> {
        if is_server(&source) {
            return Ok(Source::Server(source));
        }
        // A file is nearer than a context of the same name.
        let is_context =
            Contexts::may_have(&source) && !Path::new(&source).exists() && self.contexts()?.has(&source)?;
        Ok(if is_context { Source::Context(source) } else { Source::Data(source) })
    }

    #[cfg(not(feature = "remote"))]
    #[expect(clippy::unnecessary_wraps, reason = "contexts can have mistakes in them")]
    fn kind_of(&self, source: String) -> Result<Source, Failure> {
        Ok(Source::Data(source))
    }

    /// Returns the contexts, which are read once.
    #[cfg(feature = "remote")]
    pub(super) fn contexts(&self) -> Result<&Contexts, Failure> {
        if let Some(contexts) = self.contexts.get() {
            return Ok(contexts);
        }
        let contexts = Contexts::load_any()?;
        Ok(self.contexts.get_or_init(|| contexts))
    }

    /// Finds what is to be read beside servers, which may be nothing. It may be read several times: stdin is kept.
    #[cfg(feature = "remote")]
    pub(super) fn find_beside_servers(&self) -> Result<Vec<Input>, Failure> {
        let data = self.given()?.into_iter().filter_map(|source| match source {
            Source::Data(source) => Some(source),
            Source::Server(_) | Source::Context(_) => None,
        });
        let mut others: Vec<String> = data.collect();
        let of_stdin = others.iter().any(|source| source == "-");
        others.retain(|source| source != "-");
        let mut inputs = find_all(&others)?;
        if of_stdin {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Failure::new(Exit::Source, format!("stdin: cannot be read: {error}")))?;
            inputs.push(Input::memory("stdin", bytes));
        }
        Ok(inputs)
    }

    /// Finds what is to be read.
    pub(super) fn find(&self) -> Result<Vec<Input>, Failure> {
        let sources = self.named()?;
        if sources.is_empty() {
            return Err(Failure::new(Exit::Usage, "nothing to search in")
                .with_hint(format!("name a file, a directory, a glob or `-` for stdin, or set {SOURCE_VARIABLE}")));
        }
        let data = sources.into_iter().map(|source| match source {
            Source::Data(source) => Ok(source),
            #[cfg(feature = "remote")]
            Source::Server(url) => Err(not_known(&url)),
            #[cfg(feature = "remote")]
            Source::Context(name) => {
                let (what, hint) = ONLY_QUERIES;
                Err(Failure::new(Exit::Usage, format!("the context `{name}`: {what}")).with_hint(hint))
            }
        });
        find_all(&data.collect::<Result<Vec<String>, Failure>>()?)
    }

    /// Reads the inputs and hands on all that they hold, on all threads.
    pub(super) fn read(
        &self,
        inputs: &[Input],
        projection: &Projection,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        self.read_with(inputs, &ReadOptions::loose(projection, self.keep_going), ui, observe)
    }

    /// Reads of the inputs what a query can do with: loose spans go to `observe`, whole traces to `scan`.
    pub(super) fn scan(
        &self,
        inputs: &[Input],
        (projection, pruning): (&Projection, &Pruning),
        scan: &dyn Scan,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        self.watch(inputs, (projection, pruning), scan, None, ui, observe)
    }

    /// Reads the spans of traces whose ids fit, whole and loose. What cannot look them up is read to its end, and then
    /// `observe` gets other spans too.
    pub(super) fn look_up(
        &self,
        inputs: &[Input],
        trace: TypedId,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        let everything = Projection::everything();
        let options = ReadOptions { trace: Some(trace), ..ReadOptions::loose(&everything, self.keep_going) };
        self.read_with(inputs, &options, ui, observe)
    }

    /// Does the same as [`Files::scan`] and counts what it takes.
    pub(super) fn watch(
        &self,
        inputs: &[Input],
        (projection, pruning): (&Projection, &Pruning),
        scan: &dyn Scan,
        profile: Option<&Profile>,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        let loose = ReadOptions::loose(projection, self.keep_going);
        let options = ReadOptions { pruning: Some(pruning), scan: Some(scan), profile, ..loose };
        self.read_with(inputs, &options, ui, observe)
    }

    fn read_with(
        &self,
        inputs: &[Input],
        options: &ReadOptions<'_>,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        let progress = Progress::new(inputs, ui);
        let report = source::read(inputs, options, &|bytes| progress.advance(bytes), observe);
        // Before anything else is written.
        progress.clear();
        report.map_err(failed)
    }
}

/// Finds what is to be read, of files and stores.
fn find_all(sources: &[String]) -> Result<Vec<Input>, Failure> {
    if let Some(source) = sources.iter().find(|source| source.contains("://") && !source::is_store(source)) {
        return Err(not_known(source));
    }
    source::find_anywhere(sources, &environment()).map_err(failed)
}

/// Why a server is not read as a file is, and what helps.
#[cfg(feature = "remote")]
const ONLY_QUERIES: (&str, &str) =
    ("of a server only what a query finds can be had", "`traceql trace ID --format otlp` writes one of its traces");

/// Says that nothing can be read at a URL.
fn not_known(url: &str) -> Failure {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    // What stands before `@` and behind `?` may be secret.
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let (what, hint) = match scheme.to_ascii_lowercase().as_str() {
        #[cfg(feature = "remote")]
        "http" | "https" => ONLY_QUERIES,
        #[cfg(not(feature = "remote"))]
        "http" | "https" => ("this traceql was built without servers", "build it with the feature `remote`"),
        "s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss" | "adl" => {
            ("this traceql was built without object stores", "build it with the feature `cloud`, or copy the blocks")
        }
        _ => (
            "no source has such a URL",
            "`http://`, `https://`, `s3://`, `gs://` and `az://` are read; name a file without `://`",
        ),
    };
    Failure::new(Exit::Usage, format!("{scheme}://{host}: {what}")).with_hint(hint)
}

/// Variables of which the tools of object stores read all that begin so.
const OF_STORES: [&str; 6] = ["AWS_", "GOOGLE_", "AZURE_", "AZURITE_", "STORAGE_EMULATOR_HOST", "IDENTITY_ENDPOINT"];

/// Gathers what tells how to get into object stores.
fn environment() -> Environment {
    let variables =
        env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let of_stores = variables.filter(|(name, _)| OF_STORES.iter().any(|start| name.starts_with(start)));
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).filter(|home| !home.is_empty());
    Environment::new(of_stores, home.map(Into::into))
}

/// Says why a source cannot be read.
fn failed(error: SourceError) -> Failure {
    Failure::new(Exit::Source, format!("{}{}: {}", error.file, error.place, error.problem)).with_hint(error.cure)
}

/// Says what was wrong with the input although it was read.
pub(super) fn tell_damage(report: &ReadReport, ui: &Ui) {
    for damage in &report.first_damages {
        ui.warn(&format!("skipped {}{}: {}", damage.file, damage.place, damage.problem));
    }
    let described = report.first_damages.len() as u64;
    if report.damaged > described {
        ui.warn(&format!("… and {} more skipped", report.damaged - described));
    }
    if report.reversed > 0 {
        let spans = if report.reversed == 1 { "1 span ends" } else { &format!("{} spans end", report.reversed) };
        ui.warn(&format!("{spans} before the start; the duration counts as 0"));
    }
}
