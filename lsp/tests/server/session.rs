//! A client that talks with the server over a pipe in memory.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};
use traceql_lsp::{
    catalog::Catalog,
    runner::{Answer, Request, Runner},
    server::{Ending, Machine, Parts, serve},
    stop::Stop,
};

use crate::shop::Shop;

/// A process that does not run.
pub(crate) const GONE: u32 = 4_000_000;

/// A dashboard without a mistake, which is not open. The face is two units of UTF-16.
pub(crate) const SHOP: &str = r#"{"panels": [{"title": "Carts", "datasource": {"type": "tempo", "uid": "t"}, "targets": [
  {"refId": "A", "query": "{ span.x = \"\ud83d\ude00 😀\" && span.http.route = \"/cart\" }"}]}]}"#;

/// Maximum time that the server waits for answers.
pub(crate) const TEST_PATIENCE: Duration = Duration::from_millis(300);

/// Maximum time that a test waits for the server.
const LONG: Duration = Duration::from_secs(30);

/// Bytes that a pipe holds, as those of Linux do.
const PIPE: usize = 64 << 10;

/// A machine with few files.
struct Desk {
    files: Mutex<HashMap<PathBuf, String>>,
}

impl Desk {
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, String>> {
        self.files.lock().expect("no panic")
    }
}

impl Machine for Desk {
    fn read(&self, path: &Path) -> Option<String> {
        self.files().get(path).cloned()
    }

    fn files(&self, folder: &Path) -> Vec<PathBuf> {
        self.files().keys().filter(|path| path.starts_with(folder)).cloned().collect()
    }

    fn keep(&self, _: &str, _: &str) -> Option<PathBuf> {
        None
    }

    fn is_running(&self, process: u32) -> bool {
        process != GONE
    }

    fn today(&self) -> Option<String> {
        Some("2026-11-30".to_owned())
    }
}

/// Something that runs queries, of which some go wrong.
#[derive(Default)]
struct Engine {
    /// The name of the source in the status; empty for the usual one.
    source: Mutex<String>,
    watchers: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
    /// How many endless queries were given up.
    ended: Arc<AtomicUsize>,
}

impl Runner for Engine {
    fn run(&self, request: &Request, stop: &Stop) -> Result<Answer, String> {
        match &*request.query {
            "endless" => {
                let (sender, receiver) = channel();
                let ended = Arc::clone(&self.ended);
                stop.on_stop(move || {
                    ended.fetch_add(1, Ordering::Relaxed);
                    sender.send(()).expect("the query goes on");
                });
                receiver.recv_timeout(LONG).expect("an end");
                return Err("the query was cancelled".to_owned());
            }
            "slow" => std::thread::sleep(Duration::from_millis(500)),
            "panic" => panic!("a panic that a test wants"),
            "nothing" => return Err("no source is chosen".to_owned()),
            _ => {}
        }
        let json = json!({"traces": [], "asked": request.query}).to_string();
        Ok(Answer { json, is_complete: true, ..Answer::default() })
    }

    fn explain(&self, _: &Request, _: &Stop) -> Result<Answer, String> {
        Err("no plan".to_owned())
    }

    fn trace(&self, _: &str, _: Option<&str>, _: &Stop) -> Result<Answer, String> {
        Err("no trace".to_owned())
    }

    fn sources(&self) -> Vec<String> {
        vec!["shop".to_owned()]
    }

    fn catalog(&self, _: Option<&str>) -> Arc<dyn Catalog> {
        let name = self.source.lock().expect("no panic").clone();
        Arc::new(Shop { name: if name.is_empty() { "shop".to_owned() } else { name } })
    }

    fn watch(&self, told: Arc<dyn Fn() + Send + Sync>) {
        self.watchers.lock().expect("no panic").push(told);
    }
}

/// The client's side of a session.
pub(crate) struct Session {
    input: DuplexStream,
    output: BufReader<DuplexStream>,
    server: JoinHandle<Ending>,
    engine: Arc<Engine>,
    desk: Arc<Desk>,
    last_id: i64,
    /// Messages that were read while another one was waited for.
    waiting: VecDeque<Value>,
}

impl Session {
    /// Starts a server without a word to it.
    pub(crate) fn silent() -> Session {
        let (input, server_input) = duplex(PIPE);
        let (server_output, output) = duplex(PIPE);
        let bad =
            "{\"panels\": [{\"datasource\": {\"type\": \"tempo\"}, \"targets\": [{\"query\": \"{ status = 1x }\"}]}]}";
        let files = [
            ("/work/traceql.toml", ""),
            ("/work/old/traceql.toml", "target = \"2.6\"\n"),
            ("/work/dashboard.json", bad),
            ("/work/shop.json", SHOP),
            ("/work/a-1.traceql", "{ }"),
        ];
        let files = files.map(|(path, text)| (path.into(), text.to_owned())).into();
        let desk = Arc::new(Desk { files: Mutex::new(files) });
        let mut parts = Parts::new(Arc::clone(&desk) as Arc<dyn Machine>, "0.0.0");
        let engine = Arc::new(Engine::default());
        parts.runner = Some(Arc::clone(&engine) as Arc<dyn Runner>);
        parts.patience = TEST_PATIENCE;
        parts.look_for_client = Duration::from_millis(20);
        let server = tokio::spawn(serve(server_input, server_output, parts));
        Session { input, output: BufReader::new(output), server, engine, desk, last_id: 0, waiting: VecDeque::new() }
    }

    /// Starts a server for a client with these capabilities.
    pub(crate) async fn start(capabilities: Value) -> Session {
        Session::start_as(capabilities, json!(null)).await
    }

