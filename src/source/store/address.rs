//! URLs of buckets: which service, which bucket, what in it.

use std::fmt;

use crate::{
    model::shown_url::{Typed, shown_url},
    source::error::Refusal,
};

/// Who keeps a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Gcs,
    Azure,
}

/// The schemes of URLs, each with its service.
const SCHEMES: [(&str, Service); 8] = [
    ("s3", Service::S3),
    ("s3a", Service::S3),
    ("gs", Service::Gcs),
    ("az", Service::Azure),
    ("azure", Service::Azure),
    ("adl", Service::Azure),
    ("abfs", Service::Azure),
    ("abfss", Service::Azure),
];

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) service: Service,
    scheme: &'static str,
    /// The bucket or container.
    pub(super) bucket: String,
    /// Azure: the account's host, where the URL names it.
    pub(super) host: Option<String>,
    /// What in the bucket, without slashes at the ends; empty for all of it.
    pub(super) key: String,
    /// Whether the key can only be a folder.
    pub(super) is_folder: bool,
}

/// Tells whether an argument is the URL of something in a store.
pub(in crate::source) fn is_store(argument: &str) -> bool {
    argument.split_once("://").is_some_and(|(scheme, _)| service(scheme).is_some())
}

fn service(scheme: &str) -> Option<(&'static str, Service)> {
    SCHEMES.into_iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known))
}

/// Returns a URL without what may be secret in it, for errors about URLs that cannot be understood.
pub(super) fn shown(url: &str) -> String {
    let typed = Typed::new(url);
    let shown = shown_url(url);
    if typed.user.is_none() { shown } else { shown.replacen(typed.separator, &format!("{}…@", typed.separator), 1) }
}

impl Address {
    /// Reads a URL.
    pub(super) fn parse(url: &str) -> Result<Address, Refusal> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let Some((scheme, service)) = service(scheme) else {
            return Err(Refusal::new("it is no URL of a store", "`s3://`, `gs://` and `az://` are known"));
        };
        let (authority, key) = rest.split_once('/').unwrap_or((rest, ""));
        let (bucket, host) = match authority.split_once('@') {
            None => (authority, None),
            Some((container, host)) if service == Service::Azure && !container.contains(':') => (container, Some(host)),
            Some(_) => {
                return Err(Refusal::new(
                    "credentials do not belong into a URL, where everybody sees them",
                    "write the bucket alone, and set the variables of the service's own tools",
                ));
            }
        };
        if service == Service::Azure && key.contains('?') {
            return Err(Refusal::new(
                "a token does not belong into a URL, where everybody sees it",
                "leave out what follows `?`, and set AZURE_STORAGE_SAS_TOKEN to it",
            ));
        }
        if bucket.is_empty() {
            return Err(Refusal::new("the URL names no bucket", format!("write {scheme}://BUCKET/PREFIX")));
        }
        if !bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.$".contains(&byte)) {
            let cure = "buckets have letters, digits, `-`, `_` and `.` in their names; globs stand for files only";
            return Err(Refusal::new("no bucket has such a name", cure));
        }
        let is_folder = key.is_empty() || key.ends_with('/');
        let (bucket, host) = (bucket.to_owned(), host.map(str::to_owned));
        Ok(Address { service, scheme, bucket, host, key: key.trim_matches('/').to_owned(), is_folder })
    }

    /// Returns the URL of the bucket.
    pub(super) fn bucket_url(&self) -> String {
        let host = self.host.as_ref().map_or(String::new(), |host| format!("@{host}"));
        format!("{}://{}{host}", self.scheme, self.bucket)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bucket_url())?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_buckets_and_what_is_in_them() {
        let parse = |url| Address::parse(url).expect("it is right");
        let address = parse("s3://traces/tempo/single-tenant/");
        assert_eq!((address.service, address.bucket.as_str()), (Service::S3, "traces"));
        assert_eq!((address.key.as_str(), address.is_folder), ("tempo/single-tenant", true));
        assert_eq!(address.to_string(), "s3://traces/tempo/single-tenant");
        assert!(parse("GS://traces").is_folder);
        let address = parse("abfss://traces@shop.dfs.core.windows.net/a/dump.jsonl.gz");
        assert_eq!((address.bucket.as_str(), address.host.as_deref()), ("traces", Some("shop.dfs.core.windows.net")));
        assert!(!address.is_folder);
        assert_eq!(address.to_string(), "abfss://traces@shop.dfs.core.windows.net/a/dump.jsonl.gz");
        assert!(is_store("az://traces/a") && !is_store("http://localhost:3200") && !is_store("az:traces"));
    }

    #[test]
    fn what_is_wrong_is_told_without_secrets() {
        let problem = |url| Address::parse(url).expect_err("it is wrong").problem;
        assert_eq!(problem("s3:///traces"), "the URL names no bucket");
        assert!(problem("s3://AKIA:secret@traces/a").starts_with("credentials"));
        assert!(problem("az://traces/a?sv=1&sig=secret").starts_with("a token"));
        assert_eq!(problem("s3://traces*/a"), "no bucket has such a name");
        assert_eq!(shown("s3://AKIA:secret@traces/a"), "s3://…@traces/a");
        assert_eq!(shown("az://traces/a?sig=secret"), "az://traces/a");
    }
}
