//! A server that is part of the test: it answers as a function says, breaks off or is slow as it is told, and keeps what
//! it was asked.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::percent::decoded;

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Decoded, without parameters.
    pub(crate) path: String,
    /// Decoded, in order.
    pub(crate) parameters: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

/// How it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Whole,
    /// After so many bytes of the body the connection ends.
    CutAfter(usize),
    /// The connection ends before anything comes.
    Nothing,
    /// Nothing comes for so long.
    Late(Duration),
    /// What is not HTTP.
    Raw,
    /// The body comes again and again, and never ends.
    Endless,
}

type Answer = dyn Fn(&Request) -> Response + Send + Sync;

/// A running server.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Starts a server; it runs as long as the test.
    pub(crate) fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Stub {
        Stub::listen(None, Arc::new(answer))
    }

    /// Starts a server that speaks TLS.
    pub(crate) fn start_tls(
        config: ServerConfig,
        answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Stub {
        Stub::listen(Some(Arc::new(config)), Arc::new(answer))
    }

    fn listen(tls: Option<Arc<ServerConfig>>, answer: Arc<Answer>) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        // The name is that of the certificate.
        let url = if tls.is_some() { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        let asked = Arc::default();
        let stub = Stub { url, asked: Arc::clone(&asked) };
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (answer, asked, tls) = (Arc::clone(&answer), Arc::clone(&asked), tls.clone());
                let Ok(connection) = connection else { continue };
                // A client that goes away ends the connection.
                thread::spawn(move || drop(accept(connection, tls, &*answer, &asked)));
            }
        });
        stub
    }

    /// Returns what was asked until now, and forgets it.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics with it"))
    }
}

impl Request {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter that is a number, 0 if it is not there.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.parameter(name).map_or(0, |value| value.parse().expect("it is a number"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let headers = vec![("content-type", content_type.to_owned())];
        Response { status, headers, body: body.into(), manner: Manner::Whole }
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Response {
        Response::new(200, "application/json", body)
    }

    /// What Tempo says when it does not answer.
    pub(crate) fn text(status: u16, body: &str) -> Response {
        Response::new(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Response {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn in_manner(mut self, manner: Manner) -> Response {
        self.manner = manner;
        self
    }
}

fn accept(
    connection: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    answer: &Answer,
    asked: &Mutex<Vec<Request>>,
) -> io::Result<()> {
    match tls {
        None => serve(connection, answer, asked),
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            serve(StreamOwned::new(session, connection), answer, asked)
        }
    }
}

fn serve(connection: impl Read + Write, answer: &Answer, asked: &Mutex<Vec<Request>>) -> io::Result<()> {
    let mut connection = BufReader::new(connection);
    while let Some(request) = read(&mut connection)? {
        asked.lock().expect("nobody panics with it").push(request.clone());
        let response = answer(&request);
        let mut head = format!("HTTP/1.1 {} Told\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let head = head + "\r\n";
        let out = connection.get_mut();
        if response.manner == Manner::Endless {
            return send_without_end(out, &response);
        }
        let end = match response.manner {
            Manner::Whole => response.body.len(),
            Manner::CutAfter(bytes) => bytes.min(response.body.len()),
            Manner::Nothing => return Ok(()),
            Manner::Late(pause) => {
                thread::sleep(pause);
                response.body.len()
            }
            Manner::Raw => {
                out.write_all(&response.body)?;
                return out.flush();
            }
            Manner::Endless => return Ok(()),
        };
        out.write_all(head.as_bytes())?;
        out.write_all(&response.body[..end])?;
        out.flush()?;
        if end < response.body.len() {
            return Ok(());
        }
    }
    Ok(())
}

/// Sends the body until the client goes away.
fn send_without_end(out: &mut impl Write, response: &Response) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Told\r\n", response.status);
    for (name, value) in &response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    out.write_all((head + "\r\n").as_bytes())?;
    loop {
        out.write_all(&response.body)?;
    }
}

fn read(connection: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some("GET"), "nothing else is ever asked");
    let target = words.next().unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let form = |text: &str| decoded(&text.replace('+', " "));
    let mut request = Request {
        path: decoded(path),
        parameters: pairs.map(|(name, value)| (form(name), form(value))).collect(),
        headers: Vec::new(),
    };
    loop {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { return Ok(Some(request)) };
        request.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
}
