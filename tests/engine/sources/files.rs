//! Files, directories, globs, packed files, and protobuf in its framings.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use traceql::source::{Input, Place, find};

use super::{LINE, every_attribute, everything, flat, names_kept, read_inputs, spans_of};

/// A directory that is removed at the end of a test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sources-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Finds inputs and returns their names without the directory.
    #[track_caller]
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<_> = arguments.iter().map(|argument| self.path(argument)).collect();
        let inputs = find(&arguments).unwrap();
        let names = inputs.iter().map(|input| input.name()[self.0.display().to_string().len()..].to_owned());
        names.map(|name| name.trim_matches('/').to_owned()).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    // As the zstd command does.
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_directories_and_globs() {
    let directory = Directory::new("find");
    for name in ["b.json", "a.json", "deep/er/c.jsonl", "deep/d.txt", ".hidden/e.json", "deep/.f.json", "odd[1].json"] {
        directory.write(name, LINE);
    }
    assert_eq!(directory.found(&["b.json", "a.json"]), ["b.json", "a.json"], "in order of the arguments");
    assert_eq!(directory.found(&[""]), ["a.json", "b.json", "deep/d.txt", "deep/er/c.jsonl", "odd[1].json"]);
    assert_eq!(directory.found(&["*.json"]), ["a.json", "b.json", "odd[1].json"]);
    assert_eq!(directory.found(&["**/*.json*"]), ["a.json", "b.json", "deep/er/c.jsonl", "odd[1].json"]);
    assert_eq!(directory.found(&["deep/*"]), ["deep/d.txt"]);
    assert_eq!(directory.found(&["{a,b}.json"]), ["a.json", "b.json"]);
    assert_eq!(directory.found(&["?.json"]), ["a.json", "b.json"]);
    assert_eq!(directory.found(&["odd[1].json"]), ["odd[1].json"], "a file that is there is no glob");
    assert_eq!(directory.found(&["b.json", "*.json", "deep/../b.json"]), ["b.json", "a.json", "odd[1].json"]);
    assert_eq!(find(&["-".to_owned(), "-".to_owned()]).unwrap().len(), 1);

    let missing = |argument: &str| find(&[directory.path(argument)]).unwrap_err().to_string();
    assert!(missing("nope.json").ends_with("nope.json: no such file or directory; check the path for typing mistakes"));
    assert!(missing("*.nope").contains("*.nope: no file matches; "));
    assert!(missing("[.json").contains("[.json: no such file, and no glob either: "));
    fs::create_dir(directory.0.join("empty")).unwrap();
    assert!(missing("empty").contains("empty: the directory holds no files; "));
}

#[test]
#[cfg(not(feature = "tempo-block"))]
fn blocks_are_told_from_other_folders_by_programs_that_cannot_read_them() {
    let directory = Directory::new("block");
    for name in ["bloom-0", "index", "meta.json", "data.parquet"] {
        directory.write(&format!("tenant/block/{name}"), "PAR1\u{15}\u{4}");
    }
    assert_eq!(directory.found(&["tenant"]), ["tenant/block/data.parquet"]);
    let inputs = find(&[directory.path("tenant")]).unwrap();
    let error = read_inputs(&inputs, &everything(&[]), false).err().unwrap();
    assert!(error.problem.contains("built without the feature `tempo-block`"), "{error}");
}

#[test]
fn several_files_are_read_as_one_set() {
    let directory = Directory::new("set");
    directory.write("a.jsonl", format!("{LINE}\n{LINE}\n"));
    directory.write("b.jsonl.gz", gzip(LINE.as_bytes()));
    directory.write("c", zstd(LINE.as_bytes()));
    let inputs = find(&[directory.path("")]).unwrap();
    let (fragments, report) = read_inputs(&inputs, &everything(&[]), false).unwrap();
    assert_eq!(fragments.iter().map(|fragment| fragment.trace.len()).sum::<usize>(), 4);
    assert_eq!(report.bytes, inputs.iter().map(|input| input.size().unwrap()).sum::<u64>());
}

