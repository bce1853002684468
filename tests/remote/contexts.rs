//! Servers by name, as the binary asks them: what a context says reaches the server, and nothing secret is printed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rcgen::ExtendedKeyUsagePurpose;
use traceql::model::base64;

use crate::{
    stub::{Request, Response, Stub},
    tls::Authority,
};

const TOKEN: &str = "hunter2-of-the-tests";

/// Makes a folder for configurations, with a file of contexts in it; `URL` stands for the server.
fn folder(test: &str, stub: &Stub, contexts: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("contexts-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("traceql")).expect("a folder can be made");
    let text = contexts.replace("URL", &stub.url).replace("TOKEN", TOKEN);
    fs::write(folder.join("traceql/config.toml"), text).expect("a file can be written");
    folder
}

fn traceql(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
    command.args(args).env("XDG_CONFIG_HOME", folder).env("XDG_CACHE_HOME", folder).env("NO_PROXY", "*");
    for variable in ["TRACEQL_CONFIG", "TRACEQL_SOURCE", "TRACEQL_TOKEN", "TRACEQL_PASSWORD"] {
        command.env_remove(variable);
    }
    command
}

/// Runs the binary; nothing that it prints has the secret in it.
fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(!stdout.contains("hunter2") && !stderr.contains("hunter2"), "{stdout}\n{stderr}");
    (status.code(), stdout, stderr)
}

/// Answers as a small Tempo.
fn tempo(request: &Request) -> Response {
    match request.path.rsplit_once("/api/").map(|(_, path)| path) {
        Some("echo") => Response::text(200, "echo"),
        Some("status/buildinfo") => Response::json(r#"{"version":"2.8.1"}"#),
        Some("search") => Response::json(
            r#"{"traces":[{"traceID":"1","rootServiceName":"shop","rootTraceName":"GET /","startTimeUnixNano":"1767225600000000000","durationMs":5}],"metrics":{}}"#,
        ),
        _ => Response::text(404, ""),
    }
}

#[test]
fn a_token_from_a_command_reaches_the_server_and_nobody_else() {
    let stub = Stub::start(tempo);
    let contexts = "default = 'prod'\n[context.prod]\nurl = 'URL/tempo'\ntenants = ['a', 'b']\n\
        token_command = \"echo run >> \\\"$XDG_CONFIG_HOME/runs\\\"; echo TOKEN >&2; echo TOKEN\"\n";
    let folder = folder("token", &stub, contexts);
    let (status, stdout, stderr) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{stdout}");
    assert_eq!(lines[0], format!("prod  {}/tempo  token from a command", stub.url));
    for (line, (begin, end)) in
        lines[1..].iter().zip([("✓ echo ", "s"), ("✓ release ", "  2.8.1"), ("✓ search ", "  1 trace found")])
    {
        assert!(line.starts_with(begin) && line.trim_end().ends_with(end), "{line}");
    }
    assert_eq!(stderr, "note: the command for the token of the context `prod` says: …\n");
    let asked = stub.take();
    let paths: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, ["/tempo/api/echo", "/tempo/api/status/buildinfo", "/tempo/api/search"]);
    let bearer = format!("Bearer {TOKEN}");
    for request in &asked {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
        assert_eq!(request.header("x-scope-orgid"), Some("a|b"));
    }
    assert_eq!(fs::read_to_string(folder.join("runs")).expect("it ran"), "run\n", "once");
    // Nobody logs in for a list.
    let (status, stdout, _) = run(&mut traceql(&folder, &["context", "list"]));
    assert_eq!((status, stdout.lines().count()), (Some(0), 2), "{stdout}");
    assert_eq!(fs::read_to_string(folder.join("runs")).expect("it ran"), "run\n", "not again");
}

#[test]
fn passwords_and_headers_come_from_files_and_variables() {
    let stub = Stub::start(tempo);
    let contexts = "[context.cloud]\nurl = 'URL'\nuser = '123'\npassword_file = 'password'\n\
        [context.cloud.headers]\nX-Plain = 'plain'\nX-Api-Key = { env = 'SOME_KEY' }\n\
        Cookie = { command = ['printf', 'a=%s', 'TOKEN'] }\n";
    let folder = folder("password", &stub, contexts);
    fs::write(folder.join("traceql/password"), format!("{TOKEN}\n")).expect("a file can be written");
    let mut command = traceql(&folder, &["context", "test", "cloud"]);
    let (status, stdout, stderr) = run(command.env("SOME_KEY", TOKEN));
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "{stdout}");
    let asked = stub.take();
    let basic = format!("Basic {}", base64::encode(format!("123:{TOKEN}").as_bytes()));
    let cookie = format!("a={TOKEN}");
    for request in &asked {
        for (name, value) in
            [("authorization", &*basic), ("x-plain", "plain"), ("x-api-key", TOKEN), ("cookie", &*cookie)]
        {
            assert_eq!(request.header(name), Some(value), "{name}");
        }
    }
    // Without the variable nothing is asked.
    let (status, _, stderr) = run(command.env_remove("SOME_KEY"));
    assert_eq!(status, Some(5));
    assert!(
        stderr.contains("the header `X-Api-Key` of the context `cloud` is to come from $SOME_KEY, which is not set")
    );
    assert!(stub.take().is_empty());
}

