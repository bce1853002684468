//! The folder of a file that is written.

use std::{fs::File, path::Path};

/// Returns the folder that holds a file: the current one for a bare name.
pub fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts the names in a folder on the disk, where the system can do that.
pub fn sync_folder(folder: &Path) {
    // The files are on the disk already; only a power cut could show the folder without their names.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
