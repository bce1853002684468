//! The language server as an editor meets it: the binary, over stdin and stdout.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{architecture::root, program};

/// Maximum time until the catalog knows what is in a small file.
const LONG: Duration = Duration::from_secs(30);

/// The document of the tests.
const URI: &str = "file:///work/query.traceql";

/// An editor with its server.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last_id: u64,
}

impl Editor {
    /// Starts the server over a source, with a folder for what it keeps.
    fn start(source: &str, cache: &Path) -> Editor {
        let mut command = Command::new(env!("CARGO_BIN_EXE_traceql"));
        command.args(["lsp", source]).current_dir(root());
        command.env_remove("TRACEQL_SOURCE").env_remove("TRACEQL_CONFIG").env("XDG_CONFIG_HOME", "/no-such-folder");
        command.env("XDG_CACHE_HOME", cache).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = command.spawn().expect("the binary starts");
        let input = server.stdin.take().expect("a pipe");
        let output = BufReader::new(server.stdout.take().expect("a pipe"));
        let mut editor = Editor { server, input, output, last_id: 0 };
        editor.request("initialize", &json!({"processId": null, "capabilities": {}}));
        editor.notify("initialized", &json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and returns the result, past whatever else the server says.
    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut message = self.read();
            if message["id"] == json!(id) && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{message}");
                return message["result"].take();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("the server is gone") > 0, "the server is gone");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a length"),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("the server is gone");
        serde_json::from_slice(&body).expect("a message")
    }

    fn open(&mut self, text: &str) {
        let document = json!({"uri": URI, "languageId": "traceql", "version": 1, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Returns the words at the end of the document's only line.
    fn complete(&mut self, text: &str) -> Vec<String> {
        let position = json!({"line": 0, "character": text.len()});
        let params = json!({"textDocument": {"uri": URI}, "position": position});
        let list = self.request("textDocument/completion", &params);
        let items = list["items"].as_array().expect("items");
        items.iter().filter_map(|item| item["label"].as_str().map(str::to_owned)).collect()
    }

    fn command(&mut self, name: &str, argument: &Value) -> Value {
        self.request("workspace/executeCommand", &json!({"command": name, "arguments": [argument]}))
    }

    /// Ends the session as an editor does.
    fn quit(mut self) {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        assert!(self.server.wait().expect("an end").success());
    }
}

/// Asks until the answer is the wanted one, or time is over.
fn until<T>(mut ask: impl FnMut() -> T, is_wanted: impl Fn(&T) -> bool) -> T {
    let begun = Instant::now();
    loop {
        let answer = ask();
        if is_wanted(&answer) || begun.elapsed() > LONG {
            return answer;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn names_and_values_of_a_file_are_offered() {
    let cache = program::folder("lsp-catalog");
    let mut editor = Editor::start("examples/shop.otlp.jsonl", &cache);
    let text = "{ resource.service.name = \"";
    editor.open(text);
    let has_services = |labels: &Vec<String>| labels.iter().any(|label| label == "cart");
    let services = until(|| editor.complete(text), has_services);
    assert!(has_services(&services) && services.iter().any(|label| label == "checkout"), "{services:?}");

    let catalog = until(|| editor.command("traceql.catalog", &json!({})), |found| found["pending"] == json!(false));
    let attributes = catalog["attributes"].as_array().expect("attributes");
    let is_service = |name: &&Value| name["scope"] == json!("resource") && name["name"] == json!("service.name");
    assert!(attributes.iter().find(is_service).is_some_and(|name| name["count"].as_u64() > Some(0)), "{catalog}");
    assert_eq!(catalog["source"], json!("examples/shop.otlp.jsonl"));

    // The values that carts have are some of those that all spans have.
    let names = |query: Value| json!({"field": "name", "query": query});
    let settled = |found: &Value| found["pending"] == json!(false);
    let all = until(|| editor.command("traceql.catalog", &names(json!(null))), settled);
    let query = json!("{ resource.service.name = \"cart\" }");
    let of_cart = until(|| editor.command("traceql.catalog", &names(query.clone())), settled);
    let count = |found: &Value| found["values"].as_array().expect("values").len();
    assert!(0 < count(&of_cart) && count(&of_cart) < count(&all), "{of_cart}");

    // The next server knows them before it has read the file.
    let kept = || cache.join("traceql/catalog").read_dir().map_or(0, Iterator::count);
    assert_eq!(until(kept, |files| *files == 1), 1);
    editor.quit();
}

#[test]
fn a_trace_is_opened_with_what_its_page_draws() {
    let cache = program::folder("lsp-trace");
    let mut editor = Editor::start("examples/shop.otlp.jsonl", &cache);
    let found = editor.command("traceql.runQuery", &json!({"query": "{ status = error }", "limit": 1}));
    let id = &found["traces"][0]["traceID"];
    assert!(id.is_string(), "{found}");
    let trace = editor.command("traceql.openTrace", &json!({"traceId": id}));
    let drawn = &trace["waterfall"];
    let count = |list: &Value| list.as_array().map(Vec::len);
    assert_eq!(&drawn["trace"], id, "{trace}");
    let lines = count(&drawn["name"]).expect("names");
    assert!(lines > 1, "{drawn}");
    for list in ["depth", "service", "id", "from", "length", "kind", "status"] {
        assert_eq!(count(&drawn[list]), Some(lines), "{list}: {drawn}");
    }
    assert!(drawn["errors"].as_u64() > Some(0), "{drawn}");
    editor.quit();
}
