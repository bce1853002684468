//! What the file of contexts says, and every mistake that can be made in it.

use super::*;

const EVERYTHING: &str = r#"
default = "prod"

[context.prod]
url = "https://tempo.example.com/tempo/"
tenants = ["a", "b"]
token_command = ["vault", "read", "-field=token", "secret/tempo"]
ca_cert = "ca.pem"
client_cert = "~/me.pem"
client_key = "~/me.key"
timeout = "30s"

[context.prod.headers]
X-Query-Tags = "source=traceql"
X-Api-Key = { env = "API_KEY" }
Cookie = { command = "print-cookie" }

[context.prod.grafana]
url = "https://grafana.example.com"
datasource_uid = "tempo-1"

[context.cloud]
url = "https://tempo-prod-1.grafana.net"
tenant = "9"
user = "123456"
password_file = "cloud.token"
"#;

#[test]
fn everything_can_be_said() {
    let config = parse(EVERYTHING).expect("it is right");
    assert_eq!(config.default.as_deref(), Some("prod"));
    let words = ["vault", "read", "-field=token", "secret/tempo"].map(str::to_owned).to_vec();
    let prod = Context {
        name: "prod".to_owned(),
        url: "https://tempo.example.com/tempo".to_owned(),
        tenants: vec!["a".to_owned(), "b".to_owned()],
        headers: vec![
            ("X-Query-Tags".to_owned(), Origin::Text("source=traceql".to_owned())),
            ("X-Api-Key".to_owned(), Origin::Variable("API_KEY".to_owned())),
            ("Cookie".to_owned(), Origin::Command(Program::Line("print-cookie".to_owned()))),
        ],
        login: Login::Token(Origin::Command(Program::Words(words))),
        ca_cert: Some("ca.pem".to_owned()),
        client_cert: Some(("~/me.pem".to_owned(), "~/me.key".to_owned())),
        timeout: Some(Duration::from_secs(30)),
        grafana: Some(Grafana { url: "https://grafana.example.com".to_owned(), datasource_uid: "tempo-1".to_owned() }),
    };
    assert_eq!(config.get("prod"), Some(&prod));
    let cloud = config.get("cloud").expect("it is there");
    assert_eq!(cloud.tenants, ["9"]);
    let password = Origin::File("cloud.token".to_owned());
    assert_eq!(cloud.login, Login::Password { user: "123456".to_owned(), password });
    assert_eq!(config.contexts.len(), 2);
}

#[test]
fn nothing_is_fine() {
    assert_eq!(parse(""), Ok(Config::default()));
    assert_eq!(parse("# later\n"), Ok(Config::default()));
    assert_eq!(parse("default = \"gone\"\n[context]\n").expect("it may dangle").default.as_deref(), Some("gone"));
}

/// Reads lines of a context whose URL is right; the first of them is line 3.
fn mistake(lines: &str) -> String {
    let text = format!("[context.a]\nurl = 'http://a'\n{lines}\n");
    let Mistake { line, problem, cure } = parse(&text).expect_err(lines);
    format!("{line}: {problem}; {cure}")
}

