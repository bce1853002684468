//! A block that is open: what it says of itself, and its columns.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use crate::{
    model::{
        ids::TraceId,
        tempo_block::{
            DATA_FILE, META_FILE,
            bloom::{self, Bloom},
            meta::Meta,
        },
    },
    source::parquet::{
        file::{Footer, ParquetFault, ParquetFile},
        ranges::{Counted, LocalFile, Ranges},
    },
};

use super::layout::Layout;
use crate::source::remembered::version_of;

/// The files of a block, wherever they are.
pub(crate) trait Files: Send + Sync + std::fmt::Debug {
    /// Reads a small file as a whole.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Opens a file of which pieces will be read.
    fn open(&self, name: &str) -> io::Result<Box<dyn Ranges>>;

    /// Returns how many bytes the file with the traces has, if that is known without opening it.
    fn size(&self) -> Option<u64>;

    /// Returns a text that is another one as soon as the files change; `None` if that cannot be told.
    fn version(&self) -> Option<String> {
        None
    }

    /// Tells whether every reading takes long, however little is read: others should go on meanwhile.
    fn is_far(&self) -> bool {
        false
    }
}

/// A folder on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Files for Folder {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(name))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Ranges>> {
        Ok(Box::new(LocalFile::open(&self.0.join(name))?))
    }

    fn size(&self) -> Option<u64> {
        std::fs::metadata(self.0.join(DATA_FILE)).ok().map(|data| data.len())
    }

    fn version(&self) -> Option<String> {
        Some(version_of(&self.0.join(DATA_FILE))? + &version_of(&self.0.join(META_FILE))?)
    }
}

impl Folder {
    /// Tells whether a folder holds a block, or what is left of one.
    pub(crate) fn is_block(path: &Path) -> bool {
        path.join(DATA_FILE).is_file()
    }
}

/// Files in memory, by their names.
#[derive(Clone, Debug)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Bytes>);

