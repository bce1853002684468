//! Files that are made to cost much, and packed ones with something beside the data.
//!
//! Nothing measures the time: where it grows with the square of the length, this takes hours.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::{LINE, names_kept, spans_of};

fn named(name: &str) -> String {
    LINE.replace("root", name)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

/// Puts a message behind its length.
fn prefixed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes(), message].concat()
}

#[test]
fn zstd_frames_without_data_are_stepped_over() {
    let skippable = [&[0x5e, 0x2a, 0x4d, 0x18][..], &3_u32.to_le_bytes(), b"abc"].concat();
    let (one, two) = (zstd(&(named("one") + "\n")), zstd(&named("two")));
    for bytes in [[&skippable[..], &one, &two].concat(), [&skippable[..], &one, &skippable, &two, &skippable].concat()]
    {
        assert_eq!(names_kept(bytes).0, ["one", "two"]);
    }
}

#[test]
fn gzip_members_stand_among_zeros() {
    let (one, two) = (gzip(&(named("one") + "\n")), gzip(&named("two")));
    let zeros = vec![0; 100_000];
    for bytes in [[&one[..], &two].concat(), [&one[..], &zeros, &two].concat(), [&one[..], &two, &zeros].concat()] {
        let (names, report) = names_kept(bytes);
        assert_eq!((names.as_slice(), report.damaged), (["one", "two"].map(str::to_owned).as_slice(), 0));
    }
    assert!(spans_of([&one[..], &zeros, b"x"].concat()).unwrap_err().contains("the gzip data"));
    // Not for ever.
    let problem = spans_of([&one[..], &vec![0; 17 << 20]].concat()).unwrap_err();
    assert!(problem.contains("more than 16 MiB of zeros"), "{problem}");
}

#[test]
fn messages_unpack_within_bounds() {
    let blank = " ".repeat(16 << 20);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    (0..17).for_each(|_| encoder.write_all(blank.as_bytes()).unwrap());
    let bomb = prefixed(&encoder.finish().unwrap());
    assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
    let good = |name: &str| prefixed(&zstd(&named(name)));
    // Whichever of them takes too much is left out, and those beside it are there.
    let (names, report) = names_kept([good("one"), bomb.clone(), good("two")].concat());
    assert_eq!((names.as_slice(), report.damaged), (["one", "two"].map(str::to_owned).as_slice(), 1));
    let problem = &report.first_damages[0].problem;
    assert_eq!(problem, "a message that unpacks to more than 256 MiB");
    // Together they may not do it either.
    let (names, report) = names_kept([good("one"), bomb.repeat(200)].concat());
    assert_eq!((names.len(), report.damaged), (1, 200));
    let problem = &report.first_damages.last().unwrap().problem;
    assert_eq!(problem, "the messages unpack to more than 100 times their size");
}

#[test]
fn white_space_between_records_is_no_record() {
    let gap = format!("\n{}", " \n".repeat(5 << 20));
    let (one, two) = (named("one"), named("two"));
    for (text, names) in [
        (format!("{one}{gap}{two}"), vec!["one", "two"]),
        (format!("{one}\n{two}{gap}{gap}"), vec!["one", "two"]),
        // Objects that brackets tell apart, with commas anywhere in the gap.
        (format!("[{one},{gap}{two}]"), vec!["one", "two"]),
        (format!("[{gap}{one}{gap},{gap}{two}{gap}]{gap}"), vec!["one", "two"]),
        (format!("{one}{two}{gap}{one}"), vec!["one", "two", "one"]),
        // Inside of an object too.
        (one.replacen('{', &format!("{{{gap}"), 1), vec!["one"]),
    ] {
        // A file that begins with so much of it is not taken for one of traces.
        if text.starts_with("[\n") {
            continue;
        }
        let (found, report) = names_kept(&text);
        assert_eq!(
            (found.as_slice(), report.damaged),
            (names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().as_slice(), 0),
            "{}",
            &text[..60]
        );
    }
    // Damage behind it is told with its line.
    let problem = spans_of(format!("{one}{gap}{{\"resourceSpans\":[}}\n")).unwrap_err();
    assert!(problem.contains(&format!("line {}", 2 + (5 << 20))), "{problem}");
    assert!(spans_of(" ".repeat(5 << 20)).unwrap_err().contains("white space"));
}

#[test]
fn objects_that_never_end() {
    let sound = r#"{"resourceSpans":[]}"#;
    for (prefix, piece, suffix) in [
        ("[", "{", ""),
        ("", "{\n", ""),
        ("", r#"{"resourceSpans":[{x"#, ""),
        ("", r#"{"data":[{"traceID":"1","spans":[{x"#, ""),
        ("", r#"{"data":[{"traceID":"1","spans":[{"#, ""),
        ("", r#"{"spans":[{"id":"1","trace.id":"1",x"#, ""),
        ("", r#"{"a":["#, ""),
        ("", r#"{"a"#, ""),
        // What follows them must not be looked at for each.
        ("", "{", &" ".repeat(3 << 20)),
        ("", r#"{"data":[{"traceID":"1","spans":[{x"#, &"]".repeat(1 << 20)),
    ] {
        let text = format!("[{sound},{prefix}{}{suffix}", piece.repeat((1 << 20) / piece.len()));
        let (names, report) = names_kept(&text);
        assert!(names.is_empty() && report.damaged > 0, "{piece}");
    }
}
