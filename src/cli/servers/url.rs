//! What a source on the command line says as the URL of a server.

use crate::model::shown_url::{Typed, shown_url};

/// Tells whether a source is a server.
pub(super) fn is_server(source: &str) -> bool {
    let scheme = source.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// Tells whether a URL names a user.
pub(super) fn has_user(url: &str) -> bool {
    Typed::new(url).user.is_some()
}

/// Tells whether a URL has a password in it.
pub(super) fn has_password(url: &str) -> bool {
    Typed::new(url).password().is_some()
}

/// Returns a URL as it may be shown: without user, password and parameters.
pub(super) fn shown(url: &str) -> String {
    let url = shown_url(url);
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let rest = rest.trim_end_matches('/');
    format!("{}://{}", scheme.to_ascii_lowercase(), rest.strip_suffix("/api").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_without_secrets() {
        assert_eq!(shown("HTTP://me:pw@h:3200/tempo/api/?token=x"), "http://h:3200/tempo");
        assert_eq!(shown("https://h/"), "https://h");
        assert!(is_server("https://h") && is_server("HTTP://h") && !is_server("s3://h") && !is_server("http"));
        assert!(has_user("http://me@h/x") && !has_password("http://me@h/x") && has_password("http://me:p@h"));
        assert!(!has_user("http://h/x@y"));
    }
}
