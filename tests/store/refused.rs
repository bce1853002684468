//! What is told when a store does not give something out: what, why, and what helps, in time and without secrets.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use crate::{
    run::{SECRET, told},
    served::s3,
    stub::{Behaviour, Stub},
};

/// How long anybody waits for a store that is not there.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a service answers, and what is told of it.
const ANSWERS: [(&str, &str, &str); 8] = [
    (
        "403 Forbidden",
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        "access is denied (AccessDenied: Access Denied)\nhelp: the credentials need s3:ListBucket on the bucket and s3:GetObject on what is in it\n",
    ),
    (
        "403 Forbidden",
        "<Error><Code>SignatureDoesNotMatch</Code><Message>It differs.</Message><StringToSign>c2VjcmV0LXNlY3JldC1zZWNyZXQ=</StringToSign></Error>",
        "the credentials are not valid (SignatureDoesNotMatch: It differs)\nhelp: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) or AWS_PROFILE; for a public bucket AWS_SKIP_SIGNATURE=true\n",
    ),
    (
        "400 Bad Request",
        "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>",
        "the credentials are not valid (ExpiredToken: The provided token has expired)\nhelp: set AWS_",
    ),
    (
        "404 Not Found",
        "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
        "there is no bucket `traces` at http://127.0.0.1:",
    ),
    (
        "400 Bad Request",
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>expecting 'eu-west-3'</Message><Region>eu-west-3</Region></Error>",
        "the bucket lies in the region eu-west-3\nhelp: set AWS_REGION=eu-west-3\n",
    ),
    (
        "301 Moved Permanently",
        "",
        "the bucket lies in another region\nhelp: set AWS_REGION to the region of the bucket\n",
    ),
    ("200 OK", "not what was asked for", "cannot be read: "),
    ("400 Bad Request", "<html>a proxy", "the service refused (status 400)\nhelp: check the URL and the endpoint\n"),
];

pub(crate) fn answers_are_put_into_words() {
    for (status, body, expected) in ANSWERS {
        let stub = Stub::start(Behaviour::Answers(status, body));
        let (exit, text) = told(&["query", "{ }", "s3://traces/tempo"], &s3(&stub.url));
        assert_eq!(exit, Some(5), "{text}");
        assert!(text.starts_with(&format!("error: s3://traces/tempo: {expected}")), "{status}: {text}");
    }
}

pub(crate) fn nobody_waits_long_for_who_is_not_there() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let cases = [
        (format!("http://{closed}"), "cannot be reached: "),
        (Stub::start(Behaviour::IsSilent).url, "does not answer in time\nhelp: check the network and AWS_ENDPOINT_URL"),
        (
            Stub::start(Behaviour::Answers("503 Slow Down", "<Error><Code>SlowDown</Code></Error>")).url,
            "the service is overloaded (SlowDown)",
        ),
    ];
    for (url, expected) in cases {
        let begun = Instant::now();
        let (exit, text) = told(&["query", "{ }", "s3://traces/tempo"], &s3(&url));
        assert_eq!(exit, Some(5), "{text}");
        assert!(text.starts_with("error: s3://traces/tempo: ") && text.contains(expected), "{text}");
        assert!(begun.elapsed() < PATIENCE, "{:?} for {expected}", begun.elapsed());
    }
}

pub(crate) fn wrong_urls_are_told_without_secrets() {
    let secret = |url: &str| url.replace("SECRET", SECRET);
    let cases = [
        ("s3://", 5, "error: s3://: the URL names no bucket\nhelp: write s3://BUCKET/PREFIX\n"),
        ("s3://AKIA:SECRET@traces/a", 5, "error: s3://…@traces/a: credentials do not belong into a URL"),
        ("az://traces/a?sig=SECRET", 5, "error: az://traces/a: a token does not belong into a URL"),
        ("s3://traces/a//b", 5, "error: s3://traces/a//b: no object has such a name\n"),
        ("https://tempo/api?key=SECRET", 2, "error: https://tempo/api: the URL of a server has no `?` and no `#`\n"),
        ("ftp://traces/a", 2, "error: ftp://traces: no source has such a URL\n"),
        ("az://traces/a", 5, "error: az://traces/a: it is not known which account the container belongs to\n"),
    ];
    for (url, status, expected) in cases {
        let (exit, text) = told(&["query", "{ }", &secret(url)], &[("AWS_SKIP_SIGNATURE", "1")]);
        assert_eq!(exit, Some(status), "{url}: {text}");
        assert!(text.starts_with(expected), "{url}: {text}");
    }
}

pub(crate) fn what_is_not_there_is_told() {
    let root = crate::run::bucket("missing");
    std::fs::create_dir_all(root.join("empty")).expect("a folder can be made");
    let stub = Stub::start(Behaviour::Serves(root));
    for part in ["nothing", "nothing/dump.jsonl", "empty/", "tempo/other/b3"] {
        let (exit, text) = told(&["query", "{ }", &format!("s3://traces/{part}")], &s3(&stub.url));
        assert_eq!(exit, Some(5), "{text}");
        assert!(text.contains(": there are no blocks and no files\nhelp: check the bucket and the prefix"), "{text}");
    }
    let (_, text) = told(&["query", "{ }", "s3://trace"], &s3(&stub.url));
    assert!(text.contains("there is no bucket `trace` at http://127.0.0.1:"), "{text}");
}

pub(crate) fn unusable_settings_are_told() {
    let key = format!("{{\"private_key\": \"{SECRET}\", \"client_email\": 1}}");
    /// A URL, the variables, and what is told.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 4] = [
        ("gs://traces", &[("GOOGLE_SERVICE_ACCOUNT_KEY", &key)], "the credentials for Google Cloud cannot be read"),
        ("gs://traces", &[("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")], "the credentials for Google Cloud"),
        ("s3://traces", &[("AWS_SECRET_ACCESS_KEY", SECRET)], "what is configured for AWS cannot be used"),
        (
            "az://traces",
            &[("AZURE_STORAGE_ACCOUNT", "shop"), ("AZURE_STORAGE_KEY", "%%%")],
            "what is configured for AZURE cannot",
        ),
    ];
    for (url, variables, expected) in cases {
        let (exit, text) = told(&["query", "{ }", url], variables);
        assert_eq!(exit, Some(5), "{text}");
        assert!(text.starts_with(&format!("error: {url}: {expected}")), "{text}");
    }
}