#[test]
fn a_file_that_is_gone_or_no_trace_file_is_left_out() {
    let directory = Directory::new("gone");
    directory.write("a", LINE);
    directory.write("b", LINE);
    directory.write("c", "no traces");
    let inputs = find(&[directory.path("")]).unwrap();
    fs::remove_file(directory.0.join("b")).unwrap();
    let error = read_inputs(&inputs, &everything(&[]), false).err().unwrap();
    assert_eq!((error.file, error.place), (directory.path("b"), Place::File));
    let (fragments, report) = read_inputs(&inputs, &everything(&[]), true).unwrap();
    assert_eq!((fragments.len(), report.damaged), (1, 2));
}

#[test]
fn packed_files() {
    let three = format!("{LINE}\n").repeat(3);
    assert_eq!(spans_of(gzip(three.as_bytes())), spans_of(&three));
    assert_eq!(spans_of(zstd(three.as_bytes())), spans_of(&three));
    let line = format!("{LINE}\n");
    assert_eq!(
        spans_of([gzip(line.as_bytes()), gzip(line.as_bytes()), gzip(line.as_bytes())].concat()),
        spans_of(&three)
    );
    assert_eq!(
        spans_of([zstd(line.as_bytes()), zstd(line.as_bytes()), zstd(line.as_bytes())].concat()),
        spans_of(&three)
    );
    for empty in [gzip(b""), zstd(b"")] {
        assert!(spans_of(empty).unwrap_err().contains("the file is empty"));
    }
}

#[test]
fn packed_files_that_are_cut_off() {
    // Lines that do not pack well, so that a good part of them comes before the end.
    let line = |n: u64| LINE.replace(r#"a\"b"#, &format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(3));
    let text: String = (0..20_000).map(|n| line(n) + "\n").collect();
    for (packed, name) in [(gzip(text.as_bytes()), "gzip"), (zstd(text.as_bytes()), "zstd")] {
        let cut = &packed[..packed.len() / 2];
        let message = spans_of(cut).unwrap_err();
        assert!(message.contains("memory, byte ") && message.contains(&format!("the {name} data")), "{message}");
        let (names, report) = names_kept(cut);
        assert!(names.len() > 1000, "{name}: {}", names.len());
        assert_eq!(report.damaged, 1);
        let mut damaged = packed.clone();
        for byte in &mut damaged[packed.len() / 2..][..16] {
            *byte ^= 0x55;
        }
        let (_, report) = names_kept(damaged);
        assert!(report.damaged >= 1);
    }
    let message = spans_of(&gzip(text.as_bytes())[..5]).unwrap_err();
    assert!(message.contains("gzip"), "{message}");
}

/// Encodes one field that has a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value)].concat()
}

fn span(name: &str) -> Vec<u8> {
    let trace = 0xa001_1234_5678_90ab_c001_u128.to_be_bytes();
    let start = [vec![7 << 3 | 1], 1000u64.to_le_bytes().to_vec(), vec![8 << 3 | 1], 3000u64.to_le_bytes().to_vec()];
    let n = attribute("n", &[3 << 3, 1]);
    [field(1, &trace), field(2, &[1; 8]), field(5, name.as_bytes()), vec![6 << 3, 2], start.concat(), field(9, &n)]
        .concat()
}

fn resource() -> Vec<u8> {
    field(1, &field(1, &attribute("service.name", &field(1, b"shop"))))
}

/// A trace message with one span.
fn message(name: &str) -> Vec<u8> {
    field(1, &[resource(), field(2, &field(2, &span(name)))].concat())
}

fn prefixed(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|message| [&(message.len() as u32).to_be_bytes(), &message[..]].concat()).collect()
}

fn delimited(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        prost::encoding::encode_varint(message.len() as u64, &mut bytes);
        bytes.extend_from_slice(message);
    }
    bytes
}

const SPAN: &str = "a0011234567890abc001/101010101010101<0 shop:root server unset 1000+2000 n=1";

