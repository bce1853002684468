//! Sends a question and brings the answer: headers, redirects, what is tried again, bounds.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};

use super::{
    address::{Address, public},
    error::{Kind, RemoteError},
    fault::{Failure, refused, unanswered},
    flight::Question,
    reply::{Reply, Unpacked, exhausted, unpack},
    settings::{Auth, Retries, Secret, Settings},
    watcher::{Event, Watcher},
};
use crate::model::{
    base64,
    budget::{Budget, HeldBytes},
    secrets::Secrets,
    stable_hash::stable_hash,
};

/// The header that names tenants.
const TENANT: HeaderName = HeaderName::from_static("x-scope-orgid");

/// How often an answer may lie elsewhere.
const REDIRECTS: usize = 5;

/// What kind of answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Json,
    /// JSON comes all the same where the server knows no other.
    Protobuf,
}

/// What carries questions to one server.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    address: Address,
    headers: HeaderMap,
    retries: Retries,
    largest: usize,
    budget: Budget,
    secrets: Secrets,
    /// Whether requests carry something that another server must not get.
    is_secret: bool,
    /// How many questions were asked.
    asked: AtomicU64,
    watcher: Option<Watcher>,
}

impl Transport {
    /// Makes the client; nothing is asked yet. The runtime must have been made.
    ///
    /// # Errors
    ///
    /// What is set cannot be used.
    pub(super) fn new(settings: &Settings) -> Result<Transport, RemoteError> {
        register(settings);
        let (address, of_url) = Address::parse(&settings.url)?;
        let unusable = |problem: String, cure: &str| RemoteError::new(Kind::Settings, address.public(), problem, cure);
        let mut headers = HeaderMap::new();
        let mut insert = |name: HeaderName, value: &str| {
            let made = HeaderValue::from_str(value).map(|mut value| {
                value.set_sensitive(true);
                headers.insert(name.clone(), value);
            });
            let problem = || format!("the value of the header `{name}` has characters that no header can have");
            made.map_err(|_| unusable(problem(), "check it for line breaks"))
        };
        let auth = if settings.auth == Auth::None { of_url.unwrap_or_default() } else { settings.auth.clone() };
        match &auth {
            Auth::None => {}
            Auth::Bearer(token) if token.is_empty() => {
                return Err(unusable("the token is empty".to_owned(), "check where it comes from"));
            }
            Auth::Bearer(token) => insert(AUTHORIZATION, &format!("Bearer {}", token.reveal().trim()))?,
            Auth::Basic { user, password } => {
                insert(AUTHORIZATION, &format!("Basic {}", basic(user, password)))?;
            }
        }
        if let Some(tenant) = settings.tenants.iter().find(|tenant| tenant.is_empty() || tenant.contains('|')) {
            return Err(unusable(format!("`{tenant}` is no name of a tenant"), "give several one by one"));
        }
        if !settings.tenants.is_empty() {
            insert(TENANT, &settings.tenants.join("|"))?;
        }
        // Last: what is given outright counts.
        for (name, value) in &settings.headers {
            let known = HeaderName::from_bytes(name.as_bytes());
            let name = known.map_err(|_| {
                let shown = name.split([':', '=']).next().unwrap_or_default();
                unusable(format!("`{}` is no name of a header", shown.escape_debug()), "write headers as `NAME: VALUE`")
            })?;
            insert(name, value.reveal())?;
        }
        let client = client(settings).map_err(|(problem, cure)| unusable(problem, cure))?;
        Ok(Transport {
            client,
            address,
            headers,
            retries: settings.retries,
            largest: settings.largest_answer,
            budget: settings.budget.clone(),
            secrets: settings.secrets.clone(),
            is_secret: auth != Auth::None || !settings.headers.is_empty(),
            asked: AtomicU64::new(0),
            watcher: settings.watcher.clone(),
        })
    }

    /// Returns the URL as it may be shown.
    pub(super) fn url(&self) -> &str {
        self.address.public()
    }

