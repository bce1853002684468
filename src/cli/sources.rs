//! The arguments that say where spans come from, for every command that reads them.

use std::env;

use clap::Args;

use super::{Exit, Failure, progress::Progress, ui::Ui};
use crate::{
    model::{batch::Fragment, profile::Profile, projection::Projection, scan::Scan},
    plan::Pruning,
    source::{self, Input, ReadOptions, ReadReport, SourceError},
};

/// The variable that names the source where the command line does not.
const SOURCE_VARIABLE: &str = "TRACEQL_SOURCE";

/// Where spans come from.
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// What to read; without one, $TRACEQL_SOURCE
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,

    /// Skip what is damaged instead of stopping at it
    #[arg(long)]
    keep_going: bool,
}

impl Sources {
    /// Returns the arguments as they were given.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(String::as_str)
    }

    /// Finds what is to be read.
    pub(super) fn find(&self) -> Result<Vec<Input>, Failure> {
        let mut sources = self.sources.clone();
        if sources.is_empty() {
            sources.extend(env::var(SOURCE_VARIABLE).ok().filter(|source| !source.is_empty()));
        }
        if sources.is_empty() {
            return Err(Failure::new(Exit::Usage, "nothing to search in")
                .with_hint(format!("name a file, a directory, a glob or `-` for stdin, or set {SOURCE_VARIABLE}")));
        }
        if let Some(source) = sources.iter().find(|source| source.contains("://")) {
            return Err(Failure::new(Exit::Usage, format!("{source}: only files can be searched yet"))
                .with_hint("Tempo servers and object stores come later; search a dump of the traces"));
        }
        source::find(&sources).map_err(failed)
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

    /// Does the same as [`Sources::scan`] and counts what it takes.
    pub(super) fn watch(
        &self,
        inputs: &[Input],
        (projection, pruning): (&Projection, &Pruning),
        scan: &dyn Scan,
        profile: Option<&Profile>,
        ui: &Ui,
        observe: &(dyn Fn(Fragment) + Sync),
    ) -> Result<ReadReport, Failure> {
        let keep_going = self.keep_going;
        let options = ReadOptions { projection, pruning: Some(pruning), scan: Some(scan), keep_going, profile };
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
