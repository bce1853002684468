//! The machine on which the language server runs: its files, its processes and its calendar.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;
use jiff::Zoned;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};
use traceql_lsp::server::{ENDS, Machine};

/// Maximum length of a file that is read, in bytes.
const MAX_FILE: u64 = 32 << 20;

/// Maximum number of files of a folder.
const MAX_FILES: usize = 20_000;

/// This machine.
#[derive(Debug)]
pub(super) struct Desk;

impl Machine for Desk {
    fn read(&self, path: &Path) -> Option<String> {
        let is_small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MAX_FILE);
        let text = if is_small { fs::read_to_string(path).ok()? } else { return None };
        Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let is_wanted =
            |path: &Path| path.extension().and_then(|end| end.to_str()).is_some_and(|end| ENDS.contains(&end));
        let found = WalkBuilder::new(folder).build().filter_map(Result::ok);
        let files = found.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        files.map(ignore::DirEntry::into_path).filter(|path| is_wanted(path)).take(MAX_FILES).collect()
    }

    fn keep(&self, name: &str, text: &str) -> Option<PathBuf> {
        keep(&cache()?.join("traceql").join("lsp"), name, text)
    }

    fn is_running(&self, process: u32) -> bool {
        let process = Pid::from_u32(process);
        let mut system = System::new();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), true, ProcessRefreshKind::nothing());
        let is_dead = |status| matches!(status, ProcessStatus::Zombie | ProcessStatus::Dead);
        system.process(process).is_some_and(|found| !is_dead(found.status()))
    }

    fn today(&self) -> Option<String> {
        Some(Zoned::now().date().to_string())
    }
}

/// Keeps a text under a name in a folder, for its owner only; returns where.
fn keep(folder: &Path, name: &str, text: &str) -> Option<PathBuf> {
    fs::create_dir_all(folder).ok()?;
    let path = folder.join(name);
    // A file of `tempfile` is for its owner alone: the text holds data of the source.
    let mut file = tempfile::Builder::new().tempfile_in(folder).ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.persist(&path).ok()?;
    Some(path)
}

/// Returns the folder of the user's cache.
pub(super) fn cache() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_told_from_those_that_are_gone() {
        assert!(Desk.is_running(std::process::id()));
        assert!(!Desk.is_running(4_000_000_000));
    }

    #[test]
    fn only_files_that_may_hold_queries_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.traceql", "b.json", "c.rs"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let mut files = Desk.files(folder.path());
        files.sort();
        assert_eq!(files, ["a.traceql", "b.json"].map(|name| folder.path().join(name)));
        fs::write(&files[1], "\u{feff}{}").unwrap();
        assert_eq!(Desk.read(&files[1]).as_deref(), Some("{}"));
        assert_eq!((Desk.read(&files[0]), Desk.read(folder.path())), (Some("x".to_owned()), None));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for text in ["one", "two"] {
            let path = keep(&folder.path().join("lsp"), "query.md", text).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!((fs::read_to_string(path).unwrap(), mode & 0o777), (text.to_owned(), 0o600));
        }
    }
}
