//! A bound on the memory that answers of servers and stores take, shared by all that is under way.
//!
//! Answers grow in steps, and each step is reserved before it is taken: a server that never stops sending is given up when
//! the bound is reached, however many requests are under way.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The part of the machine's memory that answers may take, unless set otherwise: one of so many.
const PART: u64 = 4;

/// Minimum of the usual bound, in bytes, for systems that do not say how much memory they have.
const LEAST: u64 = 64 << 20;

/// Capacity of the first step of an answer, in bytes.
const FIRST: usize = 16 << 10;

/// A bound in bytes, and how much of it is taken. Copies share it.
#[derive(Clone, Default)]
pub struct Budget(Arc<Inner>);

#[derive(Default)]
struct Inner {
    limit: OnceLock<u64>,
    used: AtomicU64,
}

/// The bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answers of this run take more than the {limit} bytes of memory that they may take")]
pub struct Exhausted {
    /// The bound, in bytes.
    pub limit: u64,
}

/// The cure for a bound that is reached: lower case, no full stop.
pub const CURE_EXHAUSTED: &str = "ask for fewer traces, less time or a longer step, or allow more with `--max-memory`";

impl Budget {
    /// Makes a bound of so many bytes. The default is a quarter of the machine's memory, or of what a container may use.
    pub fn new(limit: u64) -> Budget {
        Budget(Arc::new(Inner { limit: OnceLock::from(limit), used: AtomicU64::new(0) }))
    }

    /// Returns the bound in bytes.
    pub fn limit(&self) -> u64 {
        *self.0.limit.get_or_init(|| (machine_memory() / PART).max(LEAST))
    }

    /// Returns how many bytes are taken.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Reserves bytes until the result is dropped.
    ///
    /// # Errors
    ///
    /// The bound is reached; then nothing is reserved.
    pub fn reserve(&self, bytes: u64) -> Result<Reserved, Exhausted> {
        let reserved = Reserved { budget: self.clone(), bytes: AtomicU64::new(0) };
        reserved.grow(bytes)?;
        Ok(reserved)
    }
}

/// Returns how many bytes of memory there are: those of the machine, or fewer where a container bounds them.
fn machine_memory() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory);
    let container = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    system.total_memory().min(container)
}

/// Tells the numbers.
impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({} of {:?})", self.used(), self.0.limit.get())
    }
}

/// Copies of one bound are equal.
impl PartialEq for Budget {
    fn eq(&self, other: &Budget) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Budget {}

/// Bytes of a bound that are taken; they are given back when this is dropped.
#[derive(Debug)]
pub struct Reserved {
    budget: Budget,
    bytes: AtomicU64,
}

impl Reserved {
    /// Reserves more.
    ///
    /// # Errors
    ///
    /// The bound is reached; then nothing more is reserved.
    pub fn grow(&self, bytes: u64) -> Result<(), Exhausted> {
        let (limit, used) = (self.budget.limit(), &self.budget.0.used);
        let fits = |used: u64| used.checked_add(bytes).filter(|used| *used <= limit);
        used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| Exhausted { limit })?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Gives part of it back.
    pub fn shrink(&self, bytes: u64) {
        let take = |held: u64| Some(held.saturating_sub(bytes));
        let held = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(0);
        self.budget.0.used.fetch_sub(bytes.min(held), Ordering::Relaxed);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shrink(u64::MAX);
    }
}

/// Bytes that are counted as long as they are held, with what is made of them.
#[derive(Debug, Default)]
pub struct HeldBytes {
    bytes: Vec<u8>,
    /// `None` for bytes that are not counted.
    reserved: Option<Arc<Reserved>>,
}

impl HeldBytes {
    /// Begins with no bytes.
    pub fn new(budget: &Budget) -> HeldBytes {
        let reserved = Reserved { budget: budget.clone(), bytes: AtomicU64::new(0) };
        HeldBytes { bytes: Vec::new(), reserved: Some(Arc::new(reserved)) }
    }

