//! Editor intelligence for TraceQL.
//!
//! `document` knows where in a file a query stands and how offsets become lines and columns. No protocol and no IO here:
//! the command line uses it too.

#![forbid(unsafe_code)]

pub mod document {
    //! Files that hold queries, and the positions inside them.

    pub mod lines;
}
