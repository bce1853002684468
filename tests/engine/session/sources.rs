//! Sources that come and go, and what is remembered of those that stay.

use std::fs;

use traceql::{
    model::note::{Note, Others},
    session::{Found, Request, Session, Values, When},
    source::Input,
};

use super::{ask, file, search, shop};

fn traces(session: &Session) -> usize {
    let Request::Search(mut asked) = search(session, "{ }") else { unreachable!("it is a search") };
    asked.limits.traces = None;
    match ask(session, &Request::Search(asked)).expect("it has an answer").found {
        Found::Search(matches) => matches.result.traces.len(),
        other => unreachable!("{other:?} is no answer to a search"),
    }
}

#[test]
fn sources_come_and_go() {
    let session = Session::over(Vec::<String>::new());
    session.add_as("shop", shop().as_str());
    assert_eq!((session.names(), traces(&session)), (vec!["shop".to_owned()], 45));
    let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"x"}]}]}]}"#;
    session.add(Input::memory("one", span.as_bytes().to_vec()));
    assert_eq!((session.names().len(), traces(&session)), (2, 46));
    assert!(session.remove("shop") && !session.remove("shop"));
    assert_eq!((session.names(), traces(&session)), (vec!["one".to_owned()], 1));
    session.replace(vec![shop().into(), Input::memory("one", span.as_bytes().to_vec()).into()]);
    assert_eq!((traces(&session), traces(&session.only(&["one"])), traces(&session)), (46, 1, 46));
}

/// A folder of a test's own.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("it can be made");
    folder
}

#[cfg(feature = "tempo-block")]
#[test]
fn what_blocks_say_of_themselves_is_read_once() {
    let session = Session::over([file("tests/blocks/shop-vParquet4").display().to_string()]);
    let bytes = || ask(&session, &search(&session, "{ status = error }")).expect("it has an answer").read.bytes;
    let (first, second) = (bytes(), bytes());
    assert!(second + 1000 < first, "{first} bytes, then {second}: the footer is read once");
    assert_eq!(bytes(), second);
}

#[test]
fn changed_files_are_read_again() {
    let folder = folder("session-changed");
    let path = folder.join("spans.jsonl");
    let span = |id: &str| {
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{id:0>32}","spanId":"0000000000000002","name":"x",
            "attributes":[{{"key":"color{id}","value":{{"stringValue":"red"}}}}]}}]}}]}}]}}"#
        )
        .replace('\n', "")
    };
    fs::write(&path, span("01")).expect("it can be written");
    let session = Session::over([path.display().to_string()]);
    assert_eq!(traces(&session), 1);
    let nearest = || {
        let field = traceql_grammar::field("span.colour02").expect("it is an attribute");
        let request = Request::Values(Values { field, query: None, when: When::default() });
        let notes = ask(&session, &request).expect("it has an answer").notes;
        match notes.as_slice() {
            [Note::NoSuchValue { others: Some(Others { nearest, .. }), .. }] => nearest.clone(),
            other => unreachable!("{other:?}"),
        }
    };
    assert_eq!(nearest().as_deref(), Some("span.color01"));
    assert_eq!(nearest().as_deref(), Some("span.color01"), "remembered");
    fs::write(&path, span("01") + "\n" + &span("02")).expect("it can be written");
    assert_eq!(traces(&session), 2);
    assert_eq!(nearest().as_deref(), Some("span.color02"), "the file has changed");
    fs::remove_dir_all(folder).expect("it can be removed");
}
