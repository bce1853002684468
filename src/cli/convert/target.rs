//! Which format is written, and whether it is packed: by `--to`, or by the name of the file.

use std::path::Path;

use clap::ValueEnum;

use crate::{
    cli::{Exit, Failure},
    output::traces::Format,
};

/// A format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Target {
    /// OTLP JSON, one trace on each line
    Otlp,
    /// OTLP protobuf, one message whatever its size
    OtlpProtobuf,
    /// Jaeger's JSON, as its UI opens it
    Jaeger,
    /// Zipkin's JSON, version 2
    Zipkin,
    /// A block of Tempo, vParquet4: OUT is the directory of all tenants, and the block is new in it
    #[cfg(feature = "tempo-block")]
    TempoBlock,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// What the end of a name says; longer ones first, where one is the end of another.
const ENDINGS: [(&str, Target); 8] = [
    (".jaeger.json", Target::Jaeger),
    (".zipkin.json", Target::Zipkin),
    (".json", Target::Otlp),
    (".jsonl", Target::Otlp),
    (".ndjson", Target::Otlp),
    (".pb", Target::OtlpProtobuf),
    (".bin", Target::OtlpProtobuf),
    (".binpb", Target::OtlpProtobuf),
];

impl Target {
    /// Returns the name for people.
    pub(super) fn title(self) -> &'static str {
        self.format().map_or("Tempo block", Format::title)
    }

    /// Returns the format of the traces in one file; `None` for a block, which is a directory.
    pub(super) fn format(self) -> Option<Format> {
        match self {
            Target::Otlp => Some(Format::OtlpJson),
            Target::OtlpProtobuf => Some(Format::OtlpProtobuf),
            Target::Jaeger => Some(Format::Jaeger),
            Target::Zipkin => Some(Format::Zipkin),
            #[cfg(feature = "tempo-block")]
            Target::TempoBlock => None,
        }
    }
}

/// Finds out what to write to `out`; `to` is what the user says.
pub(super) fn of(out: &Path, to: Option<Target>) -> Result<(Target, Packing), Failure> {
    if is_stdout(out) {
        return Ok((to.unwrap_or(Target::Otlp), Packing::None));
    }
    let name = out.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let (name, packing) = match (name.strip_suffix(".gz"), name.strip_suffix(".zst")) {
        (Some(inner), _) => (inner, Packing::Gzip),
        (_, Some(inner)) => (inner, Packing::Zstd),
        _ => (&*name, Packing::None),
    };
    let named = || ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, target)| *target);
    match to.or_else(named) {
        Some(target) => Ok((target, packing)),
        None => Err(Failure::new(Exit::Usage, format!("the name `{}` does not say which format", out.display()))
            .with_hint("add `--to otlp`, `otlp-protobuf`, `jaeger`, `zipkin` or `tempo-block`, or end the name in .jsonl or .binpb")),
    }
}

/// Tells whether OUT stands for stdout.
pub(super) fn is_stdout(out: &Path) -> bool {
    out == Path::new("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_format_and_packing() {
        let cases = [
            ("x.jsonl", Target::Otlp, Packing::None),
            ("dir/X.JSON.GZ", Target::Otlp, Packing::Gzip),
            ("a.ndjson.zst", Target::Otlp, Packing::Zstd),
            ("t.binpb.zst", Target::OtlpProtobuf, Packing::Zstd),
            ("t.pb", Target::OtlpProtobuf, Packing::None),
            ("t.bin", Target::OtlpProtobuf, Packing::None),
            ("t.jaeger.json", Target::Jaeger, Packing::None),
            ("t.zipkin.json.gz", Target::Zipkin, Packing::Gzip),
            ("-", Target::Otlp, Packing::None),
        ];
        for (name, target, packing) in cases {
            assert_eq!(of(Path::new(name), None).ok(), Some((target, packing)), "{name}");
        }
        for name in ["x", "x.gz", "json", "x.txt", "x.jsonl.bz2", ".."] {
            assert!(of(Path::new(name), None).is_err(), "{name}");
        }
        let said = of(Path::new("x.json.gz"), Some(Target::Zipkin)).ok();
        assert_eq!(said, Some((Target::Zipkin, Packing::Gzip)), "what is said comes first");
    }
}
