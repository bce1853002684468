//! Any bytes: no panic, sound columns, and as many spans as another decoder finds in messages without damage.
#![no_main]

mod reading;

use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};
use prost::Message;

fuzz_target!(|bytes: &[u8]| {
    let spans = reading::check(bytes);
    let Ok(data) = TracesData::decode(bytes) else { return };
    // Only what is written the usual way is surely told from other framings.
    if data.encode_to_vec() != bytes || bytes.is_empty() {
        return;
    }
    let all: Vec<&Span> = data.resource_spans.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans).collect();
    let sound = |span: &&Span| {
        let links = span.links.iter().all(|link| link.trace_id.len() == 16 && link.span_id.len() == 8);
        links && span.trace_id.len() == 16 && span.span_id.len() == 8 && matches!(span.parent_span_id.len(), 0 | 8)
    };
    if all.iter().all(sound) {
        assert_eq!(spans, Some(all.len()));
    } else {
        assert_eq!(spans, None);
    }
});
