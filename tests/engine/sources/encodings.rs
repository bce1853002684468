//! Text in other encodings, and formats beside each other.

use super::{LINE, names_kept, spans_of, whole::read_whole};

const ZIPKIN: &str = r#"{"traceId":"a","id":"2","name":"naïve 日本 😀","timestamp":5}"#;

fn utf16(text: &str, is_big_endian: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn utf16_with_its_mark() {
    let text = format!("{LINE}\n{ZIPKIN}\n");
    let expected = read_whole(&text).unwrap();
    assert_eq!(expected[1].name, "naïve 日本 😀");
    for is_big_endian in [true, false] {
        let bytes = utf16(&text, is_big_endian);
        assert_eq!(read_whole(&bytes).unwrap(), expected);
        assert_eq!(read_whole(zstd::encode_all(&bytes[..], 1).unwrap()).unwrap(), expected);
        // More than is read at once.
        let many = utf16(&text.repeat(20_000), is_big_endian);
        assert_eq!(spans_of(many).unwrap().len(), 40_000);
        assert!(spans_of(utf16("", is_big_endian)).unwrap_err().contains("the file is empty"));
        assert!(spans_of(utf16("no traces", is_big_endian)).unwrap_err().contains("it starts with `no traces`"));
        // Half a character at the end is damage.
        let mut cut = utf16(LINE, is_big_endian);
        cut.pop();
        assert!(spans_of(cut).is_err());
    }
}

#[test]
fn utf8_with_its_mark() {
    for text in [LINE, ZIPKIN, &format!("[{ZIPKIN}]")] {
        assert_eq!(read_whole(format!("\u{feff}{text}")), read_whole(text));
    }
}

#[test]
fn formats_beside_each_other() {
    let others = [
        r#"{"data":[{"traceID":"1","spans":[{"traceID":"1","spanID":"2","operationName":"jaeger","startTime":1,"duration":1}]}]}"#,
        r#"{"traceID":"1","spanID":"3","operationName":"jaeger span","startTime":1,"duration":1}"#,
        r#"{"traceId":"1","id":"4","name":"zipkin"}"#,
        r#"{"spans":[{"trace.id":"1","id":"5","attributes":{"name":"new relic"}}]}"#,
        r#"{"Name":"go","SpanContext":{"TraceID":"1","SpanID":"6"}}"#,
        LINE,
    ];
    let names = ["jaeger", "jaeger span", "zipkin", "new relic", "go", "root"];
    for text in [others.join("\n"), others.join(""), format!("[{}]", others.join(",\n"))] {
        let (found, report) = names_kept(&text);
        assert_eq!((&found[..], report.damaged), (&names.map(str::to_owned)[..], 0), "{text}");
    }
    // None is taken for what another one means by the same text.
    let text = r#"{"resourceSpans":[{"resource":{"serviceName":"x"},"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001"}]}]}]}
        {"traceID":"1","spanID":"3","operationName":"x","process":{"serviceName":"x"}}"#;
    let services: Vec<String> = read_whole(text).unwrap().into_iter().map(|span| span.service).collect();
    assert_eq!(services, ["", "x"]);
}
