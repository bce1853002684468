//! Unpacks gzip and zstd, and stops where a little data unpacks to far too much.

use std::{
    io::{self, BufRead, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::GzDecoder;

/// Maximum window of zstd data, as the power of two that it has in bytes: 128 MiB, which `zstd --long` takes and which
/// `zstd -d` reads unasked.
const MAX_WINDOW: u32 = 27;

/// Maximum of zeros behind a member of gzip data, in bytes. Tapes and disks pad to whole blocks.
const MAX_PADDING: usize = 16 << 20;

/// Maximum that a file may unpack to whatever its size, in bytes.
const FREE: u64 = 1 << 30;

/// Maximum of times its size that a larger file may unpack to. Traces reach 100; gzip can do 1,032 and zstd 30,000.
const MAX_TIMES: u64 = 1_000;

/// How data is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// Finds out by its first four bytes how data is packed.
    pub(super) fn of(bytes: &[u8]) -> Option<Packing> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            // A frame that holds no data; `pzstd` begins with one.
            [first, 0x2a, 0x4d, 0x18, ..] if first & 0xf0 == 0x50 => Some(Packing::Zstd),
            _ => None,
        }
    }

    /// Returns the name of the format.
    pub(super) fn name(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }

    /// Makes a reader that unpacks another one.
    pub(super) fn unpack<'r>(self, reader: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
        Ok(match self {
            Packing::Gzip => Box::new(Members::Between(BufReader::new(reader))),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(reader)?;
                decoder.window_log_max(MAX_WINDOW)?;
                Box::new(decoder)
            }
        })
    }

    /// Says what is wrong with data that cannot be unpacked.
    pub(super) fn problem(self, error: &io::Error) -> String {
        let name = self.name();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("the {name} data ends too early"),
            io::ErrorKind::FileTooLarge => format!("the {name} data {error}"),
            // The library has no kind for it.
            _ if error.to_string().contains("too much memory") => {
                format!("the {name} data has a window of more than 128 MiB; pack it with `--long=27` at most")
            }
            _ => format!("the {name} data is damaged: {error}"),
        }
    }
}

/// The members of gzip data, one behind the other, with zeros between and behind them.
enum Members<R> {
    Between(BufReader<R>),
    Inside(Box<GzDecoder<BufReader<R>>>),
    Done,
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Members::Inside(member) => {
                    let bytes = member.read(buffer)?;
                    if bytes > 0 || buffer.is_empty() {
                        return Ok(bytes);
                    }
                }
                Members::Between(reader) => skip_zeros(reader)?,
                Members::Done => return Ok(0),
            }
            *self = match std::mem::replace(self, Members::Done) {
                Members::Inside(member) => Members::Between(member.into_inner()),
                Members::Between(mut reader) => match reader.fill_buf()? {
                    [] => Members::Done,
                    _ => Members::Inside(Box::new(GzDecoder::new(reader))),
                },
                Members::Done => Members::Done,
            };
        }
    }
}

/// Goes on to the first byte that is not zero, or to the end.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<()> {
    let mut skipped = 0;
    loop {
        let bytes = reader.fill_buf()?;
        let (zeros, length) = (bytes.iter().take_while(|byte| **byte == 0).count(), bytes.len());
        reader.consume(zeros);
        skipped += zeros;
        if zeros < length || length == 0 {
            return Ok(());
        }
        if skipped > MAX_PADDING {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "goes on with more than 16 MiB of zeros"));
        }
    }
}

/// Unpacked data of a file, which ends with an error where it is far larger than the file.
pub(super) struct Bounded<R> {
    reader: R,
    /// How many bytes of the file were read.
    packed: Arc<AtomicU64>,
    unpacked: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(reader: R, packed: Arc<AtomicU64>) -> Bounded<R> {
        Bounded { reader, packed, unpacked: 0 }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unpacked > FREE && self.unpacked / MAX_TIMES > self.packed.load(Ordering::Relaxed) {
            let problem = "unpacks to more than 1,000 times its size; if it should, unpack it before";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
        }
        let bytes = self.reader.read(buffer)?;
        self.unpacked += bytes as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(packing: Packing, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        packing.unpack(bytes)?.read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn little_data_unpacks_to_much_but_not_to_any_amount() {
        let packed = Arc::new(AtomicU64::new(2 << 20));
        let mut endless = Bounded::new(io::repeat(b' '), Arc::clone(&packed));
        let mut buffer = vec![0; 1 << 20];
        let mut unpacked = 0;
        let error = loop {
            match endless.read(&mut buffer) {
                Ok(bytes) => unpacked += bytes as u64,
                Err(error) => break error,
            }
        };
        assert!((FREE..FREE + 2 * MAX_TIMES * (1 << 20)).contains(&unpacked), "{unpacked}");
        let problem = Packing::Gzip.problem(&error);
        assert!(problem.starts_with("the gzip data unpacks to more than 1,000 times its size"), "{problem}");
        // With more of the file it goes on.
        packed.store(1 << 40, Ordering::Relaxed);
        assert!(endless.read(&mut buffer).is_ok());
    }

    #[test]
    fn windows_are_bounded() {
        // A frame with a window of 256 MiB and one empty block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 18 << 3, 0x01, 0x00, 0x00];
        let error = read(Packing::Zstd, &frame).expect_err("too large");
        let problem = Packing::Zstd.problem(&error);
        assert!(problem.contains("a window of more than 128 MiB"), "{problem}");
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        assert_eq!(read(Packing::Zstd, &frame).expect("as large as may be"), b"");
    }
}
