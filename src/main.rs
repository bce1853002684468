//! The `traceql` binary.

fn main() {}
