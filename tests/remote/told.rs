//! What is told has no secrets in it, whatever servers repeat and arguments hold.

use std::process::Command;

use traceql::model::base64;

use crate::{
    binary::{ITS_TIME, Ran, run, traceql},
    stub::{Request, Response, Stub},
};

/// Secrets, with characters that are written in other ways in URLs and JSON.
const TOKEN: &str = "hunter2/to+ken=\"x\"";
const PASSWORD: &str = "hunter2 pass&word";

/// Returns what must not be seen of a run.
fn forms() -> Vec<String> {
    let mut forms = vec!["hunter2".to_owned()];
    for text in [TOKEN, PASSWORD, &format!("me:{PASSWORD}")] {
        forms.push(base64::encode(text.as_bytes()).trim_end_matches('=').to_owned());
    }
    forms
}

fn has_no_secrets(ran: &Ran) {
    let all = format!("{}{}", ran.out, ran.told);
    for form in forms() {
        assert!(!all.contains(&form), "{form}: {ran:?}");
    }
}

/// Encodes everything that is no letter and no digit.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
    };
    text.bytes().map(byte).collect()
}

/// Returns what a request says that is secret, in every form.
fn repeated(request: &Request) -> String {
    let mut text = String::new();
    for (name, value) in &request.headers {
        let bare = value.split_once(' ').map_or(value.as_str(), |(_, bare)| bare);
        let forms = [value, bare, &base64::encode(bare.as_bytes()), &encoded(bare), &base64::encode(value.as_bytes())];
        let forms = forms.map(|form| serde_json::to_string(form).unwrap_or_default());
        text += &format!("{name}: {} ", forms.join(" "));
    }
    // A proxy that knows what `Basic` means says more.
    for secret in [TOKEN, PASSWORD] {
        text += &format!("{secret} {} ", base64::encode(secret.as_bytes()));
    }
    text
}

/// Runs a command with a token, and with a password.
fn with_secrets(args: &[&str]) -> [Ran; 2] {
    let token = run(traceql(args).env("TRACEQL_TOKEN", TOKEN).env("TRACEQL_PASSWORD", PASSWORD));
    let with_user = [args, &["--user", "me"]].concat();
    let mut password = traceql(&with_user);
    // Both are secrets of both runs, whatever is sent.
    [token, run(password.env("TRACEQL_PASSWORD", PASSWORD).env("TRACEQL_TOKEN", TOKEN))]
}

#[test]
fn what_a_server_repeats_is_masked() {
    let answers: [fn(&str) -> Response; 7] = [
        |text| Response::text(401, text),
        |text| Response::text(401, &format!("{}{text}", "x ".repeat(140))),
        |text| Response::new(403, "application/json", serde_json::json!({ "message": text }).to_string()),
        |text| Response::new(500, "text/html", format!("<html><title>{text}</title>")),
        |text| Response::text(200, text),
        |text| Response::json(format!("{{\"traces\":[{{\"traceID\":{text:?}}}]}}")),
        |text| {
            let text = serde_json::to_string(text).unwrap_or_default();
            Response::json(format!("{{\"series\":[],\"traces\":[],\"status\":\"PARTIAL\",\"message\":{text}}}"))
        },
    ];
    for (at, answer) in answers.into_iter().enumerate() {
        let stub = Stub::start(move |request| match request.path.as_str() {
            "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
            _ => answer(&repeated(request)),
        });
        for command in [
            &["query", "{ }"][..],
            &["query", "{ } | rate()", "--format", "json"],
            &["trace", "00000000000000000000000000000001"],
            &["tags"],
        ] {
            let time: &[&str] = if command[0] == "trace" { &[] } else { &ITS_TIME };
            for ran in with_secrets(&[command, &[&stub.url, "--verbose"], time].concat()) {
                has_no_secrets(&ran);
                if at == 0 {
                    assert!(ran.status == 5 && ran.told.contains("***"), "{command:?} {ran:?}");
                }
            }
        }
    }
}

#[test]
fn a_release_that_repeats_secrets_is_masked() {
    let stub = Stub::start(|request: &Request| match request.path.as_str() {
        "/api/echo" => Response::text(200, "echo"),
        "/api/status/buildinfo" => {
            let version = format!("2.8.0-{}", request.header("authorization").unwrap_or_default());
            Response::json(serde_json::json!({ "version": version }).to_string())
        }
        _ => Response::json("{}"),
    });
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("told-release");
    let _ = std::fs::remove_dir_all(&folder);
    let with = |command: &mut Command| run(command.env("XDG_CONFIG_HOME", &folder).env("SOME_TOKEN", TOKEN));
    let added = with(&mut traceql(&["context", "add", "x", &stub.url, "--token-env", "SOME_TOKEN"]));
    assert_eq!(added.status, 0, "{added:?}");
    for args in [&["context", "test"][..], &["explain", "{ }", "x"], &["query", "{ }", "x", "--verbose"]] {
        let ran = with(&mut traceql(args));
        has_no_secrets(&ran);
        assert!(ran.status <= 1, "{ran:?}");
    }
}

