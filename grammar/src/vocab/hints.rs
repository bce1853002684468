//! Hints: the words inside `with (…)`.

use super::release::Release;
use crate::value::Type;

/// A hint with its types and documentation.
#[derive(Debug)]
pub struct HintRow {
    /// Its name.
    pub name: &'static str,
    /// The types of its value. Tempo ignores a hint whose value has another type.
    pub types: &'static [Type],
    /// A value.
    pub example: &'static str,
    /// Whether it works only for tenants that are allowed unsafe hints.
    pub is_unsafe: bool,
    /// The first Tempo release that reads it.
    pub since: Release,
    /// One line for hover texts.
    pub doc: &'static str,
}

macro_rules! hints {
    ($($name:literal [$($ty:ident)*] $example:literal $unsafe:literal $since:ident $doc:literal;)*) => {
        /// Every hint that some release reads.
        pub static HINTS: &[HintRow] = &[
            $(HintRow {
                name: $name, types: &[$(Type::$ty),*], example: $example, is_unsafe: $unsafe, since: Release::$since, doc: $doc,
            },)*
        ];
    };
}

hints! {
    "most_recent" [Bool] "true" false V2_8 "finds the newest traces first, and the same ones each time";
    "sample" [Bool Int Float] "true" false V2_4 "measures a part of the spans or traces and scales the result";
    "trace_sample" [Int Float] "0.1" false V2_9 "measures a part of the traces";
    "span_sample" [Int Float] "0.1" false V2_9 "measures a part of the spans";
    "exemplars" [Int Bool] "100" false V2_6 "how many exemplars come with the series; `false` for none";
    "extrapolate" [Bool] "true" false Main "weights counts by the threshold at which traces were sampled";
    "job_size" [Int] "100000000" true V2_5 "the size of a job";
    "time_overlap_cutoff" [Int Float] "0.2" true V2_5 "from which overlap on a block is filtered by time";
    "concurrent_blocks" [Int] "10" true V2_5 "read by no release that is known";
    "debug" [Bool] "true" true V2_9 "logs what the sampler does";
    "info" [Bool] "true" true V2_9 "logs what the sampler decides";
    "debug_return_in" [Duration] "1s" true V2_10 "answers with made-up data after this time";
    "debug_std_dev" [Duration] "100ms" true V2_10 "how far the time before a made-up answer varies";
    "debug_data_factor" [Int Float] "0.5" true V2_10 "how likely a made-up answer has data";
    "skip_ast_transformations" [String] "\"all\"" true V3_0 "keeps the query as it is written";
    "spanonly_fetch" [Bool] "true" true V3_0 "reads spans without their traces where the query allows it";
}

/// Finds the hint of this name.
pub fn find(name: &str) -> Option<&'static HintRow> {
    HINTS.iter().find(|row| row.name == name)
}
