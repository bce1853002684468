//! The program over servers: the same answers as over files, what is told, how it ends, and that nothing secret shows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value as Json, json};
use traceql_grammar::vocab::release::Release;

use crate::{
    holder::Holder,
    stub::{Request, Response, Stub},
};

pub(crate) const SHOP: &str = "examples/shop.otlp.jsonl";

/// What holds all spans of [`SHOP`].
pub(crate) const ITS_TIME: [&str; 4] = ["--start", "2026-01-01T00:00:00Z", "--end", "2026-01-01T01:30:00Z"];

/// Makes a run that knows nothing of the user's settings and remembers nothing of other tests.
pub(crate) fn traceql(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    for variable in ["TRACEQL_SOURCE", "TRACEQL_TOKEN", "TRACEQL_PASSWORD", "NO_COLOR", "COLUMNS", "HOME"] {
        command.env_remove(variable);
    }
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(variable);
    }
    command.env_remove("TRACEQL_CONFIG").env("XDG_CONFIG_HOME", "/no-such-folder");
    command.env_remove("XDG_CACHE_HOME").current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
    command
}

/// What a run has printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) told: String,
    pub(crate) status: i32,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { stdout, stderr, status } = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Ran { out: text(stdout), told: text(stderr), status: status.code().expect("it ends by itself") }
}

/// Asks about the time of the shop.
pub(crate) fn ask(query: &str, sources: &[&str], options: &[&str]) -> Ran {
    let args = [&["query", query], sources, &ITS_TIME, options].concat();
    run(&mut traceql(&args))
}

/// Returns an answer in JSON without what tells of the work.
pub(crate) fn json(ran: &Ran) -> Json {
    let mut json: Json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    json.as_object_mut().expect("an answer is an object").remove("metrics");
    json
}

pub(crate) fn holder(release: Release) -> Stub {
    Holder::of_files(&[SHOP], release).start()
}

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

const SEARCHES: [&str; 6] = [
    "{ status = error }",
    "{ status = error } | select(name, resource.service.name, span.http.response.status_code, kind, duration)",
    "{ span.http.route = `/cart` } >> { status = error }",
    "{ span.db.system != nil } | by(span.db.system) | count() > 2",
    "{ } | avg(duration) > 1ms",
    "{ name = `nowhere` }",
];

#[test]
fn servers_and_files_give_the_same_searches() {
    let stub = holder(Release::Main);
    for query in SEARCHES {
        for options in [&[][..], &["--limit", "3"], &["--limit", "0", "--spss", "100"]] {
            let options = &[options, &["--format", "json"]].concat();
            let (there, here) = (ask(query, &[&stub.url], options), ask(query, &[SHOP], options));
            assert_eq!(json(&there), json(&here), "{query} {options:?}");
            assert_eq!(there.status, here.status, "{query} {options:?} {there:?}");
        }
    }
    let paths: Vec<String> = stub.take().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().all(|path| !path.contains("traces")), "the server ran them: {paths:?}");
}

const METRICS: [&str; 4] = [
    "{ } | rate() by (resource.service.name)",
    "{ kind = server } | quantile_over_time(duration, .5, .9) by (name)",
    "{ } | histogram_over_time(duration)",
    "{ status = error } | count_over_time()",
];

#[test]
fn servers_and_files_give_the_same_metrics() {
    let stub = holder(Release::Main);
    for query in METRICS {
        for options in [&["--step", "5m"][..], &["--instant"], &[]] {
            let options = &[options, &["--format", "json"]].concat();
            let (there, here) = (ask(query, &[&stub.url], options), ask(query, &[SHOP], options));
            assert_eq!(json(&there), json(&here), "{query} {options:?}");
            assert_eq!(there.status, here.status, "{query} {options:?} {there:?}");
        }
    }
}

#[test]
fn what_an_old_server_cannot_run_runs_here() {
    let stub = holder(Release::V2_2);
    for query in [
        "{ status = error && statusMessage != `` } | select(trace:id)",
        "{ parent.kind = server && status = error }",
        "{ kind = server } | max(duration) - min(duration) > 1ms",
        "{ status = error } | rate() by (name)",
        "100 * ({ status = error } | rate()) / ({ } | rate())",
    ] {
        let (there, here) =
            (ask(query, &[&stub.url], &["--format", "json"]), ask(query, &[SHOP], &["--format", "json"]));
        assert_eq!(json(&there), json(&here), "{query}");
        assert_eq!((there.status, here.status), (0, 0), "{query} {there:?}");
        assert!(there.told.contains("note: the query runs here: "), "{there:?}");
        assert!(there.told.contains("found and gave"), "{there:?}");
        let paths: Vec<String> = stub.take().into_iter().map(|request| request.path).collect();
        assert!(paths.iter().any(|path| path.contains("/api/traces/")), "{query}: {paths:?}");
        assert!(paths.iter().all(|path| !path.contains("metrics")), "{query}: {paths:?}");
    }
}

