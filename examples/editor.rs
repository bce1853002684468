//! Measures `traceql lsp` as an editor meets it: starts the binary, types, completes, and prints how long it takes.
//! `benches/lsp.sh` makes the files and calls it:
//! `cargo run --release --example editor -- BINARY WORKSPACE DASHBOARD TRACES`.

use std::{
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Number of servers that are started, and of keys that are typed.
const STARTS: usize = 30;
const KEYS: usize = 300;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, workspace, dashboard, traces] = arguments.as_slice() else {
        let _ = writeln!(io::stderr(), "usage: editor BINARY WORKSPACE DASHBOARD TRACES");
        return ExitCode::from(2);
    };
    match measure(binary, workspace, dashboard, traces) {
        Ok(text) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(binary: &str, workspace: &str, dashboard: &str, traces: &str) -> Outcome<String> {
    let mut text = format!("{:<58} {:>10} {:>10} {:>10}\n", "", "median", "95 %", "most");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let begin = Instant::now();
        let editor = Editor::start(binary, None, &[])?;
        starts.push(begin.elapsed());
        editor.end()?;
    }
    text += &line("from the start of the process to `initialize`", starts);

    let query =
        "{ resource.service.name = \"cart\" && span.http.route =~ \"/cart/.*\" && status = error } | rate() by (name)";
    let mut editor = Editor::start(binary, None, &[])?;
    let typed = editor.type_into("file:///a.traceql", "traceql", query, query.find("route").unwrap_or(0))?;
    text += &line("findings after a key, in a query", typed);
    let whole = fs::read_to_string(dashboard)?;
    let middle = whole.len() / 2;
    let middle = middle + whole[middle..].find("resource.service").unwrap_or(0);
    let typed = editor.type_into("file:///d.json", "json", &whole, middle)?;
    text += &line(&format!("findings after a key, in a dashboard of {:.1} MB", whole.len() as f64 / 1e6), typed);
    text += &line("completion after a key, in that dashboard", editor.complete("file:///d.json", &whole, middle)?);
    editor.end()?;

    let mut editor = Editor::start(binary, None, &[traces])?;
    for (title, query) in [
        ("completion of a name, 5,000 attributes", "{ span.attr"),
        ("completion of any operand, 5,000 attributes", "{ "),
        ("completion of a value, 10,000 values", "{ span.attribute.0000 = \"value 1"),
    ] {
        let uri = "file:///b.traceql";
        editor.open(uri, "traceql", query)?;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) && editor.items(uri, query, query.len())? < 50 {
            thread::sleep(Duration::from_millis(50));
        }
        let count = editor.items(uri, query, query.len())?;
        let took = (0..KEYS).map(|_| {
            let begin = Instant::now();
            editor.items(uri, query, query.len())?;
            Ok(begin.elapsed())
        });
        let took = took.collect::<Outcome<Vec<Duration>>>()?;
        text += &line(&format!("{title} ({count} offered)"), took);
    }
    editor.end()?;

    let mut editor = Editor::start(binary, Some(workspace), &[])?;
    thread::sleep(Duration::from_secs(5));
    let (now, peak) = editor.memory()?;
    text += &format!("workspace, its names and values read: {now} MB of memory, {peak} MB at most\n");
    let begin = Instant::now();
    editor.request("workspace/diagnostic", &json!({"previousResultIds": [], "partialResultToken": "parts"}))?;
    let took = begin.elapsed();
    let (now, peak) = editor.memory()?;
    text += &format!("all its findings: {} ms; {now} MB of memory, {peak} MB at most\n", took.as_millis());
    editor.end()?;
    Ok(text)
}

fn line(title: &str, mut took: Vec<Duration>) -> String {
    took.sort();
    let at = |share: f64| took.get((share * (took.len() - 1) as f64).round() as usize).copied().unwrap_or_default();
    let shown = |duration: Duration| format!("{:.2} ms", duration.as_secs_f64() * 1e3);
    format!("{title:<58} {:>10} {:>10} {:>10}\n", shown(at(0.5)), shown(at(0.95)), shown(at(1.0)))
}

/// A server, with an editor's side of its pipes.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    id: i64,
    version: i64,
}

impl Editor {
    /// Starts a server and waits for its abilities.
    fn start(binary: &str, workspace: Option<&str>, sources: &[&str]) -> Outcome<Editor> {
        let mut server = Command::new(binary);
        server.arg("lsp").args(sources).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = server.spawn()?;
        let input = server.stdin.take().ok_or("no stdin")?;
        let output = BufReader::new(server.stdout.take().ok_or("no stdout")?);
        let mut editor = Editor { server, input, output, id: 0, version: 0 };
        let folders = match workspace {
            Some(folder) => {
                let path = Path::new(folder).canonicalize()?;
                json!([{"uri": format!("file://{}", path.display()), "name": "w"}])
            }
            None => json!(null),
        };
        let completion = json!({"completionItem": {"snippetSupport": true}});
        let capabilities =
            json!({"general": {"positionEncodings": ["utf-8"]}, "textDocument": {"completion": completion}});
        editor.request(
            "initialize",
            &json!({"processId": null, "capabilities": capabilities, "workspaceFolders": folders}),
        )?;
        editor.notify("initialized", &json!({}))?;
        Ok(editor)
    }

