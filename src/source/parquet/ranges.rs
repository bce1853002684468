//! Byte ranges of something that need not be read as a whole: a file, an object in a store, bytes in memory.

use std::{
    fmt,
    fs::File,
    io,
    ops::Range,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use parking_lot::Mutex;

/// Something of which pieces can be read.
pub(crate) trait Ranges: Send + Sync + fmt::Debug {
    /// Returns how many bytes there are.
    fn len(&self) -> u64;

    /// Reads pieces, which come in the order of `ranges`. A store has several of them in flight at once.
    ///
    /// # Errors
    ///
    /// What the system or the store says; a range beyond the end is `UnexpectedEof`.
    fn read(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>>;

    /// Tells whether each reading takes long, however little is read.
    fn is_far(&self) -> bool {
        false
    }
}

/// A file on this machine.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: File,
    len: u64,
}

impl LocalFile {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> io::Result<LocalFile> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(LocalFile { file, len })
    }
}

impl Ranges for LocalFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        ranges
            .iter()
            .map(|range| {
                let piece = read_at(&self.file, length(range, self.len)?, range.start)?;
                Ok(piece.into())
            })
            .collect()
    }
}

/// Reads `length` bytes from `offset` on, into memory that is not cleared before.
#[cfg(unix)]
fn read_at(file: &File, length: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    // The file says that it is so long.
    piece.reserve_exact(length);
    while piece.len() < length {
        let at = offset + piece.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut piece), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    piece.truncate(length);
    Ok(piece)
}

/// Reads `length` bytes from `offset` on.
#[cfg(windows)]
fn read_at(file: &File, length: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; length];
    let mut read = 0;
    while read < length {
        match std::os::windows::fs::FileExt::seek_read(file, &mut piece[read..], offset + read as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => read += more,
        }
    }
    Ok(piece)
}

impl Ranges for Bytes {
    fn len(&self) -> u64 {
        Bytes::len(self) as u64
    }

    fn read(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let piece = |range: &Range<u64>| {
            let length = length(range, Ranges::len(self))?;
            let start = range.start as usize;
            Ok(self.slice(start..start + length))
        };
        ranges.iter().map(piece).collect()
    }
}

/// Returns the length of a range, if it lies within `len` bytes.
fn length(range: &Range<u64>, len: u64) -> io::Result<usize> {
    if range.start > range.end || range.end > len {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early"));
    }
    usize::try_from(range.end - range.start).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Counts what is read.
#[derive(Debug)]
pub(crate) struct Counted {
    inner: Box<dyn Ranges>,
    bytes: AtomicU64,
    taken: AtomicU64,
    /// What was read since somebody asked for a log.
    log: OnceLock<Mutex<Vec<Range<u64>>>>,
}

impl Counted {
    /// Begins to count at 0.
    pub(crate) fn new(inner: Box<dyn Ranges>) -> Counted {
        Counted { inner, bytes: AtomicU64::new(0), taken: AtomicU64::new(0), log: OnceLock::new() }
    }

    /// Returns how many bytes were read since anybody asked last.
    pub(crate) fn take_read(&self) -> u64 {
        let read = self.bytes.load(Ordering::Relaxed);
        // Two threads may come in any order: nothing is counted twice.
        read.saturating_sub(self.taken.fetch_max(read, Ordering::Relaxed))
    }

    /// Returns how many bytes there are.
    pub(crate) fn len(&self) -> u64 {
        self.inner.len()
    }

    /// Tells whether each reading takes long, however little is read.
    pub(super) fn is_far(&self) -> bool {
        self.inner.is_far()
    }

    /// Reads pieces, which come in the order of `ranges`.
    pub(crate) fn read(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let bytes = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(log) = self.log.get() {
            log.lock().extend_from_slice(ranges);
        }
        self.inner.read(ranges)
    }

    /// Reads pieces for those who only watch: they are not counted.
    pub(super) fn peek(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        self.inner.read(ranges)
    }

    /// Keeps a log of what is read from now on, and returns how many bytes were read before.
    pub(super) fn keep_log(&self) -> u64 {
        self.log.get_or_init(Mutex::default);
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns what was read since anybody asked last; nothing if no log is kept.
    pub(super) fn take_log(&self) -> Vec<Range<u64>> {
        let log = self.log.get().map(|log| log.lock());
        log.map(|mut log| std::mem::take(&mut *log)).unwrap_or_default()
    }
}
