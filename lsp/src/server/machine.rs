//! The machine as far as the server needs it. This crate reads and writes nothing itself.

use std::path::{Path, PathBuf};

/// Ends of the names of files of a workspace that may hold queries.
pub const ENDS: [&str; 9] = ["traceql", "json", "yaml", "yml", "md", "markdown", "tf", "sh", "tpl"];

/// Files, processes and the calendar.
///
/// The server calls it on threads of their own, so that a slow disk holds up no other answer.
pub trait Machine: Send + Sync {
    /// Returns the text of a file, without a byte order mark, as clients show it; `None` if there is none that can be read.
    fn read(&self, path: &Path) -> Option<String>;

    /// Returns the files under a folder whose names have one of [`ENDS`], without those that the folder's `.gitignore` names.
    fn files(&self, folder: &Path) -> Vec<PathBuf>;

    /// Keeps a text under a name in the cache, for its owner only and for the client to show; returns where. `None` if that
    /// cannot be.
    fn keep(&self, name: &str, text: &str) -> Option<PathBuf>;

    /// Tells whether a process runs.
    fn is_running(&self, process: u32) -> bool;

    /// Returns the day, as `2026-11-30`.
    fn today(&self) -> Option<String>;
}