#[test]
fn protobuf_framings() {
    let one = Ok(vec![SPAN.to_owned()]);
    let three = Ok(vec![SPAN.to_owned(); 3]);
    let root = message("root");
    let messages = [root.clone(), root.clone(), root.clone()];
    assert_eq!(spans_of(&root), one);
    assert_eq!(spans_of(messages.concat()), three, "concatenated messages are one message");
    assert_eq!(spans_of(field(1, &messages.concat())), three, "Tempo's wrapper");
    assert_eq!(spans_of(prefixed(&messages)), three);
    assert_eq!(spans_of(prefixed(&[vec![], root.clone(), vec![]])), one, "empty messages");
    assert_eq!(spans_of(delimited(&messages)), three);
    assert_eq!(spans_of(gzip(&prefixed(&messages))), three);
    assert_eq!(spans_of(prefixed(&messages.clone().map(|message| zstd(&message)))), three, "packed one by one");
    let json = LINE.as_bytes().to_vec();
    assert_eq!(spans_of(prefixed(&[json.clone(), zstd(&json)])).unwrap().len(), 2, "JSON behind lengths");
}

#[test]
fn protobuf_fields_in_any_order_and_in_pieces() {
    let spans = field(2, &field(2, &span("root")));
    assert_eq!(spans_of(field(1, &[spans.clone(), resource()].concat())), Ok(vec![SPAN.to_owned()]));
    let other = field(1, &field(1, &attribute("n", &[3 << 3, 5])));
    let pieces = field(1, &[other, spans.clone(), resource()].concat());
    assert_eq!(spans_of(pieces), Ok(vec![SPAN.to_owned()]), "a resource in two pieces is one");
    let value_first = [field(2, &[3 << 3, 1]), field(1, b"n")].concat();
    let odd = [span("root"), field(9, &value_first), field(5, b"later")].concat();
    let unknown = [field(15, b""), field(5, b"x")].concat();
    let odd = field(1, &[resource(), field(2, &field(2, &[unknown, odd].concat()))].concat());
    assert_eq!(spans_of(odd), Ok(vec![SPAN.replace("root", "later")]));
    let library = [vec![0xc2, 0x3e], field(2, &field(2, &span("root")))[1..].to_vec()].concat();
    assert_eq!(spans_of(field(1, &[resource(), library].concat())), Ok(vec![SPAN.to_owned()]), "field 1000");
}

#[test]
fn protobuf_cut_off_anywhere() {
    let root = message("root");
    for end in 1..root.len() {
        let message = spans_of(&root[..end]).unwrap_err();
        assert!(message.starts_with("memory"), "{message}");
    }
    let file = prefixed(&[message("one"), message("two")]);
    let first = 4 + message("one").len();
    for end in first + 1..file.len() {
        let message = spans_of(&file[..end]).unwrap_err();
        assert!(message.starts_with(&format!("memory, record 2 (byte {first})")), "{message}");
        let (names, report) = names_kept(&file[..end]);
        assert_eq!((names, report.damaged), (vec!["one".to_owned()], 1));
    }
}

