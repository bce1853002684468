//! A trace file in a store, read from its beginning to its end with some pieces under way.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use bytes::{Buf, Bytes};
use object_store::{ObjectStoreExt, path::Path};
use tokio::task::JoinHandle;

use crate::source::error::Refusal;

use super::{Answer, Store, threads};

/// How many bytes one request brings.
const PIECE: u64 = 4 << 20;

/// How many pieces of a file are under way.
const AHEAD: usize = 3;

/// A file in a store.
#[derive(Clone)]
pub(in crate::source) struct Object {
    pub(super) store: Arc<Store>,
    pub(super) path: Path,
    pub(super) size: u64,
}

impl Object {
    /// Returns how many bytes it has.
    pub(in crate::source) fn size(&self) -> u64 {
        self.size
    }

    /// Begins to read; nothing is fetched yet.
    pub(in crate::source) fn read(&self) -> impl Read + Send + 'static {
        Reader { object: self.clone(), asked: 0, ahead: VecDeque::new(), piece: Bytes::new() }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.store.url(&self.path))
    }
}

struct Reader {
    object: Object,
    /// Up to where pieces were asked for.
    asked: u64,
    ahead: VecDeque<JoinHandle<Result<Bytes, Answer>>>,
    /// What is left of the piece that came last.
    piece: Bytes,
}

impl Reader {
    fn ask(&mut self) -> Result<(), Refusal> {
        while self.ahead.len() < AHEAD && self.asked < self.object.size {
            let range = self.asked..self.object.size.min(self.asked + PIECE);
            self.asked = range.end;
            let threads = threads(&self.object.store.environment)?;
            self.ahead.push_back(threads.spawn(fetch(self.object.clone(), range)));
        }
        Ok(())
    }
}

async fn fetch(object: Object, range: Range<u64>) -> Result<Bytes, Answer> {
    let Object { store, path, .. } = &object;
    store.ask(path, store.client.get_range(path, range)).await
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            self.ask().map_err(io::Error::other)?;
            let Some(next) = self.ahead.pop_front() else { return Ok(0) };
            self.piece = self
                .object
                .store
                .wait(async move {
                    // It is neither cancelled nor does it panic.
                    next.await.unwrap_or_else(|error| {
                        Err(Refusal::new(format!("a request broke off: {error}"), "try again").into())
                    })
                })
                .map_err(|answer: Answer| io::Error::from(answer))?;
            self.ask().map_err(io::Error::other)?;
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.ahead.iter().for_each(JoinHandle::abort);
    }
}
