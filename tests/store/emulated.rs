//! The same against emulators that others wrote: moto for S3, Azurite for Blob Storage, fake-gcs-server for Google.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt,
    aws::AmazonS3Builder,
    azure::{AzureAccessKey, AzureAuthorizer, AzureCredential, MicrosoftAzureBuilder},
    client::{HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector},
    path::Path as Key,
};

use crate::{
    emulator::Emulator,
    run::{SECRET, assert_same, bucket, found, told},
    served::s3,
};

/// The account that Azurite knows; its key is in Microsoft's documentation.
const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("threads can be had").block_on(work)
}

/// Puts all files of a folder into a bucket.
async fn upload(store: &dyn ObjectStore, root: &Path) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let key = path.strip_prefix(root).expect("below the root").to_str().expect("paths are UTF-8");
            let bytes = fs::read(&path).expect("the file can be read");
            store.put(&Key::parse(key).expect("it is a key"), bytes.into()).await.expect("it is taken");
        }
    }
}

/// Makes clients possible; they need not be told twice.
fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends a request without a body.
fn request(port: u16, line: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let head = format!("{line} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    connection.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it answers");
    answer
}

/// Starts moto with a bucket; `free` requests need no valid credentials.
fn moto(free: &str, root: Option<&Path>) -> Emulator {
    let arguments = |port: u16, _: &Path| ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned).to_vec();
    let emulator = Emulator::start("moto_server", arguments, &[("INITIAL_NO_AUTH_ACTION_COUNT", free)]);
    let answer = request(emulator.port, "PUT /traces");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    if let Some(root) = root {
        prepare();
        let [endpoint, id, secret] = s3(&emulator.url).map(|(_, value)| value);
        let store =
            AmazonS3Builder::new().with_endpoint(endpoint).with_access_key_id(id).with_secret_access_key(secret);
        let store = store.with_allow_http(true).with_bucket_name("traces").build().expect("that is all it needs");
        run(upload(&store, root));
    }
    emulator
}

pub(crate) fn s3_has_what_folders_have() {
    let root = bucket("moto");
    let emulator = moto("1000000", Some(&root));
    let variables = s3(&emulator.url);
    for part in ["tempo/single-tenant/b1", "tempo/other", "", "dumps/a b/shop+1.jsonl.gz"] {
        assert_same(&format!("s3://traces/{part}"), &root.join(part), &variables);
    }
    let requests = |log: &str| log.lines().filter(|line| line.contains("HTTP/1.1")).count();
    let before = requests(&emulator.log());
    found(&["query", "{ status = error }", "s3://traces/tempo/single-tenant/b1"], &variables);
    let asked = requests(&emulator.log()) - before;
    assert!((4..=16).contains(&asked), "{asked} requests for a block: list, meta, footer, indexes, pages");
    let (exit, text) = told(&["query", "{ }", "s3://other"], &variables);
    assert_eq!(exit, Some(5));
    assert!(text.starts_with("error: s3://other: there is no bucket `other` at http://127.0.0.1:"), "{text}");
}

pub(crate) fn s3_knows_who_asks() {
    let emulator = moto("1", None);
    let (exit, text) = told(&["query", "{ }", "s3://traces"], &s3(&emulator.url));
    assert_eq!(exit, Some(5), "{text}");
    let expected = "error: s3://traces: the credentials are not valid (InvalidAccessKeyId: ";
    assert!(text.starts_with(expected) && text.contains("AWS_PROFILE"), "{text}");
}

