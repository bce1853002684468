//! Files that are whole or not there: written under a hidden name beside their place, and given their name at the end.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use super::{Exit, Failure};
use crate::{
    model::cancel::Cancel,
    output::{
        cancellable::{Cancellable, go_on, is_cancelled},
        folder::{folder, sync_folder},
    },
};

/// The file that may stand in the place when the new one is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replace {
    /// Nothing; a file that has come meanwhile stays.
    Nothing,
    /// A file, which is replaced; its permissions stay.
    Existing,
}

/// Lets `fill` write a file that stands at `path` when it is complete and on the disk. If anything fails, what was there
/// before is there after, and nothing else. Signals that cancel the token end it so too.
///
/// # Errors
///
/// Of writing; of kind `AlreadyExists` if there is a file that may not be replaced; the error of
/// [`crate::output::cancellable`] if the token is cancelled.
pub(super) fn write<T>(
    path: &Path,
    replace: Replace,
    cancel: &Cancel,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> io::Result<T> {
    let _watching = cancel.watch();
    // A link stays a link: the file that it leads to is replaced.
    let path = match replace {
        Replace::Existing => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        Replace::Nothing => path.to_owned(),
    };
    let part = begin(&path, replace)?;
    let mut out = BufWriter::with_capacity(1 << 16, Cancellable::new(part, cancel));
    let result = fill(&mut out)?;
    let part = out.into_inner().map_err(io::IntoInnerError::into_error)?.into_inner();
    part.as_file().sync_all()?;
    go_on(cancel)?;
    let persisted = match replace {
        Replace::Nothing => part.persist_noclobber(&path).or_else(|error| match fs::symlink_metadata(&path) {
            // Some file systems, such as FAT, can only rename.
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => error.file.persist(&path),
            _ => Err(error),
        }),
        Replace::Existing => part.persist(&path),
    };
    persisted.map_err(|error| error.error)?;
    sync_folder(folder(&path));
    Ok(result)
}

/// Writes a file anew so that it is never half written, whatever happens in between.
///
/// # Errors
///
/// Of writing, with what to do; silent if the token is cancelled.
pub(super) fn replace(path: &Path, text: &str, cancel: &Cancel) -> Result<(), Failure> {
    write(path, Replace::Existing, cancel, |out| out.write_all(text.as_bytes())).map_err(|error| {
        if is_cancelled(&error) {
            return Failure::Silent(Exit::Interrupted);
        }
        Failure::new(Exit::Source, format!("{}: cannot write it: {error}", path.display()))
            .with_hint("check the space on the disk and the rights of the folder; the file is as it was")
    })
}

/// Makes the file under its hidden name, which no reader of folders takes for a file of traces.
fn begin(path: &Path, replace: Replace) -> io::Result<NamedTempFile> {
    let prefix = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let mut builder = Builder::new();
    // Names have a maximum length, which the path may have used up.
    builder.prefix(if prefix.len() < 200 { prefix.as_str() } else { ".traceql." }).suffix(".part");
    let old = match replace {
        Replace::Existing => fs::metadata(path).ok().map(|data| data.permissions()),
        Replace::Nothing => None,
    };
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let part = builder.tempfile_in(folder(path))?;
    if let Some(permissions) = old {
        part.as_file().set_permissions(permissions)?;
    }
    Ok(part)
}

/// Returns the path of a link that leads to nothing.
pub(super) fn dangling_link(path: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink());
    if is_link && fs::metadata(path).is_err() { fs::read_link(path).ok() } else { None }
}
