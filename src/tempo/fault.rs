//! Says in words why a request was not answered, or not with what was asked for, and what helps.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError};

use super::{
    error::{Kind, RemoteError, words},
    reply::{Reply, title},
};

/// A request that brought no usable answer.
pub(super) struct Failure {
    /// What is told of it.
    pub(super) error: Box<RemoteError>,
    /// Whether the same request may bring an answer later.
    pub(super) may_pass: bool,
}

impl Failure {
    /// Makes a failure that stays one.
    pub(super) fn lasting(error: RemoteError) -> Failure {
        Failure { error: Box::new(error), may_pass: false }
    }
}

/// Says why a request was not answered, or not to its end. Texts of the libraries may hold the URL with its parameters:
/// of their errors only the innermost counts.
pub(super) fn unanswered(error: &reqwest::Error, url: &str) -> Failure {
    let lasting = |kind, problem: String, cure: &str| Failure::lasting(RemoteError::new(kind, url, problem, cure));
    if let Some(tls) = find::<rustls::Error>(error) {
        return Failure::lasting(untrusted(tls, url));
    }
    if error.is_dns() {
        let problem = format!("the name of the host is not known ({})", innermost(error));
        return lasting(Kind::Unreachable, problem, "check the name for typing mistakes, and the network");
    }
    if error.is_timeout() {
        return if error.is_connect() {
            let problem = "no connection comes about in time".to_owned();
            lasting(Kind::Timeout, problem, "check host, port and network; a proxy may be needed (HTTPS_PROXY)")
        } else {
            let problem = "the answer does not come in time".to_owned();
            lasting(Kind::Timeout, problem, "ask for less time or fewer traces, or wait longer with `--timeout`")
        };
    }
    let system = find::<io::Error>(error).map(io::Error::kind);
    if error.is_connect() && innermost(error).contains("tls handshake eof") {
        let problem = "the other side hung up before an encrypted connection came about".to_owned();
        return lasting(
            Kind::Tls,
            problem,
            "write the URL with `http://` if the server does not speak TLS, or check the port",
        );
    }
    if error.is_connect() {
        let problem = match system {
            Some(io::ErrorKind::ConnectionRefused) => "nobody listens there: the connection is refused".to_owned(),
            _ => format!("cannot be reached: {}", innermost(error)),
        };
        let cure =
            "check that the server runs, host and port (3200 unless Tempo is told otherwise), and the proxy variables";
        return lasting(Kind::Unreachable, problem, cure);
    }
    let text = innermost(error);
    if text.contains("HTTP version") || text.contains("HTTP/0.9") || text.contains("invalid HTTP") {
        let problem = "what answers there does not speak HTTP".to_owned();
        return lasting(
            Kind::NotTempo,
            problem,
            "name Tempo's port for HTTP (3200 unless it is configured), not the one for gRPC",
        );
    }
    let problem = format!("the connection broke before the answer was there: {text}");
    let error = RemoteError::new(Kind::Broken, url, problem, "try again; a proxy in between may give up early");
    Failure { error: Box::new(error), may_pass: true }
}

/// Says why a connection is not trusted.
fn untrusted(error: &rustls::Error, url: &str) -> RemoteError {
    let (problem, cure) = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => (
                "nobody who is trusted vouches for the server's certificate".to_owned(),
                "give the certificate of who issued it with `--cacert`; slim containers have none of their own",
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                ("the server's certificate has expired".to_owned(), "renew it, or check the clock of this machine")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                ("the server's certificate is not valid yet".to_owned(), "check the clock of this machine")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                "the server's certificate is for another host".to_owned(),
                "use the name that stands in the certificate",
            ),
            // The variant of a library below, which has no type of its own here.
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => (
                "the server shows the certificate of an authority (CA) as its own, which is not valid".to_owned(),
                "make a certificate for the server that is no authority (`openssl req -x509 … -addext \
                 basicConstraints=critical,CA:FALSE`), and give that one, or the authority's, with `--cacert`",
            ),
            other => (
                format!("the server's certificate is not valid ({other})"),
                "check the certificate, and the one given with `--cacert`",
            ),
        },
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            ("the server wants a certificate of who asks".to_owned(), "give one with `--cert` and `--key`")
        }
        rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied,
        ) => {
            ("the server does not take the certificate of who asks".to_owned(), "check what `--cert` and `--key` name")
        }
        rustls::Error::InvalidMessage(_) => {
            ("what answers there does not speak TLS".to_owned(), "write the URL with `http://`, or check the port")
        }
        other => (format!("no encrypted connection comes about ({other})"), "check the versions of TLS on both sides"),
    };
    RemoteError::new(Kind::Tls, url, problem, cure)
}

