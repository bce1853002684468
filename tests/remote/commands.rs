//! The other commands over servers: one trace, names, values, plans.

use traceql_grammar::vocab::release::Release;

use crate::{
    binary::{ITS_TIME, Ran, SHOP, holder, json, run, traceql},
    stub::{Request, Response, Stub},
};

const ID: &str = "5737d25876a424f643baca19e47e042d";

fn of(command: &[&str], sources: &[&str], options: &[&str]) -> Ran {
    run(&mut traceql(&[command, sources, options].concat()))
}

#[test]
fn a_trace_of_a_server_looks_like_one_of_a_file() {
    for release in [Release::Main, Release::V2_4] {
        let stub = holder(release);
        for format in ["table", "otlp", "jaeger"] {
            let options = ["--format", format];
            let (there, here) = (of(&["trace", ID], &[&stub.url], &options), of(&["trace", ID], &[SHOP], &options));
            assert_eq!((&there.out, there.status), (&here.out, 0), "{there:?}");
        }
        // What is here knows the rest of the id.
        let mixed = of(&["trace", "5737d2"], &[SHOP, &stub.url], &[]);
        assert_eq!((mixed.out, mixed.status), (of(&["trace", ID], &[SHOP], &[]).out, 0));
        let nothing = of(&["trace", "5737d2"], &[&stub.url], &[]);
        assert_eq!(nothing.status, 1, "{nothing:?}");
        assert!(nothing.told.contains(&format!("no trace of {} has", stub.url)), "{nothing:?}");
        assert!(nothing.told.contains("whole ids only"), "{nothing:?}");
    }
}

#[test]
fn a_trace_that_is_not_whole_is_told() {
    let stub = Stub::start(|_: &Request| {
        Response::json(
            r#"{"trace":{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","spanId":"AAAAAAAAAAE=","name":"a"}]}]}]},"status":"PARTIAL","message":"too large"}"#,
        )
    });
    let ran = of(&["trace", "00000000000000000000000000000001"], &[&stub.url], &[]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.told.contains(&format!("warning: {}: the trace is not whole: too large", stub.url)), "{ran:?}");
}

#[test]
fn names_and_values_are_listed() {
    let stub = holder(Release::Main);
    let options = [&ITS_TIME[..], &["--format", "json"]].concat();
    for command in [&["tags"][..], &["values", "name"], &["values", "span.rpc.method"]] {
        let there = of(command, &[&stub.url], &options);
        let (mut found, mut expected) = (json(&there), json(&of(command, &[SHOP], &options)));
        // Servers give them in any order.
        for answer in [&mut found, &mut expected] {
            if let Some(values) = answer["tagValues"].as_array_mut() {
                values.sort_by_key(ToString::to_string);
            }
        }
        assert_eq!((found, there.status), (expected, 0), "{command:?}");
    }
    let table = of(&["values", "span.rpc.method"], &[&stub.url], &ITS_TIME);
    assert_eq!(
        table.out, "AddItem\nCharge\nConfirm\nGetCart\nGetProduct\nGetQuote\nList\nListProducts\nPlaceOrder\n",
        "{table:?}"
    );
    let tags =
        of(&["tags", "--scope", "resource"], &[SHOP, &stub.url], &[&ITS_TIME[..], &["--format", "csv"]].concat());
    assert!(tags.out.contains("resource,service.name,resource.service.name,,,,,\n"), "{tags:?}");
    let nothing = of(&["values", "span.nowhere"], &[&stub.url], &[]);
    assert_eq!(nothing.status, 1, "{nothing:?}");
    assert!(nothing.told.contains("the last hour is asked for"), "{nothing:?}");
    assert!(nothing.told.contains("nobody lists a value of `span.nowhere`"), "{nothing:?}");
}

#[test]
fn words_are_given_for_numbers() {
    let stub = Stub::start(|_: &Request| {
        Response::json(
            r#"{"tagValues":[{"type":"int","value":"2"},{"type":"int","value":"0"},{"type":"int","value":"1"}]}"#,
        )
    });
    assert_eq!(of(&["values", "status"], &[&stub.url], &[]).out, "error\nok\nunset\n");
    assert_eq!(of(&["values", "kind"], &[&stub.url], &[]).out, "internal\nserver\nunspecified\n");
    assert_eq!(of(&["values", "span.n"], &[&stub.url], &[]).out, "0\n1\n2\n");
}

#[test]
fn plans_say_what_servers_do() {
    let stub = holder(Release::V2_6);
    let ran = of(&["explain", "{ parent.kind = server && status = error }"], &[&stub.url], &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains(&stub.url) && ran.out.contains("2.6") && ran.out.contains("parent"), "{ran:?}");
    let asked = stub.take();
    assert!(asked.iter().all(|request| request.path == "/api/status/buildinfo"), "nothing is run: {asked:?}");
    let whole = of(&["explain", "{ status = error }"], &[&stub.url], &["--format", "json"]);
    assert!(whole.out.contains("\"gives\":\"answer\""), "{whole:?}");
}
