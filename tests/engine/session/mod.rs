//! A session: requests one after the other and side by side, sources that come and go, what is remembered.

#[cfg(target_os = "linux")]
mod memory;
mod mirror;
mod parts;
mod quantiles;
mod sources;

use std::path::{Path, PathBuf};

use traceql::{
    model::trace_id::TypedId,
    session::{
        Answer, Cancel, Error, Explain, Explained, Found, Metrics, Quiet, Request, Search, Session, TagsRequest, Trace,
        Traces, Values, run,
    },
};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The small shop, as a source.
fn shop() -> String {
    file("examples/shop.otlp.jsonl").display().to_string()
}

/// A trace of the small shop.
const TRACE: &str = "5737d25876a424f643baca19e47e042d";

fn search(session: &Session, query: &str) -> Request {
    Request::Search(Search::new(session.check(query)))
}

fn metrics(session: &Session, query: &str) -> Request {
    Request::Metrics(Metrics::new(session.check(query)))
}

/// One request of each kind, and a few queries that take other ways through the engine.
fn requests(session: &Session) -> Vec<Request> {
    let field = traceql_grammar::field("resource.service.name").expect("it is an attribute");
    vec![
        search(session, "{ status = error } | select(name, resource.service.name)"),
        metrics(session, "{ } | rate() by (resource.service.name)"),
        Request::Tags(TagsRequest::default()),
        search(session, "{ kind = server } >> { kind = client } | count() > 2"),
        Request::Values(Values { field, query: Some(session.check("{ kind = server }")), when: Default::default() }),
        Request::Trace(Trace { id: TypedId::parse(TRACE).expect("it is an id") }),
        metrics(session, "{ } | quantile_over_time(duration, .9) by (name) | topk(3)"),
        Request::Traces(Traces { query: Some(session.check("{ status = error }")), ..Traces::default() }),
        Request::Explain(Explain {
            of: Explained::Search(Search::new(session.check("{ duration > 10ms }"))),
            is_run: true,
        }),
        search(session, "{ parent.kind = server && duration > 1ms }"),
        search(session, "{ name = \"there is none\" }"),
    ]
}

fn ask(session: &Session, request: &Request) -> Result<Answer, Error> {
    run(session, request, &Cancel::new(), &Quiet)
}

/// Tells an answer in text, without what depends on time and memory.
pub(crate) fn told(found: &Found) -> String {
    match found {
        Found::Search(matches) => {
            format!("{:?} {:?} {:?} {}", matches.keys, matches.fields, matches.result.traces, matches.result.more)
        }
        Found::Metrics(result) => format!("{:?} {:?}", result.series, result.times),
        Found::Tags(tags) => format!("{:?}", tags.tags),
        Found::Values(values) => format!("{:?} {}", values.values, values.selected),
        Found::Trace(located) => format!("{located:?}"),
        Found::Traces { traces, spans } => format!("{traces} {spans}"),
        Found::Explained(explained, ran) => format!("{explained:?} {:?}", ran.as_ref().map(|ran| ran.found)),
    }
}

#[test]
fn requests_are_answered_one_after_the_other_and_side_by_side() {
    let session = Session::over([shop()]);
    let requests = requests(&session);
    let answers: Vec<String> =
        requests.iter().map(|request| told(&ask(&session, request).expect("it has an answer").found)).collect();
    assert!(answers[0].contains("recommendation"), "{}", answers[0]);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (session, requests, answers) = (&session, &requests, &answers);
            scope.spawn(move || {
                for at in 0..requests.len() * 2 {
                    let at = (at + thread * 3) % requests.len();
                    let answer = ask(session, &requests[at]).expect("it has an answer");
                    assert_eq!(told(&answer.found), answers[at]);
                }
            });
        }
    });
}

#[test]
fn what_cannot_be_answered_says_why() {
    let session = Session::over([shop()]);
    let error = |request: &Request| ask(&session, request).expect_err("it has no answer");
    assert!(matches!(error(&search(&session, "{ status = error")), Error::Query(_)));
    assert!(matches!(error(&search(&session, "{ } | rate()")), Error::Plan(_)));
    assert!(matches!(error(&metrics(&session, "{ }")), Error::Plan(_)));
    let selection = Some(session.check("{ } | rate()"));
    let tags = Request::Tags(TagsRequest { query: selection, ..TagsRequest::default() });
    assert!(matches!(error(&tags), Error::SelectsSeries));

    let nothing = Session::over(Vec::<String>::new());
    assert!(matches!(ask(&nothing, &search(&nothing, "{ }")), Err(Error::NoSources)));
    let missing = Session::over(["no/such/file.jsonl"]);
    let told = ask(&missing, &search(&missing, "{ }")).expect_err("it is not there").to_string();
    assert_eq!(told, "no/such/file.jsonl: no such file or directory");
    let server = Session::over(["http://me:secret@localhost:3200/x?y=z"]);
    let told = ask(&server, &search(&server, "{ }")).expect_err("it is no file").to_string();
    assert!(told.starts_with("http://localhost:3200: ") && !told.contains("secret"), "{told}");
}

#[test]
fn cancelled_requests_end_without_an_answer() {
    let session = Session::over([shop()]);
    let cancel = Cancel::new();
    cancel.cancel();
    for request in requests(&session) {
        let answer = run(&session, &request, &cancel, &Quiet);
        assert!(matches!(answer, Err(Error::Cancelled)), "{answer:?}");
    }
    assert!(!cancel.is_watched(), "no request is left");
}
