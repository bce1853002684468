//! Runs the binary against a store.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What must never be seen.
pub(crate) const SECRET: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

/// Runs `traceql` with these variables and no others that stores know.
pub(crate) fn traceql(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let output = command(args, variables).output().expect("the binary runs");
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(SECRET), "a secret is told: {output:?}");
    }
    output
}

/// Makes a run of `traceql` with these variables and no others that stores know.
pub(crate) fn command(args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_stores = ["AWS_", "GOOGLE_", "AZURE_", "AZURITE_", "STORAGE_", "TRACEQL_"];
        if of_stores.iter().any(|prefix| name.starts_with(prefix)) || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&*name);
        }
    }
    command.env("HOME", "/nowhere").envs(variables.iter().copied());
    command
}

/// Returns stdout of a run that found something, or nothing.
pub(crate) fn found(args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = traceql(args, variables);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {:?}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

/// Returns the status and stderr of a run.
pub(crate) fn told(args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = traceql(args, variables);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Queries that read much and little, and loose spans as well as whole traces.
pub(crate) const QUERIES: [&[&str]; 3] = [
    &["query", "{ status = error } | select(name)", "--limit", "0", "--spss", "0", "--format", "json"],
    &["query", "{ kind = server } >> { span.db.system != nil }", "--limit", "0", "--format", "json"],
    &["query", "{ } | rate() by (resource.service.name)", "--step", "5m", "--format", "csv"],
];

/// Asks a store and this machine the same, and compares the answers.
pub(crate) fn assert_same(url: &str, folder: &Path, variables: &[(&str, &str)]) {
    for query in QUERIES {
        let folder = folder.to_str().expect("paths are UTF-8");
        let local = without_work(&found(&[query, &[folder]].concat(), &[]));
        let far = without_work(&found(&[query, &[url]].concat(), variables));
        assert!(far == local, "{query:?} of {url}:\n{far}\nof {folder}:\n{local}");
    }
}

/// Returns an answer without how many bytes were read for it: of what is far away other pieces are read than of what is near.
fn without_work(answer: &str) -> String {
    match answer.split_once("\"inspectedBytes\":\"") {
        Some((before, behind)) => format!("{before}{}", behind.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => answer.to_owned(),
    }
}

/// Returns the folder with the recorded blocks.
pub(crate) fn blocks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blocks")
}

/// The folder of a recorded block, from the root of the bucket.
pub(crate) const SHOP: &str = "shop-vParquet4/single-tenant/00000000-0000-4000-8000-000000000001";

/// The other one.
pub(crate) const ZOO: &str = "zoo-vParquet4/single-tenant/00000000-0000-4000-8000-000000000001";

/// Makes a folder that looks like a bucket in use: blocks of two tenants, what Tempo keeps beside them, a compacted block,
/// and a folder of dumps.
pub(crate) fn bucket(test: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store").join(test);
    let _ = fs::remove_dir_all(&root);
    let copy = |from: &str, to: &str| {
        fs::create_dir_all(root.join(to)).expect("a folder can be made");
        for entry in fs::read_dir(blocks().join(from)).expect("the block is there") {
            let entry = entry.expect("the block can be read");
            fs::copy(entry.path(), root.join(to).join(entry.file_name())).expect("the disk has room");
        }
    };
    copy(SHOP, "tempo/single-tenant/b1");
    copy(ZOO, "tempo/other/b2");
    copy(SHOP, "tempo/other/b3");
    let beside = |path: &str, bytes: &[u8]| fs::write(root.join(path), bytes).expect("the disk has room");
    fs::rename(root.join("tempo/other/b3/meta.json"), root.join("tempo/other/b3/meta.compacted.json"))
        .expect("it is there");
    beside("tempo/other/index.json.gz", b"\x1f\x8b");
    beside("tempo/tempo_cluster_seed.json", b"{}");
    beside("tempo/.hidden", b"no traces");
    fs::create_dir_all(root.join("dumps/a b")).expect("a folder can be made");
    let dump = fs::read("examples/shop.otlp.jsonl").expect("the example is there");
    let packed = File::create(root.join("dumps/a b/shop+1.jsonl.gz")).expect("the disk has room");
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &dump).and_then(|()| packed.finish().map(drop)).expect("the disk has room");
    root
}
