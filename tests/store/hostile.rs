//! Stores that mean harm: answers and lists without end, redirects, silence, secrets that are repeated. The program stays
//! small, ends, and tells nothing.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::{
    peak,
    run::{SECRET, SHOP, blocks, bucket, command, told, traceql},
    served::s3,
    stub::{BUCKET, Behaviour, Reply, Request, Stub, error, ok},
};

/// What answers may take in these tests.
const MEMORY: &str = "32MiB";

/// What a run takes beside the answers, in bytes.
const BESIDE: u64 = 150 << 20;

const QUERY: [&str; 3] = ["query", "{ }", "s3://traces/tempo"];

/// Asks a store, and fails if that takes more memory than it may, or is no error with these words.
fn refuses(stub: &Stub, options: &[&str], words: &str) {
    let ran = peak::run(&mut command(&[&QUERY[..], options].concat(), &s3(&stub.url)));
    let told = String::from_utf8_lossy(&ran.output.stderr);
    assert_eq!(ran.output.status.code(), Some(5), "{told}");
    assert!(told.contains(words) && told.contains("help: "), "{words}: {told}");
    assert!(ran.bytes < BESIDE + (32 << 20), "{} bytes: {told}", ran.bytes);
}

pub(crate) fn answers_without_end_are_given_up() {
    for status in ["200 OK", "403 Forbidden"] {
        let stub = Stub::start(Behaviour::IsEndless(status, "<x>                                            </x>"));
        let words = if status == "200 OK" { "`--max-memory`" } else { "access is denied" };
        refuses(&stub, &["--max-memory", MEMORY], words);
    }
}

/// Makes a page of a list.
fn page(entries: &str, token: Option<&str>) -> Reply {
    let next = token.map_or(String::new(), |token| {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>")
    });
    ok(format!("<ListBucketResult>{entries}{next}</ListBucketResult>").into())
}

fn parameter<'r>(request: &'r Request, name: &str) -> &'r str {
    let query = request.query.as_deref().unwrap_or_default();
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

fn entry(key: &str) -> String {
    format!(
        "<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"1\"</ETag></Contents>"
    )
}

fn folder(key: &str) -> String {
    format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>")
}

/// Returns the number of the page that is asked for.
fn number(request: &Request) -> u64 {
    parameter(request, "continuation-token").trim_start_matches('t').parse().unwrap_or(0)
}

fn repeats(request: &Request) -> Reply {
    let prefix = parameter(request, "prefix");
    page(&entry(&format!("{prefix}a")), Some(if number(request) == 0 { "t1" } else { "t0" }))
}

fn never_ends(request: &Request) -> Reply {
    let (prefix, at) = (parameter(request, "prefix"), number(request));
    let entries: String = (0..1000).map(|entry_at| entry(&format!("{prefix}{at}-{entry_at}"))).collect();
    page(&entries, Some(&format!("t{}", at + 1)))
}

fn is_empty(request: &Request) -> Reply {
    page("", Some(&format!("t{}", number(request) + 1)))
}

fn goes_down(request: &Request) -> Reply {
    page(&folder(&format!("{}deeper/", parameter(request, "prefix"))), None)
}

fn goes_in_circles(request: &Request) -> Reply {
    page(&folder(parameter(request, "prefix")), None)
}

fn goes_up(_: &Request) -> Reply {
    page(&folder("tempo/"), None)
}

fn goes_wide(request: &Request) -> Reply {
    let prefix = parameter(request, "prefix");
    page(&(0..1000).map(|at| folder(&format!("{prefix}{at}/"))).collect::<String>(), None)
}

