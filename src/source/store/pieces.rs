//! Pieces of an object: what is asked for is fetched once, however many threads ask for it.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use object_store::{ObjectStoreExt, coalesce_ranges, path::Path};
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::source::parquet::ranges::Ranges;

use super::{Answer, Store};

/// Gaps up to this many bytes are read along, and what lies so far before the end of the object with the end: that takes
/// less time than another request, and Parquet files have their page indexes there.
const NEAR: u64 = 32 << 10;

/// How many bytes of one store are held for others who may ask for them too.
const HELD: u64 = 256 << 20;

/// How many bytes of a store are held.
#[derive(Debug, Default)]
pub(super) struct Held(AtomicU64);

/// An object of which pieces are read.
#[derive(Debug)]
pub(super) struct Pieces {
    store: Arc<Store>,
    path: Path,
    len: u64,
    known: Mutex<BTreeMap<u64, Piece>>,
    changed: Condvar,
}

/// A piece that was fetched, or is being fetched.
#[derive(Debug)]
struct Piece {
    end: u64,
    bytes: Option<Bytes>,
}

impl Pieces {
    /// Begins with nothing.
    pub(super) fn new(store: Arc<Store>, path: Path, len: u64) -> Pieces {
        Pieces { store, path, len, known: Mutex::default(), changed: Condvar::new() }
    }

    /// Fetches pieces, several at once.
    fn fetch(&self, wanted: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        let get = |range: Range<u64>| self.store.ask(&self.path, self.store.client.get_range(&self.path, range));
        let pieces: Vec<Bytes> = self
            .store
            .wait(async { coalesce_ranges(wanted, get, 0).await })
            .map_err(|answer: Answer| io::Error::from(answer))?;
        let short = pieces.iter().zip(wanted).any(|(piece, range)| piece.len() as u64 != range.end - range.start);
        if short || pieces.len() != wanted.len() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early"));
        }
        Ok(pieces)
    }

    /// Takes what somebody has fetched of `ranges`, and claims what nobody has.
    ///
    /// Returns what is to be fetched now, and whether somebody else is at work on some of it.
    fn claim(
        &self,
        known: &mut BTreeMap<u64, Piece>,
        ranges: &[Range<u64>],
        mine: &mut BTreeMap<u64, Bytes>,
    ) -> (Vec<Range<u64>>, bool) {
        let (mut gaps, mut others) = (Vec::new(), false);
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            let overlapping = known.range(..range.end).rev().take_while(|(_, piece)| piece.end > range.start);
            let mut held: Vec<(u64, u64, Option<Bytes>)> =
                overlapping.map(|(start, piece)| (*start, piece.end, piece.bytes.clone())).collect();
            let mine_too = mine.range(..range.end).map(|(start, bytes)| (*start, *start + bytes.len() as u64, bytes));
            let mine_too = mine_too.filter(|(_, end, _)| *end > range.start);
            held.extend(mine_too.map(|(start, end, bytes)| (start, end, Some(bytes.clone()))));
            held.sort_by_key(|(start, ..)| *start);
            let mut at = range.start;
            for (start, end, bytes) in held {
                if start > at {
                    gaps.push(at..start);
                }
                at = at.max(end);
                match bytes {
                    // What is mine may begin at the same place and reach further.
                    Some(bytes) if mine.get(&start).is_none_or(|mine| mine.len() < bytes.len()) => {
                        mine.insert(start, bytes);
                    }
                    Some(_) => {}
                    None => others = true,
                }
            }
            if at < range.end {
                gaps.push(at..range.end);
            }
        }
        let gaps = self.widened(gaps, known);
        for gap in &gaps {
            known.insert(gap.start, Piece { end: gap.end, bytes: None });
        }
        (gaps, others)
    }

    /// Joins ranges that are near each other, unless something is known of what lies between.
    fn widened(&self, mut ranges: Vec<Range<u64>>, known: &BTreeMap<u64, Piece>) -> Vec<Range<u64>> {
        if let Some(last) = ranges.iter_mut().max_by_key(|range| range.end).filter(|last| last.end == self.len) {
            let before = known.range(..last.start).next_back().map_or(0, |(_, piece)| piece.end);
            last.start = last.start.saturating_sub(NEAR).max(before);
        }
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last)
                    if range.start <= last.end.saturating_add(NEAR)
                        && (range.start <= last.end || known.range(last.end..range.start).next().is_none()) =>
                {
                    last.end = last.end.max(range.end);
                }
                _ => joined.push(range),
            }
        }
        joined
    }

    /// Hands over what was fetched, or gives up what was claimed.
    fn settle(&self, gaps: &[Range<u64>], fetched: Option<&[Bytes]>) {
        let mut known = self.lock();
        for (at, gap) in gaps.iter().enumerate() {
            match fetched.and_then(|fetched| fetched.get(at)) {
                Some(bytes) => {
                    self.store.held.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    known.insert(gap.start, Piece { end: gap.end, bytes: Some(bytes.clone()) });
                }
                None => drop(known.remove(&gap.start)),
            }
        }
        // What lies further in front was likely asked for by all who need it.
        let most = HELD.min(self.store.environment.budget().limit() / 4);
        while self.store.held.0.load(Ordering::Relaxed) > most {
            let Some(first) = known.iter().find(|(_, piece)| piece.bytes.is_some()).map(|(start, _)| *start) else {
                break;
            };
            self.forget(known.remove(&first));
        }
        drop(known);
        self.changed.notify_all();
    }

    fn forget(&self, piece: Option<Piece>) {
        if let Some(bytes) = piece.and_then(|piece| piece.bytes) {
            self.store.held.0.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Piece>> {
        self.known.lock()
    }
}

impl Ranges for Pieces {
    fn len(&self) -> u64 {
        self.len
    }

    fn is_far(&self) -> bool {
        true
    }

    fn read(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
        if ranges.iter().any(|range| range.start > range.end || range.end > self.len) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early"));
        }
        let mut mine = BTreeMap::new();
        let mut known = self.lock();
        loop {
            let (gaps, others) = self.claim(&mut known, ranges, &mut mine);
            if !gaps.is_empty() {
                drop(known);
                let fetched = self.fetch(&gaps);
                self.settle(&gaps, fetched.as_deref().ok());
                mine.extend(gaps.iter().map(|gap| gap.start).zip(fetched?));
            } else if others {
                self.changed.wait(&mut known);
                drop(known);
            } else {
                drop(known);
                return Ok(ranges.iter().map(|range| joined(&mine, range)).collect());
            }
            known = self.lock();
        }
    }
}

