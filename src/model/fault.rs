//! What is wrong inside a record, before anyone knows which file the record is from.

/// A fault at a byte of the text or message that is being decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Bytes from the beginning of what is being decoded.
    pub(crate) at: usize,
    /// What is wrong: lower case, no full stop.
    pub(crate) what: String,
}

/// The result of decoding. The fault is boxed because results travel through every call of the hot path.
pub(crate) type Decoded<T> = Result<T, Box<Fault>>;

/// Makes the error value of a [`Decoded`].
#[cold]
pub(crate) fn fault<T>(at: usize, what: impl Into<String>) -> Decoded<T> {
    Err(Box::new(Fault { at, what: what.into() }))
}
