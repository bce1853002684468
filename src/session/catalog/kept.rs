//! Names and values in a folder, for the time until a source has answered: one file for each source.
//!
//! The files hold data of the source, so only their owner may read them. A file that is damaged, of another version or of
//! another source is as if it were not there.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use serde_json::{Value as Json, json};
use traceql_grammar::vocab::scopes::{SCOPES, Scope};
use traceql_lsp::catalog::{Name, Value};

use crate::model::stable_hash::stable_hash;

/// The version of the files.
const VERSION: u64 = 1;

/// Maximum age of a file that is shown, in seconds.
const LIFETIME: u64 = 24 * 60 * 60;

/// Age at which a file is removed.
const REMOVED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Maximum length of a file, in bytes.
const MAX_FILE: usize = 2 << 20;

/// Maximum number of values of an attribute in a file.
const MAX_VALUES: usize = 1_000;

/// End of the names of files.
const END: &str = ".catalog.json";

/// Names and values of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kept {
    /// The names of attributes.
    pub(super) names: Vec<Name>,
    /// The values of attributes.
    pub(super) values: Vec<(String, Vec<Value>)>,
}

/// A literal and its count.
type Counted = (String, Option<u64>);

/// A file as it is written.
#[derive(Deserialize)]
struct Written {
    version: u64,
    source: String,
    saved: u64,
    names: Vec<(String, String, Option<u64>)>,
    values: Vec<(String, Vec<Counted>)>,
}

/// Reads what was kept of a source; `now` are Unix seconds.
pub(super) fn load(folder: &Path, identity: &str, now: u64) -> Option<Kept> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path(folder, identity)).ok()?;
    // A longer file is cut, and a cut file is damaged.
    file.take(MAX_FILE as u64).read_to_end(&mut bytes).ok()?;
    let written: Written = serde_json::from_slice(&bytes).ok()?;
    let is_ours = written.version == VERSION && written.source == identity;
    // A file of the future is of a clock that went wrong.
    let is_young = now.checked_sub(written.saved).is_some_and(|age| age < LIFETIME);
    if !is_ours || !is_young {
        return None;
    }
    let names = written.names.into_iter().filter_map(|(word, name, count)| {
        let scope = scope(&word)?;
        Some(Name { scope, name, count })
    });
    let value = |(literal, count): Counted| Value { literal, count };
    let values = written.values.into_iter().map(|(field, values)| (field, values.into_iter().map(value).collect()));
    Some(Kept { names: names.collect(), values: values.collect() })
}

/// Keeps what is known of a source, as far as there is room, and removes old files.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn save(folder: &Path, identity: &str, kept: &Kept, now: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // A file of `tempfile` is for its owner alone.
    let mut file = tempfile::Builder::new().suffix(END).tempfile_in(folder)?;
    file.write_all(text(identity, kept, now).as_bytes())?;
    file.persist(path(folder, identity)).map_err(|error| error.error)?;
    remove_old(folder, SystemTime::now());
    Ok(())
}

/// Returns the text of a file.
fn text(identity: &str, kept: &Kept, now: u64) -> String {
    let header = json!({"version": VERSION, "source": identity, "saved": now}).to_string();
    let mut text = header.trim_end_matches('}').to_owned();
    text.push_str(",\"names\":[");
    let names = kept.names.iter().map(|name| json!([name.scope.word(), name.name, name.count]));
    push_all(&mut text, names, MAX_FILE / 2);
    text.push_str("],\"values\":[");
    let values = kept.values.iter().map(|(field, values)| {
        let values: Vec<Json> =
            values.iter().take(MAX_VALUES).map(|value| json!([value.literal, value.count])).collect();
        json!([field, values])
    });
    push_all(&mut text, values, MAX_FILE - 16);
    text.push_str("]}\n");
    text
}

/// Adds items to a list, as long as the text stays within a length.
fn push_all(text: &mut String, items: impl Iterator<Item = Json>, longest: usize) {
    let mut is_first = true;
    for item in items {
        let item = item.to_string();
        if text.len() + item.len() + 1 > longest {
            return;
        }
        if !is_first {
            text.push(',');
        }
        text.push_str(&item);
        is_first = false;
    }
}

/// Removes files that were not written for a long time.
fn remove_old(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.ends_with(END));
        let written = entry.metadata().and_then(|data| data.modified());
        let age = written.ok().and_then(|written| now.duration_since(written).ok());
        if is_ours && age.is_some_and(|age| age > REMOVED) {
            // Another process may have removed it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns the path of the file of a source. Two sources of one path would overwrite each other, and read nothing.
fn path(folder: &Path, identity: &str) -> PathBuf {
    folder.join(format!("{:016x}{END}", stable_hash(identity.as_bytes())))
}

fn scope(word: &str) -> Option<Scope> {
    SCOPES.iter().find(|row| row.word == word).map(|row| row.scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment, in Unix seconds.
    const NOW: u64 = 1_700_000_000;

    fn shop() -> Kept {
        let name = Name { scope: Scope::Resource, name: "service.name".to_owned(), count: Some(3) };
        let value = Value { literal: "\"cart\"".to_owned(), count: None };
        Kept { names: vec![name], values: vec![("resource.service.name".to_owned(), vec![value])] }
    }

    #[test]
    fn what_is_kept_is_read_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "shop", &shop(), NOW).unwrap();
        assert_eq!(load(folder.path(), "shop", NOW + LIFETIME - 1), Some(shop()));
        assert_eq!(load(folder.path(), "shop", NOW + LIFETIME), None);
        assert_eq!(load(folder.path(), "shop", NOW - 1), None);
        assert_eq!(load(folder.path(), "another", NOW), None);
    }

    #[test]
    fn damaged_and_foreign_files_are_as_if_they_were_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let whole = text("shop", &shop(), NOW);
        let texts = [
            String::new(),
            whole[..whole.len() - 4].to_owned(),
            whole.replace("\"version\":1", "\"version\":2"),
            text("another", &shop(), NOW),
        ];
        for text in texts {
            fs::write(path(folder.path(), "shop"), &text).unwrap();
            assert_eq!(load(folder.path(), "shop", NOW), None, "{text}");
        }
    }

    #[test]
    fn a_file_has_room_for_so_much_only() {
        let folder = tempfile::tempdir().unwrap();
        let values = |field: usize| {
            let value = |n| Value { literal: format!("\"{n}{}\"", "x".repeat(100)), count: Some(1) };
            (format!("span.a{field}"), (0..MAX_VALUES + 1).map(value).collect::<Vec<_>>())
        };
        let kept = Kept { values: (0..40).map(values).collect(), ..shop() };
        save(folder.path(), "shop", &kept, NOW).unwrap();
        assert!(fs::metadata(path(folder.path(), "shop")).unwrap().len() <= MAX_FILE as u64);
        let read = load(folder.path(), "shop", NOW).unwrap();
        assert!(read.values.len() > 10 && read.values.len() < 40, "{}", read.values.len());
        assert!(read.values.iter().all(|(_, values)| values.len() == MAX_VALUES));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "shop", &shop(), NOW).unwrap();
        let mode = fs::metadata(path(folder.path(), "shop")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn old_files_are_removed_and_others_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "shop", &shop(), NOW).unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        remove_old(folder.path(), SystemTime::now() + REMOVED / 2);
        assert!(path(folder.path(), "shop").exists());
        remove_old(folder.path(), SystemTime::now() + REMOVED * 2);
        assert!(!path(folder.path(), "shop").exists() && folder.path().join("notes.txt").exists());
    }
}