    /// Returns a number that tells the tenant from others, and is the same in every process; `None` if none was named.
    pub(super) fn tenant(&self) -> Option<u64> {
        self.headers.get(TENANT).map(|tenant| stable_hash(tenant.as_bytes()))
    }

    /// Asks for a path below `/api`, again and again where that may help.
    ///
    /// # Errors
    ///
    /// Nobody answers, or not with what was asked for: any status but 2xx.
    pub(super) async fn get(&self, question: &Question) -> Result<Reply, RemoteError> {
        let url = self.address.endpoint(&question.path, &question.parameters);
        let (number, shown) = (self.asked.fetch_add(1, Ordering::Relaxed), public(&url));
        let mut tries = 1;
        loop {
            self.tell(|| Event::Asked { number, url: &shown, parameters: &question.parameters });
            let (failure, asked_for) = match self.once(url.clone(), question.wanted).await {
                Ok((reply, after)) => {
                    self.tell(|| Event::Answered { number, status: reply.status, bytes: reply.body.len() });
                    match refused(&reply) {
                        None => return Ok(reply),
                        Some(failure) => (failure, after),
                    }
                }
                Err(failure) => {
                    let problem = &*self.secrets.masked(&failure.error.problem);
                    self.tell(|| Event::Failed { number, problem });
                    (failure, None)
                }
            };
            let mut error = self.masked(*failure.error);
            if !failure.may_pass || self.retries.most == 0 {
                return Err(error);
            }
            if let Some(pause) = asked_for.filter(|pause| *pause > self.retries.longest) {
                error.cure = format!("try again in {} seconds, as the server asks for", pause.as_secs());
                return Err(error);
            }
            if tries > self.retries.most {
                error.problem = format!("{}, {tries} times in a row", error.problem);
                return Err(error);
            }
            let pause = asked_for.unwrap_or_else(|| pause(&self.retries, number, tries));
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    /// Masks secrets in what is told of a failure.
    fn masked(&self, error: RemoteError) -> RemoteError {
        let masked = |text: &str| self.secrets.masked(text).into_owned();
        let (problem, said) = (masked(&error.problem), error.said.as_deref().map(masked));
        RemoteError { problem, said, url: masked(&error.url), ..error }
    }

    fn tell<'e>(&self, event: impl FnOnce() -> Event<'e>) {
        if let Some(watcher) = &self.watcher {
            watcher.tell(event());
        }
    }

    /// Asks once and follows redirects. Returns how long to wait before asking again too, if the server says so.
    async fn once(&self, mut url: Url, wanted: Wanted) -> Result<(Reply, Option<Duration>), Failure> {
        let accept = match wanted {
            Wanted::Json => "application/json",
            Wanted::Protobuf => "application/protobuf",
        };
        for _ in 0..=REDIRECTS {
            let shown = public(&url);
            let mut request = self.client.get(url.clone()).headers(self.headers.clone());
            request = request.header(ACCEPT, accept).header(ACCEPT_ENCODING, "gzip");
            let response = request.send().await.map_err(|error| unanswered(&error, &shown))?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                let after = after(response.headers());
                let reply = self.body(response, shown).await?;
                return Ok((reply, after));
            }
            let Some(target) = header(&response, "location").and_then(|target| url.join(&target).ok()) else {
                let error = RemoteError::new(
                    Kind::Redirected,
                    shown,
                    format!("the answer lies elsewhere, and nobody says where (status {status})"),
                    "check the URL",
                );
                return Err(Failure::lasting(RemoteError { status: Some(status), ..error }));
            };
            if !is_same_server(&url, &target, self.is_secret) {
                let is_https =
                    (url.scheme(), target.scheme()) == ("http", "https") && url.host_str() == target.host_str();
                let (where_, cure) = if is_https {
                    ("behind another scheme", "nothing was sent there; write the URL with `https://`")
                } else {
                    (
                        "on another host",
                        "nothing was sent there; if that is the server, name it in the URL; if it is a page to log in, \
                         give a token",
                    )
                };
                let problem = format!("the answer lies {where_}: {}", public(&target));
                let error = RemoteError::new(Kind::Redirected, shown, problem, cure);
                return Err(Failure::lasting(RemoteError { status: Some(status), ..error }));
            }
            url = target;
        }
        let problem = format!("the server sent the question elsewhere more than {REDIRECTS} times");
        Err(Failure::lasting(RemoteError::new(Kind::Redirected, public(&url), problem, "check the URL")))
    }

