//! Metrics: what is done with finished series.

#![cfg_attr(not(test), expect(dead_code, reason = "metrics queries have no plan yet"))]

mod exemplars;
mod math;
mod order;
mod second;

#[cfg(test)]
mod tests;