    fn send(&mut self, message: &Value) -> Outcome<()> {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        self.input.flush()?;
        Ok(())
    }

    fn notify(&mut self, method: &str, params: &Value) -> Outcome<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn request(&mut self, method: &str, params: &Value) -> Outcome<Value> {
        self.id += 1;
        let id = self.id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let mut answer = self.read_until(|message| message["id"] == json!(id) && message.get("method").is_none())?;
        Ok(answer["result"].take())
    }

    fn read_until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Outcome<Value> {
        loop {
            let mut length = 0;
            loop {
                let mut header = String::new();
                if self.output.read_line(&mut header)? == 0 {
                    return Err("the server is gone".into());
                }
                match header.trim_end().strip_prefix("Content-Length: ") {
                    Some(number) => length = number.parse()?,
                    None if header.trim_end().is_empty() => break,
                    None => {}
                }
            }
            let mut body = vec![0; length];
            self.output.read_exact(&mut body)?;
            let message: Value = serde_json::from_slice(&body)?;
            if is_wanted(&message) {
                return Ok(message);
            }
        }
    }

    fn open(&mut self, uri: &str, language: &str, text: &str) -> Outcome<()> {
        self.version += 1;
        let document = json!({"uri": uri, "languageId": language, "version": self.version, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}))?;
        self.findings(uri)
    }

    /// Waits for the findings of the last version.
    fn findings(&mut self, uri: &str) -> Outcome<()> {
        let (uri, version) = (json!(uri), json!(self.version));
        self.read_until(|message| {
            let params = &message["params"];
            message["method"] == json!("textDocument/publishDiagnostics")
                && params["uri"] == uri
                && params["version"] == version
        })?;
        Ok(())
    }

    /// Types letters at a place, and takes them back; returns how long the findings of each took.
    fn type_into(&mut self, uri: &str, language: &str, text: &str, at: usize) -> Outcome<Vec<Duration>> {
        self.open(uri, language, text)?;
        let start = place(text, at);
        let end = json!({"line": start["line"], "character": start["character"].as_u64().unwrap_or(0) + 1});
        let mut took = Vec::new();
        for key in 0..KEYS {
            self.version += 1;
            let (range, text) = match key % 2 {
                0 => (json!({"start": start, "end": start}), "x"),
                _ => (json!({"start": start, "end": end}), ""),
            };
            let document = json!({"uri": uri, "version": self.version});
            let changes = json!([{"range": range, "text": text}]);
            let begin = Instant::now();
            self.notify("textDocument/didChange", &json!({"textDocument": document, "contentChanges": changes}))?;
            self.findings(uri)?;
            took.push(begin.elapsed());
        }
        Ok(took)
    }

    /// Types letters at a place and asks for words behind each at once; returns how long they took.
    fn complete(&mut self, uri: &str, text: &str, at: usize) -> Outcome<Vec<Duration>> {
        let start = place(text, at);
        let mut took = Vec::new();
        for _ in 0..KEYS / 2 {
            self.version += 1;
            let document = json!({"uri": uri, "version": self.version});
            let changes = json!([{"range": {"start": start, "end": start}, "text": "r"}]);
            let begin = Instant::now();
            self.notify("textDocument/didChange", &json!({"textDocument": document, "contentChanges": changes}))?;
            let end = json!({"line": start["line"], "character": start["character"].as_u64().unwrap_or(0) + 1});
            self.request("textDocument/completion", &json!({"textDocument": {"uri": uri}, "position": end}))?;
            took.push(begin.elapsed());
        }
        Ok(took)
    }

    /// Returns the number of words that are offered.
    fn items(&mut self, uri: &str, text: &str, at: usize) -> Outcome<usize> {
        let params = json!({"textDocument": {"uri": uri}, "position": place(text, at)});
        Ok(self.request("textDocument/completion", &params)?["items"].as_array().map_or(0, Vec::len))
    }

    /// Returns the memory of the server, now and at the peak, in MB.
    fn memory(&self) -> Outcome<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let number = line.and_then(|line| line.split_whitespace().nth(1));
            number.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) / 1000
        };
        Ok((field("VmRSS"), field("VmHWM")))
    }

    fn end(mut self) -> Outcome<()> {
        self.request("shutdown", &json!(null))?;
        self.notify("exit", &json!(null))?;
        drop(self.input);
        self.server.wait()?;
        Ok(())
    }
}

/// Returns the line and column of a byte.
fn place(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    json!({"line": before.matches('\n').count(), "character": at - start})
}
