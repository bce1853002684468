//! What came back: its body, unpacked and bounded, and whether it is what was asked for.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::error::{Kind, RemoteError, words};

/// A whole answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Reply {
    /// What was asked, as it may be shown.
    pub(super) url: String,
    pub(super) status: u16,
    /// Without parameters, in lower case; empty if none was named.
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Tells whether the body is protobuf.
    pub(super) fn is_protobuf(&self) -> bool {
        matches!(self.content_type.as_str(), "application/protobuf" | "application/x-protobuf")
    }

    /// Returns the body as the text of a JSON value.
    ///
    /// # Errors
    ///
    /// It is a web page, or something else that is no text.
    pub(super) fn json(&self) -> Result<&str, RemoteError> {
        match std::str::from_utf8(&self.body) {
            Ok(text) if text.trim_start().starts_with(['{', '[']) => Ok(text),
            _ => Err(self.not_tempo()),
        }
    }

    /// Says that this is nothing that Tempo answers.
    pub(super) fn not_tempo(&self) -> RemoteError {
        let (problem, said) = match title(self) {
            Some(title) => {
                let said = title.map(|title| format!("its title is `{title}`"));
                ("a web page came instead of Tempo's answer".to_owned(), said)
            }
            None => {
                let kind = if self.content_type.is_empty() { "no content type" } else { &self.content_type };
                let problem = format!("what came is no answer of Tempo's ({kind}, {} bytes)", self.body.len());
                (problem, words(&String::from_utf8_lossy(self.body.get(..400).unwrap_or(&self.body))))
            }
        };
        let cure =
            "check the URL; where there is a page to log in, give a token (for Grafana that of a service account)";
        RemoteError { status: Some(self.status), said, ..RemoteError::new(Kind::NotTempo, &self.url, problem, cure) }
    }

    /// Says that the answer cannot be read.
    pub(super) fn damaged(&self, what: impl std::fmt::Display) -> RemoteError {
        let problem = format!("the answer cannot be read: {what}");
        let cure = "check what stands between here and the server; of a newer Tempo, tell us";
        RemoteError { status: Some(self.status), ..RemoteError::new(Kind::Damaged, &self.url, problem, cure) }
    }
}

/// Returns the title of a web page, if it has one; `None` if the answer is no web page.
pub(super) fn title(reply: &Reply) -> Option<Option<String>> {
    let start = String::from_utf8_lossy(reply.body.get(..64 << 10).unwrap_or(&reply.body));
    let lower = start.trim_start().to_ascii_lowercase();
    let is_page =
        reply.content_type == "text/html" || lower.starts_with("<!doctype html") || lower.starts_with("<html");
    is_page.then(|| {
        // Lower case of ASCII letters leaves every byte where it was.
        let text = start.trim_start();
        let open = lower.find("<title")?;
        let begin = open + lower.get(open..)?.find('>')? + 1;
        let end = begin + lower.get(begin..)?.find("</title")?;
        words(text.get(begin..end)?)
    })
}

/// Why a body cannot be unpacked.
pub(super) enum Unpacked {
    /// It is larger than it may be.
    TooLarge,
    /// It is damaged, or packed in another way.
    Damaged(String),
}

/// Unpacks a body, up to so many bytes.
pub(super) fn unpack(body: Vec<u8>, encoding: &str, largest: usize) -> Result<Vec<u8>, Unpacked> {
    match encoding {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => {
            let mut unpacked = Vec::new();
            let limit = largest as u64 + 1;
            let read = MultiGzDecoder::new(body.as_slice()).take(limit).read_to_end(&mut unpacked);
            match read {
                Ok(bytes) if bytes > largest => Err(Unpacked::TooLarge),
                Ok(_) => Ok(unpacked),
                Err(error) => Err(Unpacked::Damaged(format!("the gzip data is damaged ({error})"))),
            }
        }
        other => Err(Unpacked::Damaged(format!(
            "it is packed with `{}`, which was not asked for",
            words(other).unwrap_or_default()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(content_type: &str, body: &str) -> Option<Option<String>> {
        title(&Reply { content_type: content_type.to_owned(), body: body.into(), ..Reply::default() })
    }

    #[test]
    fn pages_have_titles() {
        let grafana = Some(Some("Grafana: log in".to_owned()));
        assert_eq!(page("text/html", "<html><head><TITLE lang=en>Grafana:\n log in</TITLE>"), grafana);
        assert_eq!(page("", " <!DOCTYPE html><title>Ü</title>"), Some(Some("Ü".to_owned())));
        assert_eq!(page("text/html", "<title>never ends"), Some(None));
        assert_eq!(page("text/html", ""), Some(None));
        assert_eq!(page("application/json", "{\"a\":\"<title>x</title>\"}"), None);
    }
}
