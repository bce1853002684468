//! How blocks lie in folders, and what the command line says of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use traceql::source::find;

use super::{dataset, recorded};

/// A directory that is removed at the end of a test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("blocks-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Copies a recorded block of the zoo.
    fn block(&self, folder: &str) {
        for name in ["meta.json", "data.parquet", "bloom-0", "index"] {
            self.write(&format!("{folder}/{name}"), &fs::read(recorded("zoo", "vParquet4").join(name)).unwrap());
        }
    }

    /// Finds inputs and returns their names without the directory.
    #[track_caller]
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<_> = arguments.iter().map(|argument| self.0.join(argument).display().to_string()).collect();
        let names = find(&arguments)
            .unwrap()
            .into_iter()
            .map(|input| input.name()[self.0.display().to_string().len()..].to_owned());
        names.map(|name| name.trim_matches('/').to_owned()).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn blocks_are_found_wherever_they_lie() {
    let directory = Directory::new("found");
    directory.block("bucket/one/00000000-0000-4000-8000-00000000000a");
    directory.block("bucket/one/00000000-0000-4000-8000-00000000000b");
    directory.block("bucket/two/00000000-0000-4000-8000-00000000000c");
    // What Tempo keeps beside blocks.
    directory.write("bucket/one/index.json.gz", b"\x1f\x8b");
    directory.write("bucket/one/index.pb.zst", b"x");
    directory.write("bucket/tempo_cluster_seed.json", b"{}");
    // A block that was compacted into another one.
    directory.block("bucket/two/00000000-0000-4000-8000-00000000000d");
    let compacted = directory.0.join("bucket/two/00000000-0000-4000-8000-00000000000d");
    fs::rename(compacted.join("meta.json"), compacted.join("meta.compacted.json")).unwrap();
    // Of a block whose traces are gone nothing is left to read.
    directory.write("bucket/two/00000000-0000-4000-8000-00000000000e/meta.compacted.json", b"{}");
    directory.write("more/spans.json", b"{}");

    let block = |tenant: &str, number: char| format!("bucket/{tenant}/00000000-0000-4000-8000-00000000000{number}");
    let (a, b, c) = (block("one", 'a'), block("one", 'b'), block("two", 'c'));
    assert_eq!(directory.found(&["bucket"]), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(directory.found(&["bucket/one"]), [a.clone(), b.clone()]);
    assert_eq!(directory.found(&[&a]), std::slice::from_ref(&a));
    assert_eq!(directory.found(&[&format!("{a}/data.parquet"), &a]), std::slice::from_ref(&a));
    assert_eq!(directory.found(&["bucket/*/*"]), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(directory.found(&["bucket/*/*b"]), std::slice::from_ref(&b));
    assert_eq!(directory.found(&["bucket/*/*/data.parquet"]), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(directory.found(&["bucket/**"]), [a.clone(), b.clone(), c]);
    assert_eq!(directory.found(&["more", &b]), ["more/spans.json".to_owned(), b]);
}

#[test]
fn folders_that_hold_no_block() {
    let directory = Directory::new("none");
    fs::create_dir_all(directory.0.join("empty")).unwrap();
    directory.block("compacted");
    fs::rename(directory.0.join("compacted/meta.json"), directory.0.join("compacted/meta.compacted.json")).unwrap();
    for folder in ["empty", "compacted"] {
        let error = find(&[directory.0.join(folder).display().to_string()]).unwrap_err();
        assert!(error.problem.contains("holds no files"), "{error}");
    }
}

/// Runs the program; returns its exit status, what it wrote, and what it said.
fn run(arguments: &[&str], sources: &[PathBuf]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    let output = command.args(arguments).args(sources).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn half_written_blocks_are_named_and_skipped() {
    let directory = Directory::new("half");
    directory.block("good");
    directory.write("half/data.parquet", b"PAR1");
    let query = ["query", "{ } | count() > 2", "--format", "jsonl"];
    let (status, _, said) = run(&query, std::slice::from_ref(&directory.0));
    assert_eq!(status, 5, "{said}");
    assert!(
        said.contains("half/meta.json") && said.contains("half-written") && said.contains("--keep-going"),
        "{said}"
    );
    let (_, whole, _) = run(&query, &[directory.0.join("good")]);
    let (status, wrote, said) =
        run(&["query", query[1], "--format", "jsonl", "--keep-going"], std::slice::from_ref(&directory.0));
    assert_eq!((status, wrote.is_empty()), (4, false), "{said}");
    assert!(said.contains("skipped") && said.contains("half/meta.json"), "{said}");
    assert_eq!(wrote, whole);
}

#[test]
fn blocks_without_their_traces_are_named_once() {
    let directory = Directory::new("copied");
    directory.block("good");
    directory.block("copied");
    fs::remove_file(directory.0.join("copied/data.parquet")).unwrap();
    let query = ["query", "{ } | count() > 2", "--keep-going", "--limit", "0"];
    let (status, wrote, said) = run(&query, std::slice::from_ref(&directory.0));
    assert_eq!((status, wrote.is_empty()), (4, false), "{said}");
    assert_eq!((said.lines().count(), said.contains("copied/data.parquet: it is not there")), (1, true), "{said}");
}

#[test]
fn blocks_and_files_of_the_same_spans_are_one_answer() {
    for query in ["{ status = error }", "{ } | count() > 2", "{ } | rate() by (name)", "{ } >> { }"] {
        let arguments = ["query", query, "--format", "json", "--exemplars", "0"];
        let arguments = if query.contains("rate") { &arguments[..] } else { &arguments[..4] };
        let of = |sources: &[PathBuf]| {
            let (status, wrote, said) = run(arguments, sources);
            assert_eq!(status, 0, "{said}");
            let mut answer: serde_json::Value = serde_json::from_str(&wrote).unwrap();
            // How much was looked at tells what was read.
            answer.as_object_mut().unwrap().remove("metrics");
            answer
        };
        let [file, three, four, five] =
            [dataset("zoo"), recorded("zoo", "vParquet3"), recorded("zoo", "vParquet4"), recorded("zoo", "vParquet5")];
        let expected = of(std::slice::from_ref(&file));
        for sources in
            [vec![four.clone()], vec![four.clone(), five.clone()], vec![file, four.clone()], vec![three, four, five]]
        {
            assert_eq!(of(&sources), expected, "{query} over {sources:?}");
        }
    }
}
