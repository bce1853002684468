//! What a source on the command line says as the URL of a server.

/// Tells whether a source is a server.
pub(super) fn is_server(source: &str) -> bool {
    let scheme = source.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// Tells whether a URL names a user.
pub(super) fn has_user(url: &str) -> bool {
    authority(url).contains('@')
}

/// Tells whether a URL has a password in it.
pub(super) fn has_password(url: &str) -> bool {
    authority(url).rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Returns a URL as it may be shown: without user, password and parameters.
pub(super) fn shown(url: &str) -> String {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).trim_end_matches('/');
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
