//! Damage is told with its place and loses nothing else.

use traceql::{
    model::attributes::AttributeColumn,
    source::{Input, Place},
};

use super::{LINE, every_attribute, everything, names_kept, read_inputs, spans_of};

/// Asserts that reading `text` fails and that the message contains each of `parts`.
#[track_caller]
fn assert_error(text: impl AsRef<[u8]>, parts: &[&str]) {
    let message = spans_of(text).expect_err("damage");
    for part in ["memory", "--keep-going"].iter().chain(parts) {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}

fn named(name: &str) -> String {
    LINE.replace("root", name)
}

/// Asserts that of three lines the middle one, which is damaged, is left out alone.
#[track_caller]
fn assert_only_middle_lost(damaged: impl AsRef<[u8]>, problem: &str) {
    let mut bytes = format!("{}\n", named("one")).into_bytes();
    let offset = bytes.len() as u64;
    bytes.extend_from_slice(damaged.as_ref());
    let end = bytes.len() as u64;
    bytes.extend_from_slice(format!("\n{}\n", named("three")).as_bytes());
    let (names, report) = names_kept(&bytes);
    assert_eq!(names, ["one", "three"]);
    assert_eq!(report.damaged, 1);
    let error = &report.first_damages[0];
    assert!(error.problem.contains(problem), "{problem:?} is missing in: {error}");
    let Place::Line { line: 2, offset: at } = error.place else { panic!("{error}") };
    assert!((offset..=end).contains(&at), "{error}");
    // Without --keep-going the same is the error.
    assert_eq!(spans_of(&bytes).unwrap_err(), error.to_string());
}

#[test]
fn json_cut_off_anywhere() {
    for end in 1..LINE.len() {
        let cut = &LINE[..end];
        assert!(spans_of(cut).is_err(), "{cut}");
        let (names, report) = names_kept(format!("{cut}\n{}", named("next")));
        assert_eq!((names.as_slice(), report.damaged), (["next".to_owned()].as_slice(), 1), "{cut}");
    }
}

#[test]
fn json_with_a_byte_missing_anywhere() {
    // Brackets, quotes, colons and commas: nothing is guessed.
    for (at, _) in LINE.bytes().enumerate().filter(|(_, byte)| b"{}[]:,\"".contains(byte)) {
        let text = format!("{}{}", &LINE[..at], &LINE[at + 1..]);
        let strict = serde_json::from_str::<serde_json::Value>(&text).is_err();
        assert!(!strict || spans_of(&text).is_err(), "{text}");
    }
}

#[test]
fn broken_json() {
    assert_only_middle_lost(&LINE[..LINE.len() - 2], "should");
    assert_only_middle_lost("{\"x\":1}", "not a trace record but an object of no known trace format");
    assert_only_middle_lost("{\"resourceSpans\":[}", "`}` stands where");
    assert_only_middle_lost(LINE.replace("\"root\"", "\"ro\\qot\""), "a backslash that starts no escape");
    assert_only_middle_lost(LINE.replace(r#"a\"b"#, "a\\u12g4"), "four hex digits");
    assert_only_middle_lost(LINE.replace(r#"a\"b"#, "a\tb"), "control character inside a string");
    assert_only_middle_lost(LINE.replace("\"kind\":2", "\"kind\":-"), "a digit");
    assert_only_middle_lost(LINE.replace("\"kind\":2", "\"kind\":tru"), "stands where");
    assert_only_middle_lost(LINE.replace("\"kind\":2,", "\"kind\":2,,"), "a string should");
    assert_only_middle_lost(LINE.replace("\"skipped\",", "\"skipped\",,"), "a string should");
}

#[test]
fn garbage_between_records() {
    let (names, report) = names_kept(format!("{}\nsome log line\n{}\n", named("one"), named("two")));
    assert_eq!((names.len(), report.damaged), (2, 1));
    assert_error(format!("{LINE}\nsome log line\n{LINE}"), &["line 2", "`s` stands where"]);
    assert_error(format!("{LINE}]"), &["line 1", "`]` stands where"]);
    assert_error(format!("[{LINE},x,{LINE}]"), &["`x` stands where"]);
}

#[test]
fn brackets_and_commas_between_objects() {
    assert_error(format!("[{LINE} {LINE}]"), &["a comma is missing before the object"]);
    for text in [format!("[{LINE},,{LINE}]"), format!("{LINE}{LINE},"), format!("[,{LINE}]")] {
        assert_error(&text, &["`,` stands where an object should"]);
    }
    for text in [format!("[{LINE},]"), format!("[{LINE}]]"), format!("{LINE}{LINE}]{LINE}")] {
        assert_error(&text, &["`]` stands where an object should"]);
    }
    assert_error(format!("[{LINE}[{LINE}]]"), &["`[` stands where an object should"]);
    let (names, report) = names_kept(format!("[[{LINE},,{LINE}]]]{LINE}"));
    assert_eq!((names.len(), report.damaged), (3, 2));
}

#[test]
fn objects_that_do_not_end() {
    // One bracket too few in the middle of a line, or a text that breaks off where the next object begins.
    let (unclosed, broken_off) = (&LINE[..LINE.len() - 1], &LINE[..LINE.find("service").unwrap() + 3]);
    for bad in [unclosed, broken_off] {
        for text in [
            format!("{}{bad}{}{}", named("one"), named("three"), named("four")),
            format!("[{},{bad},{},{}]\n{LINE}\n", named("one"), named("three"), named("four")),
            format!("{}{bad}{}{}\n\n{LINE}{LINE}\n", named("one"), named("three"), named("four")),
        ] {
            let (names, report) = names_kept(&text);
            assert_eq!(
                names.get(..3),
                Some(&["one", "three", "four"].map(str::to_owned)[..]),
                "{bad:?} {names:?} {:?}",
                report.first_damages
            );
            assert!(report.damaged >= 1);
        }
    }
}

#[test]
fn the_error_is_the_first_damage_that_is_skipped() {
    // Behind the fault at `r` the next object is looked for from the string before it on.
    let text = format!("{LINE}{{\"a\":1,\"b{{\"resourceSpans{LINE}");
    let (_, report) = names_kept(&text);
    assert!(report.damaged > 1);
    assert_eq!(report.first_damages[0].to_string(), spans_of(&text).unwrap_err());
}

#[test]
fn objects_that_never_end_are_not_looked_at_again_and_again() {
    // Each would take hours if every brace behind a damage were looked for to the end of the text.
    const MANY: usize = 50_000;
    let good = format!("\n{}{}\n", named("one"), named("two"));
    for (what, text) in [
        ("a line break in a string", format!("{}\"\n", "{".repeat(MANY))),
        ("quotes that never match", "{\"\\\"{".repeat(MANY)),
        ("braces in strings", format!("{{\"{}\"x", "{".repeat(MANY))),
        ("strings in objects that never end", "{\"a\":\"{\"".repeat(MANY)),
        ("objects in objects", "{\"a\":{\"b\":1},".repeat(MANY)),
    ] {
        for text in [format!("{LINE}{LINE}{text}{good}"), format!("{LINE}{LINE}{text}"), format!("{text}{good}{LINE}")]
        {
            let (names, report) = names_kept(&text);
            assert!(report.damaged > 0, "{what}");
            assert!(!text.starts_with(LINE) || names.len() >= 2, "{what}");
        }
    }
}

#[test]
fn an_array_that_does_not_end() {
    let text = format!("[\n{},\n{}\n", named("one"), named("two"));
    assert_error(&text, &["line 4", "the text ends inside an array"]);
    let (names, report) = names_kept(&text);
    assert_eq!((names.len(), report.damaged), (2, 1));
    let cut = format!("[\n{},\n{}", named("one"), &LINE[..100]);
    let (names, report) = names_kept(&cut);
    assert_eq!((names.len(), report.damaged), (1, 1));
}

#[test]
fn ids_of_the_wrong_length() {
    assert_only_middle_lost(LINE.replace("000000000000a001", ""), "the trace id `1234567890abc001` is not 16 bytes");
    assert_only_middle_lost(LINE.replace("0101010100000001", "01010101000000"), "the span id `01010101000000`");
    assert_only_middle_lost(LINE.replace("0101010100000001", ""), "the span id ``");
    assert_only_middle_lost(LINE.replace("0101010100000001", "01010101000000zz"), "the span id `01010101000000zz`");
    let parent = LINE.replace(r#""parentSpanId":"""#, r#""parentSpanId":"01""#);
    assert_only_middle_lost(parent, "the parent span id `01` is not 8 bytes");
    let without = LINE.replace(r#""spanId":"0101010100000001","#, "");
    assert_only_middle_lost(without, "a span without span id");
    let link = LINE.replace(r#""status""#, r#""links":[{"traceId":"01","spanId":""}],"status""#);
    assert_only_middle_lost(link, "the trace id `01`");
}

#[test]
fn numbers_out_of_range_and_words_that_mean_nothing() {
    let start = |time: &str| LINE.replace(r#""1767225607000000000""#, time);
    assert_only_middle_lost(start("-1"), "`-1` is no whole number between 0 and 2^64");
    assert_only_middle_lost(start("\"18446744073709551616\""), "`18446744073709551616` is no whole number");
    assert_only_middle_lost(start("01"), "a leading zero");
    assert_only_middle_lost(start("1.5"), "`1.5` is no whole number");
    assert_only_middle_lost(start("true"), "stands where");
    assert_only_middle_lost(LINE.replace(r#""intValue":"1""#, r#""intValue":"1e30""#), "`1e30`");
    assert_only_middle_lost(
        LINE.replace(r#""kind":2"#, r#""kind":"SPAN_KIND_BOSS""#),
        "`SPAN_KIND_BOSS` is no span kind",
    );
    assert_only_middle_lost(LINE.replace(r#""code":2"#, r#""code":"maybe""#), "`maybe` is no status code");
}

#[test]
fn invalid_utf8() {
    let mut bytes = LINE.as_bytes().to_vec();
    let at = LINE.find("root").unwrap();
    bytes[at] = 0xff;
    assert_only_middle_lost(&bytes, "0xff is not valid UTF-8");
    let at = LINE.find("skipped").unwrap();
    bytes[at] = 0xc3;
    assert_error(&bytes, &["line 1", "UTF-8"]);
}

#[test]
fn a_record_is_taken_back_as_a_whole() {
    // Two good spans of a record whose third is damaged, with attributes, arrays, events, and a resource of their own.
    let span = r#"{"traceId":"000000000000a0011234567890abc001","spanId":"0101010100000001","name":"gone",
        "events":[{"name":"e","attributes":[{"key":"n","value":{"intValue":7}}]}],"attributes":[{"key":"n","value":
        {"arrayValue":{"values":[{"intValue":1},{"intValue":2}]}}}]}"#;
    let damaged = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"n","value":{{"intValue":3}}}}]}},
        "scopeSpans":[{{"spans":[{span},{span},{}]}}]}}]}}"#,
        span.replace("0101010100000001", "01")
    );
    assert_only_middle_lost(damaged.replace('\n', " "), "the span id `01`");
}

#[test]
fn keys_that_only_a_damaged_record_has_leave_no_column() {
    let with = |of_span: &str, of_resource: &str| {
        let resource = format!(r#""resource":{{"attributes":[{{"key":"{of_resource}","value":{{"intValue":1}}}},"#);
        LINE.replace("skipped", of_span).replace(r#""resource":{"attributes":["#, &resource)
    };
    let cut = |line: String| line[..line.len() - 1].to_owned();
    // A key is met in a damaged record first, or only there, or in good and damaged ones in turn.
    let lines = [
        with("kept", "host"),
        cut(with("later", "zone")),
        cut(with("gone", "lost")),
        with("later", "host"),
        cut(with("kept", "host")),
        with("kept", "zone"),
    ];
    let inputs = [Input::memory("memory", lines.join("\n").into_bytes())];
    let (fragments, report) = read_inputs(&inputs, &every_attribute(&[]), true).unwrap();
    assert_eq!((fragments.len(), report.damaged), (1, 3));
    let spans = &fragments[0].spans;
    let rows = |columns: &[AttributeColumn]| -> Vec<(String, Vec<u32>)> {
        columns.iter().map(|column| (column.key.to_string(), column.rows.clone())).collect()
    };
    let expected = [("n", vec![0, 1, 2]), ("kept", vec![0, 2]), ("later", vec![1])];
    assert_eq!(rows(&spans.attributes), expected.map(|(key, rows)| (key.to_owned(), rows)));
    // The first two good records have one resource.
    let expected = [("service.name", vec![0, 1]), ("host", vec![0]), ("zone", vec![1])];
    assert_eq!(rows(&spans.resources.attributes), expected.map(|(key, rows)| (key.to_owned(), rows)));
}

#[test]
fn very_many_keys_and_very_many_damages() {
    // If taking a record back looked at every column, or at everything that came before it, this would take very long.
    const MANY: usize = 20_000;
    let attributes = |from: usize| {
        let pairs: Vec<_> =
            (from..from + MANY).map(|n| format!(r#"{{"key":"k{n}","value":{{"intValue":1}}}}"#)).collect();
        pairs.join(",")
    };
    let with = |from: usize| LINE.replace(r#"{"key":"n""#, &format!(r#"{},{{"key":"n""#, attributes(from)));
    let resources: String =
        (0..MANY).map(|n| format!("{{\"resourceSpans\":[{{\"resource\":{{\"a\":{n}}}}}]}}\n")).collect();
    let bad = with(MANY);
    let text = format!("{}\n{resources}{}\n{}", with(0), &bad[..bad.len() - 1], "{\n".repeat(MANY));
    let inputs = [Input::memory("memory", text.into_bytes())];
    let (fragments, report) = read_inputs(&inputs, &every_attribute(&[]), true).unwrap();
    assert_eq!((fragments.len(), report.damaged), (1, MANY as u64 + 1));
    assert_eq!(fragments[0].spans.attributes.len(), MANY + 2);
}

#[test]
fn values_nested_too_deep() {
    fn nested(lists: usize) -> String {
        let open = r#"{"arrayValue":{"values":["#.repeat(lists);
        LINE.replace(r#"{"intValue":"1"}"#, &format!("{open}{}", "]}}".repeat(lists)))
    }
    assert!(spans_of(nested(256)).is_ok());
    assert_only_middle_lost(nested(257), "nest more than 256 deep");
    assert_only_middle_lost(nested(10_000), "nest more than 256 deep");
    // The same where nobody asks for the attribute: in the span, or in an event that is stepped over.
    let deep = nested(257).replace("\"n\"", "\"other\"");
    assert_only_middle_lost(&deep, "nest more than 256 deep");
    let attributes = &deep[deep.find(r#""attributes":[{"key":"other""#).unwrap()..deep.find(r#","status""#).unwrap()];
    let event = LINE.replace(r#""status""#, &format!(r#""events":[{{"name":"e",{attributes}}}],"status""#));
    let inputs = [Input::memory("memory", event.into_bytes())];
    for projection in [everything(&[]), Default::default()] {
        let error = read_inputs(&inputs, &projection, false).err().unwrap();
        assert!(error.problem.contains("nest more than 256 deep"), "{error}");
    }
    assert_only_middle_lost("[".repeat(100_000), "");
    assert_only_middle_lost("{\"resourceSpans\":".repeat(10_000), "");
    assert_only_middle_lost(format!("{{\"x\":{}", "{\"x\":".repeat(10_000)), "nest more than 256 deep");
}

#[test]
fn an_end_before_the_start_is_kept_and_counted() {
    let (names, report) = names_kept(LINE.replace("1767225607100000000", "1767225606000000000"));
    assert_eq!((names.len(), report.damaged, report.reversed), (1, 0, 1));
}

#[test]
fn files_that_hold_no_traces() {
    for (content, problem) in [
        ("", "memory: the file is empty"),
        (" \n\t ", "memory: the file is empty"),
        ("hello world, this is a text", "memory: not a trace file: it starts with `hello world, this is a t`"),
        ("<html>", "not a trace file but XML or HTML"),
        ("PAR1\u{15}\u{4}", "not a trace file but a Parquet file"),
        ("PK\u{3}\u{4}", "not a trace file but a zip archive"),
        ("\u{1}\u{2}\u{3}", "not a trace file: it starts with"),
        (r#"{"title":"x","panels":[]}"#, "not a trace file but a Grafana dashboard"),
        (r#"{"traces":[{"traceID":"1","rootTraceName":"x"}]}"#, "the answer to a search, which holds no whole traces"),
        (r#"{"data":["shop"],"total":1}"#, "an object of no known trace format"),
        (r#"{"hello":"world"}"#, "not a trace file: it starts with an object of no known trace format"),
    ] {
        assert_error(content, &[problem]);
        let (names, report) = names_kept(content);
        assert_eq!((names.len(), report.damaged), (0, 1), "{content}");
    }
    assert_error(b"\x80\x81\x82\xff".as_slice(), &["it starts with the bytes 80 81 82 ff"]);
}

#[test]
fn a_long_line() {
    // Longer than several chunks, between two short ones.
    let long = LINE.replace(r#"a\"b"#, &"x".repeat(20 << 20)).replace("root", "long");
    let text = format!("{}\n{long}\n{}", named("one"), named("three"));
    let (names, report) = names_kept(&text);
    assert_eq!((names, report.damaged), (vec!["one".to_owned(), "long".to_owned(), "three".to_owned()], 0));
    let broken = format!("{}\n{}\n{}", named("one"), &long[..long.len() - 1], named("three"));
    let (names, report) = names_kept(&broken);
    assert_eq!((names.len(), report.damaged), (2, 1));
}

#[test]
fn many_damages_are_counted_and_the_first_ones_described() {
    let text: String = (0..1000).map(|n| if n % 10 == 3 { "{\n".to_owned() } else { format!("{LINE}\n") }).collect();
    let (names, report) = names_kept(&text);
    assert_eq!((names.len(), report.damaged, report.first_damages.len()), (900, 100, 5));
    let lines: Vec<_> = report.first_damages.iter().map(|error| error.place).collect();
    let expected = [4, 14, 24, 34, 44];
    assert!(lines.iter().zip(expected).all(|(place, n)| matches!(place, Place::Line { line, .. } if *line == n)));
}

#[test]
fn the_first_damage_is_the_error_however_many_threads_read() {
    // Many chunks, damage in the middle of the second and in every later one.
    let good = format!("{LINE}\n").repeat(9_000);
    let text = format!("{good}{{broken\n{good}{{broken\n{good}{{broken\n{good}");
    for _ in 0..5 {
        let message = spans_of(&text).unwrap_err();
        assert!(message.contains("line 9001 "), "{message}");
    }
    let inputs: Vec<_> = (0..20)
        .map(|n| {
            let name = format!("file {n}");
            Input::memory(name, if n < 3 { format!("{LINE}\n").into_bytes() } else { b"{broken".to_vec() })
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(read_inputs(&inputs, &Default::default(), false).err().unwrap().file, "file 3");
    }
}
