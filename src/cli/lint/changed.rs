//! The lines that have changed since a revision, as git tells them.

use std::{
    collections::HashMap,
    ffi::OsStr,
    fs,
    io::ErrorKind,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Exit, Failure};

/// The changed lines of each file, by its real path.
#[derive(Debug, Default)]
pub(super) struct Changed(HashMap<PathBuf, Lines>);

/// Lines of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// All of them: the file is new.
    All,
    /// These, from 1, in order.
    Some(Vec<RangeInclusive<usize>>),
}

impl Lines {
    /// Tells whether one of the lines has changed.
    pub(super) fn touch(&self, lines: RangeInclusive<usize>) -> bool {
        match self {
            Lines::All => true,
            Lines::Some(changed) => {
                let from = changed.partition_point(|range| range.end() < lines.start());
                changed.get(from).is_some_and(|range| range.start() <= lines.end())
            }
        }
    }
}

impl Changed {
    /// Asks git what has changed since `revision`, in the working tree too.
    pub(super) fn since(revision: &str) -> Result<Changed, Failure> {
        if revision.is_empty() || revision.starts_with('-') {
            return Err(Failure::new(Exit::Usage, format!("`{revision}` is no git revision"))
                .with_hint("name a branch, a tag or a commit: `--changed-since origin/main`"));
        }
        let top = git(["rev-parse", "--show-toplevel"])?;
        let root = PathBuf::from(top.trim_end_matches(['\n', '\r']));
        // A revision must not be taken for a path, and settings of the user must not change what is printed.
        let options = ["-c", "core.quotePath=false", "diff", "--unified=0", "--no-color", "--no-ext-diff"];
        let more = ["--no-textconv", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", revision, "--"];
        let mut files = of_diff(&git(options.into_iter().chain(more))?);
        let root_text = root.to_string_lossy();
        let others = git(["-C", &*root_text, "ls-files", "--others", "--exclude-standard", "-z"])?;
        files.extend(others.split('\0').filter(|name| !name.is_empty()).map(|name| (name.to_owned(), Lines::All)));
        Ok(Changed(files.into_iter().map(|(name, lines)| (real(&root.join(name)), lines)).collect()))
    }

    /// Returns the changed lines of a file; `None` if it has none.
    pub(super) fn lines(&self, path: &Path) -> Option<&Lines> {
        self.0.get(&real(path))
    }
}

/// Returns the path that a file has by itself.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Runs git and returns what it prints.
fn git<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Result<String, Failure> {
    let ran = Command::new("git").args(args).output().map_err(|error| {
        let why =
            if error.kind() == ErrorKind::NotFound { "it is not installed".to_owned() } else { error.to_string() };
        Failure::new(Exit::Usage, format!("`--changed-since` asks git, which cannot be run: {why}"))
    })?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not say why");
        let said = said.trim_start_matches("fatal: ").trim_start_matches("error: ");
        return Err(Failure::new(Exit::Usage, format!("git does not tell what has changed: {said}")).with_hint(
            "`--changed-since` takes a branch, a tag or a commit that is there; CI may have to fetch it first",
        ));
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// Reads a unified diff without context: the new lines of each file, by its name below the root of the repository.
fn of_diff(diff: &str) -> Vec<(String, Lines)> {
    let mut files: Vec<(String, Lines)> = Vec::new();
    let (mut old, mut new) = (0, 0);
    for line in diff.split('\n') {
        // Lines of content come only where a hunk has announced them.
        match line.as_bytes().first() {
            Some(b'-') if old > 0 => old -= 1,
            Some(b'+') if new > 0 => new -= 1,
            _ => {
                if let Some(name) = line.strip_prefix("+++ ") {
                    files.extend(new_name(name).map(|name| (name, Lines::Some(Vec::new()))));
                } else if let Some((before, after)) = hunk(line) {
                    (old, new) = (before.1, after.1);
                    if let Some((_, Lines::Some(ranges))) = files.last_mut()
                        && new > 0
                    {
                        ranges.push(after.0..=after.0 + new - 1);
                    }
                }
            }
        }
    }
    files
}

/// Returns the start and the number of the old and of the new lines of `@@ -a,b +c,d @@`.
fn hunk(line: &str) -> Option<((usize, usize), (usize, usize))> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// Returns the name behind `+++ `; `None` if the file is gone.
fn new_name(name: &str) -> Option<String> {
    let name = name.trim_end_matches(['\t', '\r']);
    let name = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => unquoted(quoted),
        None => name.to_owned(),
    };
    name.strip_prefix("b/").map(str::to_owned)
}

/// Reads a name as git quotes it: with the escapes of C.
fn unquoted(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes().peekable());
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'3') => {
                let mut value = digit - b'0';
                while let Some(digit) = rest.next_if(|byte| matches!(byte, b'0'..=b'7')) {
                    value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                }
                bytes.push(value);
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_tells_the_new_lines() {
        let diff = "diff --git a/a.json b/a.json\n--- a/a.json\n+++ b/a.json\n@@ -3 +3,2 @@ {\n-x\n+++ b/y\n+z\n@@ -9,2 \
                    +11,0 @@\n--- a\n-b\n@@ -20 +20 @@\n-a\n+b\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n--- \
                    /dev/null\n+++ \"b/a \\\"\\303\\274\\\".md\"\n@@ -0,0 +1,2 @@\n+a\n+b\n";
        assert_eq!(
            of_diff(diff),
            [
                ("a.json".to_owned(), Lines::Some(vec![3..=4, 20..=20])),
                ("a \"ü\".md".to_owned(), Lines::Some(vec![1..=2]))
            ]
        );
    }

    #[test]
    fn lines_are_touched_at_their_ends() {
        let lines = Lines::Some(vec![3..=4, 20..=20]);
        assert_eq!(
            [1..=2, 2..=3, 4..=9, 5..=19, 20..=20].map(|range| lines.touch(range)),
            [false, true, true, false, true]
        );
        assert!(!Lines::Some(Vec::new()).touch(1..=9) && Lines::All.touch(7..=7));
    }
}
