//! Finds the ends of JSON objects by brackets and quotes alone, and what stands between objects.

/// Where an object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectEnd {
    /// Right before this byte.
    At(usize),
    /// Behind the end of what is there.
    Beyond,
    /// Nobody knows: a bracket closes what is not open, or a line breaks inside a string, right before this byte.
    Broken(usize),
}

/// How deep brackets may nest: much deeper than any reader goes, so that one record that nests too deep is one damage.
const DEEPEST: usize = 1 << 20;

/// Finds the end of the object or array that begins at `start`.
pub(super) fn object_end(text: &[u8], start: usize) -> ObjectEnd {
    let (mut at, mut open) = (start, Vec::new());
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' if open.len() == DEEPEST => return ObjectEnd::Broken(at),
            // The closing bracket of either kind stands two behind the opening one.
            b'{' | b'[' => open.push(byte + 2),
            b'}' | b']' if open.pop() != Some(*byte) => return ObjectEnd::Broken(at),
            b'}' | b']' if open.is_empty() => return ObjectEnd::At(at),
            b'"' => loop {
                match text.get(at..).and_then(|rest| memchr::memchr3(b'"', b'\\', b'\n', rest)) {
                    None => return ObjectEnd::Beyond,
                    Some(stop) => at += stop + 1,
                }
                match text[at - 1] {
                    b'"' => break,
                    b'\\' => at += 1,
                    _ => return ObjectEnd::Broken(at),
                }
            },
            _ => {}
        }
    }
    ObjectEnd::Beyond
}

/// How many bytes may be looked at in vain, for each byte of a text: as many objects as are open in each other where
/// damaged records break, and room to spare.
const PATIENCE: usize = 32;

/// Counts the bytes that were looked at without finding the end of an object.
///
/// Where an object is broken, what looks like one inside of it may be whole, and is worth a look; but a text in which that
/// never ends well is not looked at again and again.
pub(super) struct Patience {
    text: usize,
    in_vain: usize,
}

impl Patience {
    /// Makes one for a text of so many bytes.
    pub(super) fn new(text: usize) -> Patience {
        Patience { text, in_vain: 0 }
    }

    pub(super) fn lose(&mut self, bytes: usize) {
        self.in_vain = self.in_vain.saturating_add(bytes);
    }

    pub(super) fn is_left(&self) -> bool {
        self.in_vain / PATIENCE <= self.text
    }
}

/// Looks for the ends of objects in one text.
pub(super) struct Ends<'t> {
    text: &'t [u8],
    patience: Patience,
}

/// What is known of the end of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It ends right before this byte.
    End(usize),
    /// It may end behind the text.
    Beyond,
    /// It cannot be known; the next object may begin from this byte on.
    Broken(usize),
}

impl<'t> Ends<'t> {
    /// Makes one for objects of `text`.
    pub(super) fn new(text: &'t [u8]) -> Ends<'t> {
        Ends { text, patience: Patience::new(text.len()) }
    }

    /// Finds the end of the object that begins at `start`.
    pub(super) fn find(&mut self, start: usize) -> Found {
        match object_end(self.text, start) {
            ObjectEnd::At(end) => Found::End(end),
            ObjectEnd::Beyond => Found::Beyond,
            ObjectEnd::Broken(at) => {
                self.patience.lose(at - start);
                Found::Broken(if self.patience.is_left() { start + 1 } else { at })
            }
        }
    }

    /// Finds the end of a damaged object, if its brackets match and what follows can follow an object. `None` too where
    /// that was looked for too often.
    pub(super) fn of_damaged(&mut self, start: usize) -> Option<usize> {
        if !self.patience.is_left() {
            return None;
        }
        let looked_at = match object_end(self.text, start) {
            ObjectEnd::At(end) => {
                let behind = self.text[end..].iter().find(|byte| !byte.is_ascii_whitespace());
                if behind.is_none_or(|byte| b",]{[".contains(byte)) {
                    return Some(end);
                }
                end
            }
            ObjectEnd::Broken(at) => at,
            ObjectEnd::Beyond => self.text.len(),
        };
        self.patience.lose(looked_at - start);
        None
    }
}

/// Where a text stands between objects: in how many arrays, and what came last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    /// How many arrays are open.
    pub(super) arrays: u32,
    pub(super) last: Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Open,
    Comma,
    Value,
}

impl Between {
    /// The beginning of a text.
    pub(super) const START: Between = Between { arrays: 0, last: Last::Open };

    /// Takes a bracket or comma, or the `{` of an object, and tells whether it may stand here.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let may_begin = self.arrays == 0 || self.last != Last::Value;
        match byte {
            b'[' => {
                (self.arrays, self.last) = (self.arrays.saturating_add(1), Last::Open);
                may_begin
            }
            b']' => {
                let fits = self.arrays > 0 && self.last != Last::Comma;
                (self.arrays, self.last) = (self.arrays.saturating_sub(1), Last::Value);
                fits
            }
            b',' => {
                let fits = self.arrays > 0 && self.last == Last::Value;
                self.last = Last::Comma;
                fits
            }
            _ => {
                self.last = Last::Value;
                may_begin
            }
        }
    }
}