#[test]
fn the_first_sample_counts_what_comes_before_its_time() {
    let stub = holder(Release::V2_2);
    let times =
        ["--start", "2026-01-01T00:20:00Z", "--end", "2026-01-01T00:40:00Z", "--step", "5m", "--format", "json"];
    let ask = |source: &str| run(&mut traceql(&[&["query", "{ } | count_over_time()", source][..], &times].concat()));
    let (there, here) = (ask(&stub.url), ask(SHOP));
    assert_eq!(json(&there), json(&here));
    assert!(json(&here)["series"][0]["samples"][0].get("value").is_some(), "there are spans: {here:?}");
    let asked = stub.take().into_iter().find(|request| request.path == "/api/search").expect("it was asked");
    assert!(asked.number("start") <= 1_767_226_800 - 300, "{asked:?}");
}

#[test]
fn what_tempo_answers_otherwise_runs_here_if_that_is_wanted() {
    let stub = holder(Release::Main);
    let query = "{ !(span.http.route = `/cart`) }";
    let exact = ask(query, &[&stub.url], &["--format", "json", "--exact"]);
    assert_eq!(json(&exact), json(&ask(query, &[SHOP], &["--format", "json"])));
    assert!(exact.told.contains("tempo-"), "{exact:?}");
    assert!(stub.take().iter().any(|request| request.path.starts_with("/api/v2/traces/")));
}

#[test]
fn a_server_that_answers_otherwise_is_told_of() {
    let stub = holder(Release::Main);
    let told = |query: &str, options: &[&str]| ask(query, &[&stub.url], options).told;
    // The levels of rules decide: unusual data is no reason for a word.
    for (query, rule) in [
        ("{ 10ms < duration }", Some("tempo-literal-first")),
        ("{ !(span.http.route = `/cart`) } | rate()", Some("tempo-negation")),
        ("{ status = error }", None),
        ("{ span.http.response.status_code >= 500 } >> { span.a != `` }", None),
    ] {
        let said = told(query, &[]);
        match rule {
            Some(rule) => {
                assert!(said.contains(&format!("warning: {rule}: ")) && said.contains("`--exact`"), "{query}: {said}");
                assert_eq!(said.matches(rule).count(), 1, "{said}");
            }
            None => assert!(!said.contains("tempo-"), "{query}: {said}"),
        }
        assert!(!told(query, &["--exact"]).contains("`--exact` answers"), "{query}");
        assert!(!told(query, &["--quiet"]).contains("tempo-"), "{query}");
    }
}

#[test]
fn too_many_candidates_make_an_answer_incomplete() {
    let stub = holder(Release::V2_2);
    let query = "{ parent.kind = server }";
    let cut = ask(query, &[&stub.url], &["--candidates", "5"]);
    assert_eq!(cut.status, 4, "{cut:?}");
    assert!(cut.told.contains("`--candidates 50`"), "{cut:?}");
    let whole = ask(query, &[&stub.url], &["--candidates", "0", "--limit", "0", "--format", "json"]);
    assert_eq!(whole.status, 0, "{whole:?}");
    assert_eq!(json(&whole), json(&ask(query, &[SHOP], &["--limit", "0", "--format", "json"])));
}

/// Splits the spans of the shop between two, so that most traces are in pieces.
fn halves(test: &str) -> [String; 2] {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOP)).expect("the example is there");
    let mut halves = [String::new(), String::new()];
    let mut at = 0;
    for line in text.lines() {
        let json: Json = serde_json::from_str(line).expect("a line is JSON");
        for spans in json["resourceSpans"].as_array().into_iter().flatten() {
            halves[at % 2] += &(json!({ "resourceSpans": [spans] }).to_string() + "\n");
            at += 1;
        }
    }
    let folder = folder(test);
    [0, 1].map(|half| {
        let file = folder.join(format!("half-{half}.jsonl"));
        fs::write(&file, &halves[half]).expect("a file can be written");
        file.to_str().expect("it is UTF-8").to_owned()
    })
}

