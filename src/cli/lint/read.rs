//! One file as text: what is too large, not text or not UTF-8 is told apart.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Maximum size of a file that is looked at, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// Length of the start of a file that tells whether it is text, in bytes.
const SNIFFED: usize = 8 << 10;

/// The reason why a file has no text.
#[derive(Debug)]
pub(super) enum Unread {
    /// It cannot be read.
    Failed(io::Error),
    /// It has too many bytes.
    TooLarge,
    /// It is no text, as a picture is not.
    Binary,
    /// It is UTF-16.
    Utf16,
    /// A byte of it is not UTF-8.
    NotUtf8 {
        /// The byte's place.
        at: usize,
        /// The byte.
        byte: u8,
    },
}

impl Unread {
    /// Tells whether a file that nobody has named may be passed over for it.
    pub(super) fn is_passed_over(&self) -> bool {
        !matches!(self, Unread::Failed(_))
    }

    /// Returns what to do about it.
    pub(super) fn cure(&self) -> Option<&'static str> {
        match self {
            Unread::Utf16 => Some("convert the file, for example with `iconv -f utf-16 -t utf-8`"),
            Unread::NotUtf8 { .. } => Some("convert the file, for example with `iconv -f latin1 -t utf-8`"),
            Unread::Failed(_) | Unread::TooLarge | Unread::Binary => None,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Failed(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("no such file"),
                io::ErrorKind::PermissionDenied => f.write_str("no permission to read it"),
                _ => error.fmt(f),
            },
            Unread::TooLarge => write!(f, "more than {} MiB, which no dashboard has", MAX_SIZE >> 20),
            Unread::Binary => f.write_str("not a text"),
            Unread::Utf16 => f.write_str("UTF-16, and only UTF-8 is read"),
            Unread::NotUtf8 { at, byte } => write!(f, "byte {at} (0x{byte:02x}) is not UTF-8"),
        }
    }
}

/// Reads a file.
pub(super) fn file(path: &Path) -> Result<String, Unread> {
    let file = File::open(path).map_err(Unread::Failed)?;
    let size = file.metadata().map_or(0, |data| data.len());
    if size > MAX_SIZE {
        return Err(Unread::TooLarge);
    }
    text(file, size as usize)
}

/// Reads a text of about `size` bytes.
pub(super) fn text(from: impl Read, size: usize) -> Result<String, Unread> {
    let mut bytes = Vec::with_capacity(size + 1);
    from.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(Unread::TooLarge);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Unread::Utf16);
    }
    if memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED)]).is_some() {
        return Err(Unread::Binary);
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Unread::NotUtf8 { at, byte: error.as_bytes().get(at).copied().unwrap_or_default() }
    })
}
