//! Groups while they are read, and the item in them that a repetition would repeat.

use super::input::Flags;

/// What is being repeated, if a repetition follows.
pub(super) struct Atom {
    /// Where it starts in the output.
    pub(super) out: usize,
    /// Whether a repetition has been applied to it.
    pub(super) repeated: bool,
    /// The product of its nested repetitions.
    pub(super) product: u32,
    /// Its size with repetitions written out.
    pub(super) size: u64,
    /// How deep the groups in it nest.
    pub(super) height: u32,
}

/// A group that is open, or the whole pattern.
pub(super) struct Group {
    /// Offset of its `(` in the text.
    pub(super) open: usize,
    /// Where it starts in the output.
    pub(super) out: usize,
    /// The flags that hold again behind it.
    pub(super) flags: Flags,
    /// The flags in force inside it, as far as they are written.
    pub(super) written: Flags,
    /// The last item, which a repetition would repeat.
    pub(super) last: Option<Atom>,
    /// As in [`Atom`], over everything before the last item.
    pub(super) product: u32,
    pub(super) size: u64,
    pub(super) height: u32,
}

impl Group {
    pub(super) fn new(open: usize, flags: Flags, written: Flags, out: usize) -> Group {
        Group { open, out, flags, written, last: None, product: 0, size: 0, height: 0 }
    }

    /// Takes the last item in, so that nothing repeats it any more.
    pub(super) fn settle(&mut self) {
        if let Some(atom) = self.last.take() {
            self.product = self.product.max(atom.product);
            self.size = self.size.saturating_add(atom.size);
            self.height = self.height.max(atom.height);
        }
    }
}
