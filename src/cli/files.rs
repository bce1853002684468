//! The files that `lint` and `check` look at: those that are named, and those that stand in folders and match globs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::{GlobBuilder, GlobMatcher};
use ignore::{DirEntry, WalkBuilder};

use super::{Exit, Failure};

/// Folders that are looked into although their names begin with a dot: what stands in them runs in CI.
const HIDDEN_FOLDERS: &[&str] =
    &[".buildkite", ".circleci", ".forgejo", ".gitea", ".github", ".gitlab", ".semaphore", ".woodpecker"];

/// Files that are looked at although their names begin with a dot.
const HIDDEN_FILES: &[&str] = &[".drone.yml", ".gitlab-ci.yaml", ".gitlab-ci.yml", ".travis.yml", ".woodpecker.yml"];

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// The path, as the argument begins it.
    pub(super) path: PathBuf,
    /// Whether an argument names it, so that it must be possible to read it.
    pub(super) is_named: bool,
}

/// Tells whether a file or a folder is left out.
pub(super) type Excluded = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

/// Which files of folders are looked at.
pub(super) struct Choice<'c> {
    /// Tells by its name whether a file of a folder is looked at.
    pub(super) is_wanted: &'c dyn Fn(&Path) -> bool,
    /// Tells whether a file or a folder is left out.
    pub(super) is_excluded: Excluded,
    /// Whether what is named is left out too.
    pub(super) is_forced: bool,
}

/// Lists files in order of their names, each once. What `.gitignore` and `.ignore` name is left out, and what is hidden,
/// but for files of CI; not what an argument names. What cannot be listed goes to `failures`.
pub(super) fn list(paths: &[PathBuf], choice: &Choice<'_>, failures: &mut Vec<Failure>) -> Vec<Listed> {
    let mut found: BTreeMap<PathBuf, bool> = BTreeMap::new();
    for path in paths {
        let path = plain(path);
        if path.is_dir() {
            walk(&path, choice, &mut |path| (choice.is_wanted)(path), &mut found, failures);
        } else if path.exists() {
            if !choice.is_forced || !(choice.is_excluded)(&path) {
                found.insert(path, true);
            }
        } else if let Some((root, glob)) = glob(&path) {
            let before = found.len();
            walk(&root, choice, &mut |path| glob.is_match(path) && (choice.is_wanted)(path), &mut found, failures);
            if found.len() == before {
                failures.push(Failure::new(
                    Exit::Source,
                    format!("{}: no file that can hold queries has such a name", path.display()),
                ));
            }
        } else {
            failures.push(Failure::new(Exit::Source, format!("{}: no such file", path.display())));
        }
    }
    found.into_iter().map(|(path, is_named)| Listed { path, is_named }).collect()
}

/// Returns a path without `./` before it.
fn plain(path: &Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}

/// Adds the files below a folder that are wanted.
fn walk(
    root: &Path,
    choice: &Choice<'_>,
    is_wanted: &mut dyn FnMut(&Path) -> bool,
    found: &mut BTreeMap<PathBuf, bool>,
    failures: &mut Vec<Failure>,
) {
    let mut builder = WalkBuilder::new(root);
    // Hidden names are told apart below, and a folder need not be a repository for its `.gitignore` to count.
    let is_excluded = Arc::clone(&choice.is_excluded);
    builder.hidden(false).require_git(false);
    builder.filter_entry(move |entry| is_open(entry) && (entry.depth() == 0 || !is_excluded(entry.path())));
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failures.push(Failure::new(Exit::Source, format!("cannot list a folder: {error}")));
                continue;
            }
        };
        let path = plain(entry.path());
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink() && path.is_file());
        if is_file && is_wanted(&path) && !(choice.is_excluded)(&path) {
            found.entry(path).or_insert(false);
        }
    }
}

/// Tells whether what a folder has is looked at, or into.
fn is_open(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    if entry.depth() == 0 || !name.starts_with('.') {
        return true;
    }
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    let known = if is_folder { HIDDEN_FOLDERS } else { HIDDEN_FILES };
    known.contains(&&*name)
}

/// Returns the folder where the files of a glob stand, and the glob; `None` if the path is none.
fn glob(path: &Path) -> Option<(PathBuf, GlobMatcher)> {
    let text = path.to_str()?;
    let special = text.find(['*', '?', '[', '{'])?;
    let root = text[..special].rfind('/').map_or(".", |end| if end == 0 { "/" } else { &text[..end] });
    let glob = GlobBuilder::new(text).literal_separator(true).build().ok()?;
    Path::new(root).is_dir().then(|| (root.into(), glob.compile_matcher()))
}