pub(crate) fn lists_without_end_are_given_up() {
    /// What a store answers, and what is told.
    type Case = (fn(&Request) -> Reply, &'static str);
    let cases: [Case; 7] = [
        (repeats, "at a place where it was before"),
        (never_ends, "`--max-memory`"),
        (is_empty, "the list does not end"),
        (goes_down, "a folder that cannot be there"),
        (goes_in_circles, "a folder that cannot be there"),
        (goes_up, "a folder that cannot be there"),
        (goes_wide, "`--max-memory`"),
    ];
    for (answer, words) in cases {
        let stub = Stub::start(Behaviour::Tells(answer));
        let begun = Instant::now();
        refuses(&stub, &["--max-memory", "16MiB"], words);
        assert!(begun.elapsed() < Duration::from_secs(60), "{words}: {:?}", begun.elapsed());
    }
}

/// Serves a file that is one byte, and gives more.
fn gives_more(request: &Request) -> Reply {
    if request.key.is_empty() {
        return page(&entry("tempo/a.jsonl"), None);
    }
    let body = "x".repeat(1 << 20).into_bytes();
    let headers = "content-range: bytes 0-0/1\r\netag: \"1\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    ("206 Partial Content".to_owned(), headers.to_owned(), body)
}

pub(crate) fn parts_are_no_longer_than_asked_for() {
    refuses(&Stub::start(Behaviour::Tells(gives_more)), &[], "longer than the 1 bytes");
}

fn redirects(request: &Request) -> Reply {
    let target =
        request.headers.iter().find(|(name, _)| name == "x-amz-security-token").map(|(_, token)| token.as_str());
    // The test puts it there.
    let target = target.unwrap_or_default().trim_start_matches("token-");
    ("307 Temporary Redirect".to_owned(), format!("location: {target}/traces\r\n"), Vec::new())
}

pub(crate) fn requests_stay_on_the_host() {
    let elsewhere = Stub::start(Behaviour::Serves(blocks()));
    let port = elsewhere.url.rsplit(':').next().unwrap_or_default();
    for target in [
        elsewhere.url.clone(),
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        format!("http://me:pw@127.0.0.1:{port}"),
    ] {
        let stub = Stub::start(Behaviour::Tells(redirects));
        let token = format!("token-{target}");
        let variables = [&s3(&stub.url)[..], &[("AWS_SESSION_TOKEN", token.as_str())]].concat();
        let (status, text) = told(&QUERY, &variables);
        assert_eq!(status, Some(5), "{text}");
        assert!(text.contains("the answer lies on another host") && text.contains("nothing was sent there"), "{text}");
    }
    assert!(elsewhere.take().is_empty(), "nobody else hears of it");
}

fn repeats_secrets(request: &Request) -> Reply {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value} ")).collect();
    let signature = request.authorization.rsplit('=').next().unwrap_or_default();
    let query = request.query.as_deref().unwrap_or_default();
    error("403 Forbidden", "AccessDenied", &format!("{headers} the signature {signature} of {query} is wrong"))
}

pub(crate) fn what_a_store_repeats_is_masked() {
    let stub = Stub::start(Behaviour::Tells(repeats_secrets));
    let variables = [&s3(&stub.url)[..], &[("AWS_SESSION_TOKEN", "hunter2-session")]].concat();
    let (status, text) = told(&QUERY, &variables);
    assert!(status == Some(5) && text.contains("access is denied (AccessDenied: "), "{text}");
    assert!(text.contains("***") && !text.contains("hunter2") && !text.contains("AKIATEST"), "{text}");
    let request = stub.take().remove(0);
    let signature = request.authorization.rsplit('=').next().unwrap_or_default();
    assert!(signature.len() == 64 && !text.contains(signature), "{text}");
    let azure = [
        ("AZURE_STORAGE_ACCOUNT", "shop"),
        ("AZURE_STORAGE_SAS_TOKEN", "sv=2026-01-01&sig=hunter2%2Fsignature%3D"),
        ("AZURE_STORAGE_ENDPOINT", &*stub.url),
    ];
    let (status, text) = told(&["query", "{ }", "az://traces/tempo"], &azure);
    assert!(status == Some(5) && text.contains("AccessDenied") && !text.contains("hunter2"), "{text}");
    let google =
        [("GOOGLE_BASE_URL", &*stub.url), ("GOOGLE_ALLOW_HTTP", "true"), ("GOOGLE_BEARER_TOKEN", "hunter2-bearer")];
    let (status, text) = told(&["query", "{ }", "gs://traces/tempo"], &google);
    assert!(status == Some(5) && !text.contains("hunter2"), "{text}");
}

