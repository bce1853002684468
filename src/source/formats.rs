//! The trace formats that are read, as documentation and tests know them.

/// A trace format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceFormat {
    /// What documentation calls it.
    pub name: &'static str,
    /// The file or folder with the tests of its reader, below `tests/engine`.
    pub tests: &'static str,
    /// The fuzz target of its reader.
    pub fuzz_target: &'static str,
}

/// Every trace format that is read, in the order of the documentation.
pub const TRACE_FORMATS: [TraceFormat; 7] = [
    TraceFormat { name: "OTLP JSON", tests: "sources/oracle/json.rs", fuzz_target: "otlp_json" },
    TraceFormat { name: "OTLP protobuf", tests: "sources/oracle.rs", fuzz_target: "otlp_protobuf" },
    TraceFormat { name: "Jaeger JSON", tests: "sources/jaeger.rs", fuzz_target: "jaeger" },
    TraceFormat { name: "Zipkin JSON", tests: "sources/zipkin.rs", fuzz_target: "zipkin" },
    TraceFormat { name: "New Relic JSON", tests: "sources/new_relic.rs", fuzz_target: "new_relic" },
    TraceFormat { name: "Go's stdouttrace", tests: "sources/go_stdout.rs", fuzz_target: "go_stdout" },
    TraceFormat { name: "Tempo blocks", tests: "tempo_reader", fuzz_target: "tempo_block" },
];
