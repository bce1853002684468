//! Which release a server is, asked once a day.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use traceql_grammar::vocab::release::Release;

use super::{super::time, Remote};
use crate::{
    cli::Failure,
    tempo::{
        Server,
        release_cache::{lookup, remember},
    },
};

impl Remote {
    /// Finds out the server's release: it was asked today, or is asked now.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub(in crate::cli) fn release(&self) -> Result<Release, Failure> {
        let now = time::now() / 1_000_000_000;
        let file = file();
        // What cannot be read is asked for.
        let known = || file.as_deref().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        if let Some(release) = lookup(&known(), self.server.url(), now) {
            return Ok(release);
        }
        let release = self.ask("finding out the release of", Server::release)?.release;
        if let Some(file) = &file {
            // Others may have written meanwhile. What cannot be written is asked for again.
            let _ = write(file, &remember(&known(), self.server.url(), release, now));
        }
        Ok(release)
    }
}

/// Returns where releases are kept; `None` if the user has no such place.
fn file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let cache = folder("XDG_CACHE_HOME")
        .or_else(|| if cfg!(windows) { folder("LOCALAPPDATA") } else { None })
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("traceql").join("releases"))
}

/// Replaces the file at once, so that nobody reads half of it.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension(process::id().to_string());
    fs::write(&new, text)?;
    fs::rename(&new, file).inspect_err(|_| drop(fs::remove_file(&new)))
}
