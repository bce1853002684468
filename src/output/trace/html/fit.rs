//! Finds how much of a trace fits into a page.
//!
//! Packing tells how large data is, so that it is tried out; each trial takes as long as what it packs is large. So trials
//! begin small and grow until one is too large: what a long trace has beyond that is never packed.

use std::io;

use super::{LeftOut, data::Extent};

/// Packed data, and what it leaves out.
pub(super) type Packed = (Vec<u8>, LeftOut);

/// How many spans the first trial has.
const FIRST: usize = 64;

/// How much more the next trial has.
const GROWTH: usize = 4;

/// Trials of how much of a trace fits.
pub(super) struct Fit<'v> {
    /// How many spans the trace has.
    pub(super) all: usize,
    /// How many bytes the data may take.
    pub(super) room: usize,
    /// Packs as much as it is told.
    pub(super) pack: &'v dyn Fn(&Extent) -> io::Result<Packed>,
}

/// A number of spans that was tried.
struct Tried {
    spans: usize,
    packed: Packed,
}

/// The largest number that is known to fit, and the smallest that is known not to with the bytes that it takes.
struct Bounds {
    fitting: Option<Tried>,
    too_many: Option<(usize, usize)>,
}

impl Fit<'_> {
    /// Packs all spans as `extent` says; `None` if that does not fit.
    pub(super) fn all(&self, extent: Extent) -> io::Result<Option<Packed>> {
        let bounds = self.grow(&|n| Extent { spans: Some(n), ..extent })?;
        Ok(bounds.fitting.filter(|_| bounds.too_many.is_none()).map(|tried| tried.packed))
    }

    /// Packs about as many spans as fit, with the extent of each number; `None` if not even none do.
    pub(super) fn most(&self, extent: &dyn Fn(usize) -> Extent) -> io::Result<Option<Packed>> {
        let Bounds { fitting, too_many } = self.grow(extent)?;
        let nothing = || Ok::<_, io::Error>(Tried { spans: 0, packed: (self.pack)(&extent(0))? });
        let mut fitting = fitting.map_or_else(nothing, Ok)?;
        if !self.fits(&fitting.packed) {
            return Ok(None);
        }
        let Some((mut too_many, mut size)) = too_many else { return Ok(Some(fitting.packed)) };
        // To the last span it need not be.
        while too_many - fitting.spans > 1 + fitting.spans / 64 {
            let gap = too_many - fitting.spans;
            let (room, taken) = (self.room, fitting.packed.0.len());
            // Each span takes about as much as any other.
            let share = (room - taken) as f64 / size.saturating_sub(taken).max(1) as f64;
            let step = ((gap as f64 * share) as usize).clamp(gap.div_ceil(16), gap - gap.div_ceil(16).min(gap - 1));
            let spans = fitting.spans + step;
            let packed = (self.pack)(&extent(spans))?;
            if self.fits(&packed) {
                fitting = Tried { spans, packed };
            } else {
                (too_many, size) = (spans, packed.0.len());
            }
        }
        Ok(Some(fitting.packed))
    }

    /// Tries larger and larger numbers until one does not fit or all spans do.
    fn grow(&self, extent: &dyn Fn(usize) -> Extent) -> io::Result<Bounds> {
        let mut bounds = Bounds { fitting: None, too_many: None };
        let mut spans = FIRST.min(self.all);
        loop {
            let packed = (self.pack)(&extent(spans))?;
            if !self.fits(&packed) {
                bounds.too_many = Some((spans, packed.0.len()));
                return Ok(bounds);
            }
            bounds.fitting = Some(Tried { spans, packed });
            if spans == self.all {
                return Ok(bounds);
            }
            spans = spans.saturating_mul(GROWTH).min(self.all);
        }
    }

    fn fits(&self, packed: &Packed) -> bool {
        packed.0.len() <= self.room
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Finds how many of `all` spans of 10 bytes fit into 100,000 bytes, and how many spans that packs in all.
    fn most(all: usize) -> (Option<usize>, usize) {
        let packed = Cell::new(0);
        let pack = |extent: &Extent| {
            let spans = extent.spans.expect("a number");
            packed.set(packed.get() + spans);
            Ok((vec![0; 10 * spans], LeftOut::default()))
        };
        let fit = Fit { all, room: 100_000, pack: &pack };
        let most = fit.most(&|n| Extent { spans: Some(n), ..Extent::default() }).expect("nothing fails");
        (most.map(|(data, _)| data.len() / 10), packed.get())
    }

    #[test]
    fn what_does_not_fit_is_hardly_packed() {
        for all in [20_000, 100_000, 100_000_000] {
            let (fitting, packed) = most(all);
            let fitting = fitting.expect("some fit");
            assert!((9_800..=10_000).contains(&fitting), "{fitting} of {all}");
            assert!(packed < 120_000, "{packed} spans are packed to find that {fitting} of {all} fit");
        }
    }

    #[test]
    fn few_spans_fit_all() {
        for all in [0, 1, 63, 64, 65, 9_999, 10_000] {
            assert_eq!(most(all).0, Some(all));
        }
    }
}
