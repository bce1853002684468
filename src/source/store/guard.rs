//! The HTTP client of stores: what is sent stays with the host that was asked, and what comes back is bounded.

use std::{error::Error, io, pin::Pin, str::FromStr, time::Duration};

use bytes::Bytes;
use object_store::{
    ClientConfigKey, ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    },
};
use reqwest::{
    Client, Proxy, Response, Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, LOCATION, RANGE},
    redirect::Policy,
};
use tokio::time::timeout;

use crate::{
    model::{
        budget::{Budget, CURE_EXHAUSTED, Exhausted, HeldBytes},
        secrets::Secrets,
        shown_url::shown_url,
    },
    source::error::Refusal,
};

/// Maximum length of an answer that is no part of an object, in bytes. Services list some thousand names at once.
const LONGEST: u64 = 64 << 20;

/// Maximum length of the beginning of an error that is read, in bytes.
const LONGEST_ERROR: usize = 64 << 10;

/// Maximum time that an answer takes which is no part of an object.
const PATIENCE: Duration = Duration::from_secs(30);

/// Maximum number of redirects that are followed.
const REDIRECTS: usize = 5;

/// Headers of requests that hold secrets beside `Authorization`.
const SECRET_HEADERS: [&str; 2] = ["x-amz-security-token", "x-ms-copy-source-authorization"];

/// Makes guarded clients.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) budget: Budget,
    pub(super) secrets: Secrets,
}

impl HttpConnector for Guard {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = client(options).map_err(|error| object_store::Error::Generic { store: "HTTP", source: error })?;
        Ok(HttpClient::new(Guarded { client, guard: self.clone() }))
    }
}

/// Makes a client that follows no redirects by itself. The library's own follows them, and takes session tokens along.
fn client(options: &ClientOptions) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let text = |key| options.get_config_value(&key);
    let says_yes =
        |key| text(key).is_some_and(|value| ["1", "true", "yes", "on"].contains(&&*value.to_ascii_lowercase()));
    let time =
        |key| text(key).map(|value| seconds(&value).ok_or(format!("`{value}` is no length of time"))).transpose();
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("traceql/", env!("CARGO_PKG_VERSION")))
        .https_only(!says_yes(ClientConfigKey::AllowHttp));
    if let Some(url) = text(ClientConfigKey::ProxyUrl) {
        let mut proxy = Proxy::all(url)?;
        if let Some(certificate) = text(ClientConfigKey::ProxyCaCertificate) {
            builder = builder.tls_certs_merge([reqwest::Certificate::from_pem(certificate.as_bytes())?]);
        }
        if let Some(hosts) = text(ClientConfigKey::ProxyExcludes) {
            proxy = proxy.no_proxy(reqwest::NoProxy::from_string(&hosts));
        }
        builder = builder.proxy(proxy);
    }
    if says_yes(ClientConfigKey::AllowInvalidCertificates) {
        builder = builder.danger_accept_invalid_certs(true);
    }
    if says_yes(ClientConfigKey::Http1Only) {
        builder = builder.http1_only();
    }
    if says_yes(ClientConfigKey::NoSystemCertificates) {
        builder = builder.tls_certs_only([]);
    }
    if let Some(timeout) = time(ClientConfigKey::Timeout)? {
        builder = builder.timeout(timeout);
    }
    if let Some(timeout) = time(ClientConfigKey::ConnectTimeout)? {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(timeout) = time(ClientConfigKey::ReadTimeout)? {
        builder = builder.read_timeout(timeout);
    }
    Ok(builder.build()?)
}

/// Reads a length of time as the library writes it: `8s`, `120 seconds`, `2m`.
fn seconds(text: &str) -> Option<Duration> {
    let span = jiff::SignedDuration::from_str(text).ok()?;
    Duration::try_from(span).ok()
}

/// A client that asks, and looks at what comes.
#[derive(Debug)]
struct Guarded {
    client: Client,
    guard: Guard,
}

impl HttpService for Guarded {
    fn call<'c, 'f>(
        &'c self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        Box::pin(self.answer(request))
    }
}