#[test]
fn every_mistake_has_its_line_and_its_cure() {
    let cases = [
        ("tokn_env = 'T'", "3: unknown key `tokn_env` in `context.a`; did you mean `token_env`?"),
        ("\nfoo = 1", "4: unknown key `foo` in `context.a`; known are `url`, `tenant`,"),
        ("token = 'hunter2'", "3: a token does not belong in this file; say where it comes from: `token_env = "),
        ("password = 1", "3: a password does not belong in this file; say where it comes from: `password_env = "),
        ("token_env = '$T'", "3: `token_env` is no name of a variable; write the name of the variable that holds"),
        ("token_env = 'a.b-hunter2'", "3: `token_env` is no name of a variable; write the name"),
        ("token_env = ''", "3: `token_env` is empty; fill it in, or leave it out"),
        ("token_env = 5", "3: `token_env` is a number, not a text; write `token_env = \"…\"`"),
        ("token_env = 'T'\ntoken_file = 't'", "4: both `token_env` and `token_file` are given; keep one of them"),
        ("token_command = []", "3: `token_command` is empty;"),
        ("token_command = ['']", "3: `token_command` names no program; write `token_command = [\"PROGRAM\""),
        ("token_command = ['a', 1]", "3: `token_command` has something else than texts; write `token_command = [\"…\""),
        ("token_command = true", "3: `token_command` is true or false, not a text;"),
        (
            "token_env = 'T'\nuser = 'me'",
            "3: both a token and a user with password are given; keep one; where a user's",
        ),
        ("user = 'me'", "3: a user has a password; add `password_env"),
        ("password_env = 'P'", "3: a password has a user; add `user"),
        ("tenant = 'a'\ntenants = ['b']", "4: both `tenant` and `tenants` are given; keep one of them"),
        ("tenants = 'a|b'", "3: `a|b` is no name of a tenant; write several as a list"),
        ("tenants = [[]]", "3: `tenants` has something else than texts;"),
        ("headers = 'X: y'", "3: `headers` is a text, not a table; write `headers = { NAME = \"VALUE\" }`"),
        (
            "headers = { Authorization = 'hunter2' }",
            "3: the value of `Authorization` is a secret, which does not belong",
        ),
        ("[context.a.headers]\n'X Y' = 'z'", "4: a header has a name without blanks and colons; write headers as"),
        ("headers = { X = { env = 'A', file = 'b' } }", "3: `X` has one value; write a text, `{ env ="),
        ("headers = { X = { } }", "3: `X` has one value; write a text, `{ env ="),
        ("headers = { X = 1 }", "3: `X` is a number, not a table; write `X = { env"),
        ("headers = { X = { envv = 'A' } }", "3: unknown key `envv` in `context.a.headers.X`; did you mean `env`?"),
        ("client_cert = 'c'", "3: its key is missing; add `client_key"),
        ("client_key = 'k'", "3: its certificate is missing; add `client_cert"),
        ("timeout = '30'", "3: not a length of time; such are `30s`"),
        ("timeout = 30", "3: `timeout` is a number, not a text; write `timeout = "),
        ("timeout = '0s'", "3: no server answers in no time; write `timeout = \"30s\"`"),
        ("grafana = { url = 'http://g' }", "3: it does not say which data source the server is; write `grafana = {"),
        ("grafana = { datasource_uid = 'x' }", "3: it has no URL; write `grafana = {"),
        ("grafana = { uid = 'x' }", "3: unknown key `uid` in `context.a.grafana`;"),
        ("grafana = { url = 'g', datasource_uid = 'x' }", "3: not a URL: "),
        ("datasource_uid = 'x'", "3: it belongs to `grafana`; write `grafana = {"),
        ("[context.b]\nurl = 'http://me:hunter2@b'", "4: the URL has a user or a password in it; take them out: `user"),
        ("[context.b]\nurl = 'http://hunter2@b'", "4: the URL has a user or a password in it;"),
        ("[context.b]\nurl = 'http://b?token=hunter2'", "4: the URL of a server has no `?` and no `#`;"),
        ("[context.b]\nurl = 'ftp://b'", "4: a Tempo server has a URL with `http://` or `https://`;"),
        ("\n[context.b]", "4: the context `b` has no URL; add `url = "),
        ("[context.'b c']\nurl = 'http://b'", "3: `b c` is no name of a context; names have letters,"),
        ("[contexts.b]", "3: unknown key `contexts`; did you mean `context`?"),
        ("url = 'http://b'", "3: duplicate key; the file is TOML;"),
        ("token = hunter2", "3: "),
        ("x", "3: "),
    ];
    for (lines, expected) in cases {
        let told = mistake(lines);
        assert!(told.starts_with(expected), "{lines}\n  told:     {told}\n  expected: {expected}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let top = |text: &str| parse(text).expect_err(text);
    assert_eq!(top("\ndefault = 1").line, 2);
    assert_eq!(top("context = 1").problem, "`context` is a number, not a table");
    assert_eq!(top("[context]\na = 1").problem, "`a` is a number, not a table");
}

#[test]
fn nothing_makes_it_panic() {
    for end in (0..EVERYTHING.len()).filter(|end| EVERYTHING.is_char_boundary(*end)) {
        let _ = parse(&EVERYTHING[..end]);
    }
    for text in [
        "\u{feff}default = 'a'",
        "[[context]]",
        "context = []",
        &"[".repeat(10_000),
        &format!("a = {}", "[".repeat(10_000)),
    ] {
        let _ = parse(text);
    }
}
