//! `traceql lint`: what is wrong with the queries saved in dashboards, rules and other files.

mod baseline;
mod changed;
mod found;
mod list;
mod look;
mod read;
mod settings;
mod stdin;
mod tell;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use traceql_grammar::vocab::release::Release;

use self::{
    changed::Changed,
    look::{Looked, Looker},
    settings::Settings,
};
use super::{
    Exit, Failure, Outcome,
    check::{Level, target},
    files::{self, Choice, Listed},
    ui::Ui,
};

/// Finds mistakes in queries saved in dashboards, rules and other files
///
/// Queries are found in dashboards, alert and recording rules, data sources, Kubernetes objects, Terraform, Markdown, scripts
/// and `.traceql` files. A PATH is a file, a folder or a glob; of a folder every file that can hold queries is read, but for
/// what `.gitignore` and `.ignore` leave out. What `traceql check` finds is found, and more: variables that make a query fail, panels that do not
/// show what the query gives, attributes that have a new name. `traceql lint --list` lists the rules, and `traceql explain
/// NAME` has a page on each.
///
/// A `traceql.toml` in this folder or above it sets release, levels of rules and what is left out. The comment
/// `// traceql-lint: disable=NAME REASON` behind a query's line, or such a line in a panel's description, silences a rule.
///
/// Exit status: 0 if nothing is wrong, 1 if there is an error, with `--strict` a warning, or with `--diff` something to mend,
/// 2 for wrong usage, 5 if a file cannot be read or written.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Lint {
    /// Files, folders and globs; `-` is stdin
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = "full")]
    format: Format,

    /// The Tempo release that is to take the queries: 2.2 to 3.0, or main
    #[arg(long, value_name = "RELEASE", value_parser = target)]
    target: Option<Release>,

    /// The findings to look at: these and worse ones; `warning` if nothing else is configured
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,

    /// Fail on warnings too
    #[arg(long)]
    strict: bool,

    /// Mend what can be mended without a doubt, and tell what is left
    #[arg(long, conflicts_with = "diff")]
    fix: bool,

    /// Show what `--fix` would change, and write nothing
    #[arg(long)]
    diff: bool,

    /// Take fixes too after which a query may mean something else
    #[arg(long = "unsafe")]
    takes_unsafe: bool,

    /// Look only at queries on lines that have changed since a git revision
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,

    /// Leave out the findings that FILE lists
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write all findings of now to the file of `--baseline`
    #[arg(long, requires = "baseline", conflicts_with_all = ["changed_since", "diff"])]
    update_baseline: bool,

    /// The configuration, in place of the nearest `traceql.toml`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Leave out what the configuration excludes even if it is named
    #[arg(long)]
    force_exclude: bool,

    /// The name of what stdin holds, which tells its kind
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,

    /// Count the findings of each rule instead of showing them
    #[arg(long, conflicts_with_all = ["fix", "diff"])]
    statistics: bool,

    /// List the rules with their levels
    #[arg(long)]
    list: bool,

    /// Print the JSON schema of the configuration or of `--format json`
    #[arg(long, value_name = "WHAT")]
    schema: Option<Schema>,

    /// Tell what was passed over, and what may be a query but cannot be told
    #[arg(long, short)]
    verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  traceql lint
  traceql lint --fix dashboards/
  traceql lint --target 2.8 --format github 'grafana/**/*.json'
  traceql lint --changed-since origin/main --strict
  traceql lint --stdin-filename panel.json - < panel.json
  traceql lint --baseline lint-baseline.json --update-baseline";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The query underlined where it is wrong
    Full,
    /// One line for each finding
    Concise,
    /// One object with everything that is known
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// JUnit's XML: a failed test for each finding
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// Diagnostics of reviewdog
    Rdjson,
    /// A table for the summary of a job
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Schema {
    /// Of `traceql.toml`
    Config,
    /// Of `--format json`
    Json,
}

pub(super) fn run(command: &Lint, ui: &mut Ui) -> Outcome {
    if let Some(schema) = command.schema {
        return list::schema(schema, ui);
    }
    let settings = Arc::new(Settings::new(command, ui)?);
    if command.list {
        return list::rules(&settings.options(Path::new("")).levels, ui);
    }
    if command.takes_unsafe && !command.fix && !command.diff {
        return Err(Failure::new(Exit::Usage, "`--unsafe` says which fixes are taken, and none are asked for")
            .with_hint("add `--fix`, or `--diff` to see them"));
    }
    let looker = Looker::new(command, &settings, ui.cancel.clone())?;
    if command.paths.iter().any(|path| path == Path::new("-")) {
        return stdin::run(command, &looker, ui);
    }
    let mut failures = Vec::new();
    let listed = listed(command, &settings, looker.changed(), &mut failures);
    let mut worst = None;
    for failure in failures {
        failure.tell_and_go_on(&mut worst, ui)?;
    }
    // Of a file only its findings are kept.
    let looked: Vec<Looked> = listed.par_iter().map(|file| looker.look(file)).collect();
    tell::tell(command, &looker, looked, worst, tell::Sink::Out, ui)
}

/// Lists the files to look at.
fn listed(
    command: &Lint,
    settings: &Arc<Settings>,
    changed: Option<&Changed>,
    failures: &mut Vec<Failure>,
) -> Vec<Listed> {
    let settings = Arc::clone(settings);
    let choice = Choice {
        is_wanted: &can_hold_queries,
        is_excluded: Arc::new(move |path| settings.is_excluded(path)),
        is_forced: command.force_exclude,
    };
    let mut listed = files::list(&command.paths, &choice, failures);
    if let Some(changed) = changed {
        listed.retain(|file| changed.lines(&file.path).is_some());
    }
    listed
}

/// Tells by its name whether a file of a folder can hold queries.
fn can_hold_queries(path: &Path) -> bool {
    const EXTENSIONS: &[&str] = &[
        "bash",
        "hcl",
        "json",
        "json5",
        "jsonl",
        "jsonnet",
        "ksh",
        "libsonnet",
        "markdown",
        "md",
        "mdx",
        "mk",
        "sh",
        "tf",
        "tfvars",
        "tpl",
        "traceql",
        "txt",
        "yaml",
        "yml",
        "zsh",
    ];
    const NAMES: &[&str] =
        &["Dockerfile", "Containerfile", "Jenkinsfile", "Justfile", "justfile", "Makefile", "makefile"];
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)),
        None => path.file_name().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name)),
    }
}