#[test]
fn commands_that_fail_say_why() {
    let stub = Stub::start(tempo);
    let contexts = "default = 'a'\n[context.a]\nurl = 'URL'\ntoken_command = 'echo TOKEN; echo sealed TOKEN >&2; exit 3'\n\
        [context.b]\nurl = 'URL'\ntoken_command = ['no-such-program-TOKEN']\n";
    let folder = folder("failing", &stub, contexts);
    let (status, _, stderr) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(5));
    assert_eq!(
        stderr,
        "note: the command for the token of the context `a` says: sealed …\n\
         error: the command for the token of the context `a` ended with status 3\n\
         help: run the command by hand; it has to print the secret, on one line, and nothing else\n"
    );
    let (status, _, stderr) = run(&mut traceql(&folder, &["context", "test", "b"]));
    assert_eq!(status, Some(5));
    assert!(stderr.contains("cannot be run: there is no such program"), "{stderr}");
    assert!(stub.take().is_empty());
}

#[test]
fn a_server_that_fails_is_told_with_what_helps() {
    let stub = Stub::start(|request| match request.path.as_str() {
        "/api/search" => Response::text(500, "the querier is on fire"),
        _ => tempo(request),
    });
    let folder = folder("fails", &stub, "default = 'a'\n[context.a]\nurl = 'URL'\n");
    let (status, stdout, stderr) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(5));
    let marks: Vec<&str> = stdout.lines().skip(1).filter_map(|line| line.get(..line.len().min(9))).collect();
    assert!(
        marks[0].starts_with("✓ echo") && marks[1].starts_with("✓ rel") && marks[2].starts_with("✗ sea"),
        "{stdout}"
    );
    assert!(stderr.contains("/api/search: ") && stderr.contains("the querier is on fire"), "{stderr}");
    assert!(stderr.contains("\nhelp: "), "{stderr}");

    let stub = Stub::start(|_| Response::text(401, "no org id"));
    let folder = self::folder("unauthorized", &stub, "default = 'a'\n[context.a]\nurl = 'URL'\n");
    let (status, stdout, stderr) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(5));
    assert!(stdout.ends_with("- release  not tried\n- search   not tried\n"), "{stdout}");
    assert_eq!((stderr.matches("error: ").count(), stub.take().len()), (1, 1), "{stderr}");
}

#[test]
fn certificates_come_from_files_near_the_contexts() {
    let authority = Authority::new("one");
    let stub = Stub::start_tls(authority.config("localhost", true), tempo);
    let contexts = "default = 'prod'\n[context.prod]\nurl = 'URL'\nca_cert = 'ca.pem'\n\
        client_cert = 'me.pem'\nclient_key = 'me.key'\n[context.gone]\nurl = 'URL'\nca_cert = 'gone.pem'\n";
    let folder = folder("tls", &stub, contexts);
    let (certificate, key) = authority.sign("me", ExtendedKeyUsagePurpose::ClientAuth);
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.join("traceql").join(name), bytes).expect("it can be written");
    write("ca.pem", &authority.pem());
    write("me.pem", certificate.pem().as_bytes());
    write("me.key", key.serialize_pem().as_bytes());
    let (status, out, told) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(0), "{out}{told}");
    assert!(out.lines().next().is_some_and(|line| line.ends_with("  certificate")), "{out}");
    // Arguments are paths from where one is.
    let args = ["context", "add", "here", &stub.url, "--cacert", "ca.pem", "--cert", "me.pem", "--key", "me.key"];
    let (status, _, told) = run(traceql(&folder, &args).current_dir(folder.join("traceql")));
    assert_eq!(status, Some(0), "{told}");
    let (status, out, told) = run(&mut traceql(&folder, &["context", "test", "here"]));
    assert_eq!(status, Some(0), "{out}{told}");
    let (status, _, told) = run(&mut traceql(&folder, &["context", "test", "gone"]));
    assert!(status == Some(5) && told.contains("traceql/gone.pem: cannot be read: "), "{told}");
}

/// Runs a query; what the server was asked but for its release comes too.
fn query(folder: &Path, stub: &Stub, args: &[&str]) -> (Option<i32>, String, Vec<Request>) {
    let (status, out, told) = run(&mut traceql(folder, &[&["query", "{ }"], args].concat()));
    let mut asked = stub.take();
    asked.retain(|request| request.path.ends_with("/search"));
    (status, out + &told, asked)
}

