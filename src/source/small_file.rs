//! Files of settings and secrets, which are small: what is named by mistake may be a device that never ends.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Maximum length of a file of settings, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reads a small file, or what a small pipe gives.
///
/// # Errors
///
/// It cannot be read, or has more than 1 MiB.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 MiB, which no such file has"));
    }
    Ok(bytes)
}

/// Reads a small file of text.
///
/// # Errors
///
/// As [`read`]; or it is not text in UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn large_files_and_devices_are_refused() {
        let error = read(Path::new("/dev/zero")).expect_err("it never ends");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(read(Path::new("/dev/null")).is_ok_and(|bytes| bytes.is_empty()));
        assert!(read(Path::new("/")).is_err());
        assert!(read_text(Path::new("Cargo.toml")).is_ok_and(|text| text.contains("[package]")));
    }
}
