//! The file of contexts: where it is, and how it is read and written.

use std::{
    env, fs,
    fs::{OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use etcetera::BaseStrategy;

use super::{
    config::Config,
    parse::{Mistake, parse},
};
use crate::{
    cli::{Exit, Failure},
    output::folder::{folder, sync_folder},
};

/// The variable that names another file.
const VARIABLE: &str = "TRACEQL_CONFIG";

/// Maximum length of the file, in bytes.
const LARGEST: u64 = 1 << 20;

/// Maximum time that another process is waited for which changes the file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two looks whether the other process is done.
const PAUSE: Duration = Duration::from_millis(5);

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
            // A device or a pipe may never end.
            Ok(data) if !data.is_file() => return Err(failed("is no file")),
            _ => {}
        }
        let mut bytes = Vec::new();
        let read = fs::File::open(&self.file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
        read.map_err(|error| failed(&format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > LARGEST {
            return Err(failed("is too large for a file of contexts, which has 1 MiB at most"));
        }
        String::from_utf8(bytes).map_err(|_| failed("is not text in UTF-8"))
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

    /// Keeps other processes from changing the file until the result is dropped: by a lock on a file beside it.
    ///
    /// # Errors
    ///
    /// The folder cannot be written to, or another process keeps the lock for too long.
    pub(super) fn lock(&self) -> Result<Lock, Failure> {
        let failed = |problem: String| {
            Failure::new(Exit::Source, format!("{}: {problem}", self.file.display()))
                .with_hint("check the permissions of the file and its folder; nothing was changed")
        };
        let file = self.target();
        let path = beside(&file, ".lock");
        let begun = Instant::now();
        loop {
            let lock = make_folder(folder(&file)).and_then(|()| open_lock(&path));
            let lock = lock.map_err(|error| failed(format!("cannot be written: {error}")))?;
            match lock.try_lock() {
                Ok(()) if is_at(&lock, &path) => return Ok(Lock { file: Some(lock), path }),
                // The process before has removed the file that was opened.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let problem = format!("another process has been changing it for {} seconds", PATIENCE.as_secs());
                    return Err(failed(problem));
                }
                // A file system without locks: what is written is still written as a whole.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Lock { file: None, path });
                }
                Err(TryLockError::Error(error)) => return Err(failed(format!("cannot be locked: {error}"))),
            }
        }
    }

    /// Writes the file anew, so that no reader meets half of it, whenever this process ends. One that is there keeps its
    /// permissions, a new one is for the user alone.
    ///
    /// # Errors
    ///
    /// It cannot be written; then it is as it was.
    pub(super) fn write(&self, text: &str, _: &Lock) -> Result<(), Failure> {
        self.try_to_write(text).map_err(|error| {
            Failure::new(Exit::Source, format!("{}: cannot be written: {error}", self.file.display()))
                .with_hint("check the permissions of the file and its folder; nothing was changed")
        })
    }

    /// Returns the file itself: a link stays a link, and what it points to is replaced.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone())
    }

    fn try_to_write(&self, text: &str) -> io::Result<()> {
        let file = self.target();
        make_folder(folder(&file))?;
        // One name: the lock keeps others away, and what a process left that was killed is written over.
        let new = beside(&file, ".tmp");
        let written = create(&new).and_then(|mut out| {
            if let Ok(data) = fs::metadata(&file) {
                out.set_permissions(data.permissions())?;
            }
            out.write_all(text.as_bytes())?;
            out.sync_all()?;
            fs::rename(&new, &file)
        });
        written.inspect_err(|_| drop(fs::remove_file(&new)))?;
        sync_folder(folder(&file));
        Ok(())
    }
}

/// The right to change the file, until it is dropped or the process ends.
pub(super) struct Lock {
    /// `None` where the file system has no locks.
    file: Option<fs::File>,
    path: PathBuf,
}

/// Removes the file of the lock while it is locked; a process that has opened it checks afterwards whether it is still there.
/// Where that cannot be told the file stays.
impl Drop for Lock {
    fn drop(&mut self) {
        if cfg!(unix) && self.file.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Tells whether a file that is open is still the one at a path.
#[cfg(unix)]
fn is_at(file: &fs::File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |data: fs::Metadata| (data.dev(), data.ino());
    matches!((file.metadata().map(place), fs::metadata(path).map(place)), (Ok(open), Ok(there)) if open == there)
}

/// Tells whether a file that is open is still the one at a path: it is, because none is removed.
#[cfg(not(unix))]
fn is_at(_: &fs::File, _: &Path) -> bool {
    true
}

/// Returns the path of a file beside another one.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

/// Opens the file that is locked; nothing stands in it.
fn open_lock(file: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn create(file: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let _ = fs::remove_file(file);
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