#[test]
fn traces_in_several_sources_come_together() {
    let [first, second] = halves("halves");
    let serve = |file: &str, release| {
        let inputs = traceql::source::find(&[file.to_owned()]).expect("it is there");
        Holder { inputs, release }.start()
    };
    let (there, old) = (serve(&first, Release::Main), serve(&second, Release::V2_6));
    for query in SEARCHES.into_iter().chain(METRICS).chain(["{ parent.kind = server && status = error }"]) {
        let options = if query.contains("over_time") || query.contains("rate") {
            &["--format", "json", "--step", "5m"][..]
        } else {
            &["--format", "json"]
        };
        let whole = ask(query, &[SHOP], options);
        let servers = ask(query, &[&there.url, &old.url], options);
        assert_eq!(json(&servers), json(&whole), "{query}: two servers {servers:?}");
        let mixed = ask(query, &[&second, &there.url], options);
        assert_eq!(json(&mixed), json(&whole), "{query}: a file and a server {mixed:?}");
        assert_eq!((servers.status, mixed.status), (whole.status, whole.status), "{query}");
    }
}

#[test]
fn a_range_longer_than_a_server_takes_is_cut() {
    let days = ["--start", "2025-12-28T00:00:00Z", "--end", "2026-01-02T00:00:00Z", "--step", "1h", "--format", "json"];
    let stub = holder(Release::Main);
    let there = run(&mut traceql(&[&["query", "{ } | count_over_time()", &stub.url][..], &days].concat()));
    assert_eq!(there.status, 0, "{there:?}");
    let asked = stub.take();
    assert!(asked.iter().filter(|request| request.path == "/api/metrics/query_range").count() > 1, "{asked:?}");
    // An older one gives the traces, and the range is longer here too than any Tempo takes.
    let old = holder(Release::V2_2);
    let here = run(&mut traceql(&[&["query", "{ } | count_over_time()", &old.url][..], &days].concat()));
    let samples = |ran: &Ran| {
        let samples = json(ran)["series"][0]["samples"].clone();
        samples
            .as_array()
            .into_iter()
            .flatten()
            .filter(|sample| sample["value"] != Json::Null)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(!samples(&there).is_empty());
    assert_eq!(samples(&there), samples(&here), "{here:?}");
}

#[test]
fn a_server_that_cuts_its_answer_makes_it_incomplete() {
    let stub = Stub::start(|request: &Request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => Response::json("{\"series\":[],\"status\":\"PARTIAL\",\"message\":\"a querier is ill\"}"),
    });
    let ran = ask("{ } | rate()", &[&stub.url], &[]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.told.contains("warning: a querier is ill"), "{ran:?}");
}

#[test]
fn stdin_is_read_beside_a_server() {
    let [first, second] = halves("stdin");
    let stub = Holder { inputs: traceql::source::find(&[first]).expect("it is there"), release: Release::Main }.start();
    let query = SEARCHES[2];
    let args = [&["query", query, "-", &stub.url, "--format", "json"][..], &ITS_TIME].concat();
    let mut command = traceql(&args);
    let ran = run(command.stdin(fs::File::open(second).expect("it is there")));
    assert_eq!(json(&ran), json(&ask(query, &[SHOP], &["--format", "json"])));
}

#[test]
fn without_times_the_last_hour_is_asked_for() {
    let stub = holder(Release::Main);
    let ran = run(&mut traceql(&["query", "{ }", &stub.url]));
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.told.contains("note: the last hour was asked for; `--since 24h` asks for a day"), "{ran:?}");
    let request = stub.take().into_iter().find(|request| request.path == "/api/search").expect("it was asked");
    assert!((3600..=3601).contains(&(request.number("end") - request.number("start"))), "{request:?}");
    assert_eq!((request.number("limit"), request.number("spss")), (20, 3));
}

#[test]
fn errors_name_url_status_and_the_servers_words() {
    let stub = Stub::start(|request: &Request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => Response::text(500, "the ring is on fire\n"),
    });
    let ran = ask("{ }", &[&stub.url], &[]);
    assert_eq!(ran.status, 5, "{ran:?}");
    for part in [&format!("error: {}/api/search", stub.url), "status 500", "the ring is on fire", "help: "] {
        assert!(ran.told.contains(part), "{part}: {ran:?}");
    }
    let nobody = ask("{ }", &["http://127.0.0.1:1"], &[]);
    assert_eq!(nobody.status, 5, "{nobody:?}");
    assert!(nobody.told.contains("error: http://127.0.0.1:1"), "{nobody:?}");
    assert_eq!(ask("{ }", &["http://"], &[]).status, 2);
}

