//! Looks at what the variables of stores say before the library does, which panics about values that make no request.

use std::path::Path;

use reqwest::Url;

use crate::{
    model::shown_url::shown_url,
    source::{environment::Environment, error::Refusal, small_file},
};

/// Variables that hold the URL of a service.
const URLS: [&str; 14] = [
    "AWS_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_METADATA_ENDPOINT",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "GOOGLE_BASE_URL",
    "AZURE_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_MSI_ENDPOINT",
    "AZURE_AUTHORITY_HOST",
    "AZURE_STORAGE_AUTHORITY_HOST",
    "AZURITE_BLOB_STORAGE_URL",
    "IDENTITY_ENDPOINT",
];

/// Variables that name a file which the library reads.
const FILES: [&str; 6] = [
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
];

/// Variables whose values have several lines: keys as JSON, certificates as PEM.
const OF_LINES: [&str; 2] = ["SERVICE_ACCOUNT_KEY", "CERTIFICATE"];

/// Returns the variables that begin with `prefix`, those that are URLs as the library takes them.
///
/// # Errors
///
/// A value makes no request.
pub(super) fn variables(environment: &Environment, prefix: &'static str) -> Result<Vec<(String, String)>, Refusal> {
    let variables = environment.starting_with(prefix);
    variables.map(|(name, value)| Ok((name.to_ascii_lowercase(), variable(name, value)?))).collect()
}

/// Returns the value of a variable as the library takes it.
///
/// # Errors
///
/// It makes no request.
pub(super) fn variable(name: &str, value: &str) -> Result<String, Refusal> {
    let value = value.trim();
    if OF_LINES.iter().any(|part| name.contains(part)) {
        return Ok(value.to_owned());
    }
    if value.chars().any(char::is_control) {
        let problem = format!("the value of {name} has a line break or another control character in it");
        return Err(Refusal::new(problem, format!("set {name} to one line")));
    }
    if FILES.contains(&name) && Path::new(value).exists() {
        // The library reads it whole, whatever it is.
        small_file::read(Path::new(value)).map_err(|error| {
            let problem = format!("{value}, which {name} names, cannot be read: {error}");
            Refusal::new(problem, format!("check {name}"))
        })?;
    }
    if URLS.contains(&name) {
        return endpoint(name, value);
    }
    let is_path = |value: &str| value.starts_with('/') && value.bytes().all(|byte| byte.is_ascii_graphic());
    if name == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" && !is_path(value) {
        return Err(Refusal::new(format!("{name} is no path"), "it begins with `/` and has no blanks"));
    }
    Ok(value.to_owned())
}

/// Returns the URL of a service as the library takes it; `name` is where it comes from.
///
/// # Errors
///
/// It is no URL of HTTP, or says more than where the service is.
pub(super) fn endpoint(name: &str, value: &str) -> Result<String, Refusal> {
    let refused = |problem: &str, cure: &str| {
        let shown: String = shown_url(value).escape_debug().collect();
        Err(Refusal::new(format!("{name} cannot be used: `{shown}` {problem}"), cure))
    };
    let example = "write it as `http://localhost:9000` or `https://s3.example.com`";
    let url = match Url::parse(value.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) => return refused("does not begin with `http://` or `https://`", example),
        Err(error) => return refused(&format!("is no URL ({error})"), example),
    };
    if !value.trim().get(url.scheme().len()..).is_some_and(|rest| rest.starts_with("://")) {
        return refused("is no URL (two slashes are missing)", example);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("had a user or a password", "leave them out; credentials have variables of their own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("had a `?` or a `#`", "leave out what follows");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Fails if a text cannot be part of the name of a host: `what` says what it is.
///
/// # Errors
///
/// It cannot.
pub(super) fn label(what: &str, text: &str, cure: &str) -> Result<(), Refusal> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text.bytes().all(is_usual) && !text.is_empty() {
        return Ok(());
    }
    let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    Err(Refusal::new(format!("`{shown}` is no name of {what}"), cure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls() {
        for (value, taken) in [
            ("http://localhost:9000", "http://localhost:9000"),
            (" HTTPS://S3.example.com/ ", "https://s3.example.com"),
            ("http://ü.example/a b", "http://xn--tda.example/a%20b"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
        ] {
            assert_eq!(endpoint("X", value).ok().as_deref(), Some(taken), "{value}");
        }
        for value in [
            "not a url",
            "http://",
            "http://[",
            "ftp://x",
            "http://h:99999",
            "http://h:abc",
            "localhost:9000",
            "127.0.0.1:1",
            "://x",
            "/",
            "http:/h",
            "http://a b",
            "http://h?x=hunter2",
            "http://h#hunter2",
            "http://me:hunter2@h",
        ] {
            let refusal = endpoint("X", value).expect_err(value);
            assert!(refusal.problem.starts_with("X cannot be used: ") && !refusal.cure.is_empty(), "{refusal:?}");
            assert!(!refusal.problem.contains("hunter2"), "{refusal:?}");
        }
    }

    #[test]
    fn values_have_one_line() {
        assert_eq!(variable("AWS_SESSION_TOKEN", "token\n").ok().as_deref(), Some("token"));
        assert!(variable("AWS_SESSION_TOKEN", "to\nken").is_err_and(|refusal| !refusal.problem.contains("to\n")));
        assert!(variable("GOOGLE_SERVICE_ACCOUNT_KEY", "{\n}").is_ok());
        assert!(variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "a b").is_err());
        assert!(label("a region", "eu-west-1", "").is_ok() && label("a region", "a b", "").is_err());
    }
}
