//! A store that is part of the test: it serves a folder as S3 and Google Cloud Storage do, or answers as it is told, and
//! keeps what it was asked.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use crate::percent::decoded;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// What stands behind the bucket, decoded; empty for lists.
    pub(crate) key: String,
    pub(crate) query: Option<String>,
    pub(crate) range: Option<Range<u64>>,
    pub(crate) authorization: String,
    /// All headers, as they came.
    pub(crate) headers: Vec<(String, String)>,
    /// How many bytes the answer had.
    pub(crate) bytes: u64,
}

/// What is done with requests.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// Serves a folder as the bucket `traces`.
    Serves(PathBuf),
    /// Answers everything with a status and a body.
    Answers(&'static str, &'static str),
    /// Takes requests and says nothing.
    IsSilent,
    /// Answers as a function says: a status, further headers, and a body.
    Tells(fn(&Request) -> Reply),
    /// Answers everything with a body that comes again and again.
    IsEndless(&'static str, &'static str),
}

/// A running server.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

/// The bucket.
pub(crate) const BUCKET: &str = "traces";

impl Stub {
    /// Starts a server; it runs as long as the test.
    pub(crate) fn start(behaviour: Behaviour) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::default();
        let stub = Stub { url, asked: Arc::clone(&asked) };
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (behaviour, asked) = (behaviour.clone(), Arc::clone(&asked));
                let Ok(connection) = connection else { continue };
                // A client that goes away ends the connection.
                thread::spawn(move || drop(serve(&connection, &behaviour, &asked)));
            }
        });
        stub
    }

    /// Returns what was asked until now, and forgets it.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics with it"))
    }
}

fn serve(connection: &TcpStream, behaviour: &Behaviour, asked: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(connection).lines();
    while let Some(first) = lines.next() {
        let first = first?;
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = decoded(path);
        let key = path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key).to_owned();
        let is_bucket = path.trim_start_matches('/').split('/').next() == Some(BUCKET);
        let mut request = Request {
            method: method.to_owned(),
            key,
            query: query.map(|query| decoded(&query.replace('+', " "))),
            range: None,
            authorization: String::new(),
            headers: Vec::new(),
            bytes: 0,
        };
        for line in lines.by_ref() {
            let line = line?;
            let Some((name, value)) = line.split_once(": ") else { break };
            request.headers.push((name.to_ascii_lowercase(), value.to_owned()));
            match name.to_ascii_lowercase().as_str() {
                "range" => request.range = range(value),
                "authorization" => request.authorization = value.to_owned(),
                _ => {}
            }
        }
        let (status, headers, body) = match behaviour {
            Behaviour::IsSilent => {
                asked.lock().expect("nobody panics with it").push(request);
                continue;
            }
            Behaviour::Answers(status, body) => ((*status).to_owned(), String::new(), body.as_bytes().to_vec()),
            Behaviour::Tells(answer) => answer(&request),
            Behaviour::IsEndless(status, body) => {
                let mut connection = connection;
                connection.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes())?;
                loop {
                    connection.write_all(body.as_bytes())?;
                }
            }
            Behaviour::Serves(_) if !is_bucket => error("404 Not Found", "NoSuchBucket", "There is none"),
            Behaviour::Serves(root) if request.key.is_empty() => ok(list(root, request.query.as_deref()).into()),
            Behaviour::Serves(root) => file(root, &request),
        };
        let is_head = request.method == "HEAD";
        request.bytes = if is_head { 0 } else { body.len() as u64 };
        asked.lock().expect("nobody panics with it").push(request);
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        let mut connection = connection;
        connection.write_all(head.as_bytes())?;
        if !is_head {
            connection.write_all(&body)?;
        }
    }
    Ok(())
}

/// A status, further headers, and a body.
pub(crate) type Reply = (String, String, Vec<u8>);

pub(crate) fn ok(body: Vec<u8>) -> Reply {
    ("200 OK".to_owned(), "etag: \"1\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n".to_owned(), body)
}

pub(crate) fn error(status: &str, code: &str, message: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    (status.to_owned(), String::new(), body.into())
}

fn range(value: &str) -> Option<Range<u64>> {
    let (start, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    Some(start.parse().ok()?..last.parse::<u64>().ok()? + 1)
}

fn file(root: &Path, request: &Request) -> Reply {
    let path = root.join(&request.key);
    let Some(bytes) = path.is_file().then(|| fs::read(&path).ok()).flatten() else {
        return error("404 Not Found", "NoSuchKey", "The specified key does not exist.");
    };
    let Some(range) = &request.range else { return ok(bytes) };
    let total = bytes.len();
    let Some(part) = bytes.get(range.start as usize..(range.end as usize).min(total)) else {
        return error("416 Range Not Satisfiable", "InvalidRange", "It lies outside");
    };
    let (_, headers, _) = ok(Vec::new());
    let headers =
        format!("{headers}content-range: bytes {}-{}/{total}\r\n", range.start, range.end.min(total as u64) - 1);
    ("206 Partial Content".to_owned(), headers, part.to_vec())
}

/// Lists one level, as version 2 of S3's lists.
fn list(root: &Path, query: Option<&str>) -> String {
    let parameter = |name: &str| {
        let parameters = query.unwrap_or_default().split('&').filter_map(|parameter| parameter.split_once('='));
        parameters.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next()
    };
    assert_eq!(parameter("list-type").as_deref(), Some("2"));
    assert_eq!(parameter("delimiter").as_deref(), Some("/"), "only levels are listed");
    let prefix = parameter("prefix").unwrap_or_default();
    let mut body = "<ListBucketResult>".to_owned();
    let mut entries: Vec<_> = fs::read_dir(root.join(&prefix)).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(data) = entry.metadata() else { continue };
        body += &if data.is_dir() {
            format!("<CommonPrefixes><Prefix>{key}/</Prefix></CommonPrefixes>")
        } else {
            let size = data.len();
            format!(
                "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
                 <ETag>\"1\"</ETag></Contents>"
            )
        };
    }
    body + "</ListBucketResult>"
}
