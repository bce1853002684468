//! Whole traces in the formats that other programs read, in files of any length.

use std::io;

use rayon::prelude::*;

use super::{jaeger, losses::Losses, otlp, rows::Rows, zipkin};
use crate::model::batch::Batch;

/// A format that holds traces one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OTLP JSON, an object with one trace on each line.
    OtlpJson,
    /// OTLP protobuf, one message.
    OtlpProtobuf,
    /// Jaeger's JSON, one object.
    Jaeger,
    /// Zipkin's JSON, version 2, one list of spans.
    Zipkin,
}

impl Format {
    /// Returns the name for people.
    pub fn title(self) -> &'static str {
        match self {
            Format::OtlpJson => "OTLP JSON",
            Format::OtlpProtobuf => "OTLP protobuf",
            Format::Jaeger => "Jaeger JSON",
            Format::Zipkin => "Zipkin JSON",
        }
    }

    /// Returns what stands before all traces, between two, and behind all.
    fn frame(self) -> [&'static str; 3] {
        match self {
            Format::OtlpJson => ["", "\n", "\n"],
            Format::OtlpProtobuf => ["", "", ""],
            Format::Jaeger => ["{\"data\":[\n", ",\n", "\n]}\n"],
            Format::Zipkin => ["[\n", ",\n", "\n]\n"],
        }
    }
}

/// Writes one trace of a batch, of which everything should have been asked for, as a whole file.
///
/// # Errors
///
/// Of writing.
pub fn write_one(out: &mut dyn io::Write, batch: &Batch, trace: usize, format: Format) -> io::Result<Losses> {
    let mut stream = Stream::new(out, format);
    let (text, losses) = Encoder::new(batch, format).trace(trace);
    stream.trace(&text, &losses)?;
    stream.finish()
}

/// Traces on their way into a file.
pub struct Stream<'w> {
    out: &'w mut dyn io::Write,
    format: Format,
    is_empty: bool,
    losses: Losses,
}

/// How many traces are encoded before the first of them is written.
const TRACES_AT_ONCE: usize = 512;

impl<'w> Stream<'w> {
    /// Makes a stream; nothing is written yet.
    pub fn new(out: &'w mut dyn io::Write, format: Format) -> Stream<'w> {
        Stream { out, format, is_empty: true, losses: Losses::default() }
    }

    /// Writes all traces of a batch, of which everything should have been asked for.
    ///
    /// # Errors
    ///
    /// Of writing.
    pub fn batch(&mut self, batch: &Batch) -> io::Result<()> {
        let encoder = Encoder::new(batch, self.format);
        let traces: Vec<usize> = (0..batch.traces.len()).collect();
        for some in traces.chunks(TRACES_AT_ONCE) {
            let encoded: Vec<(Vec<u8>, Losses)> = some.par_iter().map(|trace| encoder.trace(*trace)).collect();
            for (text, losses) in &encoded {
                self.trace(text, losses)?;
            }
        }
        Ok(())
    }

    fn trace(&mut self, text: &[u8], losses: &Losses) -> io::Result<()> {
        let [before, between, _] = self.format.frame();
        self.out.write_all(if std::mem::take(&mut self.is_empty) { before } else { between }.as_bytes())?;
        self.out.write_all(text)?;
        self.losses.extend(losses);
        Ok(())
    }

    /// Writes what stands behind all traces, and returns what the format could not hold.
    ///
    /// # Errors
    ///
    /// Of writing.
    pub fn finish(self) -> io::Result<Losses> {
        let [before, _, behind] = self.format.frame();
        if self.is_empty {
            self.out.write_all(before.as_bytes())?;
        }
        // No line of nothing.
        if !(self.is_empty && self.format == Format::OtlpJson) {
            self.out.write_all(behind.as_bytes())?;
        }
        Ok(self.losses)
    }
}

/// Writes the traces of one batch.
enum Encoder<'b> {
    OtlpJson(otlp::json::Writer<'b>),
    OtlpProtobuf(otlp::protobuf::Writer<'b>),
    Jaeger(jaeger::Writer<'b>),
    Zipkin(zipkin::Writer<'b>),
}

impl<'b> Encoder<'b> {
    fn new(batch: &'b Batch, format: Format) -> Encoder<'b> {
        let rows = Rows::new(batch);
        match format {
            Format::OtlpJson => Encoder::OtlpJson(otlp::json::Writer::new(rows)),
            Format::OtlpProtobuf => Encoder::OtlpProtobuf(otlp::protobuf::Writer::new(rows)),
            Format::Jaeger => Encoder::Jaeger(jaeger::Writer::new(rows)),
            Format::Zipkin => Encoder::Zipkin(zipkin::Writer::new(rows)),
        }
    }

    fn trace(&self, at: usize) -> (Vec<u8>, Losses) {
        let (mut text, mut losses) = (Vec::new(), Losses::default());
        match self {
            Encoder::OtlpJson(writer) => writer.trace(at, &mut text),
            Encoder::OtlpProtobuf(writer) => writer.trace(at, &mut text),
            Encoder::Jaeger(writer) => writer.trace(at, &mut text, &mut losses),
            Encoder::Zipkin(writer) => writer.trace(at, &mut text, &mut losses),
        }
        (text, losses)
    }
}