    /// Adds bytes; both the old and the new place are counted while they are copied.
    ///
    /// # Errors
    ///
    /// The bound is reached.
    pub fn extend(&mut self, more: &[u8]) -> Result<(), Exhausted> {
        let needed = self.bytes.len() + more.len();
        if needed > self.bytes.capacity() {
            let capacity = needed.max(self.bytes.capacity() / 2 * 3).max(FIRST);
            self.make_room(capacity)?;
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Moves the bytes to a place of another capacity.
    fn make_room(&mut self, capacity: usize) -> Result<(), Exhausted> {
        if let Some(reserved) = &self.reserved {
            reserved.grow(capacity as u64)?;
        }
        let old = self.bytes.capacity();
        self.bytes.reserve_exact(capacity - self.bytes.len());
        if let Some(reserved) = &self.reserved {
            reserved.shrink(old as u64);
        }
        Ok(())
    }

    /// Reserves more for what is made of the bytes; given back with them.
    ///
    /// # Errors
    ///
    /// The bound is reached.
    pub fn reserve_more(&self, bytes: u64) -> Result<(), Exhausted> {
        self.reserved.as_ref().map_or(Ok(()), |reserved| reserved.grow(bytes))
    }

    /// Returns what keeps the bytes counted, if they are.
    pub fn reserved(&self) -> Option<Arc<Reserved>> {
        self.reserved.clone()
    }

    /// Copies some bytes, counted by the same bound.
    ///
    /// # Errors
    ///
    /// The bound is reached.
    pub fn copy_of(&self, bytes: &[u8]) -> Result<HeldBytes, Exhausted> {
        let mut copy = match &self.reserved {
            Some(reserved) => HeldBytes::new(&reserved.budget),
            None => HeldBytes::default(),
        };
        if !bytes.is_empty() {
            copy.make_room(bytes.len())?;
        }
        copy.bytes.extend_from_slice(bytes);
        Ok(copy)
    }
}

/// Takes bytes that are not counted.
impl From<Vec<u8>> for HeldBytes {
    fn from(bytes: Vec<u8>) -> HeldBytes {
        HeldBytes { bytes, reserved: None }
    }
}

/// Gives the place of the bytes back; what was made of them counts as long as anything else keeps it counted.
impl Drop for HeldBytes {
    fn drop(&mut self) {
        if let Some(reserved) = &self.reserved {
            reserved.shrink(self.bytes.capacity() as u64);
        }
    }
}

impl Deref for HeldBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is reserved and given back in any order, the bound holds, and all of it comes back.
        #[test]
        fn a_bound_is_never_passed(steps in prop::collection::vec((0..400u64, any::<bool>()), 0..60)) {
            let budget = Budget::new(1000);
            let mut held = Vec::new();
            for (bytes, gives_back) in steps {
                let before = budget.used();
                match budget.reserve(bytes) {
                    Ok(reserved) => held.push(reserved),
                    Err(error) => {
                        prop_assert_eq!(error, Exhausted { limit: 1000 });
                        prop_assert!(before + bytes > 1000 && budget.used() == before);
                    }
                }
                if gives_back && !held.is_empty() {
                    held.swap_remove(bytes as usize % held.len());
                }
                prop_assert!(budget.used() <= 1000);
            }
            drop(held);
            prop_assert_eq!(budget.used(), 0);
        }
    }

    #[test]
    fn bytes_are_counted_as_long_as_they_are_held() {
        let budget = Budget::new(100_000);
        let mut bytes = HeldBytes::new(&budget);
        let chunk = [7; 1000];
        let added = (0..).take_while(|_| bytes.extend(&chunk).is_ok()).count();
        // While they are copied the old and the new place count.
        assert!((35..80).contains(&added), "{added}");
        assert_eq!((bytes.len(), budget.used()), (added * 1000, bytes.bytes.capacity() as u64));
        assert!(bytes.copy_of(&chunk).is_ok() && bytes.copy_of(&[0; 100_000]).is_err());
        assert!(bytes.reserve_more(100_000).is_err());
        bytes.reserve_more(1000).expect("there is room");
        let made_of_them = bytes.reserved();
        drop(bytes);
        assert_eq!(budget.used(), 1000);
        drop(made_of_them);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn there_is_a_usual_bound() {
        let limit = Budget::default().limit();
        assert!((LEAST..1 << 50).contains(&limit), "{limit}");
    }
}
