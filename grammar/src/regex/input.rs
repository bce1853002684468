//! The pattern while it is read, and the flags that are in force there.

/// The text and how far it has been read.
pub(super) struct Input<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Offset of the last `:]`, 0 if there is none.
    pub(super) last_posix_end: usize,
}

impl<'t> Input<'t> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let eaten = self.rest().starts_with(prefix);
        if eaten {
            self.at += prefix.len();
        }
        eaten
    }

    /// Reads up to `end` and over it; `None`, without reading, if `end` does not follow.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let length = self.rest().find(end)?;
        let taken = &self.rest()[..length];
        self.at += length + end.len();
        Some(taken)
    }
}

/// The flags of both languages.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) swap_greed: bool,
}

impl Flags {
    pub(super) fn get_mut(&mut self, flag: char) -> Option<&mut bool> {
        match flag {
            'i' => Some(&mut self.ignore_case),
            'm' => Some(&mut self.multi_line),
            's' => Some(&mut self.dot_all),
            'U' => Some(&mut self.swap_greed),
            _ => None,
        }
    }

    /// Returns the flags to write so that `from` becomes `self`: `i-s`.
    pub(super) fn change(mut self, mut from: Flags) -> String {
        let (mut on, mut off) = (String::new(), String::new());
        for flag in ['i', 'm', 's', 'U'] {
            let (new, old) = (self.get_mut(flag).copied(), from.get_mut(flag).copied());
            if new != old {
                if new == Some(true) { &mut on } else { &mut off }.push(flag);
            }
        }
        if off.is_empty() { on } else { format!("{on}-{off}") }
    }
}
