//! A writer that stops when the work is given up.

use std::io::{self, Write};

use crate::model::cancel::Cancel;

/// Passes bytes on until the token is cancelled; then every write fails with an error that [`is_cancelled`] knows.
#[derive(Debug)]
pub struct Cancellable<W> {
    out: W,
    cancel: Cancel,
}

impl<W> Cancellable<W> {
    /// Puts a token beside a writer.
    pub fn new(out: W, cancel: &Cancel) -> Cancellable<W> {
        Cancellable { out, cancel: cancel.clone() }
    }

    /// Returns the writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Cancellable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        go_on(&self.cancel)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        go_on(&self.cancel)?;
        self.out.flush()
    }
}

/// Fails if the token is cancelled.
pub fn go_on(cancel: &Cancel) -> io::Result<()> {
    if cancel.is_cancelled() { Err(io::Error::other(Cancelled)) } else { Ok(()) }
}

/// Tells whether an error says that the work was given up.
pub fn is_cancelled(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Cancelled>()).is_some()
}

/// The work was given up.
#[derive(Debug, thiserror::Error)]
#[error("the work was given up")]
struct Cancelled;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_token_stops_the_writer() {
        let cancel = Cancel::new();
        let mut out = Cancellable::new(Vec::new(), &cancel);
        out.write_all(b"a").expect("nothing is cancelled");
        cancel.cancel();
        let error = out.write_all(b"b").expect_err("it is cancelled");
        assert!(is_cancelled(&error) && !is_cancelled(&io::ErrorKind::BrokenPipe.into()));
        assert_eq!(out.into_inner(), b"a");
    }
}