pub(crate) fn silence_ends() {
    let stub = Stub::start(Behaviour::IsSilent);
    let variables = [&s3(&stub.url)[..], &[("AWS_READ_TIMEOUT", "500ms")]].concat();
    let begun = Instant::now();
    let (status, text) = told(&QUERY, &variables);
    assert!(status == Some(5) && text.contains("does not answer in time"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

fn denies_a_folder(request: &Request) -> Reply {
    match parameter(request, "prefix") {
        _ if !request.key.is_empty() => {
            let bytes = fs::read(blocks().join(request.key.trim_start_matches("tempo/a/"))).unwrap_or_default();
            let range = request.range.clone().unwrap_or(0..bytes.len() as u64);
            let (start, end) = (range.start as usize, (range.end as usize).min(bytes.len()));
            let (_, headers, _) = ok(Vec::new());
            let range = format!("content-range: bytes {start}-{}/{}\r\n", end.max(1) - 1, bytes.len());
            let status = if request.range.is_some() { "206 Partial Content" } else { "200 OK" };
            (status.to_owned(), headers + &range, bytes.get(start..end).unwrap_or_default().to_vec())
        }
        "tempo/" => page(&(folder("tempo/a/") + &folder("tempo/b/")), None),
        "tempo/a/" => page(&folder(&format!("tempo/a/{SHOP}/")), None),
        "tempo/b/" => error("403 Forbidden", "AccessDenied", "not for you"),
        prefix => {
            let names = fs::read_dir(blocks().join(prefix.trim_start_matches("tempo/a/"))).expect("it is there");
            let entries = names.flatten().map(|file| {
                let size = file.metadata().map_or(0, |data| data.len());
                let key = format!("{prefix}{}", file.file_name().to_string_lossy());
                entry(&key).replace("<Size>1<", &format!("<Size>{size}<"))
            });
            page(&entries.collect::<String>(), None)
        }
    }
}

pub(crate) fn folders_that_cannot_be_listed_are_skipped() {
    let stub = Stub::start(Behaviour::Tells(denies_a_folder));
    let (status, text) = told(&QUERY, &s3(&stub.url));
    assert!(status == Some(5) && text.contains("s3://traces/tempo/b: access is denied"), "{text}");
    let output = traceql(&[&QUERY[..], &["--keep-going", "--limit", "1"]].concat(), &s3(&stub.url));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains("skipped s3://traces/tempo/b: access is denied") && !output.stdout.is_empty(), "{text}");
}

/// Values that make the library panic, or ask somebody else.
const WRONG: [(&str, &str, &str); 25] = [
    ("s3", "AWS_ENDPOINT_URL", "not a url"),
    ("s3", "AWS_ENDPOINT_URL", "http://"),
    ("s3", "AWS_ENDPOINT_URL", "http://["),
    ("s3", "AWS_ENDPOINT_URL", "localhost:9000"),
    ("s3", "AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
    ("s3", "AWS_ENDPOINT_URL", "ftp://127.0.0.1"),
    ("s3", "AWS_ENDPOINT_URL", "http:/127.0.0.1"),
    ("s3", "AWS_ENDPOINT_URL", "http://me:hunter2@127.0.0.1:1"),
    ("s3", "AWS_ENDPOINT_URL_S3", "/"),
    ("s3", "AWS_METADATA_ENDPOINT", "not a url"),
    ("s3", "AWS_REGION", "a b"),
    ("s3", "AWS_REGION", "a@b"),
    ("s3", "AWS_REGION", "eu/west"),
    ("s3", "AWS_REGION", "eu\nwest"),
    ("s3", "AWS_ACCESS_KEY_ID", "hunter2\nhunter2"),
    ("s3", "AWS_SESSION_TOKEN", "hunter2\nhunter2"),
    ("s3", "AWS_READ_TIMEOUT", "soon"),
    ("s3", "AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/zero"),
    ("gs", "STORAGE_EMULATOR_HOST", "not a url"),
    ("gs", "STORAGE_EMULATOR_HOST", "http://["),
    ("gs", "GOOGLE_BASE_URL", "localhost:1"),
    ("gs", "GOOGLE_BEARER_TOKEN", "hunter2\nhunter2"),
    ("az", "AZURE_STORAGE_ENDPOINT", "localhost:1"),
    ("az", "AZURE_STORAGE_ACCOUNT", "a\nb"),
    ("az", "AZURE_STORAGE_CONNECTION_STRING", "BlobEndpoint=not a url;AccountName=a;AccountKey=aHVudGVyMg=="),
];

pub(crate) fn values_that_make_no_request_are_told() {
    for (scheme, name, value) in WRONG {
        let usual = [
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AZURE_STORAGE_ACCOUNT", "shop"),
            ("AZURE_STORAGE_KEY", "aHVudGVyMg=="),
            ("GOOGLE_SKIP_SIGNATURE", "true"),
        ];
        let variables = [&usual[..], &[(name, value)]].concat();
        let (status, text) = told(&["query", "{ }", &format!("{scheme}://{BUCKET}/a")], &variables);
        assert_eq!(status, Some(5), "{name}={value}: {text}");
        let says = text.starts_with(&format!("error: {scheme}://{BUCKET}/a: ")) && text.contains("\nhelp: ");
        assert!(says && !text.contains("panicked") && !text.contains("hunter2"), "{name}={value}: {text}");
        assert!(!text.contains("cannot be reached"), "nobody is asked: {name}={value}: {text}");
    }
}

pub(crate) fn memory_is_bounded() {
    let stub = Stub::start(Behaviour::Serves(bucket("bounded")));
    let (status, text) = told(&[&QUERY[..], &["--max-memory", "100kB"]].concat(), &s3(&stub.url));
    assert!(status == Some(5) && text.contains("`--max-memory`"), "{text}");
    let (status, text) = told(&[&QUERY[..], &["--max-memory", "64MiB"]].concat(), &s3(&stub.url));
    assert_eq!(status, Some(0), "{text}");
}