impl Memory {
    fn get(&self, name: &str) -> io::Result<&Bytes> {
        self.0.get(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Files for Memory {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.get(name).map(|file| file.to_vec())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Ranges>> {
        Ok(Box::new(self.get(name)?.clone()))
    }

    fn size(&self) -> Option<u64> {
        self.get(DATA_FILE).ok().map(|file| file.len() as u64)
    }
}

/// An open block.
#[derive(Debug)]
pub(crate) struct Block {
    /// What `meta.json` calls the layout.
    pub(super) format: Arc<str>,
    pub(super) file: ParquetFile,
    pub(super) layout: Arc<Layout>,
}

/// What a block says of itself, which opening it again need not read.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    format: Arc<str>,
    footer: Arc<Footer>,
    layout: Arc<Layout>,
}

/// What of a block is damaged: the file of it, and what is wrong.
#[derive(Debug)]
pub(crate) struct BlockFault {
    pub(crate) file: String,
    pub(crate) fault: ParquetFault,
}

impl BlockFault {
    /// Says what is wrong with the traces of a block.
    pub(super) fn data(fault: ParquetFault) -> BlockFault {
        BlockFault { file: DATA_FILE.to_owned(), fault }
    }
}

impl Opened {
    /// Returns about how many bytes of memory it takes.
    pub(crate) fn size(&self) -> usize {
        self.footer.size()
    }
}

impl Block {
    /// Opens a block.
    pub(crate) fn open(files: &dyn Files) -> Result<Block, BlockFault> {
        Block::with_meta(files, &read_meta(files)?.0)
    }

    /// Opens a block that says this of itself.
    pub(super) fn with_meta(files: &dyn Files, meta: &Meta) -> Result<Block, BlockFault> {
        let ranges = files.open(DATA_FILE).map_err(|error| BlockFault::data(ParquetFault::Io(error)))?;
        let footer = Some(u64::from(meta.footer_size)).filter(|size| *size > 0);
        let file = ParquetFile::open(Counted::new(ranges), footer).map_err(BlockFault::data)?;
        check_meta(meta, &file)?;
        let layout = Layout::of(&file, meta).map_err(BlockFault::data)?;
        Ok(Block { format: meta.format.as_str().into(), file, layout: layout.into() })
    }

    /// Opens a block that has not changed since it was opened before.
    pub(crate) fn again(files: &dyn Files, opened: &Opened) -> Result<Block, BlockFault> {
        let Opened { format, footer, layout } = opened.clone();
        let ranges = files.open(DATA_FILE).map_err(|error| BlockFault::data(ParquetFault::Io(error)))?;
        Ok(Block { format, file: ParquetFile::again(Counted::new(ranges), footer), layout })
    }

    /// Returns what opening the block again need not read.
    pub(crate) fn opened(&self) -> Opened {
        let (format, layout) = (Arc::clone(&self.format), Arc::clone(&self.layout));
        Opened { format, footer: self.file.footer(), layout }
    }

    /// Returns how many bytes the traces take.
    pub(crate) fn size(&self) -> u64 {
        self.file.size()
    }

    /// Returns how many bytes of them were read since anybody asked last.
    pub(crate) fn take_read(&self) -> u64 {
        self.file.take_read()
    }
}

/// Makes sure that `meta.json` tells of the traces that there are, as far as it tells of any.
fn check_meta(meta: &Meta, file: &ParquetFile) -> Result<(), BlockFault> {
    let groups = file.row_groups().count() as u64;
    for (what, said, found) in
        [("traces", meta.traces, file.rows()), ("row groups", u64::from(meta.row_groups), groups)]
    {
        if said > 0 && said != found {
            let problem = format!("it tells of {said} {what}, and {DATA_FILE} has {found}: one of them is damaged");
            return Err(BlockFault { file: META_FILE.to_owned(), fault: ParquetFault::damaged(None, problem) });
        }
    }
    Ok(())
}

/// Reads what a block says of itself; tells too how many bytes that takes.
pub(super) fn read_meta(files: &dyn Files) -> Result<(Meta, u64), BlockFault> {
    let of_meta = |fault| BlockFault { file: META_FILE.to_owned(), fault };
    let text = files.read(META_FILE).map_err(|error| {
        of_meta(match error.kind() {
            io::ErrorKind::NotFound => {
                ParquetFault::damaged(None, "it is missing: the block is half-written or was taken apart")
            }
            _ => ParquetFault::Io(error),
        })
    })?;
    let meta = Meta::parse(&text).map_err(|error| of_meta(ParquetFault::damaged(None, error.to_string())))?;
    Ok((meta, text.len() as u64))
}

/// Tells whether a block can hold a trace, and how many bytes were read to know it. Where its filter is missing it can.
///
/// # Errors
///
/// The filter is none, or there is another number of filters than `meta.json` says: the wrong one would be asked. Of files
/// that lie far away the number is believed, as to look takes requests.
pub(super) fn may_hold(files: &dyn Files, meta: &Meta, trace: TraceId) -> Result<(bool, u64), BlockFault> {
    let id = trace.0.to_be_bytes();
    let name = bloom::file_name(bloom::shard_of(id, meta.bloom_shards));
    let Ok(file) = files.read(&name) else { return Ok((true, 0)) };
    let Some(filter) = Bloom::parse(&file) else {
        let problem = "it is no filter of trace ids; without the file the trace is looked for in the data";
        return Err(BlockFault { file: name, fault: ParquetFault::damaged(None, problem) });
    };
    let may_hold = filter.contains(id);
    let is_there = |shard: u32| files.open(&bloom::file_name(shard)).is_ok();
    let shards = meta.bloom_shards.max(1);
    if !may_hold && !files.is_far() && (is_there(shards) || !is_there(shards - 1)) {
        let problem = format!("it tells of another number of filters of trace ids ({shards}) than there are");
        return Err(BlockFault { file: META_FILE.to_owned(), fault: ParquetFault::damaged(None, problem) });
    }
    Ok((may_hold, file.len() as u64))
}
