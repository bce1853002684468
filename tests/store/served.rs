//! What is asked of a store, counted: which objects, which of their bytes, and how often.

use std::{collections::BTreeMap, fs};

use crate::{
    run::{SECRET, SHOP, assert_same, blocks, bucket, found, told, traceql},
    stub::{Behaviour, Request, Stub},
};

/// The variables for a stub that is S3.
pub(crate) fn s3(url: &str) -> [(&str, &str); 3] {
    [("AWS_ENDPOINT_URL", url), ("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", SECRET)]
}

/// Fails if bytes came twice, or an object with traces came as a whole.
fn assert_read_once(requests: &[Request]) {
    let mut ranges: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for request in requests.iter().filter(|request| !request.key.is_empty()) {
        let size = fs::metadata(blocks().join(&request.key)).map_or(0, |data| data.len());
        let range = request.range.clone().unwrap_or(0..size);
        assert!(request.range.is_some() || !request.key.ends_with(".parquet"), "all of it: {request:?}");
        ranges.entry(&request.key).or_default().push(range);
    }
    for (key, ranges) in &mut ranges {
        ranges.sort_by_key(|range| range.start);
        assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "twice of {key}: {ranges:?}");
    }
}

pub(crate) fn layouts_are_the_same_as_folders() {
    let root = bucket("layouts");
    let stub = Stub::start(Behaviour::Serves(root.clone()));
    let variables = s3(&stub.url);
    for part in ["tempo/single-tenant/b1", "tempo/other/", "tempo", "", "dumps", "dumps/a b/shop+1.jsonl.gz"] {
        assert_same(&format!("s3://traces/{part}"), &root.join(part), &variables);
    }
    let google = [("STORAGE_EMULATOR_HOST", stub.url.as_str())];
    assert_same("gs://traces/tempo/other", &root.join("tempo/other"), &google);
    assert_same("gs://traces/dumps/", &root.join("dumps"), &google);
}

pub(crate) fn a_block_takes_few_requests() {
    let stub = Stub::start(Behaviour::Serves(blocks()));
    let url = format!("s3://traces/{SHOP}");
    let query = ["query", "{ name = \"nothing of that name\" }", &url];
    assert_eq!(traceql(&query, &s3(&stub.url)).status.code(), Some(1));
    let requests = stub.take();
    let keys: Vec<&str> = requests.iter().map(|request| request.key.trim_start_matches(SHOP)).collect();
    assert_eq!(keys[..3], ["", "/meta.json", "/data.parquet"], "list, meta, footer");
    assert!(keys[3..].iter().all(|key| *key == "/data.parquet") && keys.len() <= 9, "{requests:#?}");
    assert_read_once(&requests);
    let (size, read) = (461_093, requests[2..].iter().map(|request| request.bytes).sum::<u64>());
    assert!(read < size / 4, "{read} bytes of {size}");
}

pub(crate) fn nothing_is_read_twice() {
    let stub = Stub::start(Behaviour::Serves(blocks()));
    let variables = s3(&stub.url);
    for url in ["s3://traces", &format!("s3://traces/{SHOP}")] {
        for query in crate::run::QUERIES {
            found(&[query, &[url]].concat(), &variables);
            assert_read_once(&stub.take());
        }
    }
}

pub(crate) fn lists_stop_at_blocks() {
    let root = bucket("lists");
    let stub = Stub::start(Behaviour::Serves(root.clone()));
    fs::create_dir_all(root.join("tempo/single-tenant/b1/deeper/and/deeper")).expect("a folder can be made");
    found(&["query", "{ }", "s3://traces/tempo"], &s3(&stub.url));
    let lists = stub.take().iter().filter(|request| request.key.is_empty()).count();
    assert_eq!(lists, 6, "the root, two tenants, three blocks");
}

