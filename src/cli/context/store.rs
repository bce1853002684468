//! The file of contexts: where it is, and how it is read and written.

use std::{
    env, fs,
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use etcetera::BaseStrategy;

use super::{
    config::Config,
    parse::{Mistake, parse},
};
use crate::cli::{Exit, Failure};

/// The variable that names another file.
const VARIABLE: &str = "TRACEQL_CONFIG";

/// More than anybody writes by hand.
const LARGEST: u64 = 1 << 20;

/// Where the file is, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    home: Option<PathBuf>,
}

impl Place {
    /// Finds out where the file belongs: what the variable says, or `traceql/config.toml` where the system keeps such files
    /// (`~/.config` or `$XDG_CONFIG_HOME`, on Windows `%APPDATA%`).
    ///
    /// # Errors
    ///
    /// The user has no home.
    pub(super) fn find() -> Result<Place, Failure> {
        let base = etcetera::choose_base_strategy();
        let home = base.as_ref().ok().map(|base| base.home_dir().to_owned());
        if let Some(file) = env::var_os(VARIABLE).filter(|file| !file.is_empty()) {
            return Ok(Place { file: file.into(), home });
        }
        match base {
            Ok(base) => Ok(Place { file: base.config_dir().join("traceql").join("config.toml"), home }),
            Err(_) => Err(Failure::new(Exit::Usage, "there is no home to keep contexts in")
                .with_hint(format!("set HOME, or name a file for them in {VARIABLE}"))),
        }
    }

    /// The place of no file.
    pub(super) fn nowhere() -> Place {
        Place { file: PathBuf::new(), home: None }
    }

    /// Returns what a path in the file means: one that is not absolute begins at the file's folder, `~/` at the home.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => folder(&self.file).join(text),
        }
    }

    /// Reads the text; an empty one if there is no file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no text.
    pub(super) fn read(&self) -> Result<String, Failure> {
        let failed = |problem: &str| {
            Failure::new(Exit::Source, format!("{}: {problem}", self.file.display()))
                .with_hint("check the path, and who may read it")
        };
        match fs::metadata(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Ok(data) if data.len() > LARGEST => return Err(failed("is too large for a file of contexts")),
            _ => {}
        }
        match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(failed("is not text in UTF-8")),
            read => read.map_err(|error| failed(&format!("cannot be read: {error}"))),
        }
    }

    /// Takes the text for what it says.
    ///
    /// # Errors
    ///
    /// The first mistake in it.
    pub(super) fn parse(&self, text: &str) -> Result<Config, Failure> {
        parse(text).map_err(|Mistake { line, problem, cure }| {
            Failure::new(Exit::Usage, format!("{}:{line}: {problem}", self.file.display())).with_hint(cure)
        })
    }

    /// Writes the file anew, so that nobody meets half of it. One that is there keeps its permissions, a new one is for the
    /// user alone.
    ///
    /// # Errors
    ///
    /// It cannot be written; then it is as it was.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        self.try_to_write(text).map_err(|error| {
            Failure::new(Exit::Source, format!("{}: cannot be written: {error}", self.file.display()))
                .with_hint("check the permissions of the file and its folder; nothing was changed")
        })
    }

    fn try_to_write(&self, text: &str) -> io::Result<()> {
        // A link stays a link: what it points to is replaced.
        let file = fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
        make_folder(folder(&file))?;
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", process::id()));
        let new = file.with_file_name(name);
        let written = create(&new).and_then(|mut out| {
            out.write_all(text.as_bytes())?;
            out.sync_all()?;
            if let Ok(data) = fs::metadata(&file) {
                out.set_permissions(data.permissions())?;
            }
            fs::rename(&new, &file)
        });
        written.inspect_err(|_| drop(fs::remove_file(&new)))
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn create(file: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_file() {
        let place = Place { file: "/etc/traceql/config.toml".into(), home: Some("/home/me".into()) };
        assert_eq!(place.path("ca.pem"), Path::new("/etc/traceql/ca.pem"));
        assert_eq!(place.path("/ca.pem"), Path::new("/ca.pem"));
        assert_eq!(place.path("~/ca.pem"), Path::new("/home/me/ca.pem"));
        let place = Place { file: "config.toml".into(), home: None };
        assert_eq!(place.path("ca.pem"), Path::new("./ca.pem"));
    }
}
