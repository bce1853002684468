//! That reading everything of a block gives what reading everything of the file gives that it was made of.

use std::{env, fs, process};

use proptest::prelude::*;
use serde_json::{Value, json};
use traceql::{
    model::{assemble::assemble, cancel::Cancel, projection::Projection},
    output::tempo_block::{Options, write},
    source::{Input, find},
};

use super::{VERSIONS, dataset, inputs, loose, random, recorded, spans};

/// Takes from the span of a file what a version of blocks cannot hold.
fn without_what_is_lost(span: &mut Value, version: &str) {
    // No version has columns for the addresses of conventions.
    span["resource"]["schema"] = json!("");
    span["scope"]["schema"] = json!("");
    // The service's name has a column that is never without text: an empty name and none are the same.
    let resource = span["resource"]["attributes"].as_object_mut().unwrap();
    resource.retain(|key, value| key != "service.name" || value["text"] != "");
    if version == "vParquet3" {
        // Values that are bytes keep their key only, as null does.
        let attributes = span["attributes"].as_object_mut().unwrap();
        for value in attributes.values_mut().filter(|value| value["other"] == r#"{"bytesValue":"AQI="}"#) {
            *value = json!({ "other": "{}" });
        }
        // Instrumentation scopes have no attributes.
        span["scope"]["attributes"] = json!({});
    }
}

#[test]
fn blocks_hold_what_the_files_held() {
    for name in ["zoo", "shop"] {
        let of_file = loose(&inputs(&[dataset(name)]), &Projection::everything(), false).unwrap().0;
        for version in VERSIONS {
            let mut expected = spans::all(&of_file);
            expected.iter_mut().for_each(|span| without_what_is_lost(span, version));
            expected.sort_by_key(Value::to_string);
            let of_block = loose(&inputs(&[recorded(name, version)]), &Projection::everything(), false).unwrap().0;
            let found = spans::all(&of_block);
            assert_eq!(found.len(), expected.len(), "{name} {version}");
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{name} {version}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn blocks_that_are_written_are_read_back(traces in random::traces(), row_group_traces in 1..6usize) {
        let everything = Projection::everything();
        let input = Input::memory("random", traces.otlp().into_bytes());
        let of_file = loose(&[input], &everything, false).unwrap().0;
        let root = env::temp_dir().join(format!("traceql-reader-{}", process::id()));
        let _ = fs::remove_dir_all(&root);
        let options = Options { row_group_traces, ..Options::new("00000000-0000-4000-8000-000000000001") };
        write(&root, &assemble(&of_file), &options, &Cancel::new()).unwrap();
        let of_block = loose(&find(&[root.to_str().unwrap().to_owned()]).unwrap(), &everything, false).unwrap().0;
        fs::remove_dir_all(&root).unwrap();
        let mut expected = spans::all(&of_file);
        expected.iter_mut().for_each(|span| without_what_is_lost(span, "vParquet4"));
        expected.sort_by_key(Value::to_string);
        let found = spans::all(&of_block);
        found.iter().zip(&expected).for_each(|(found, expected)| assert_eq!(found, expected));
        prop_assert_eq!(found.len(), expected.len());
    }
}