/// Starts Azurite with a container.
fn azurite(root: &Path) -> Emulator {
    let arguments = |port: u16, folder: &Path| {
        let folder = folder.to_str().expect("paths are UTF-8");
        let arguments = ["--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--location", folder];
        let quiet = ["--skipApiVersionCheck", "--disableTelemetry"];
        arguments.into_iter().chain(quiet).map(str::to_owned).collect()
    };
    let emulator = Emulator::start("azurite-blob", arguments, &[]);
    let endpoint = format!("{}/{ACCOUNT}", emulator.url);
    let options = ClientOptions::new().with_allow_http(true);
    prepare();
    run(async {
        let client = ReqwestConnector::default().connect(&options).expect("that is all it needs");
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = "PUT".parse().expect("it is a method");
        *request.uri_mut() = format!("{endpoint}/traces?restype=container").parse().expect("it is a URL");
        request.headers_mut().insert("content-length", "0".parse().expect("it is a value"));
        let key = AzureCredential::AccessKey(AzureAccessKey::try_new(ACCOUNT_KEY).expect("it is a key"));
        AzureAuthorizer::new(&key, ACCOUNT).try_authorize(&mut request).expect("a key can sign");
        let answer = client.execute(request).await.expect("it answers");
        assert!(answer.status().is_success(), "{answer:?}\n{}", emulator.log());
        let store = MicrosoftAzureBuilder::new().with_account(ACCOUNT).with_access_key(ACCOUNT_KEY);
        let store = store.with_endpoint(endpoint).with_allow_http(true).with_container_name("traces");
        let store: Arc<dyn ObjectStore> = Arc::new(store.build().expect("that is all it needs"));
        upload(&*store, root).await;
    });
    emulator
}

pub(crate) fn azure_has_what_folders_have() {
    let root = bucket("azurite");
    let emulator = azurite(&root);
    let endpoint = format!("{}/{ACCOUNT}", emulator.url);
    let connection = |key: &str| {
        format!("DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};")
    };
    let right = connection(ACCOUNT_KEY);
    let by_connection = [("AZURE_STORAGE_CONNECTION_STRING", right.as_str())];
    for part in ["tempo/single-tenant/b1", "tempo/other", "", "dumps/a b/shop+1.jsonl.gz"] {
        assert_same(&format!("az://traces/{part}"), &root.join(part), &by_connection);
    }
    let by_variables = [
        ("AZURE_STORAGE_ACCOUNT", ACCOUNT),
        ("AZURE_STORAGE_KEY", ACCOUNT_KEY),
        ("AZURE_STORAGE_ENDPOINT", &*endpoint),
    ];
    found(&["query", "{ }", "azure://traces/tempo"], &by_variables);
    let by_emulator = [("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", emulator.url.as_str())];
    found(&["query", "{ }", "az://traces/tempo"], &by_emulator);
    let wrong = connection(SECRET);
    let (exit, text) = told(&["query", "{ }", "az://traces"], &[("AZURE_STORAGE_CONNECTION_STRING", &wrong)]);
    assert_eq!(exit, Some(5), "{text}");
    assert!(text.starts_with("error: az://traces: the credentials are not valid (Auth"), "{text}");
    let (exit, text) = told(&["query", "{ }", "az://other"], &by_connection);
    assert_eq!(exit, Some(5));
    assert!(text.starts_with("error: az://other: there is no container `other` at http://127.0.0.1:"), "{text}");
}

pub(crate) fn google_has_what_folders_have() {
    let root = bucket("google/traces");
    let data = root.parent().expect("it has one").to_str().expect("paths are UTF-8").to_owned();
    let arguments = |port: u16, _: &Path| {
        let (port, host) = (port.to_string(), format!("127.0.0.1:{port}"));
        let arguments = ["-scheme", "http", "-host", "127.0.0.1", "-port", &port, "-public-host", &host];
        arguments.into_iter().chain(["-backend", "memory", "-data", &data]).map(str::to_owned).collect()
    };
    let emulator = Emulator::start("fake-gcs-server", arguments, &[]);
    let variables = [("STORAGE_EMULATOR_HOST", emulator.url.as_str())];
    for part in ["tempo/single-tenant/b1", "tempo/other", "", "dumps/a b/shop+1.jsonl.gz"] {
        assert_same(&format!("gs://traces/{part}"), &root.join(part), &variables);
    }
    let (exit, text) = told(&["query", "{ }", "gs://other"], &variables);
    // Where the service itself would say that there is none, this one says that it failed.
    assert_eq!(exit, Some(5), "{text}");
    assert!(text.starts_with("error: gs://other: ") && text.contains("no bucket named other"), "{text}");
}
