//! What came back: its body, unpacked and bounded, and whether it is what was asked for.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::error::{Kind, RemoteError, words};
use crate::model::{
    budget::{Budget, CURE_EXHAUSTED, Exhausted, HeldBytes},
    secrets::Secrets,
};

/// A whole answer.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// What was asked, as it may be shown.
    pub(super) url: String,
    pub(super) status: u16,
    /// Without parameters, in lower case; empty if none was named.
    pub(super) content_type: String,
    pub(super) body: HeldBytes,
    /// The secrets that the server may repeat.
    pub(super) secrets: Secrets,
}

/// Maximum length of the beginning of a body that is looked at for words, in bytes.
const LOOKED_AT: usize = 4096;

impl Reply {
    /// Tells whether the body is protobuf.
    pub(super) fn is_protobuf(&self) -> bool {
        matches!(self.content_type.as_str(), "application/protobuf" | "application/x-protobuf")
    }

    /// Returns the body as the text of a JSON object, which every answer of Tempo's is.
    ///
    /// # Errors
    ///
    /// It is a web page, or something else.
    pub(super) fn json(&self) -> Result<&str, RemoteError> {
        match std::str::from_utf8(&self.body) {
            Ok(text) if text.trim_start().starts_with('{') => Ok(text),
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
                (problem, self.words(&self.body))
            }
        };
        let cure =
            "check the URL; where there is a page to log in, give a token (for Grafana that of a service account)";
        RemoteError { status: Some(self.status), said, ..RemoteError::new(Kind::NotTempo, &self.url, problem, cure) }
    }

    /// Tells whether the body is an object without members, as of an answer in which nothing is.
    pub(super) fn is_empty_object(&self) -> bool {
        let mut bytes = self.body.iter().filter(|byte| !byte.is_ascii_whitespace());
        bytes.by_ref().take(3).eq(b"{}")
    }

    /// Returns the server's words without secrets, on one line and cut to a sane length; `None` if there are none.
    pub(super) fn words(&self, text: &[u8]) -> Option<String> {
        words(&self.secrets.masked_start(text, LOOKED_AT))
    }

    /// Returns what the server says as a part of an answer, without secrets.
    pub(super) fn told(&self, text: &str) -> String {
        self.secrets.masked(text).into_owned()
    }

    /// Says that the answer takes more memory than it may.
    pub(super) fn exhausted(&self, error: Exhausted) -> RemoteError {
        exhausted(&self.url, Some(self.status), error)
    }

    /// Says that the answer cannot be read.
    pub(super) fn damaged(&self, what: impl std::fmt::Display) -> RemoteError {
        let problem = format!("the answer cannot be read: {}", self.told(&what.to_string()));
        let cure = "check what stands between here and the server; of a newer Tempo, tell us";
        RemoteError { status: Some(self.status), ..RemoteError::new(Kind::Damaged, &self.url, problem, cure) }
    }
}

/// Says that answers take more memory than they may.
pub(super) fn exhausted(url: &str, status: Option<u16>, error: Exhausted) -> RemoteError {
    RemoteError { status, ..RemoteError::new(Kind::TooLarge, url, error.to_string(), CURE_EXHAUSTED) }
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
        reply.words(text.get(begin..end)?.as_bytes())
    })
}

/// Why a body cannot be unpacked.
pub(super) enum Unpacked {
    /// It is larger than one may be.
    TooLarge,
    /// It takes more memory than there may be for answers.
    Exhausted(Exhausted),
    /// It is damaged, or packed in another way.
    Damaged(String),
}

/// Length of the steps in which a body is unpacked, in bytes.
const STEP: usize = 32 << 10;

/// Unpacks a body, up to so many bytes, in steps that the budget counts.
pub(super) fn unpack(body: HeldBytes, encoding: &str, largest: usize, budget: &Budget) -> Result<HeldBytes, Unpacked> {
    match encoding {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => {
            let mut unpacked = HeldBytes::new(budget);
            let (mut reader, mut step) = (MultiGzDecoder::new(&*body), vec![0; STEP]);
            loop {
                match reader.read(&mut step) {
                    Ok(0) => return Ok(unpacked),
                    Ok(bytes) if unpacked.len() + bytes > largest => return Err(Unpacked::TooLarge),
                    Ok(bytes) => unpacked.extend(&step[..bytes]).map_err(Unpacked::Exhausted)?,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(Unpacked::Damaged(format!("the gzip data is damaged ({error})"))),
                }
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
        title(&Reply {
            content_type: content_type.to_owned(),
            body: body.as_bytes().to_vec().into(),
            ..Reply::default()
        })
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
