//! The machine on which the language server runs: its files, its processes and its calendar.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;
use jiff::Zoned;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};
use traceql_lsp::server::Machine;

/// Ends of the names of files that may hold queries.
const ENDS: [&str; 9] = ["traceql", "json", "yaml", "yml", "md", "markdown", "tf", "sh", "tpl"];

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
        if is_small { fs::read_to_string(path).ok() } else { None }
    }

    fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let is_wanted =
            |path: &Path| path.extension().and_then(|end| end.to_str()).is_some_and(|end| ENDS.contains(&end));
        let found = WalkBuilder::new(folder).build().filter_map(Result::ok);
        let files = found.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        files.map(ignore::DirEntry::into_path).filter(|path| is_wanted(path)).take(MAX_FILES).collect()
    }

    fn keep(&self, name: &str, text: &str) -> Option<PathBuf> {
        let folder = cache()?.join("traceql").join("lsp");
        fs::create_dir_all(&folder).ok()?;
        let path = folder.join(name);
        fs::write(&path, text).ok()?;
        Some(path)
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
        assert_eq!((Desk.read(&files[0]), Desk.read(folder.path())), (Some("x".to_owned()), None));
    }
}