pub(crate) fn stores_and_files_are_read_as_one() {
    let stub = Stub::start(Behaviour::Serves(bucket("mixed")));
    let query = ["query", "{ } | count_over_time()", "--instant", "--format", "csv"];
    let count = |sources: &[&str]| found(&[&query, sources].concat(), &s3(&stub.url));
    let local = "tests/blocks/zoo-vParquet4";
    assert_eq!(count(&["s3://traces/tempo/single-tenant", local]), count(&["tests/blocks/shop-vParquet4", local]));
    assert_eq!(
        count(&["s3://traces/dumps", local, "s3://traces/dumps/"]),
        count(&["examples/shop.otlp.jsonl", local]),
        "what is named twice is read once"
    );
}

pub(crate) fn damage_is_named() {
    let root = bucket("damage");
    let data = root.join("tempo/other/b2/data.parquet");
    let bytes = fs::read(&data).expect("it is there");
    fs::write(&data, &bytes[..bytes.len() / 2]).expect("the disk has room");
    let stub = Stub::start(Behaviour::Serves(root.clone()));
    let variables = s3(&stub.url);
    let (status, text) = told(&["query", "{ }", "s3://traces/tempo"], &variables);
    assert_eq!(status, Some(5), "{text}");
    assert!(text.starts_with("error: s3://traces/tempo/other/b2/data.parquet"), "{text}");
    let output = traceql(&["query", "{ }", "s3://traces/tempo", "--keep-going", "--limit", "1"], &variables);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("skipped s3://traces/tempo/other/b2/data.parquet") && !output.stdout.is_empty(), "{text}");
    // Without the traces, and without what describes them.
    fs::remove_file(&data).expect("it is there");
    fs::remove_file(root.join("tempo/single-tenant/b1/meta.json")).expect("it is there");
    let (status, text) = told(&["query", "{ }", "s3://traces/tempo", "--keep-going"], &variables);
    assert_eq!(status, Some(4), "{text}");
    assert!(
        text.contains("b2/data.parquet: it is not there") && text.contains("b1/meta.json: it is missing"),
        "{text}"
    );
}

pub(crate) fn profiles_give_credentials_and_regions() {
    let stub = Stub::start(Behaviour::Serves(blocks()));
    let home = bucket("home");
    fs::create_dir_all(home.join(".aws")).expect("a folder can be made");
    let write = |file: &str, text: &str| fs::write(home.join(".aws").join(file), text).expect("the disk has room");
    let secret = format!("aws_secret_access_key = {SECRET}");
    write(
        "credentials",
        &format!(
            "[default]\naws_access_key_id = AKIADEFAULT\n{secret}\n[shop]\naws_access_key_id=AKIASHOP\n{secret}\n"
        ),
    );
    let endpoint = &stub.url;
    write(
        "config",
        &format!("[profile shop]\nregion = eu-west-3\nendpoint_url = {endpoint}\n[profile sso]\nsso_session = me\n"),
    );
    let home = home.to_str().expect("paths are UTF-8");
    let asked = |variables: &[(&str, &str)]| {
        found(&["query", "{ }", &format!("s3://traces/{SHOP}")], &[variables, &[("HOME", home)]].concat());
        stub.take().remove(0).authorization
    };
    let shop = asked(&[("AWS_PROFILE", "shop")]);
    assert!(shop.contains("Credential=AKIASHOP/") && shop.contains("/eu-west-3/s3/"), "{shop}");
    let default = asked(&[("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", "us-west-2")]);
    assert!(default.contains("Credential=AKIADEFAULT/") && default.contains("/us-west-2/s3/"), "{default}");
    let variables =
        asked(&[("AWS_PROFILE", "shop"), ("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    assert!(variables.contains("Credential=AKIAENV/") && variables.contains("/eu-west-3/s3/"), "{variables}");
    assert_eq!(asked(&[("AWS_PROFILE", "shop"), ("AWS_SKIP_SIGNATURE", "true")]), "", "nobody in particular asks");
    let (status, text) = told(&["query", "{ }", "s3://traces"], &[("HOME", home), ("AWS_PROFILE", "sso")]);
    assert_eq!(status, Some(5));
    assert!(
        text.contains("`sso_session`") && text.contains("aws configure export-credentials --profile sso"),
        "{text}"
    );
    let (_, text) = told(&["query", "{ }", "s3://traces"], &[("HOME", home), ("AWS_PROFILE", "typo")]);
    assert!(text.contains("there is no profile `typo`"), "{text}");
}
