//! Zipkin's JSON in every shape, and what each of its fields becomes.

use super::whole::{assert_cut_anywhere, assert_damaged, assert_whole, ids_kept, read_whole};

/// Both sides of a call, as Zipkin's second API has them.
const CLIENT: &str = r#"{"traceId":"5af7183fb1d4cf5f","parentId":"6b221d5bc9e6496c","id":"352bff9a74ca9ad2","kind":"CLIENT","name":"get /api","timestamp":1556604172355737,"duration":1431,"localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","port":3306},"remoteEndpoint":{"serviceName":"api","ipv6":"2001:db8::c001","port":58648},"annotations":[{"timestamp":1556604172355800,"value":"wire"}],"tags":{"http.method":"GET","error":"timeout"}}"#;
const SERVER: &str = r#"{"traceId":"5af7183fb1d4cf5f","parentId":"6b221d5bc9e6496c","id":"352bff9a74ca9ad2","kind":"SERVER","name":"get /api","timestamp":1556604172356000,"duration":900,"localEndpoint":{"serviceName":"api"},"shared":true}"#;

const SPANS: &str = r#"
5af7183fb1d4cf5f/352bff9a74ca9ad2<6b221d5bc9e6496c backend: get /api client error 1556604172355737000+1431000
  says timeout
  span http.method="GET" net.host.ip="192.168.99.1" net.host.port=3306 net.peer.ip="2001:db8::c001" net.peer.port=58648 peer.service="api"
  resource service.name="backend"
  event "wire" 1556604172355800000
5af7183fb1d4cf5f/352bff9a74ca9ad2<6b221d5bc9e6496c api: get /api server unset 1556604172356000000+900000
  resource service.name="api"
"#;

#[test]
fn lists_lists_of_lists_and_single_spans() {
    assert_whole(format!("[{CLIENT},{SERVER}]"), SPANS);
    assert_whole(format!("[[{CLIENT}],[{SERVER}],[]]"), SPANS);
    assert_whole(format!("{CLIENT}\n{SERVER}\n"), SPANS);
    assert_whole(format!("[{CLIENT}]\n[{SERVER}]\n"), SPANS);
    assert_whole(format!("{CLIENT}{SERVER}"), SPANS);
    let value: serde_json::Value = serde_json::from_str(&format!("[[{CLIENT},{SERVER}]]")).unwrap();
    assert_whole(serde_json::to_string_pretty(&value).unwrap(), SPANS);
    assert_eq!(read_whole(CLIENT).unwrap().len(), 1);
    assert_eq!(read_whole("[]"), Ok(vec![]));
    assert_eq!(read_whole("[[],[]]"), Ok(vec![]));
}

