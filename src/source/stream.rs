//! Opens an input, unpacks it and turns it into UTF-8 on the way, told by its first bytes.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::model::budget::HeldBytes;

use super::{
    error::{CURE_DAMAGED, Place, SourceError, refusal},
    input::{Input, Origin, unreadable},
    unpack::{Bounded, Packing},
    utf16::{FromUtf16, endianness},
};

/// The bytes of an input, unpacked.
pub(super) struct Stream {
    /// The input's name.
    pub(super) name: String,
    reader: Box<dyn Read + Send>,
    packing: Option<Packing>,
    /// Whether as many bytes come out as lie in the file.
    is_plain: bool,
    raw: Arc<AtomicU64>,
    size: u64,
    read: u64,
}

/// Counts what passes.
struct Counted<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.count.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// Bytes that several readers share.
struct SharedBytes(Arc<HeldBytes>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Gives out nothing, or an error once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl Stream {
    /// Opens an input.
    ///
    /// # Errors
    ///
    /// The system does not give the file out.
    pub(super) fn open(input: &Input) -> Result<Stream, SourceError> {
        let mut size = 0;
        let raw: Box<dyn Read + Send> = match &input.origin {
            Origin::File(path) => {
                let file = File::open(path).map_err(|error| unreadable(path, &error))?;
                size = file.metadata().map_or(0, |data| data.len());
                Box::new(file)
            }
            Origin::Stdin => Box::new(io::stdin()),
            Origin::Memory(bytes) => {
                size = bytes.len() as u64;
                Box::new(Cursor::new(Arc::clone(bytes)))
            }
            Origin::Held(bytes) => {
                size = bytes.len() as u64;
                Box::new(Cursor::new(SharedBytes(Arc::clone(bytes))))
            }
            #[cfg(feature = "cloud")]
            Origin::Object(object) => {
                size = object.size();
                Box::new(object.read())
            }
            Origin::Refused(refusal) => {
                let (problem, cure) = (refusal.problem.clone(), refusal.cure.clone());
                return Err(SourceError { file: input.name.clone(), place: Place::File, problem, cure });
            }
            // A folder has no bytes of its own.
            #[cfg(feature = "tempo-block")]
            Origin::Block(_) => Box::new(io::empty()),
        };
        let count = Arc::new(AtomicU64::new(0));
        let mut reader = Counted { reader: raw, count: count.clone() };
        let mut stream = Stream {
            name: input.name.clone(),
            reader: Box::new(io::empty()),
            packing: None,
            is_plain: true,
            raw: count,
            size,
            read: 0,
        };
        let mut start = Vec::new();
        let opened = (&mut reader).take(4).read_to_end(&mut start);
        opened.map_err(|error| stream.error(&error))?;
        stream.packing = Packing::of(&start);
        let reader = Cursor::new(start).chain(reader);
        stream.reader = match stream.packing {
            None => Box::new(reader),
            Some(packing) => {
                let unpacked = packing.unpack(reader).map_err(|error| stream.error(&error))?;
                Box::new(Bounded::new(unpacked, Arc::clone(&stream.raw)))
            }
        };
        stream.is_plain = stream.packing.is_none();
        let mut mark = Vec::new();
        let begun = (&mut stream.reader).take(2).read_to_end(&mut mark);
        let order = endianness(&mark);
        // What is wrong with the beginning is told when it is read.
        let begun = Cursor::new(mark).chain(Failing(begun.err()));
        let rest = std::mem::replace(&mut stream.reader, Box::new(io::empty()));
        let reader = begun.chain(rest);
        stream.reader = match order {
            None => Box::new(reader),
            Some(is_big_endian) => {
                stream.is_plain = false;
                Box::new(FromUtf16::new(reader, is_big_endian))
            }
        };
        Ok(stream)
    }

    /// Fills `buffer` and returns how many bytes came; fewer than it holds come only at the end, or before the error that
    /// is returned with them: the system does not give the bytes out, or they cannot be unpacked.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> (usize, Option<SourceError>) {
        let mut came = 0;
        while came < buffer.len() {
            match self.reader.read(&mut buffer[came..]) {
                Ok(0) => break,
                Ok(bytes) => came += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.read += came as u64;
                    return (came, Some(self.error(&error)));
                }
            }
        }
        self.read += came as u64;
        (came, None)
    }

    /// Returns how many more bytes are expected, if that can be known.
    pub(super) fn expected(&self) -> Option<u64> {
        (self.is_plain && self.size > 0).then(|| self.size.saturating_sub(self.read))
    }

    /// Returns how the input is packed.
    pub(super) fn packing(&self) -> Option<&'static str> {
        self.packing.map(Packing::name)
    }

    /// Returns how many bytes were read before unpacking.
    pub(super) fn raw_bytes(&self) -> u64 {
        self.raw.load(Ordering::Relaxed)
    }

    fn error(&self, error: &io::Error) -> SourceError {
        let place = if self.read == 0 { Place::File } else { Place::Byte { offset: self.read } };
        if let Some((problem, cure)) = refusal(error) {
            return SourceError { file: self.name.clone(), place, problem, cure };
        }
        let problem = match self.packing {
            Some(packing) if error.raw_os_error().is_none() => packing.problem(error),
            _ => format!("cannot be read: {error}"),
        };
        SourceError { file: self.name.clone(), place, problem, cure: CURE_DAMAGED.to_owned() }
    }
}
