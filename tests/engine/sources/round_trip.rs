//! Traces that are written and read again are the same.

use std::{collections::HashSet, env, fs, path::Path};

use opentelemetry_proto::tonic::trace::v1::TracesData;
use proptest::{collection::vec, prelude::*};
use prost::Message;
use serde_json::Value;
use traceql::{
    model::{
        assemble::assemble,
        batch::{Batch, Fragment},
        projection::Projection,
    },
    output::{
        losses::Losses,
        traces::{Format, Stream, write_one},
    },
    source::Input,
};

use super::{
    flat,
    oracle::{Asked, flatten, sorted, traces},
    read_inputs,
};

/// Reads all that files hold.
fn read_all(files: &[Vec<u8>]) -> Vec<Fragment> {
    let files = files.iter().filter(|bytes| !bytes.is_empty());
    let inputs: Vec<_> = files.enumerate().map(|(at, bytes)| Input::memory(format!("{at}"), &bytes[..])).collect();
    read_inputs(&inputs, &Projection::everything(), false).unwrap().0
}

/// Reads random messages as if they were files.
fn read_messages(messages: &[TracesData]) -> Vec<Fragment> {
    read_all(&messages.iter().map(Message::encode_to_vec).collect::<Vec<_>>())
}

fn write(batches: &[Batch], format: Format) -> (Vec<u8>, Losses) {
    let mut file = Vec::new();
    let mut stream = Stream::new(&mut file, format);
    batches.iter().for_each(|batch| stream.batch(batch).unwrap());
    let losses = stream.finish().unwrap();
    (file, losses)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn otlp_json_holds_everything(messages in vec(traces(), 1..4)) {
        let fragments = read_messages(&messages);
        let batches = assemble(&fragments);
        let (file, losses) = write(&batches, Format::OtlpJson);
        prop_assert!(losses.is_empty());
        let again = read_all(std::slice::from_ref(&file));
        prop_assert_eq!(sorted(&flat::flatten(&again)), sorted(&flat::flatten(&fragments)));

        let text = String::from_utf8(file).unwrap();
        prop_assert_eq!(text.lines().count(), batches.iter().map(|batch| batch.traces.len()).sum::<usize>());
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let spans = line["resourceSpans"].as_array().unwrap().iter().flat_map(|of_resource| {
                of_resource["scopeSpans"].as_array().unwrap().iter().flat_map(|of_scope| of_scope["spans"].as_array().unwrap())
            });
            let mut ids: Vec<&str> = spans.map(|span| span["traceId"].as_str().unwrap()).collect();
            ids.dedup();
            prop_assert_eq!(ids.len(), 1, "each line holds one trace");
        }
    }

    #[test]
    fn otlp_protobuf_holds_everything(messages in vec(traces(), 1..4)) {
        let fragments = read_messages(&messages);
        let (file, losses) = write(&assemble(&fragments), Format::OtlpProtobuf);
        prop_assert!(losses.is_empty());
        let expected = sorted(&flat::flatten(&fragments));
        let message = TracesData::decode(&file[..]).unwrap();
        prop_assert_eq!(sorted(&flatten(&message, Asked::All)), &expected[..], "as others read it");
        prop_assert_eq!(sorted(&flat::flatten(&read_all(&[file]))), &expected[..]);
    }

    #[test]
    fn resources_and_scopes_come_once_in_a_trace(messages in vec(traces(), 1..4)) {
        let (file, _) = write(&assemble(&read_messages(&messages)), Format::OtlpProtobuf);
        let mut resources = HashSet::new();
        for mut of_resource in TracesData::decode(&file[..]).unwrap().resource_spans {
            let trace = of_resource.scope_spans[0].spans[0].trace_id.clone();
            let mut scopes = HashSet::new();
            for mut of_scope in std::mem::take(&mut of_resource.scope_spans) {
                prop_assert!(of_scope.spans.iter().all(|span| span.trace_id == trace));
                of_scope.spans.clear();
                prop_assert!(scopes.insert(of_scope.encode_to_vec()), "a scope comes twice");
            }
            prop_assert!(resources.insert((trace, of_resource.encode_to_vec())), "a resource comes twice");
        }
    }

    #[test]
    fn one_trace_is_written_as_among_others(messages in vec(traces(), 1..4)) {
        let batches = assemble(&read_messages(&messages));
        let (all, _) = write(&batches, Format::OtlpJson);
        let mut one_by_one = Vec::new();
        for batch in &batches {
            for trace in 0..batch.traces.len() {
                write_one(&mut one_by_one, batch, trace, Format::OtlpJson).unwrap();
            }
        }
        prop_assert_eq!(one_by_one, all);
    }
}

#[test]
fn no_traces_make_files_that_are_sound() {
    let files = [Format::OtlpJson, Format::OtlpProtobuf, Format::Jaeger, Format::Zipkin]
        .map(|format| String::from_utf8(write(&[], format).0).unwrap());
    assert_eq!(files, ["", "", "{\"data\":[\n\n]}\n", "[\n\n]\n"]);
}

#[test]
fn other_formats_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/sources/written");
    let batches = assemble(&read_all(&[fs::read(folder.join("order.otlp.jsonl")).unwrap()]));
    for (format, name) in [(Format::Jaeger, "order.jaeger"), (Format::Zipkin, "order.zipkin")] {
        let (file, losses) = write(&batches, format);
        let json: Value = serde_json::from_slice(&file).unwrap();
        let losses: String = losses.iter().map(|(loss, n)| loss.sentence(n) + "\n").collect();
        for (name, actual) in [(format!("{name}.json"), format!("{json:#}\n")), (format!("{name}.losses"), losses)] {
            let path = folder.join(&name);
            if env::var_os("UPDATE").is_some() {
                fs::write(&path, &actual).unwrap();
            }
            assert_eq!(fs::read_to_string(&path).unwrap_or_default(), actual, "{name}; UPDATE=1 rewrites it");
        }
    }
}