    /// Reads an answer to its end.
    async fn body(&self, mut response: Response, url: String) -> Result<Reply, Failure> {
        let status = response.status().as_u16();
        let content_type = header(&response, "content-type").unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let encoding = header(&response, "content-encoding").unwrap_or_default().trim().to_ascii_lowercase();
        let too_large = |url: &str| {
            let problem = format!("the answer has more than {} bytes", self.largest);
            let cure = "ask for fewer traces (`--limit`), less time, or a longer step";
            let error = RemoteError::new(Kind::TooLarge, url, problem, cure);
            Failure::lasting(RemoteError { status: Some(status), ..error })
        };
        if response.content_length().is_some_and(|bytes| bytes > self.largest as u64) {
            return Err(too_large(&url));
        }
        let mut body = HeldBytes::new(&self.budget);
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error, &url))? {
            if body.len() + chunk.len() > self.largest {
                return Err(too_large(&url));
            }
            body.extend(&chunk).map_err(|error| Failure::lasting(exhausted(&url, Some(status), error)))?;
        }
        let mut reply = Reply { url, status, content_type, secrets: self.secrets.clone(), ..Reply::default() };
        match unpack(body, &encoding, self.largest, &self.budget) {
            Ok(body) => reply.body = body,
            Err(Unpacked::TooLarge) => return Err(too_large(&reply.url)),
            Err(Unpacked::Exhausted(error)) => return Err(Failure::lasting(reply.exhausted(error))),
            Err(Unpacked::Damaged(what)) => return Err(Failure::lasting(reply.damaged(what))),
        }
        Ok(reply)
    }
}

/// Makes what speaks HTTP.
fn client(settings: &Settings) -> Result<Client, (String, &'static str)> {
    let mut authorities = Vec::new();
    if let Some(pem) = &settings.ca_certificates {
        let cure = "`--cacert` names a file with certificates in PEM: `-----BEGIN CERTIFICATE-----`";
        authorities = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
        if authorities.is_empty() {
            return Err(("the certificates that vouch for the server cannot be read".to_owned(), cure));
        }
    }
    let mut identity = None;
    if let Some(client) = &settings.client_certificate {
        let cure = "`--cert` names a file with a certificate in PEM, `--key` one with its key, not encrypted";
        let pem = [client.certificate.as_slice(), b"\n", client.key.reveal().as_bytes()].concat();
        let read = reqwest::Identity::from_pem(&pem);
        identity =
            Some(read.map_err(|_| ("the certificate of who asks, or its key, cannot be read".to_owned(), cure))?);
    }
    let builder = || {
        let mut builder = Client::builder()
            .user_agent(concat!("traceql/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout);
        if !settings.proxies {
            builder = builder.no_proxy();
        }
        if let Some(identity) = &identity {
            builder = builder.identity(identity.clone());
        }
        builder
    };
    let made = builder().tls_certs_merge(authorities.clone()).build();
    // A system without certificates, as in slim containers, is no reason against connections that are not encrypted; who
    // asks for others is told that nobody vouches for them.
    let made = made.or_else(|_| builder().tls_certs_only(authorities).build());
    made.map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let problem = format!("no connections can be made with these settings: {cause}");
        (problem, "check certificates, and the proxy variables")
    })
}

