//! Pages for browsers: one file, no larger than it may be, and what the trace says stays text.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use traceql::{
    model::{base64, batch::Batch},
    output::trace::html::{self, LIMIT, LeftOut},
};

use super::{CHECKOUT, ODD, batch_of, trace};

fn page(batch: &Batch) -> (String, Option<LeftOut>) {
    let mut out = Vec::new();
    let left_out = html::write(&mut out, batch).expect("memory takes everything");
    (String::from_utf8(out).expect("pages are UTF-8"), left_out)
}

/// Returns the text of the element that holds the data.
fn element_of(page: &str) -> &str {
    let (_, rest) = page.split_once("<script id=\"data\" type=\"application/json\">").expect("the data begins");
    rest.split_once("</script>").expect("and ends").0
}

/// Reads the data of a page as its script does.
pub(crate) fn data_of(page: &str) -> Value {
    let text = element_of(page);
    assert!(!text.contains(['<', '>', '&']), "the data could end its element");
    // The tags of the page itself, and no others.
    assert_eq!(page.matches("<script").count(), 2, "scripts");
    assert_eq!(page.matches("</script").count(), 2, "ends of scripts");
    assert_eq!(page.matches("</title").count(), 1, "ends of the title");
    assert_eq!(page.matches("<img").count() + page.matches("<b>").count(), 0, "elements of the trace");
    let text = if text.starts_with('{') {
        text.to_owned()
    } else {
        let mut json = String::new();
        GzDecoder::new(&base64::decode_all(text).expect("base64")[..]).read_to_string(&mut json).expect("gzip");
        json
    };
    serde_json::from_str(&text).expect("the data is JSON")
}

#[test]
fn a_page_needs_nothing_else() {
    for text in [CHECKOUT, ODD] {
        let (page, left_out) = page(&trace(text));
        assert!(page.len() < 60_000 && left_out.is_none(), "{} bytes", page.len());
        for word in ["://", "src=", "href=", "url(", "@import", "import(", "fetch(", "XMLHttp", "innerHTML", "eval("] {
            assert!(!page.contains(word), "{word} in the page");
        }
        assert!(page.contains("default-src 'none'"), "and may load nothing");
        for marker in ["<!--", "/*style*/", "/*script*/"] {
            assert!(!page.contains(marker), "{marker} is still there");
        }
    }
}

#[test]
fn a_page_is_told_everything() {
    let (page, _) = page(&trace(CHECKOUT));
    let data = data_of(&page);
    assert_eq!(data["trace"], "1");
    assert_eq!(data["root"], json!(["gateway", "POST /checkout"]));
    assert_eq!((&data["spans"], &data["errors"], &data["servicesCount"]), (&8.into(), &1.into(), &6.into()));
    assert_eq!(data["depth"], json!([0, 1, 2, 3, 2, 2, 2, 3]));
    assert_eq!(data["notes"], json!([]));
    let text = data.to_string();
    for word in
        ["HGETALL cart:1\\n  AND more", "price:1", "card declined: limit", "earlier attempt", "c-2", "kafka", "1.2"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(page.contains("<title>gateway: POST /checkout – trace 1</title>"));
    let odd = data_of(&self::page(&trace(ODD)).0);
    assert_eq!(odd["lost"].as_object().map(serde_json::Map::len), Some(4), "{odd}");
    assert_eq!(odd["notes"].as_array().map(Vec::len), Some(3), "{odd}");
}

#[test]
fn nothing_in_a_trace_breaks_out_of_its_page() {
    let evil = "</script></title><script>alert(1)</script><img src=x onerror=alert(2)><!--'\"&\u{2028}<!--data-->/*script*//*style*/";
    let attributes = json!([{ "key": evil, "value": { "stringValue": evil } }]);
    let with_service = json!([{ "key": "service.name", "value": { "stringValue": evil } }]);
    let span = json!({
        "traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", 1), "name": evil, "attributes": attributes,
        "status": { "code": 2, "message": evil }, "events": [{ "name": evil, "attributes": attributes }],
    });
    let scope = json!({ "name": evil, "version": evil, "attributes": attributes });
    let otlp = json!({ "resourceSpans": [{
        "resource": { "attributes": with_service }, "scopeSpans": [{ "scope": scope, "spans": [span] }],
    }] });
    let (page, _) = page(&batch_of(&otlp.to_string(), "1"));
    let data = data_of(&page);
    let name = data["names"][0].as_str().expect("a name");
    assert!(
        name.starts_with("</script></title>") && name.ends_with("/*script*//*style*/"),
        "it is still there: {name}"
    );
}

