//! What is sent: where to, with which headers, how often.

use std::{
    env,
    io::Write,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use flate2::{Compression, write::GzEncoder};
use traceql::tempo::{Auth, Kind, Secret, Server, Settings};

use crate::{
    call, refused, search, settings,
    stub::{Manner, Request, Response, Stub},
};

const EMPTY: &str = r#"{"traces":[]}"#;

/// Asks once, and returns what came.
fn asked(change: impl FnOnce(&mut Settings)) -> Request {
    let stub = Stub::start(|_| Response::json(EMPTY));
    let mut settings = settings(&stub.url);
    change(&mut settings);
    let server = Server::open(&settings).expect("the settings are right");
    server.search(&search("{ }"), call()).expect("it answers");
    let mut requests = stub.take();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[test]
fn requests_say_who_asks() {
    let request = asked(|_| {});
    assert_eq!(request.header("x-scope-orgid"), Some("zoo"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("traceql/")));
    let request = asked(|settings| settings.tenants = vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(request.header("x-scope-orgid"), Some("a|b"));
    let request = asked(|settings| settings.auth = Auth::Bearer(Secret::new("hunter2\n")));
    assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
    let basic = || Auth::Basic { user: "me".to_owned(), password: Secret::new("p@ss:word") };
    let request = asked(|settings| settings.auth = basic());
    assert_eq!(request.header("authorization"), Some("Basic bWU6cEBzczp3b3Jk"));
    let request = asked(|settings| settings.url = settings.url.replace("http://", "http://me:p%40ss%3Aword@"));
    assert_eq!(request.header("authorization"), Some("Basic bWU6cEBzczp3b3Jk"));
    let request = asked(|settings| {
        settings.auth = basic();
        settings.headers = vec![
            ("Authorization".to_owned(), Secret::new("Custom x")),
            ("X-Scope-OrgID".to_owned(), Secret::new("other")),
            ("X-Trace".to_owned(), Secret::new("1")),
        ];
    });
    let sent = ["authorization", "x-scope-orgid", "x-trace"].map(|name| request.header(name));
    assert_eq!(sent, [Some("Custom x"), Some("other"), Some("1")], "what is given outright counts");
}

#[test]
fn paths_before_the_api_stay() {
    for prefix in ["", "/", "/tempo", "/api/datasources/proxy/uid/X", "/api/datasources/proxy/uid/X/"] {
        let request = asked(|settings| settings.url += prefix);
        assert_eq!(request.path, format!("{}/api/search", prefix.trim_end_matches('/')));
    }
    let server = crate::server("http://t:1/tempo/api/");
    assert_eq!(server.url(), "http://t:1/tempo");
}

#[test]
fn unusable_settings_are_told_without_secrets() {
    type Change = fn(&mut Settings);
    let cases: [(Change, &str); 8] = [
        (|settings| settings.url = "tempo:3200".to_owned(), "has a URL with `http://`"),
        (|settings| settings.url += "?token=hunter2", "has no `?`"),
        (|settings| settings.auth = Auth::Bearer(Secret::new("")), "the token is empty"),
        (
            |settings| settings.auth = Auth::Bearer(Secret::new("hunter2\u{0}x")),
            "header `authorization` has characters",
        ),
        (
            |settings| settings.headers = vec![("a b: hunter2".to_owned(), Secret::new(""))],
            "`a b` is no name of a header",
        ),
        (|settings| settings.tenants = vec!["a|b".to_owned()], "`a|b` is no name of a tenant"),
        (|settings| settings.ca_certificates = Some(b"hunter2".to_vec()), "cannot be read"),
        (
            |settings| {
                let (certificate, key) = (b"x".to_vec(), Secret::new("hunter2"));
                settings.client_certificate = Some(traceql::tempo::ClientCertificate { certificate, key });
            },
            "or its key, cannot be read",
        ),
    ];
    for (change, problem) in cases {
        let mut settings = settings("http://127.0.0.1:1/x");
        change(&mut settings);
        let error = Server::open(&settings).expect_err(problem);
        assert_eq!(error.kind, Kind::Settings);
        let text = format!("{error} {error:?}");
        assert!(text.contains(problem) && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn packed_answers_are_unpacked() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(EMPTY.as_bytes()).expect("memory takes everything");
    let packed = packed.finish().expect("memory takes everything");
    let broken = packed[..packed.len() - 9].to_vec();
    for (body, encoding, works) in [(packed.clone(), "gzip", true), (broken, "gzip", false), (packed, "br", false)] {
        let stub = Stub::start(move |request| {
            assert_eq!(request.header("accept-encoding"), Some("gzip"));
            Response::json(body.clone()).with("content-encoding", encoding)
        });
        let answer = crate::server(&stub.url).search(&search("{ }"), call());
        assert_eq!(answer.map(|_| true).map_err(|error| error.kind), if works { Ok(true) } else { Err(Kind::Damaged) });
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    type Make = fn() -> Response;
    let cases: [(Make, bool); 10] = [
        (|| Response::text(429, "too many").with("retry-after", "0"), true),
        (
            || {
                Response::text(429, "too many")
                    .with("date", "Thu, 01 Jan 2026 00:00:00 GMT")
                    .with("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")
            },
            true,
        ),
        (|| Response::text(502, "bad gateway"), true),
        (|| Response::text(503, "not yet"), true),
        (|| Response::text(504, "timeout"), true),
        (|| Response::json(EMPTY).in_manner(Manner::CutAfter(3)), true),
        (|| Response::json(EMPTY).in_manner(Manner::Nothing), true),
        (|| Response::text(500, "it broke"), false),
        (|| Response::text(400, "no"), false),
        (|| Response::text(404, ""), false),
    ];
    for (make, passes) in cases {
        let times = AtomicUsize::new(0);
        let stub = Stub::start(move |_| {
            // The last time that it is tried at all.
            if times.fetch_add(1, Ordering::Relaxed) < 3 { make() } else { Response::json(EMPTY) }
        });
        let answer = crate::server(&stub.url).search(&search("{ }"), call());
        assert_eq!(answer.is_ok(), passes, "{answer:?}");
        assert_eq!(stub.take().len(), if passes { 4 } else { 1 });
    }
}

#[test]
fn trying_again_ends() {
    let stub = Stub::start(|_| Response::text(503, "no place in the queue"));
    let error = refused(crate::server(&stub.url).search(&search("{ }"), call()));
    assert_eq!(stub.take().len(), 4);
    assert_eq!((error.kind, error.status), (Kind::Failed, Some(503)));
    assert!(error.what().contains("4 times in a row: no place in the queue"), "{error}");
    let mut never = settings(&stub.url);
    never.retries.most = 0;
    let server = Server::open(&never).expect("the settings are right");
    assert!(!refused(server.search(&search("{ }"), call())).what().contains("in a row"));
    assert_eq!(stub.take().len(), 1);
    // Nobody waits for as long as some servers ask for.
    let stub = Stub::start(|_| Response::text(429, "slow down").with("retry-after", "3600"));
    let error = refused(crate::server(&stub.url).search(&search("{ }"), call()));
    assert_eq!(stub.take().len(), 1);
    assert_eq!((error.kind, error.said.as_deref()), (Kind::TooManyRequests, Some("slow down")));
    assert_eq!(error.cure, "try again in 3600 seconds, as the server asks for");
}

#[test]
fn redirects_stay_on_the_host() {
    let elsewhere = Stub::start(|_| Response::json(EMPTY));
    let target = elsewhere.url.clone();
    let stub = Stub::start(move |request| {
        let to = |status: u16, target: &str| Response::text(status, "").with("location", target);
        match request.path.as_str() {
            "/moved/api/search" => to(301, "/new/api/search?q=x"),
            "/new/api/search" if request.header("authorization").is_some() => Response::json(EMPTY),
            "/other/api/search" => to(302, &format!("{target}/api/search?q=hunter2")),
            "/loop/api/search" => to(307, "/loop/api/search"),
            "/nowhere/api/search" => Response::text(308, ""),
            _ => Response::text(404, "404 page not found"),
        }
    });
    let ask = |prefix: &str| {
        let auth = Auth::Bearer(Secret::new("hunter2"));
        let settings = Settings { auth, ..settings(&format!("{}{prefix}", stub.url)) };
        Server::open(&settings).expect("the settings are right").search(&search("{ }"), call())
    };
    ask("/moved").expect("the same host gets the same headers");
    stub.take();
    for (prefix, problem, requests) in [
        ("/other", "the answer lies on another host", 1),
        ("/loop", "more than 5 times", 6),
        ("/nowhere", "nobody says where", 1),
    ] {
        let error = refused(ask(prefix));
        assert_eq!(error.kind, Kind::Redirected);
        assert!(error.problem.contains(problem) && !error.to_string().contains("hunter2"), "{error}");
        assert_eq!(stub.take().len(), requests, "{prefix}");
    }
    assert!(elsewhere.take().is_empty(), "nobody else hears of it");
}

/// Runs this program again with other variables, and in it the test below.
fn echo_with(variables: &[(&str, &str)]) -> bool {
    let mut command = Command::new(env::current_exe().expect("it runs"));
    command.args(["--exact", "asked::echoes_with_these_variables", "--ignored"]);
    let of_proxies = |name: &String| name.to_ascii_lowercase().ends_with("_proxy");
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(of_proxies) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command.output().expect("it runs").status.success()
}

/// Asks the server that a variable names.
#[test]
#[ignore = "other tests run it in a process of its own, with other variables"]
fn echoes_with_these_variables() {
    let url = env::var("TEST_URL").expect("others say which");
    let settings = Settings { proxies: true, ..settings(&url) };
    Server::open(&settings).expect("the settings are right").echo(call()).expect("it is a Tempo");
}

#[test]
fn proxies_come_from_the_environment() {
    let proxy = Stub::start(|_| Response::text(200, "echo"));
    let far = ("TEST_URL", "http://tempo.invalid:3200/x");
    assert!(echo_with(&[far, ("http_proxy", &proxy.url)]));
    assert_eq!(proxy.take()[0].path, "http://tempo.invalid:3200/x/api/echo");
    assert!(!echo_with(&[far, ("http_proxy", &proxy.url), ("NO_PROXY", "tempo.invalid")]));
    assert!(proxy.take().is_empty());
}

#[test]
fn systems_without_certificates_can_ask_too() {
    let stub = Stub::start(|_| Response::text(200, "echo"));
    let none = [("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")];
    assert!(echo_with(&[[("TEST_URL", &*stub.url)].as_slice(), &none].concat()));
}