#[test]
fn arguments_are_repeated_without_secrets() {
    for args in [
        &["query", "{ }", "http://me:hunter2#pw@host"][..],
        &["query", "{ }", "http://me:hunter2?pw@host"],
        &["query", "{ }", "http:/me:hunter2@h"],
        &["query", "{ }", "http:me:hunter2@h"],
        &["query", "{ }", "htp://me:hunter2@h"],
        &["query", "{ }", "me:hunter2@h:3200"],
        &["query", "{ }", "hunter2token@h:3200"],
        &["query", "http://me:hunter2@h", "{ }"],
        &["query", "{ }", "http://127.0.0.1:1", "--user", "me:hunter2"],
        &["query", "{ }", "http://127.0.0.1:1", "--user=me:hunter2"],
        &["query", "{ }", "http://127.0.0.1:1", "--token", "hunter2"],
        &["query", "{ }", "http://127.0.0.1:1", "--token=hunter2"],
        &["query", "{ }", "--limit", "http://me:hunter2@h"],
        &["query", "{ }", "--limit", "https://b.s3.amazonaws.com/k?X-Amz-Credential=AK&X-Amz-Signature=hunter2abc"],
        &["query", "{ }", "https://b.s3.amazonaws.com/k?X-Amz-Signature=hunter2abc"],
        &["query", "{ }", "s3://b/k?X-Amz-Signature=hunter2abc"],
        &["query", "{ }", "s3://AKIA:hunter2@b/k"],
        &["query", "{ }", "az://b/k?sv=1&sig=hunter2%2Fabc"],
        &["query", "{ }", "https://a.blob.core.windows.net/b?sig=hunter2abc"],
        &["query", "{ }", "ftp://me:hunter2@h/x"],
        &["query", "{ }", "http://127.0.0.1:1", "--header", "Authorization: hunter2", "--bogus"],
        &["convert", "http://me:hunter2@h", "--to", "otlp-json"],
        &["context", "add", "http://me:hunter2@h", "x"],
        &["context", "add", "x", "http://me:hunter2#pw@h", "--limit", "1"],
        &["context", "use", "http://me:hunter2@h"],
        &["explain", "{ }", "http://me:hunter2@127.0.0.1:1"],
        &["http://me:hunter2@h"],
        &["check", "http:/me:hunter2@h"],
        &["fmt", "http:/me:hunter2@h"],
    ] {
        let ran = run(&mut traceql(args));
        assert!(ran.status >= 2, "{args:?}: {ran:?}");
        assert!(!format!("{ran:?}").contains("hunter2"), "{args:?}: {ran:?}");
        assert!(ran.told.contains("error"), "{args:?}: {ran:?}");
    }
    let ran =
        run(traceql(&["query", "{ }", "http://127.0.0.1:1", "--user", "me:hunter2"]).env("TRACEQL_PASSWORD", "x"));
    assert!(ran.status == 2 && ran.told.contains("TRACEQL_PASSWORD") && !ran.told.contains("hunter2"), "{ran:?}");
}

#[test]
fn arguments_without_secrets_are_repeated_as_they_are() {
    let ran = run(&mut traceql(&["query", "{ }", "--limit", "many", "a@b.json"]));
    assert!(ran.told.contains("'many'") && !ran.told.contains("***"), "{ran:?}");
    let ran = run(&mut traceql(&["query", "{ }", "no-such@file.json"]));
    assert!(ran.told.contains("no-such@file.json"), "{ran:?}");
}

#[test]
fn proxies_keep_their_passwords() {
    let proxy = Stub::start(|_| Response::text(407, "who is me:hunter2proxy?"));
    let url = proxy.url.replace("//", "//me:hunter2proxy@");
    let ran = run(traceql(&["query", "{ }", "http://tempo.invalid:3200"]).env("http_proxy", url));
    assert!(ran.status == 5 && ran.told.contains("status 407"), "{ran:?}");
    assert!(!ran.told.contains("hunter2"), "{ran:?}");
}