    /// Starts a server for a client that is this process.
    pub(crate) async fn start_as(capabilities: Value, process: Value) -> Session {
        let mut session = Session::silent();
        let folders = json!([{"uri": "file:///work", "name": "work"}]);
        let params = json!({"processId": process, "capabilities": capabilities, "workspaceFolders": folders});
        let answer = session.request("initialize", params).await;
        assert_eq!(answer["result"]["serverInfo"]["name"], json!("traceql"), "{answer}");
        session.notify("initialized", json!({})).await;
        session
    }

    /// Sends bytes.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        timeout(LONG, self.input.write_all(bytes))
            .await
            .expect("the server does not read")
            .expect("the server is gone");
    }

    /// Sends a message.
    pub(crate) async fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
    }

    /// Sends a notification.
    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// Sends a request; returns its number.
    pub(crate) async fn send_request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})).await;
        self.last_id
    }

    /// Sends a request and returns its answer.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send_request(method, params).await;
        self.answer(id).await
    }

    /// Runs a command.
    pub(crate) async fn command(&mut self, name: &str, argument: Value) -> Value {
        self.request("workspace/executeCommand", json!({"command": name, "arguments": [argument]})).await
    }

    /// Returns the answer to a request.
    pub(crate) async fn answer(&mut self, id: i64) -> Value {
        self.find(|message| message["id"] == json!(id) && message.get("method").is_none()).await
    }

    /// Returns the next findings of a document.
    pub(crate) async fn findings(&mut self, uri: &str) -> Value {
        let is_of = |message: &Value| {
            message["method"] == json!("textDocument/publishDiagnostics") && message["params"]["uri"] == json!(uri)
        };
        self.find(is_of).await["params"].take()
    }

    /// Returns the parameters of the next notification of a method.
    pub(crate) async fn notification(&mut self, method: &str) -> Value {
        self.find(|message| message["method"] == json!(method)).await["params"].take()
    }

    /// Reads what the server says in half a second.
    pub(crate) async fn settle(&mut self) {
        let end = Instant::now() + Duration::from_millis(500);
        while let Ok(message) = timeout_at(end, self.read()).await {
            self.waiting.push_back(message);
        }
    }

    /// Tells whether a notification of a method was read, and not taken yet.
    pub(crate) fn has_waiting(&self, method: &str) -> bool {
        self.waiting.iter().any(|message| message["method"] == json!(method))
    }

    /// Tells the server that the catalog has come to know more.
    pub(crate) fn news(&self) {
        self.engine.watchers.lock().expect("no panic").iter().for_each(|told| told());
    }

    /// Writes a file, or removes it, without a word to the server.
    pub(crate) fn write(&self, path: &str, text: Option<&str>) {
        match text {
            Some(text) => self.desk.files().insert(path.into(), text.to_owned()),
            None => self.desk.files().remove(Path::new(path)),
        };
    }

    /// Tells the server that a file has changed.
    pub(crate) async fn changed(&mut self, path: &str) {
        let changes = json!({"changes": [{"uri": format!("file://{path}"), "type": 2}]});
        self.notify("workspace/didChangeWatchedFiles", changes).await;
    }

    /// Returns how many endless queries have ended.
    pub(crate) fn ended(&self) -> usize {
        self.engine.ended.load(Ordering::Relaxed)
    }

    /// Gives the source of the catalog another name.
    pub(crate) fn rename_source(&self, name: &str) {
        name.clone_into(&mut self.engine.source.lock().expect("no panic"));
    }

    /// Returns the next request of the server for a method.
    pub(crate) async fn request_of(&mut self, method: &str) -> Value {
        self.find(|message| message.get("id").is_some() && message["method"] == json!(method)).await
    }

    /// Reads until so many requests are answered; returns what the server asked meanwhile.
    pub(crate) async fn take_requests_until_answers(&mut self, mut answers: usize) -> Vec<Value> {
        let mut requests = Vec::new();
        while answers > 0 {
            let message = self.find(|message| message.get("id").is_some()).await;
            match message.get("method") {
                Some(_) => requests.push(message),
                None => answers -= 1,
            }
        }
        requests
    }

    /// Opens a document.
    pub(crate) async fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document})).await;
    }

    /// Changes a document.
    pub(crate) async fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes})).await;
    }

    /// Reads the next message.
    pub(crate) async fn next(&mut self) -> Value {
        timeout(LONG, self.read()).await.expect("the server is silent")
    }

    /// Waits for the end of the server.
    pub(crate) async fn ending(self) -> Ending {
        timeout(LONG, self.server).await.expect("the server goes on").expect("the server panicked")
    }

    /// Closes the server's input, and waits for its end.
    pub(crate) async fn close_input(self) -> Ending {
        drop(self.input);
        timeout(LONG, self.server).await.expect("the server goes on").expect("the server panicked")
    }

    /// Closes the server's output, and waits for its end, which comes when it has something to say.
    pub(crate) async fn close_output(mut self) -> Ending {
        let (output, _) = duplex(1);
        self.output = BufReader::new(output);
        self.send_request("$/nothing", json!({})).await;
        timeout(LONG, self.server).await.expect("the server goes on").expect("the server panicked")
    }

    async fn find(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&is_wanted) {
            return self.waiting.remove(at).expect("a place that was found");
        }
        loop {
            let message = self.next().await;
            if is_wanted(&message) {
                return message;
            }
            self.waiting.push_back(message);
        }
    }

    async fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).await.expect("the server is gone") > 0, "the server is gone");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a length"),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).await.expect("the server is gone");
        serde_json::from_slice(&body).expect("a message")
    }
}