/// Makes a trace of so many spans in a chain of groups, with random ids and attributes.
fn large(spans: u64, value: usize) -> Batch {
    let mut line = r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":["#.to_owned();
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut ids: Vec<u64> = Vec::new();
    for n in 0..spans {
        let parent = if n == 0 { String::new() } else { format!("{:016x}", ids[(next() % n) as usize]) };
        let id = next() | 1;
        ids.push(id);
        let (start, length) = (n * 1_000, 1_000 + next() % 1_000_000);
        let text: String = (0..value).map(|_| char::from(b'a' + (next() % 26) as u8)).collect();
        let code = if n == spans - 1 { 2 } else { 0 };
        line += &format!(
            r#"{}{{"traceId":"{:032x}","spanId":"{id:016x}","parentSpanId":"{parent}","name":"span {n}","startTimeUnixNano":"{start}","endTimeUnixNano":"{}","status":{{"code":{code}}},"attributes":[{{"key":"text","value":{{"stringValue":"{text}"}}}}]}}"#,
            if n == 0 { "" } else { "," },
            1,
            start + length,
        );
    }
    batch_of(&(line + "]}]}]}"), "1")
}

#[test]
fn large_traces_are_packed_and_then_cut_with_a_word_about_it() {
    // Fits once it is packed.
    let (packed, left_out) = page(&large(3_000, 40));
    assert!(!element_of(&packed).starts_with('{') && packed.len() <= LIMIT);
    assert_eq!(left_out, None);
    assert_eq!(data_of(&packed)["id"].as_array().map(Vec::len), Some(3_000));

    // Long texts are cut.
    let (cut, left_out) = page(&large(200, 20_000));
    assert!(cut.len() <= LIMIT);
    assert_eq!(left_out, Some(LeftOut { cut: Some(200), ..LeftOut::default() }));
    let notes = data_of(&cut)["notes"].to_string();
    assert!(notes.contains("texts are cut to 200 characters"), "{notes}");

    // Attributes go.
    let (bare, left_out) = page(&large(6_000, 60));
    let left_out = left_out.expect("something is left out");
    assert!(bare.len() <= LIMIT && bare.len() > LIMIT * 9 / 10, "{} bytes", bare.len());
    assert!(left_out.bare > 0 && left_out.bare < 6_000 && left_out.spans == 0, "{left_out}");

    // Spans go, but not what has failed, nor what it hangs on.
    let (fewer, left_out) = page(&large(30_000, 1));
    let left_out = left_out.expect("something is left out");
    assert!(fewer.len() <= LIMIT && fewer.len() > LIMIT * 9 / 10, "{} bytes", fewer.len());
    assert!(left_out.spans > 0 && left_out.spans < 25_000, "{left_out}");
    let data = data_of(&fewer);
    let depth: Vec<u64> = data["depth"].as_array().expect("lines").iter().filter_map(Value::as_u64).collect();
    assert_eq!(depth.len(), 30_000 - left_out.spans);
    assert_eq!(depth[0], 0);
    assert!(depth.windows(2).all(|pair| pair[1] <= pair[0] + 1), "nothing stands without its parent");
    assert!(data["status"].as_array().expect("lines").contains(&2.into()), "the failed span is there");
    assert_eq!(data["spans"], 30_000, "what is told of the whole trace stays");
    assert!(left_out.to_string().ends_with("left out"), "{left_out}");
}