#[test]
fn a_name_is_a_source() {
    let stub = Stub::start(tempo);
    let contexts = "default = 'dev'\n[context.dev]\nurl = 'URL/dev'\n\
        grafana = { url = 'https://grafana.example.com', datasource_uid = 'tempo-uid' }\n\
        [context.prod]\nurl = 'URL/prod'\ntenant = 'a'\nheaders = { X-Plain = 'plain', X-Tag = 'file' }\n\
        token_command = 'echo run >> \"$XDG_CONFIG_HOME/runs\"; echo TOKEN'\n\
        [context.other]\nurl = 'URL/prod'\ntenant = 'b'\n";
    let folder = folder("source", &stub, contexts);
    let runs = || fs::read_to_string(folder.join("runs")).map_or(0, |runs| runs.lines().count());
    let bearer = format!("Bearer {TOKEN}");

    let (status, out, asked) = query(&folder, &stub, &["prod", "prod", "--verbose", "--format", "json"]);
    assert!(status == Some(0) && out.contains("\"rootServiceName\":\"shop\""), "{out}");
    assert_eq!((asked.len(), runs()), (1, 1), "each once");
    let header = |name| asked[0].header(name);
    assert_eq!([header("authorization"), header("x-plain")], [Some(&*bearer), Some("plain")]);
    assert_eq!((asked[0].path.as_str(), header("x-scope-orgid")), ("/prod/api/search", Some("a")));

    let paths = |args: &[&str]| {
        let (_, _, asked) = query(&folder, &stub, args);
        let of = |request: &Request| format!("{} {}", request.path, request.header("x-scope-orgid").unwrap_or("-"));
        let mut paths: Vec<String> = asked.iter().map(of).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&[]), ["/dev/api/search -"], "the default");
    assert_eq!(paths(&["prod", "other"]), ["/prod/api/search a", "/prod/api/search b"], "one server, two tenants");
    let (status, out, _) = run(traceql(&folder, &["query", "{ }"]).env("TRACEQL_SOURCE", "prod"));
    assert_eq!(status, Some(0), "{out}");
    assert_eq!(stub.take().last().map(|request| request.path.clone()).as_deref(), Some("/prod/api/search"));
    let (status, out, asked) = query(&folder, &stub, &["dev", "--since", "1h", "--share"]);
    assert!(status == Some(0) && asked.is_empty(), "{out}");
    assert!(out.starts_with("https://grafana.example.com/explore?") && out.contains("tempo-uid"), "{out}");
    for command in [&["tags"][..], &["values", "name"], &["trace", "5737d25876a424f643baca19e47e042d"]] {
        run(&mut traceql(&folder, &[command, &["dev"]].concat()));
        assert!(stub.take().iter().any(|request| request.path.starts_with("/dev/api/")), "{command:?}");
    }
}

#[test]
fn arguments_count_for_more_than_contexts() {
    let stub = Stub::start(tempo);
    let contexts = "[context.prod]\nurl = 'URL'\ntenant = 'a'\nheaders = { X-Tag = 'file' }\n\
        token_command = 'echo run >> \"$XDG_CONFIG_HOME/runs\"; echo TOKEN'\n[context.open]\nurl = 'URL'\n";
    let folder = folder("arguments", &stub, contexts);
    let token = folder.join("token");
    fs::write(&token, "of-the-file").expect("a file can be written");
    let token = token.to_str().expect("the path is UTF-8");
    let args = ["prod", "--tenant", "b", "--header", "x-tag: here", "--token-file", token];
    let (status, out, asked) = query(&folder, &stub, &args);
    assert_eq!(status, Some(0), "{out}");
    let headers = ["x-scope-orgid", "x-tag", "authorization"].map(|name| asked[0].header(name));
    assert_eq!(headers, [Some("b"), Some("here"), Some("Bearer of-the-file")]);
    assert!(!folder.join("runs").exists(), "nobody needs the other token");

    // The variable is for servers of which nothing else says who asks.
    let bearer = format!("Bearer {TOKEN}");
    for (context, expected) in [("prod", &*bearer), ("open", "Bearer of-all")] {
        let (status, out, _) = run(traceql(&folder, &["query", "{ }", context]).env("TRACEQL_TOKEN", "of-all"));
        assert_eq!(status, Some(0), "{out}");
        assert!(stub.take().iter().all(|request| request.header("authorization") == Some(expected)), "{context}");
    }
}

