//! What is remembered of inputs from one reading to the next, as long as they do not change.

#[cfg(feature = "tempo-block")]
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};
use std::{fs, path::Path, time::UNIX_EPOCH};

#[cfg(feature = "tempo-block")]
use parking_lot::Mutex;

#[cfg(feature = "tempo-block")]
use super::tempo_block::Opened;
#[cfg(feature = "tempo-block")]
use crate::model::ids::TraceId;

/// Maximum number of blocks that are remembered.
#[cfg(feature = "tempo-block")]
const BLOCKS: usize = 256;

/// Maximum memory of the footers that are remembered, in bytes.
#[cfg(feature = "tempo-block")]
const FOOTERS: usize = 64 << 20;

/// Maximum number of trace ids that are remembered of one block.
#[cfg(feature = "tempo-block")]
const TRACE_IDS: usize = 1 << 16;

/// What several readings of the same inputs share: footers of blocks, and which traces blocks have. Bounded in size.
#[derive(Debug, Default)]
pub struct Remembered {
    #[cfg(feature = "tempo-block")]
    blocks: Mutex<Blocks>,
}

/// Blocks by their versions.
#[cfg(feature = "tempo-block")]
#[derive(Debug, Default)]
struct Blocks {
    known: HashMap<String, (u64, Arc<KnownBlock>)>,
    /// Counts the uses: the block that was not used for the longest time goes first.
    uses: u64,
}

/// What is known of a block.
#[cfg(feature = "tempo-block")]
#[derive(Debug)]
pub(super) struct KnownBlock {
    opened: Opened,
    trace_ids: OnceLock<Arc<Vec<TraceId>>>,
}

#[cfg(feature = "tempo-block")]
impl Remembered {
    /// Returns what is known of a block.
    pub(super) fn block(&self, version: &str) -> Option<Arc<KnownBlock>> {
        let mut blocks = self.blocks.lock();
        blocks.uses += 1;
        let uses = blocks.uses;
        let (used, known) = blocks.known.get_mut(version)?;
        *used = uses;
        Some(Arc::clone(known))
    }

    /// Keeps what a block says of itself.
    pub(super) fn keep(&self, version: String, opened: Opened) -> Arc<KnownBlock> {
        let mut blocks = self.blocks.lock();
        blocks.uses += 1;
        let uses = blocks.uses;
        let size = |blocks: &Blocks| blocks.known.values().map(|(_, known)| known.opened.size()).sum::<usize>();
        while blocks.known.len() >= BLOCKS || !blocks.known.is_empty() && size(&blocks) + opened.size() > FOOTERS {
            let oldest = blocks.known.iter().min_by_key(|(_, (used, _))| *used).map(|(version, _)| version.clone());
            oldest.and_then(|version| blocks.known.remove(&version));
        }
        let known = Arc::new(KnownBlock { opened, trace_ids: OnceLock::new() });
        blocks.known.insert(version, (uses, Arc::clone(&known)));
        known
    }
}

#[cfg(feature = "tempo-block")]
impl KnownBlock {
    /// Returns what opening the block again need not read.
    pub(super) fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Returns the ids of the block's traces, which `read` reads where they are not known.
    ///
    /// # Errors
    ///
    /// As `read`; then nothing is remembered.
    pub(super) fn trace_ids<E>(&self, read: impl FnOnce() -> Result<Vec<TraceId>, E>) -> Result<Arc<Vec<TraceId>>, E> {
        if let Some(known) = self.trace_ids.get() {
            return Ok(Arc::clone(known));
        }
        let ids = Arc::new(read()?);
        if ids.len() <= TRACE_IDS {
            // Another thread may have been first, with the same ids.
            let _ = self.trace_ids.set(Arc::clone(&ids));
        }
        Ok(ids)
    }
}

/// Returns a text that is another one when a file changes, as far as the system tells: its path, length and times and, where
/// there are some, its numbers. `None` if the system does not tell.
pub(super) fn version_of(path: &Path) -> Option<String> {
    let data = fs::metadata(path).ok()?;
    let changed = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    // The time of the last change of the inode cannot be set back, as that of the contents can.
    #[cfg(unix)]
    let inode = {
        use std::os::unix::fs::MetadataExt;
        [data.dev() as i128, data.ino() as i128, data.ctime().into(), data.ctime_nsec().into()]
    };
    #[cfg(not(unix))]
    let inode = [0; 4];
    Some(format!("{} {} {changed} {inode:?}\n", path.display(), data.len()))
}
