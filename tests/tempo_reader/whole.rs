//! That reading everything of a block gives what reading everything of the file gives that it was made of.

use serde_json::{Value, json};
use traceql::model::projection::Projection;

use super::{VERSIONS, dataset, inputs, loose, recorded, spans};

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