/// Says why an answer is not the one that was asked for; `None` if it may be.
pub(super) fn refused(reply: &Reply) -> Option<Failure> {
    let status = reply.status;
    if (200..300).contains(&status) {
        return None;
    }
    let page = title(reply);
    let said = match &page {
        Some(page) => page.as_deref().map(|title| format!("a web page titled `{title}`")),
        None => reply.words(message(&reply.body).as_bytes()),
    };
    let text = said.as_deref().unwrap_or_default();
    let (kind, problem, cure): (Kind, String, &str) = match status {
        401 if text.contains("no org id") => (
            Kind::Unauthorized,
            "the server has tenants, and none was named (status 401)".to_owned(),
            "name one with `--tenant`",
        ),
        401 => (
            Kind::Unauthorized,
            "the server does not know who asks (status 401)".to_owned(),
            "check token, user and password",
        ),
        403 => (
            Kind::Forbidden,
            "the server does not allow it (status 403)".to_owned(),
            "check the rights of the token or user, and the tenant",
        ),
        407 => (
            Kind::Unauthorized,
            "the proxy does not know who asks (status 407)".to_owned(),
            "write user and password into HTTPS_PROXY, as `http://user:password@proxy:3128`",
        ),
        404 => (
            Kind::NoSuchPath,
            "nothing is there (status 404)".to_owned(),
            "check the path in the URL: what stands before `/api`, such as Tempo's `http_api_prefix` or Grafana's `/api/datasources/proxy/uid/…`",
        ),
        400 if text.contains("HTTP request to an HTTPS server") => {
            (Kind::Settings, "the server wants TLS (status 400)".to_owned(), "write the URL with `https://`")
        }
        413 | 414 | 431 => (Kind::Refused, format!("the question is too large (status {status})"), "shorten the query"),
        422 => (
            Kind::TooLarge,
            "the trace is too large for the server (status 422)".to_owned(),
            "raise the server's `max_bytes_per_trace`, or read its blocks",
        ),
        400..=499 if status != 429 => (
            Kind::Refused,
            format!("the server does not take it (status {status})"),
            "change the query or its options as the server says",
        ),
        429 => (
            Kind::TooManyRequests,
            "the server is asked too much (status 429)".to_owned(),
            "try again later, or ask for less time",
        ),
        504 => (
            Kind::Timeout,
            "the server gave up on the answer (status 504)".to_owned(),
            "ask for less time, or raise the server's timeouts",
        ),
        _ => (
            Kind::Failed,
            format!("the server failed (status {status})"),
            "look into the server's log, or try again later",
        ),
    };
    let error = RemoteError { status: Some(status), said, ..RemoteError::new(kind, &reply.url, problem, cure) };
    Some(Failure { error: Box::new(error), may_pass: matches!(status, 429 | 502 | 503 | 504) })
}

/// Returns the words of a refusal: Tempo's are plain text, Grafana's and those of gateways often the `message` of an object.
fn message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Told {
        #[serde(alias = "error")]
        message: String,
    }
    match serde_json::from_slice(body) {
        Ok(Told { message }) => message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Finds an error of a type among the causes of another one.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // What an error of the system wraps is not its cause, but stands in its place.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = wrapped.and_then(|wrapped| find::<E>(wrapped)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Returns what an error says that has no other as its cause.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    words(&error.to_string()).unwrap_or_default()
}