/// Reads a span with these members besides its ids.
#[track_caller]
fn assert_span(members: &str, expected: &str) {
    assert_whole(format!(r#"{{"traceId":"a","id":"1",{members}}}"#), &format!("a/1{expected}"));
}

#[test]
fn times_that_are_missing() {
    const ABSENT: &str = "\nspan otel.zipkin.absentField.startTime=true";
    assert_span(r#""name":"x""#, &format!("<0 : x unspecified unset 0+0{ABSENT}"));
    assert_span(r#""timestamp":0,"duration":7"#, &format!("<0 :  unspecified unset 0+7000{ABSENT}"));
    assert_span(r#""timestamp":null,"duration":null"#, &format!("<0 :  unspecified unset 0+0{ABSENT}"));
    assert_span(r#""timestamp":5"#, "<0 :  unspecified unset 5000+0");
    let annotated = r#""annotations":[{"timestamp":9,"value":"b"},{"timestamp":8,"value":"a"}]"#;
    assert_span(annotated, "<0 :  unspecified unset 8000+0\nevent \"b\" 9000\nevent \"a\" 8000");
}

#[test]
fn kinds_parents_and_endpoints() {
    for kind in ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"] {
        let expected = format!("<0 :  {} unset 5000+0", kind.to_lowercase());
        assert_span(&format!(r#""timestamp":5,"kind":"{kind}""#), &expected);
    }
    assert_span(r#""timestamp":5,"kind":null"#, "<0 :  unspecified unset 5000+0");
    assert_span(r#""timestamp":5,"tags":{"span.kind":"internal"}"#, "<0 :  internal unset 5000+0");
    assert_span(r#""timestamp":5,"kind":"SERVER","tags":{"span.kind":"internal"}"#, "<0 :  server unset 5000+0");
    assert_span(r#""timestamp":5,"parentId":"1""#, "<0 :  unspecified unset 5000+0");
    assert_span(r#""timestamp":5,"parentId":null"#, "<0 :  unspecified unset 5000+0");
    // Tags overrule endpoints, wherever they stand.
    let remote = r#""remoteEndpoint":{"serviceName":"r","ipv4":"1.2.3.4"}"#;
    let tags = r#""tags":{"peer.service":"mine"}"#;
    let expected = "<0 :  unspecified unset 5000+0\nspan net.peer.ip=\"1.2.3.4\" peer.service=\"mine\"";
    assert_span(&format!(r#""timestamp":5,{remote},{tags}"#), expected);
    assert_span(&format!(r#""timestamp":5,{tags},{remote}"#), expected);
    assert_span(r#""timestamp":5,"localEndpoint":{},"remoteEndpoint":null"#, "<0 :  unspecified unset 5000+0");
}

#[test]
fn statuses_scopes_and_links_come_from_tags() {
    #[track_caller]
    fn assert_tags(tags: &str, expected: &str) {
        assert_span(&format!(r#""timestamp":5,"tags":{{{tags}}}"#), &format!("<0 :  unspecified {expected}"));
    }
    assert_tags(r#""error":"true""#, "error 5000+0");
    assert_tags(r#""error":"""#, "error 5000+0");
    assert_tags(r#""error":"no route""#, "error 5000+0\nsays no route");
    assert_tags(r#""error":"false""#, "unset 5000+0\nspan error=\"false\"");
    assert_tags(r#""otel.status_code":"OK""#, "ok 5000+0");
    assert_tags(r#""error":"false","otel.status_code":"ERROR""#, "error 5000+0");
    assert_tags(r#""otel.status_code":"ERROR","error":"why""#, "error 5000+0\nsays why");
    assert_tags(r#""otel.status_code":"ERROR","otel.status_description":"why""#, "error 5000+0\nsays why");
    assert_tags(r#""otel.scope.name":"lib","otel.scope.version":"1""#, "unset 5000+0\nscope lib@1");
    assert_tags(r#""otel.library.name":"lib""#, "unset 5000+0\nscope lib@");
    assert_tags(r#""n":"7","long":"x y""#, "unset 5000+0\nspan long=\"x y\" n=\"7\"");
    assert_tags(r#""n":7,"b":true,"x":null,"l":[1]"#, "unset 5000+0\nspan b=true n=7");
    assert_tags(r#""otel.dropped_links_count":"2","w3c.tracestate":"k=v""#, "unset 5000+0\ndropped links 2\nstate k=v");
    let link = r#""otlp.link.0":"0000000000000000000000000000000b|000000000000000c|s=t|{\"k\":\"v|w\",\"n\":1}|0""#;
    assert_tags(link, "unset 5000+0\nlink b/c k=\"v|w\" n=1");
    assert_tags(r#""otlp.link.0":"odd""#, "unset 5000+0\nspan otlp.link.0=\"odd\"");
}

#[test]
fn events_with_attributes() {
    #[track_caller]
    fn assert_event(value: &str, expected: &str) {
        let value = serde_json::to_string(value).unwrap();
        let annotations = format!(r#""timestamp":5,"annotations":[{{"timestamp":6,"value":{value}}}]"#);
        assert_span(&annotations, &format!("<0 :  unspecified unset 5000+0\nevent {expected}"));
    }
    assert_event("plain", "\"plain\" 6000");
    assert_event(r#""my-event": {"key1": "value1", "n": 2}"#, r#""my-event" 6000 key1="value1" n=2"#);
    assert_event(r#""my-event":{}"#, r#""my-event" 6000"#);
    assert_event(r#"my-event|{"k":0.5,"b":true}|3"#, r#""my-event" 6000 b=true k=0.5"#);
    for odd in [r#""a": {"k" 1}"#, r#""a": [1]"#, "a|b|c", r#"a|{"k"|3"#, r#"{"a":1}"#, "\"", "|", "||"] {
        assert_event(odd, &format!("{odd:?} 6000"));
    }
}

/// An object of the first API: both sides of a call.
const SHARED: &str = r#"{"traceId":"a","name":"get","id":"2","parentId":"1","timestamp":100,"duration":50,"debug":false,
"annotations":[{"timestamp":100,"value":"cs","endpoint":{"serviceName":"web","ipv4":"1.1.1.1","port":80}},
 {"timestamp":110,"value":"sr","endpoint":{"serviceName":"app","ipv4":"2.2.2.2"}},{"timestamp":120,"value":"work","endpoint":{"serviceName":"app"}},
 {"timestamp":140,"value":"ss","endpoint":{"serviceName":"app","ipv4":"2.2.2.2"}},{"timestamp":150,"value":"cr","endpoint":{"serviceName":"web","ipv4":"1.1.1.1","port":80}}],
"binaryAnnotations":[{"key":"http.path","value":"/x","endpoint":{"serviceName":"web"}},{"key":"rows","value":3,"endpoint":{"serviceName":"app"}},
 {"key":"ca","value":true,"endpoint":{"serviceName":"web","ipv4":"1.1.1.1"}},{"key":"sa","value":true,"endpoint":{"serviceName":"app","ipv4":"2.2.2.2","port":8080}}]}"#;

#[test]
fn both_sides_of_a_call_in_one_object() {
    assert_whole(
        SHARED,
        r#"
        a/2<1 web: get client unset 100000+50000
          span http.path="/x" net.host.ip="1.1.1.1" net.host.port=80 net.peer.ip="2.2.2.2" net.peer.port=8080 peer.service="app"
          resource service.name="web"
        a/2<1 app: get server unset 110000+30000
          span net.host.ip="2.2.2.2" net.peer.ip="1.1.1.1" peer.service="web" rows=3
          resource service.name="app"
          event "work" 120000
        "#,
    );
    assert_eq!(read_whole(format!("[{SHARED},{SHARED}]")).unwrap().len(), 4);
    // Within one service there are two spans all the same.
    let loopback = read_whole(SHARED.replace("\"app\"", "\"web\"")).unwrap();
    assert_eq!(loopback.iter().map(|span| span.kind).collect::<Vec<_>>(), ["client", "server"]);
}

#[test]
fn one_side_of_a_call() {
    #[track_caller]
    fn assert_first(members: &str, annotations: &[(u64, &str)], expected: &str) {
        let at = r#"{"serviceName":"s"}"#;
        let annotations: Vec<String> = annotations
            .iter()
            .map(|(time, value)| format!(r#"{{"timestamp":{time},"value":"{value}","endpoint":{at}}}"#))
            .collect();
        let members = format!(r#""name":"x",{members}"annotations":[{}]"#, annotations.join(","));
        assert_span(&members, &format!("<0 s: x {expected}\nresource service.name=\"s\""));
    }
    assert_first("", &[(5, "cs"), (9, "cr")], "client unset 5000+4000");
    assert_first("", &[(9, "ss"), (5, "sr")], "server unset 5000+4000");
    assert_first("", &[(5, "ms"), (9, "ws")], "producer unset 5000+4000");
    assert_first("", &[(5, "wr"), (9, "mr")], "consumer unset 5000+4000");
    assert_first("", &[(5, "mr")], "consumer unset 5000+0");
    assert_first("", &[(5, "cr")], "client unset 5000+0");
    assert_first(r#""timestamp":3,"duration":10,"#, &[(5, "sr"), (9, "ss")], "server unset 3000+10000");
    assert_first(r#""timestamp":3,"duration":10,"#, &[(13, "cr")], "client unset 3000+10000");
    // Clocks that disagree.
    let (_, report) = ids_kept(
        r#"{"traceId":"a","id":"1","annotations":[{"timestamp":9,"value":"cs","endpoint":{}},{"timestamp":5,"value":"cr","endpoint":{}}]}"#,
    );
    assert_eq!((report.reversed, report.damaged), (1, 0));
}

#[test]
fn local_components_and_addresses_without_a_call() {
    let component = r#""timestamp":5,"binaryAnnotations":[{"key":"lc","value":"job","endpoint":{"serviceName":"s"}}]"#;
    assert_span(component, "<0 s:  unspecified unset 5000+0\nspan component=\"job\"\nresource service.name=\"s\"");
    let empty = component.replace("job", "");
    assert_span(&empty, "<0 s:  unspecified unset 5000+0\nresource service.name=\"s\"");
    let address = |key: &str| {
        format!(
            r#""timestamp":5,"binaryAnnotations":[{{"key":"{key}","value":true,"endpoint":{{"serviceName":"o"}}}}]"#
        )
    };
    assert_span(&address("sa"), "<0 :  unspecified unset 5000+0\nspan peer.service=\"o\"");
    assert_span(&address("ca"), "<0 :  server unset 5000+0\nspan peer.service=\"o\"");
    let no_endpoint = r#""timestamp":5,"binaryAnnotations":[{"key":"k","value":"v"},{"key":"error","value":"bad"}]"#;
    assert_span(no_endpoint, "<0 :  unspecified error 5000+0\nsays bad\nspan k=\"v\"");
}

#[test]
fn damaged_spans_are_left_out_alone() {
    #[track_caller]
    fn assert_middle_lost(damaged: &str, problem: &str) {
        let good = |id: u64| format!(r#"{{"traceId":"a","id":"{id}","name":"x","timestamp":5}}"#);
        for text in [
            format!("[{},\n{damaged},\n{}]", good(1), good(3)),
            format!("[[{}],[{damaged},{}]]", good(1), good(3)),
            format!("{}\n{}\n{}\n", good(1), damaged.replace('\n', " "), good(3)),
        ] {
            assert_damaged(text, problem, &[1, 3], 1);
        }
    }
    assert_middle_lost(&SHARED.replace("\"id\":\"2\"", "\"id\":\"\""), "an empty span id");
    assert_middle_lost(&SHARED.replace("\"timestamp\":120", "\"timestamp\":[]"), "`[` stands where");
    assert_middle_lost(&SHARED.replace("\"rows\"", "7"), "`7` stands where a string should");
    assert_middle_lost(&CLIENT.replace("\"CLIENT\"", "\"BOSS\""), "`BOSS` is no span kind");
    assert_middle_lost(&CLIENT.replace("1556604172355737", "-1"), "`-1` is no time after 1970");
    assert_middle_lost(&CLIENT.replace("1431", "\"x\""), "`x` is no length of time");
    assert_middle_lost(&CLIENT.replace(":3306", ":33.5"), "`33.5` is no whole number");
    assert_middle_lost(&CLIENT.replace(":1431,", ":1431,,"), "`,` stands where a string should");
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    assert_middle_lost(&CLIENT.replace("\"GET\"", &deep), "nest more than 256 deep");
}

#[test]
fn a_text_that_breaks_off_loses_what_is_not_there() {
    assert_cut_anywhere(&format!("[{CLIENT},{SERVER}]"));
    let (ids, report) = ids_kept(format!("[{CLIENT},\n{SERVER},\n{}", &SERVER[..50]));
    assert_eq!((ids.len(), report.damaged), (2, 1));
}

#[test]
fn large_lists_are_read_in_pieces() {
    let text = format!("[[{}]]", vec![CLIENT; 20_000].join(","));
    assert!(text.len() > 8 << 20);
    assert_eq!(read_whole(text).unwrap().len(), 20_000);
}
