//! Which release a server is: what it says, and what it understands.

use traceql::tempo::{Kind, ServerRelease};
use traceql_grammar::{Verdict, check, vocab::release::Release};

use crate::{
    call, refused, server,
    stub::{Request, Response, Stub},
};

/// Answers as a release does that does not know its own number.
fn nameless(release: Release, request: &Request) -> Response {
    let query = request.parameter("q").unwrap_or_default();
    match request.path.as_str() {
        "/api/status/buildinfo" if release >= Release::V2_3 => Response::json(r#"{"version":"","goVersion":"go1.26"}"#),
        "/api/search" => match check(query, release).verdict {
            Verdict::Ok => Response::json(r#"{"traces":[]}"#),
            _ => Response::text(400, &format!("invalid TraceQL query: parse error at line 1, col 1: {query}")),
        },
        "/api/metrics/query_range" if release >= Release::V2_9 => {
            Response::text(400, "step of 1s is too small, minimum step for given range is 1.0789s")
        }
        "/api/metrics/query_range" if release >= Release::V2_4 => Response::json(r#"{"series":[]}"#),
        _ => Response::text(404, "404 page not found\n"),
    }
}

#[test]
fn releases_are_found_by_what_they_understand() {
    for release in Release::ALL.iter().copied() {
        let stub = Stub::start(move |request| nameless(release, request));
        let found = server(&stub.url).release(call()).expect("it answers");
        assert_eq!(found, ServerRelease { release, version: None });
        let asked = stub.take();
        assert!(asked.len() <= 5, "{release}: {} questions", asked.len());
    }
}

#[test]
fn servers_say_which_they_are() {
    for (version, release) in
        [("2.8.1", Release::V2_8), ("v3.0.0-rc.0", Release::V3_0), ("main-1a2b3c4", Release::Main)]
    {
        let stub = Stub::start(move |_| Response::json(format!(r#"{{"version":"{version}"}}"#)));
        let found = server(&stub.url).release(call()).expect("it answers");
        assert_eq!(found, ServerRelease { release, version: Some(version.to_owned()) });
        assert_eq!(stub.take().len(), 1);
    }
}

#[test]
fn servers_that_cannot_be_asked_have_no_release() {
    let stub = Stub::start(|_| Response::text(401, "no org id\n"));
    assert_eq!(refused(server(&stub.url).release(call())).kind, Kind::Unauthorized);
    let stub = Stub::start(|_| Response::text(404, "404 page not found\n"));
    assert_eq!(refused(server(&stub.url).release(call())).kind, Kind::NoSuchPath);
    let stub = Stub::start(|request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{}"),
        _ => Response::new(200, "text/html", "<html><title>Welcome</title>"),
    });
    assert_eq!(refused(server(&stub.url).release(call())).kind, Kind::NotTempo);
    let stub = Stub::start(|request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{}"),
        _ => Response::text(500, "the store is on fire"),
    });
    assert_eq!(refused(server(&stub.url).release(call())).kind, Kind::Failed);
}
