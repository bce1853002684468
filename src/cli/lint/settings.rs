//! The settings of a run: the configuration, with the options of the command line over it.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use jiff::Zoned;
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};
use traceql_lsp::{
    document::{Known, lines::Lines},
    lint::{
        Options,
        config::{self, Config},
    },
};

use super::{Exit, Failure, Lint, read::Unread};
use crate::{cli::ui::Ui, output::diagnostic::report::with_slashes};

/// The name of the file that is looked for.
const NAME: &str = "traceql.toml";

/// The settings of a run.
#[derive(Debug)]
pub(super) struct Settings {
    config: Config,
    /// The file of the configuration, if there is one.
    pub(super) file: Option<PathBuf>,
    /// The folder from which the patterns of the configuration count.
    root: PathBuf,
    /// The folder from which paths of the command line count.
    here: PathBuf,
    release: Release,
    level: Severity,
    today: String,
    /// Facts known before a file is read.
    pub(super) known: Known,
    /// Whether warnings fail.
    pub(super) is_strict: bool,
}

impl Settings {
    /// Reads the configuration.
    pub(super) fn new(command: &Lint, ui: &mut Ui) -> Result<Settings, Failure> {
        let here = env::current_dir().unwrap_or_default();
        let file = command.config.clone().or_else(|| nearest(&here));
        let config = match &file {
            Some(file) => read(file, ui)?,
            None => Config::default(),
        };
        let root = file.as_deref().and_then(Path::parent).map_or_else(|| here.clone(), |folder| plain(&here, folder));
        Ok(Settings {
            release: command.target.or(config.target).unwrap_or(Release::Main),
            level: command.level.map(Severity::from).or(config.level).unwrap_or(Severity::Warning),
            today: Zoned::now().date().to_string(),
            known: Known { tempo: config.tempo.clone() },
            is_strict: command.strict || config.strict.unwrap_or(false),
            config,
            file,
            root,
            here,
        })
    }

    /// Returns how a file is judged.
    pub(super) fn options(&self, path: &Path) -> Options {
        Options {
            release: self.release,
            level: self.level,
            today: Some(self.today.clone()),
            ..self.config.options_for(&self.relative(path))
        }
    }

    /// Returns the name of a file in reports: from the current folder if it lies below, with `/`.
    pub(super) fn name_of(&self, path: &Path) -> String {
        with_slashes(&path.strip_prefix(&self.here).unwrap_or(path).to_string_lossy())
    }

    /// Tells whether the configuration leaves a file out.
    pub(super) fn is_excluded(&self, path: &Path) -> bool {
        !self.config.exclude.is_empty() && self.config.is_excluded(&self.relative(path))
    }

    /// Returns a path as it counts from the folder of the configuration; the whole path if it lies elsewhere.
    fn relative(&self, path: &Path) -> String {
        let path = plain(&self.here, path);
        with_slashes(&path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy())
    }
}

/// Returns a path from the root of the file system, without `.` and `..`.
fn plain(here: &Path, path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Finds the configuration in a folder or in one above it.
fn nearest(here: &Path) -> Option<PathBuf> {
    let found = here.ancestors().map(|folder| folder.join(NAME)).find(|file| file.is_file())?;
    // Messages name what lies here by its name alone.
    Some(found.strip_prefix(here).map_or_else(|_| found.clone(), Path::to_owned))
}

/// Reads the configuration, and tells every mistake in it.
fn read(file: &Path, ui: &mut Ui) -> Result<Config, Failure> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read the configuration {name}: {}", Unread::Failed(error)))
    })?;
    config::parse(&text).map_err(|mistakes| {
        let lines = Lines::new(&text);
        for mistake in mistakes {
            let at = lines.position(mistake.span.start);
            ui.error(&format!("{name}:{}:{}: {}", at.line, at.column, mistake.message), mistake.help.as_deref());
        }
        Failure::Silent(Exit::Usage)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_plain() {
        let paths =
            ["a", "./a/../b", "../x", "/y/./z", "../../../.."].map(|path| plain(Path::new("/h/i"), Path::new(path)));
        assert_eq!(paths, ["/h/i/a", "/h/i/b", "/h/x", "/y/z", "/"].map(PathBuf::from));
    }
}
