//! One trace: fragments in, all spans of the trace whose id was typed out.

use std::{collections::BTreeSet, fmt};

use parking_lot::{Mutex, MutexGuard};

use crate::model::{
    assemble::assemble,
    batch::{Batch, Fragment},
    ids::TraceId,
    trace_id::{Fit, TypedId},
};

/// How many ids are kept where several begin with what was typed.
const NAMED: usize = 5;

/// What a lookup has found.
pub enum Lookup {
    /// The trace, alone in its batch.
    Found(Box<Batch>),
    /// Several traces begin with what was typed.
    Several {
        /// The first few of their ids.
        ids: Vec<TraceId>,
        /// Whether there are others.
        more: bool,
    },
    /// No trace.
    Nothing,
}

/// Tells ids, and no spans.
impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lookup::Found(batch) => f.debug_tuple("Found").field(&batch.traces.first().map(|trace| trace.id)).finish(),
            Lookup::Several { ids, more } => f.debug_struct("Several").field("ids", ids).field("more", more).finish(),
            Lookup::Nothing => f.write_str("Nothing"),
        }
    }
}

/// A search for one trace that is given its spans piece by piece. Only spans of that trace are kept.
pub struct TraceLookup {
    typed: TypedId,
    state: Mutex<State>,
}

/// What was seen so far.
#[derive(Default)]
struct State {
    /// Spans of the trace with the whole id.
    whole: Vec<Fragment>,
    /// Spans of the one trace that begins with what was typed; none as soon as there are several.
    prefixed: Vec<Fragment>,
    /// The smallest ids that begin with what was typed, one more than are named.
    ids: BTreeSet<TraceId>,
    spans: u64,
}

impl TraceLookup {
    /// Begins to look for what was typed.
    pub fn new(typed: TypedId) -> TraceLookup {
        TraceLookup { typed, state: Mutex::default() }
    }

    /// Takes spans; may be called from many threads, in any order.
    pub fn observe(&self, fragment: &Fragment) {
        let fits: Vec<Option<Fit>> = fragment.trace.iter().map(|id| self.typed.fit(*id)).collect();
        let rows = |fit: Fit| (0..).zip(&fits).filter(move |(_, found)| **found == Some(fit)).map(|(row, _)| row);
        let ids: BTreeSet<TraceId> = rows(Fit::Prefix).map(|row: u32| fragment.trace[row as usize]).collect();
        let has_whole = rows(Fit::Whole).next().is_some();
        let whole = has_whole.then(|| fragment.copy_of(rows(Fit::Whole)));
        let prefixed = (ids.len() == 1 && !has_whole).then(|| fragment.copy_of(rows(Fit::Prefix)));
        let mut state = self.lock();
        state.spans += fragment.trace.len() as u64;
        state.whole.extend(whole);
        state.ids.extend(ids);
        while state.ids.len() > NAMED + 1 {
            state.ids.pop_last();
        }
        if state.ids.len() > 1 || !state.whole.is_empty() {
            state.prefixed = Vec::new();
        } else {
            state.prefixed.extend(prefixed);
        }
    }

    /// Gives what was found, and how many spans were looked at.
    pub fn finish(self) -> (Lookup, u64) {
        let State { whole, prefixed, ids, spans } = self.state.into_inner();
        let found = if !whole.is_empty() || ids.len() <= 1 {
            let fragments = if whole.is_empty() { prefixed } else { whole };
            assemble(&fragments).into_iter().next().map_or(Lookup::Nothing, |batch| Lookup::Found(Box::new(batch)))
        } else {
            let more = ids.len() > NAMED;
            Lookup::Several { ids: ids.into_iter().take(NAMED).collect(), more }
        };
        (found, spans)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
