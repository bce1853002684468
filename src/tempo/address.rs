//! The URL of a server: what is asked, and what of it may be shown.

use reqwest::Url;

use crate::model::{secrets::decoded, shown_url::shown_url as shown};

use super::{
    error::{Kind, RemoteError},
    settings::{Auth, Secret},
};

/// Where a server is.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// Without user, password, parameters and fragment; its path ends with `/`.
    base: Url,
}

impl Address {
    /// Reads a URL; what stands before `@` in it comes as who asks.
    ///
    /// # Errors
    ///
    /// It is no URL, not one of HTTP, or one that has parameters.
    pub(super) fn parse(text: &str) -> Result<(Address, Option<Auth>), RemoteError> {
        let refused = |problem: &str, cure: &str| RemoteError::new(Kind::Settings, shown(text), problem, cure);
        let mut base = Url::parse(text.trim()).map_err(|error| {
            refused(
                &format!("not a URL: {error}"),
                "write it as `http://tempo:3200`, with the path before `/api` if there is one",
            )
        })?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refused(
                "a Tempo server has a URL with `http://` or `https://`",
                "write it as `http://tempo:3200`",
            ));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused(
                "the URL of a server has no `?` and no `#`",
                "leave them out, and give what they say as headers",
            ));
        }
        let auth = (!base.username().is_empty() || base.password().is_some()).then(|| Auth::Basic {
            user: decoded(base.username()),
            password: Secret::new(decoded(base.password().unwrap_or_default())),
        });
        // Fails for URLs without a host only, which HTTP has none of.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        let path = base.path().trim_end_matches('/');
        // Who copied the URL of a search means the server.
        let path = path.strip_suffix("/api").unwrap_or(path);
        base.set_path(&format!("{path}/"));
        Ok((Address { base }, auth))
    }

    /// Returns the URL of an endpoint: the parts of its path behind `/api`, and its parameters.
    pub(super) fn endpoint(&self, path: &[String], parameters: &[(&str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    /// Returns the URL as it may be shown, without `/` at its end.
    pub(super) fn public(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }
}

/// Reads the URL of a server. Returns it as it may be shown, and whether there was a user or a password in it.
///
/// # Errors
///
/// It is no URL, not one of HTTP, or one that has parameters.
pub fn shown_url(text: &str) -> Result<(String, bool), RemoteError> {
    let (address, auth) = Address::parse(text)?;
    Ok((address.public().to_owned(), auth.is_some()))
}

/// Returns a URL that was asked, as it may be shown: without parameters.
pub(super) fn public(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(base: &str, path: &[&str]) -> String {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        Address::parse(base).expect("a URL").0.endpoint(&path, &[("q", "{ .a = \"b&c\" }".to_owned())]).into()
    }

    #[test]
    fn prefixes_stay() {
        let query = "?q=%7B+.a+%3D+%22b%26c%22+%7D";
        for base in ["http://t:3200", "http://t:3200/", "http://t:3200/api", "http://me:pw@t:3200/api/"] {
            assert_eq!(endpoint(base, &["search"]), format!("http://t:3200/api/search{query}"));
        }
        assert_eq!(
            endpoint("https://g/api/datasources/proxy/uid/X", &["v2", "traces", "a"]),
            format!("https://g/api/datasources/proxy/uid/X/api/v2/traces/a{query}")
        );
        assert_eq!(endpoint("http://t/tempo", &["a/b c"]), format!("http://t/tempo/api/a%2Fb%20c{query}"));
    }

    #[test]
    fn users_and_passwords_are_taken_out() {
        let (address, auth) = Address::parse("https://me:p%40ss@t/x").expect("a URL");
        assert_eq!(auth, Some(Auth::Basic { user: "me".to_owned(), password: Secret::new("p@ss") }));
        assert_eq!(address.public(), "https://t/x");
        assert!(Address::parse("http://t").is_ok_and(|(_, auth)| auth.is_none()));
    }

    #[test]
    fn other_urls_are_refused_without_what_is_secret() {
        for text in [
            "http://me:secret@t/?token=secret",
            "ftp://me:secret@t/",
            "http://me:secret@/",
            "http://me:secret#pw@t",
            "http://me:secret?pw@t",
            "secret@t:3200",
            "",
        ] {
            let error = Address::parse(text).expect_err(text);
            assert_eq!(error.kind, Kind::Settings);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