#[test]
fn what_nobody_can_run_is_told_before_anybody_is_asked() {
    let stub = holder(Release::Main);
    let ran = ask("{ status = }", &[&stub.url], &[]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.told.contains("TQ"), "{ran:?}");
    assert!(stub.take().is_empty());
    // One that an old server alone takes.
    let old = Stub::start(|request: &Request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.6.0\"}"),
        _ => Response::json("{\"traces\":[{\"traceID\":\"1f\",\"spanSets\":[{\"spans\":[{\"spanID\":\"2\"}]}]}]}"),
    });
    let ran = ask("{ .a =~ .b }", &[&old.url], &[]);
    assert!(ran.status == 0 && ran.out.contains("1f") && ran.told.contains("only a Tempo as old"), "{ran:?}");
    assert_eq!(ask("{ .a =~ .b }", &[&stub.url], &[]).status, 3);
}

#[test]
fn nothing_secret_is_told() {
    let stub = Stub::start(|request: &Request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => Response::text(403, "no"),
    });
    let folder = folder("secrets");
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file can be written");
        file.to_str().expect("it is UTF-8").to_owned()
    };
    let token = file("token", "hunter2-token\n");
    let headers = file("headers", "X-Key: hunter2-key\nX-Other:hunter2-other\n");
    let at = format!("@{headers}");
    let common = ["query", "{ }", &stub.url, "--verbose", "--header", &at, "--tenant", "a", "--tenant", "b"];
    let by_file = run(&mut traceql(&[&common[..], &["--token-file", &token]].concat()));
    let by_variable = run(traceql(&common).env("TRACEQL_TOKEN", "hunter2-token"));
    let by_user = run(traceql(&[&common[..], &["--user", "me"]].concat()).env("TRACEQL_PASSWORD", "hunter2-password"));
    let asked = stub.take();
    for ran in [&by_file, &by_variable, &by_user] {
        assert_eq!(ran.status, 5, "{ran:?}");
        assert!(ran.told.contains("GET ") && ran.told.contains("q={ }") && ran.told.contains("status 403"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    }
    for request in &asked {
        assert_eq!(request.header("x-key"), Some("hunter2-key"));
        assert_eq!(request.header("x-other"), Some("hunter2-other"));
        assert_eq!(request.header("x-scope-orgid"), Some("a|b"));
    }
    let of = |ran: usize| asked[ran * asked.len() / 3].header("authorization").unwrap_or_default().to_owned();
    assert_eq!([of(0), of(1)], ["Bearer hunter2-token", "Bearer hunter2-token"]);
    assert!(of(2).starts_with("Basic "));
    // A password that is missing, and one that everybody can read.
    assert_eq!(run(&mut traceql(&[&common[..], &["--user", "me"]].concat())).status, 2);
    let open = run(&mut traceql(&["query", "{ }", &stub.url.replace("//", "//me:hunter2@")]));
    assert!(open.told.contains("warning: everybody") && !open.told.contains("hunter2"), "{open:?}");
    let open = run(&mut traceql(&["query", "{ }", &stub.url, "--header", "authorization: hunter2"]));
    assert!(open.told.contains("warning: everybody") && !open.told.contains("hunter2"), "{open:?}");
    let wrong = run(&mut traceql(&["query", "{ }", &stub.url, "--header", "hunter2"]));
    assert!(wrong.status == 2 && !wrong.told.contains("hunter2"), "{wrong:?}");
}

#[test]
fn the_release_is_asked_for_once_a_day() {
    let stub = holder(Release::Main);
    let cache = folder("cache");
    for _ in 0..2 {
        let args = [&["query", "{ }", &stub.url][..], &ITS_TIME].concat();
        assert_eq!(run(traceql(&args).env("XDG_CACHE_HOME", &cache)).status, 0);
    }
    let asked = stub.take();
    assert_eq!(asked.iter().filter(|request| request.path == "/api/status/buildinfo").count(), 1);
    assert_eq!(asked.iter().filter(|request| request.path == "/api/search").count(), 2);
    let text = fs::read_to_string(cache.join("traceql/releases")).expect("it is written");
    assert!(text.ends_with(&format!(" main {}\n", stub.url)), "{text}");
}