fn basic(user: &str, password: &Secret) -> String {
    base64::encode(format!("{user}:{}", password.reveal()).as_bytes())
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Tells whether a redirect leads to the server that was asked: then what was sent may be sent again. Where nothing secret is
/// sent, the server may ask for TLS, at another port too.
fn is_same_server(from: &Url, to: &Url, is_secret: bool) -> bool {
    let is_host = from.host_str() == to.host_str() && from.host_str().is_some();
    match (from.scheme(), to.scheme()) {
        ("http", "https") => is_host && !is_secret,
        (from_scheme, to_scheme) => {
            is_host && from_scheme == to_scheme && from.port_or_known_default() == to.port_or_known_default()
        }
    }
}

/// Registers what is secret in settings, so that it is masked in what a server says.
fn register(settings: &Settings) {
    let secrets = &settings.secrets;
    secrets.add_url(&settings.url);
    match &settings.auth {
        Auth::None => {}
        Auth::Bearer(token) => {
            secrets.add(token.reveal());
            secrets.add(&format!("Bearer {}", token.reveal().trim()));
        }
        Auth::Basic { user, password } => {
            secrets.add_login(user, password.reveal());
            secrets.add(&format!("Basic {}", basic(user, password)));
        }
    }
    for (name, value) in &settings.headers {
        // A server names the tenant where it refuses one, and has to.
        if !name.eq_ignore_ascii_case(TENANT.as_str()) {
            secrets.add(value.reveal());
            value.reveal().split_once(' ').iter().for_each(|(_, token)| secrets.add(token));
        }
    }
    if let Some(client) = &settings.client_certificate {
        secrets.add(client.key.reveal());
    }
}

/// Returns how long to wait before a request is tried again: twice as long each time, and for each request a little more
/// or less, so that those that failed together do not come back together.
fn pause(retries: &Retries, number: u64, tries: u32) -> Duration {
    let whole = retries.first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(retries.longest);
    // A multiplicative hash spreads neighbours: from three quarters of the time to all of it.
    let spread = (number.wrapping_add(u64::from(tries)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u32;
    whole - whole / 1024 * spread
}

/// Returns how long a server asks to wait: in seconds, or as a date, which counts from the server's own.
fn after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wanted = text("retry-after")?;
    if let Ok(seconds) = wanted.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
    let seconds = time(wanted)? - time(text("date")?)?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let retries = Retries { most: 9, first: Duration::from_millis(100), longest: Duration::from_secs(1) };
        for number in 0..100 {
            let pauses: Vec<u128> = (1..=20).map(|tries| pause(&retries, number, tries).as_millis()).collect();
            assert!((75..=100).contains(&pauses[0]) && (150..=200).contains(&pauses[1]), "{pauses:?}");
            assert!(pauses.iter().skip(4).all(|pause| (750..=1000).contains(pause)), "{pauses:?}");
        }
        assert_ne!(pause(&retries, 1, 1), pause(&retries, 2, 1));
    }

    #[test]
    fn servers_say_how_long_to_wait() {
        let of = |fields: &[(&'static str, &'static str)]| {
            let fields =
                fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            after(&fields.collect())
        };
        let date = ("date", "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(of(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(of(&[date, ("retry-after", "Thu, 01 Jan 2026 00:01:10 GMT")]), Some(Duration::from_secs(70)));
        assert_eq!(of(&[date, ("retry-after", "Wed, 31 Dec 2025 00:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(of(&[("retry-after", "Thu, 01 Jan 2026 00:01:10 GMT")]), None);
        assert_eq!(of(&[date, ("retry-after", "soon")]), None);
        assert_eq!(of(&[date]), None);
    }

    #[test]
    fn only_the_same_host_gets_what_was_sent() {
        let url = |text: &str| text.parse::<Url>().expect("a URL");
        let same = |from: &str, to: &str| is_same_server(&url(from), &url(to), true);
        assert!(same("http://a:1/x", "http://a:1/y"));
        assert!(!same("http://a/x", "https://a/y"), "a token stays");
        assert!(is_same_server(&url("http://a:80/x"), &url("https://a:8443/y"), false), "there is none");
        assert!(!is_same_server(&url("http://a/"), &url("https://b/"), false));
        assert!(same("https://a/", "https://a:443/"));
        assert!(!same("http://a:1/", "http://a:2/"));
        assert!(!same("https://a/", "http://a/"));
        assert!(!same("http://a/", "http://b/"));
    }
}
