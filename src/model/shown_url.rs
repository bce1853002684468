//! URLs, and texts that were meant as URLs, as they may be shown: without user, password and parameters.

/// A URL as it was typed, in parts. What is no URL has parts too: people mistype them, with what is secret in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed<'t> {
    /// The scheme; empty if there is none.
    pub scheme: &'t str,
    /// What stands between the scheme and the user: `://`, or fewer slashes.
    pub separator: &'t str,
    /// User and password; `None` if there is no `@` behind the scheme.
    pub user: Option<&'t str>,
    /// Everything behind.
    pub rest: &'t str,
}

impl<'t> Typed<'t> {
    /// Takes a text apart.
    pub fn new(text: &'t str) -> Typed<'t> {
        let text = text.trim();
        let (scheme, separator, rest) = scheme_of(text);
        match user_end(rest) {
            Some(end) => Typed { scheme, separator, user: rest.get(..end), rest: rest.get(end + 1..).unwrap_or("") },
            None => Typed { scheme, separator, user: None, rest },
        }
    }

    /// Returns the password that the user's part has, if it has one.
    pub fn password(&self) -> Option<&'t str> {
        self.user?.split_once(':').map(|(_, password)| password)
    }

    /// Returns what stands behind `?`, up to `#`; the names and values of parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let (_, query) = self.rest.split_once('?').unwrap_or_default();
        // A `#` begins what belongs to no request; a secret may stand there too.
        query.split(['&', '#', ';']).filter_map(|pair| pair.split_once('='))
    }
}

/// Returns a URL as it may be shown: without user, password, parameters and fragment.
pub fn shown_url(text: &str) -> String {
    let Typed { scheme, separator, rest, .. } = Typed::new(text);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{separator}{rest}")
}

/// Tells whether a parameter of this name carries what is secret: a signature, a token, a password.
pub fn is_secret_parameter(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["token", "secret", "password", "passwd", "credential", "signature", "authorization", "apikey"];
    const NAMES: [&str; 8] = ["sig", "key", "api_key", "api-key", "auth", "awsaccesskeyid", "googleaccessid", "pwd"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || WORDS.iter().any(|word| name.contains(word)) || name.ends_with("_key")
}

/// Splits off the scheme and what follows it. `me:pw@host` has none, although it looks like it.
fn scheme_of(text: &str) -> (&str, &str, &str) {
    let Some((scheme, rest)) = text.split_once(':') else { return ("", "", text) };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
    let is_known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_scheme || slashes == 0 && !is_known {
        return ("", "", text);
    }
    let (separator, rest) = text[scheme.len()..].split_at(1 + slashes);
    (scheme, separator, rest)
}

/// Finds the `@` behind user and password. A password that was not encoded may have `/`, `?`, `#` and `@` in it.
fn user_end(rest: &str) -> Option<usize> {
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if let Some(end) = rest[..authority].rfind('@') {
        return Some(end);
    }
    let end = rest.rfind('@')?;
    // `host:3200/x@y` has a port, and `me:pa/ss@host` a password.
    let (_, behind) = rest[..authority].split_once(':')?;
    let is_port = !behind.is_empty() && behind.bytes().all(|byte| byte.is_ascii_digit());
    (!is_port).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_secrets() {
        for (text, shown) in [
            ("http://me:pw@h:3200/tempo?token=x#y", "http://h:3200/tempo"),
            ("http://me:hunter2#pw@host", "http://host"),
            ("http://me:hunter2?pw@host/x", "http://host/x"),
            ("http://me:hunter/2@host/x", "http://host/x"),
            ("http:/me:pw@h", "http:/h"),
            ("http:me:pw@h", "http:h"),
            ("me:pw@h:3200", "h:3200"),
            ("token@h", "h"),
            ("http://h:3200/x@y", "http://h:3200/x@y"),
            ("http://h/x@y", "http://h/x@y"),
            ("https://a:b@c@h", "https://h"),
            ("s3://bucket/key?X-Amz-Signature=abc", "s3://bucket/key"),
            ("", ""),
            ("dump.json", "dump.json"),
            ("C:\\traces\\dump.json", "C:\\traces\\dump.json"),
        ] {
            assert_eq!(shown_url(text), shown, "{text}");
        }
    }

    #[test]
    fn parts_of_urls_are_told_apart() {
        let typed = Typed::new("https://me:pw@h/x?a=1&X-Amz-Signature=f00#sig=z");
        assert_eq!((typed.user, typed.password()), (Some("me:pw"), Some("pw")));
        let secret: Vec<_> = typed.parameters().filter(|(name, _)| is_secret_parameter(name)).collect();
        assert_eq!(secret, [("X-Amz-Signature", "f00"), ("sig", "z")]);
        assert!(!is_secret_parameter("start") && !is_secret_parameter("q") && is_secret_parameter("api_key"));
    }
}