/// Puts a range together of the pieces that cover it.
fn joined(pieces: &BTreeMap<u64, Bytes>, range: &Range<u64>) -> Bytes {
    let mut joined = BytesMut::new();
    let mut at = range.start;
    let first = pieces.range(..=range.start).next_back().map_or(range.start, |(start, _)| *start);
    for (start, bytes) in pieces.range(first..) {
        let end = (start + bytes.len() as u64).min(range.end);
        if at >= range.end {
            break;
        }
        if *start > at || end <= at {
            continue;
        }
        let part = bytes.slice((at - start) as usize..(end - start) as usize);
        if part.len() as u64 == range.end - range.start {
            return part;
        }
        joined.extend_from_slice(&part);
        at = end;
    }
    joined.freeze()
}

impl Drop for Pieces {
    fn drop(&mut self) {
        let known = std::mem::take(&mut *self.lock());
        known.into_values().for_each(|piece| self.forget(Some(piece)));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{OnceLock, atomic::AtomicBool},
        thread,
    };

    use object_store::{ObjectStore, memory::InMemory};
    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    use crate::source::{environment::Environment, store::address::Address};

    use super::*;

    /// Some gaps are near and some are not.
    const LEN: u64 = 6 * NEAR;

    fn pieces() -> Pieces {
        let (client, path) = (Arc::new(InMemory::new()), Path::from("object"));
        let bytes: Vec<u8> = (0..LEN).map(|at| at as u8).collect();
        let store = Store {
            client: Arc::clone(&client) as Arc<dyn ObjectStore>,
            name: String::new(),
            endpoint: String::new(),
            address: Address::parse("s3://bucket").expect("it is right"),
            environment: Environment::default(),
            in_flight: Semaphore::new(2),
            held: Held::default(),
            answers: AtomicBool::default(),
            gone: OnceLock::new(),
        };
        let put = async { client.put(&path, bytes.into()).await.map(drop) };
        store.wait(put_answer(put)).expect("memory takes everything");
        Pieces::new(Arc::new(store), path, LEN)
    }

    async fn put_answer(put: impl Future<Output = object_store::Result<()>>) -> Result<(), Answer> {
        put.await.map_err(|error| crate::source::error::Refusal::new(error.to_string(), "").into())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn all_get_what_they_ask_for_and_nothing_is_fetched_twice(
            asked in prop::collection::vec(prop::collection::vec((0..LEN, 0..NEAR / 4), 1..6), 1..5),
        ) {
            let pieces = pieces();
            let ranges = |asked: &[(u64, u64)]| -> Vec<Range<u64>> {
                asked.iter().map(|(start, length)| *start..(start + length).min(LEN)).collect()
            };
            thread::scope(|scope| {
                for asked in &asked {
                    let (pieces, ranges) = (&pieces, ranges(asked));
                    scope.spawn(move || {
                        let read = pieces.read(&ranges).expect("it is there");
                        for (bytes, range) in read.iter().zip(&ranges) {
                            assert!(bytes.iter().copied().eq(range.clone().map(|at| at as u8)), "{range:?}: {bytes:?}");
                        }
                    });
                }
            });
            let known = pieces.lock();
            let starts = known.keys().copied().skip(1).chain([LEN]);
            prop_assert!(known.values().zip(starts).all(|(piece, next)| piece.end <= next), "pieces overlap");
            let held: u64 = known.iter().map(|(start, piece)| piece.end - start).sum();
            prop_assert_eq!(pieces.store.held.0.load(Ordering::Relaxed), held, "what was fetched is what is held");
        }
    }

    #[test]
    fn what_lies_outside_is_refused() {
        let pieces = pieces();
        let beyond = LEN - 1..LEN + 1;
        let error = pieces.read(std::slice::from_ref(&beyond)).expect_err("it lies outside");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