impl Guarded {
    /// Asks, follows redirects within the host, and reads the answer.
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let mut url = Url::parse(&parts.uri.to_string()).map_err(|error| {
            refused(Refusal::new(format!("the endpoint makes no URL: {error}"), "check the endpoint and the region"))
        })?;
        let body = body.as_bytes().cloned().unwrap_or_default();
        for _ in 0..=REDIRECTS {
            let mut request = reqwest::Request::new(parts.method.clone(), url.clone());
            request.headers_mut().clone_from(&parts.headers);
            if !body.is_empty() {
                *request.body_mut() = Some(body.clone().into());
            }
            let response = self.client.execute(request).await.map_err(unanswered)?;
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            let target = location.filter(|_| response.status().is_redirection()).and_then(|to| url.join(to).ok());
            let Some(target) = target else {
                let is_part = parts.headers.get(RANGE).and_then(|range| length(range.to_str().ok()?));
                let secrets = if response.status().is_success() {
                    Secrets::default()
                } else {
                    of_request(&parts.headers, &parts.uri.to_string())
                };
                let answer = self.read(response, is_part, &secrets);
                if is_part.is_some() {
                    return answer.await;
                }
                return timeout(PATIENCE, answer).await.unwrap_or_else(|_| {
                    let problem = format!("the answer does not end within {} seconds", PATIENCE.as_secs());
                    Err(refused(Refusal::new(problem, "try again later, or check the endpoint")))
                });
            };
            if target.origin() != url.origin() {
                let problem = format!("the answer lies on another host: {}", shown_url(target.as_str()));
                let region = response.headers().get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
                let cure = match region {
                    Some(region) => format!("nothing was sent there; set AWS_REGION={region}"),
                    None => "nothing was sent there; check the endpoint and the region, and name that host as the \
                             endpoint if it is the right one"
                        .to_owned(),
                };
                return Err(refused(Refusal::new(problem, cure)));
            }
            url = target;
        }
        let problem = format!("the service sent the request elsewhere more than {REDIRECTS} times");
        Err(refused(Refusal::new(problem, "check the endpoint")))
    }

    /// Reads an answer; `part` is how many bytes of an object were asked for, `secrets` are those of the request.
    async fn read(
        &self,
        mut response: Response,
        part: Option<u64>,
        secrets: &Secrets,
    ) -> Result<HttpResponse, HttpError> {
        let is_error = !response.status().is_success();
        // The whole object where a part was asked for is refused by its status.
        let longest = match part {
            Some(_) if !is_error && response.status().as_u16() != 206 => 0,
            Some(bytes) if !is_error => bytes,
            _ => LONGEST,
        };
        let mut body = HeldBytes::new(&self.guard.budget);
        while longest > 0
            && let Some(chunk) = response.chunk().await.map_err(unanswered)?
        {
            if is_error && body.len() + chunk.len() > LONGEST_ERROR {
                break;
            }
            if (body.len() + chunk.len()) as u64 > longest {
                let problem = format!("the answer is longer than the {longest} bytes that it may have");
                return Err(refused(Refusal::new(problem, "check what stands between here and the service")));
            }
            body.extend(&chunk).map_err(exhausted)?;
        }
        let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
        if is_error {
            // What was cut has another length.
            headers.remove(CONTENT_LENGTH);
            let text = String::from_utf8_lossy(&body);
            body = self.guard.secrets.masked(&secrets.masked(&text)).into_owned().into_bytes().into();
        }
        let mut answer = HttpResponse::new(HttpResponseBody::from(Bytes::from_owner(body)));
        (*answer.status_mut(), *answer.version_mut(), *answer.headers_mut()) = (status, version, headers);
        Ok(answer)
    }
}

/// Gathers what is secret in a request, which a service may repeat in an error.
fn of_request(headers: &HeaderMap, url: &str) -> Secrets {
    let secrets = Secrets::default();
    let names = SECRET_HEADERS.iter().copied().chain([AUTHORIZATION.as_str()]);
    for value in names.filter_map(|name| headers.get(name)?.to_str().ok()) {
        secrets.add(value);
        // `Credential=…, Signature=…`, and the token behind `Bearer`.
        let parts = value.split([' ', ',']).filter_map(|part| part.rsplit('=').next());
        parts.filter(|part| part.len() >= 16).for_each(|part| secrets.add(part));
    }
    secrets.add_url(url);
    secrets
}

/// Returns how many bytes a range has: `bytes=0-99`, or the last ones, `bytes=-100`.
fn length(range: &str) -> Option<u64> {
    let (start, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last: u64 = last.parse().ok()?;
    if start.is_empty() { Some(last) } else { last.checked_sub(start.parse().ok()?)?.checked_add(1) }
}

fn refused(refusal: Refusal) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, refusal)
}

fn exhausted(error: Exhausted) -> HttpError {
    refused(Refusal::new(error.to_string(), CURE_EXHAUSTED))
}

/// Tells what kind of failure it is, which decides whether the library tries again.
fn unanswered(error: reqwest::Error) -> HttpError {
    let mut kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Request
    };
    let mut source = error.source();
    while let Some(cause) = source {
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::TimedOut) => kind = HttpErrorKind::Timeout,
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => kind = HttpErrorKind::Interrupted,
            _ => {}
        }
        source = cause.source();
    }
    if error.is_builder() {
        kind = HttpErrorKind::Unknown;
    }
    HttpError::new(kind, error.without_url())
}

/// Finds the refusal that a guarded client gave instead of an answer.
pub(super) fn refusal<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Refusal> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refusal) = error.downcast_ref() {
            return Some(refusal);
        }
        next = error.source();
    }
    None
}