#[test]
fn files_are_nearer_than_contexts() {
    let stub = Stub::start(tempo);
    let folder = folder("near", &stub, "default = 'prod'\n[context.prod]\nurl = 'URL'\n[context.dev]\nurl = 'URL'\n");
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop.otlp.jsonl");
    fs::copy(shop, folder.join("prod")).expect("it can be copied");
    let args = ["query", "{ status = error }", "--format", "csv"];
    let here = |args: &[&str]| run(traceql(&folder, args).current_dir(&folder));
    let (status, out, _) = here(&[&args[..], &["prod"]].concat());
    assert!(status == Some(0) && out.lines().count() > 5 && stub.take().is_empty(), "{out}");
    // The default is a context even so.
    here(&args);
    assert!(!stub.take().is_empty());

    let (status, _, told) = here(&["query", "{ }", "prdo"]);
    assert_eq!(status, Some(2));
    assert_eq!(told, "error: there is no file and no context `prdo`\nhelp: did you mean the context `prod`?\n");
    let (status, _, told) = here(&["query", "{ }", "traces.jsonl"]);
    assert!(status == Some(5) && told.contains("traces.jsonl"), "{told}");
    let (status, _, told) = here(&["convert", "dev", "-o", "out.jsonl"]);
    assert_eq!(status, Some(2));
    assert!(
        told.starts_with("error: the context `dev`: of a server only what a query finds can be had\nhelp: "),
        "{told}"
    );

    assert!(here(&["convert", "-o", "out.jsonl"]).2.starts_with("error: nothing to search in\n"));

    // A file of contexts with a mistake is in nobody's way who needs none.
    fs::write(folder.join("traceql/config.toml"), "[context.prod]\n").expect("it can be written");
    assert_eq!(here(&[&args[..], &["./prod"]].concat()).0, Some(0));
    assert_eq!(here(&["explain", "{ }"]).0, Some(0));
    let (status, _, told) = here(&args);
    assert_eq!(status, Some(2));
    assert!(told.contains("config.toml:1: the context `prod` has no URL\n"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let stub = Stub::start(tempo);
    let folder = folder("new", &stub, "");
    fs::remove_dir_all(folder.join("traceql")).expect("it is there");
    let (status, _, stderr) = run(&mut traceql(&folder, &["context", "add", "dev", &stub.url]));
    let file = folder.join("traceql/config.toml");
    assert!(status == Some(0) && stderr.contains(&file.display().to_string()), "{stderr}");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&folder.join("traceql"))), (0o600, 0o700));
    let (status, stdout, _) = run(&mut traceql(&folder, &["context", "test"]));
    assert!(status == Some(0) && stdout.starts_with("dev  http://127.0.0.1:"), "{stdout}");

    // What others were allowed stays allowed, and a link stays a link.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions can be set");
    fs::rename(&file, folder.join("mine.toml")).expect("it can be moved");
    std::os::unix::fs::symlink("../mine.toml", &file).expect("a link can be made");
    let (status, _, stderr) = run(&mut traceql(&folder, &["context", "add", "next", "http://next", "--default"]));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(file.is_symlink() && mode(&file) == 0o640);
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(
        text.starts_with("default = \"next\"\n") && text.ends_with("[context.next]\nurl = \"http://next\"\n"),
        "{text}"
    );
    let names: Vec<_> = fs::read_dir(folder.join("traceql")).expect("it is there").collect();
    assert_eq!(names.len(), 1, "nothing else is left");
}

#[test]
fn a_command_may_leave_something_in_the_background() {
    let stub = Stub::start(tempo);
    let contexts = "default = 'a'\n[context.a]\nurl = 'URL'\ntoken_command = 'sleep 30 & echo TOKEN'\n";
    let folder = folder("background", &stub, contexts);
    let begun = std::time::Instant::now();
    let (status, stdout, stderr) = run(&mut traceql(&folder, &["context", "test"]));
    assert_eq!(status, Some(0), "{stdout}{stderr}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    let bearer = format!("Bearer {TOKEN}");
    assert!(stub.take().iter().all(|request| request.header("authorization") == Some(&bearer)));
}

#[test]
fn what_a_failing_command_says_has_no_secrets_in_any_form() {
    let stub = Stub::start(tempo);
    let packed = base64::encode(TOKEN.as_bytes());
    let contexts = format!(
        "[context.a]\nurl = 'URL'\ntoken_command = 'echo TOKEN; echo key {packed} >&2; echo more >&2; exit 1'\n\
         [context.b]\nurl = 'URL'\ntoken_command = 'echo no such key >&2; exit 1'\n"
    );
    let folder = folder("failing", &stub, &contexts);
    let (status, _, stderr) = run(&mut traceql(&folder, &["context", "test", "a"]));
    assert_eq!(status, Some(5), "{stderr}");
    assert!(stderr.contains("not shown") && !stderr.contains(&packed) && !stderr.contains("more\n"), "{stderr}");
    let (_, _, stderr) = run(&mut traceql(&folder, &["context", "test", "b"]));
    assert!(stderr.contains("says: no such key"), "{stderr}");
}
