//! Prints traces of a made-up web shop as OTLP JSON lines:
//! `cargo run --example generate -- --traces 60 --seed 1`.

#[path = "../benches/generate/mod.rs"]
mod generate;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut traces, mut seed) = (60, 1);
    for pair in arguments.chunks(2) {
        match (pair[0].as_str(), pair.get(1).and_then(|number| number.parse().ok())) {
            ("--traces", Some(number)) => traces = number,
            ("--seed", Some(number)) => seed = number,
            _ => {
                let _ = writeln!(io::stderr(), "usage: generate [--traces N] [--seed N]");
                return ExitCode::from(2);
            }
        }
    }
    let mut out = BufWriter::new(io::stdout().lock());
    // A reader that has seen enough closes the pipe; that is no failure.
    let _ = generate::shop(traces as usize, seed).try_for_each(|line| writeln!(out, "{line}"));
    ExitCode::SUCCESS
}