#[test]
fn damaged_protobuf_messages_are_left_out_alone() {
    #[track_caller]
    fn assert_only_middle_lost(damaged: &[u8], problem: &str) {
        for packed in [damaged.to_vec(), zstd(damaged)] {
            let file = prefixed(&[message("one"), packed, message("three")]);
            let (names, report) = names_kept(&file);
            assert_eq!((names, report.damaged), (vec!["one".to_owned(), "three".to_owned()], 1));
            let error = &report.first_damages[0];
            assert!(error.problem.contains(problem), "{problem:?} is missing in: {error}");
            assert!(matches!(error.place, Place::Record { record: 2, .. }), "{error}");
        }
        let file = [message("one"), damaged.to_vec(), message("three")].concat();
        let (names, report) = names_kept(&file);
        assert_eq!((names, report.damaged), (vec!["one".to_owned(), "three".to_owned()], 1), "fields of one message");
    }
    let with = |more: &[u8]| field(1, &field(2, &field(2, &[&span("gone"), more].concat())));
    assert_only_middle_lost(&with(&field(1, &[1; 15])), "the trace id has 15 bytes instead of 16");
    assert_only_middle_lost(&with(&field(2, &[1; 9])), "the span id has 9 bytes instead of 8");
    assert_only_middle_lost(&with(&field(4, &[1; 7])), "the parent span id has 7 bytes instead of 8");
    assert_only_middle_lost(&with(&field(5, b"\xff")), "the byte 0xff is not valid UTF-8");
    assert_only_middle_lost(&with(&[5 << 3, 1]), "field 5 holds something else than bytes");
    assert_only_middle_lost(&with(&[7 << 3, 1]), "field 7 holds something else than 8 bytes");
    assert_only_middle_lost(&with(&[5 << 3 | 3]), "a field of the kind 3");
    assert_only_middle_lost(&with(&[5 << 3 | 2, 100, 1]), "a field of 100 bytes where only 1 are left");
    assert_only_middle_lost(&with(&[0x80; 10]), "a number of more than 64 bits");
    assert_only_middle_lost(&with(&[0]), "a field with an impossible number");
    assert_only_middle_lost(&field(1, &field(2, &field(2, &field(5, b"x")))), "a span without trace id");
    let nested = |lists| (0..lists).fold(Vec::new(), |inside: Vec<u8>, _| field(5, &field(1, &inside)));
    assert_only_middle_lost(&with(&field(9, &attribute("n", &nested(257)))), "nest more than 256 deep");
    assert_only_middle_lost(&with(&field(9, &attribute("other", &nested(10_000)))), "nest more than 256 deep");
    let maps = (0..300).fold(Vec::new(), |inside: Vec<u8>, _| field(6, &field(1, &field(2, &inside))));
    assert_only_middle_lost(&with(&field(9, &attribute("other", &maps))), "nest more than 256 deep");
    assert!(spans_of(with(&field(9, &attribute("n", &nested(256))))).is_ok());
}

#[test]
fn lengths_that_cannot_be() {
    let file = [prefixed(&[message("one")]), vec![0xff; 8], prefixed(&[message("lost")])].concat();
    let (names, report) = names_kept(&file);
    assert_eq!((names, report.damaged), (vec!["one".to_owned()], 1));
    assert!(report.first_damages[0].problem.contains("a message of 4294967295 bytes where only"));
    let file = [message("one"), vec![0x0a, 0xff, 0xff, 0xff, 0x7f], message("lost")].concat();
    let (names, report) = names_kept(&file);
    assert_eq!((names, report.damaged), (vec!["one".to_owned()], 1));
}

#[test]
fn large_protobuf_files_are_read_in_pieces() {
    let file: Vec<u8> = message("root").repeat(100_000);
    assert_eq!(spans_of(&file).map(|spans| spans.len()), Ok(100_000));
    let (fragments, _) = read_inputs(&[Input::memory("memory", file)], &everything(&[]), false).unwrap();
    assert!(fragments.len() > 1);
    let file = prefixed(&vec![message("root"); 100_000]);
    assert_eq!(spans_of(&file).map(|spans| spans.len()), Ok(100_000));
}

#[path = "../../../benches/generate/mod.rs"]
mod generate;

#[test]
fn the_example_is_what_the_generator_makes() {
    let lines: String = generate::shop(45, 13).map(|line| line + "\n").collect();
    let example = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shop.otlp.jsonl")).unwrap();
    assert!(example == lines, "run: cargo run --example generate -- --traces 45 --seed 13 > examples/shop.otlp.jsonl");
    let spans = spans_of(&lines).unwrap();
    assert_eq!(spans.len(), example.matches("\"spanId\"").count() - example.matches("\"links\"").count());
    let fragments = generate::fragments(45, 13, &everything(&["n", "service.name"]));
    assert_eq!(fragments.iter().map(|fragment| fragment.trace.len()).sum::<usize>(), spans.len());
    let every = every_attribute(&[]);
    let (read, _) = read_inputs(&[Input::memory("memory", lines.into_bytes())], &every, false).unwrap();
    let (read, made) = (flat::flatten(&read), flat::flatten(&generate::fragments(45, 13, &every)));
    assert_eq!(made, read);
    assert!(made.iter().any(|span| span.attributes.contains_key("http.route")));
    assert!(made.iter().all(|span| span.resource.contains_key("k8s.pod.name")));
}
