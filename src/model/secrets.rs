//! The secrets of a run, and the one function that masks them in what people are told.
//!
//! A secret is registered where it becomes known: arguments, environment, contexts, URLs, profiles. It is masked in every
//! form in which a server may repeat it: as it is, in base64, encoded for URLs, quoted for JSON. Signatures are computed for
//! each request and registered nowhere: they are known by the names that stand before them.

use std::{borrow::Cow, fmt, sync::Arc};

use parking_lot::RwLock;

use super::{
    base64,
    shown_url::{Typed, is_secret_parameter},
};

/// Text in the place of a secret.
pub const MASK: &str = "***";

/// Minimum length of a secret that is masked wherever it stands, in characters. Shorter ones are masked as whole words.
const LONG: usize = 6;

/// Minimum length of a secret, in characters. Shorter ones are masked only together with what stands around them.
const SHORTEST: usize = 3;

/// Minimum length of a signature, in bytes.
const SIGNATURE: usize = 8;

/// Names whose values are computed from secrets, or name who asks.
const SIGNED: [&str; 12] = [
    "signature",
    "credential",
    "sig",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "x-goog-signature",
    "x-goog-credential",
    "awsaccesskeyid",
    "accountkey",
    "sharedaccesssignature",
    "sharedaccesskey",
];

/// The secrets of a run. Copies share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Vec<Needle>>>);

/// A text to mask.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needle {
    text: String,
    /// Whether it is masked only where it is a word of its own.
    is_word: bool,
}

impl Secrets {
    /// Registers a secret.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim();
        for form in forms(secret) {
            let length = form.chars().count();
            if length >= SHORTEST {
                self.insert(form, length < LONG);
            }
        }
        // A key of several lines may be told in part.
        if secret.lines().nth(1).is_some() {
            let lines =
                secret.lines().map(str::trim).filter(|line| line.len() >= 4 * LONG && !line.starts_with("-----"));
            lines.for_each(|line| self.insert(line.to_owned(), false));
        }
    }

    /// Registers a user and a password, with what a request says of them.
    pub fn add_login(&self, user: &str, password: &str) {
        self.add(password);
        if !password.is_empty() {
            self.add_whole(&format!("{user}:{password}"));
        }
    }

    /// Registers what is secret in a URL, or in a text that may be meant as one: user, password, tokens and signatures.
    pub fn add_url(&self, text: &str) {
        let typed = Typed::new(text);
        if let Some(user) = typed.user {
            match user.split_once(':') {
                Some((name, password)) => {
                    self.add_login(&decoded(name), &decoded(password));
                    self.add_login(name, password);
                    // Behind an `@` of the password another host seems to begin.
                    let beyond = typed.rest.rfind('@').and_then(|end| typed.rest.get(..end));
                    beyond.filter(|beyond| beyond.contains(['#', '?'])).iter().for_each(|beyond| {
                        self.add_whole(&format!("{password}@{beyond}"));
                    });
                }
                None => self.add(user),
            }
            self.add_whole(&format!("{user}@"));
        }
        for (name, value) in typed.parameters() {
            if is_secret_parameter(name) {
                self.add(value);
                self.add(&decoded(value));
            }
        }
    }

    /// Registers a text that is secret whatever its length.
    fn add_whole(&self, text: &str) {
        forms(text).into_iter().filter(|form| form.len() >= SHORTEST).for_each(|form| self.insert(form, false));
    }

    fn insert(&self, text: String, is_word: bool) {
        let needle = Needle { text, is_word };
        let mut known = self.0.write();
        if !known.contains(&needle) {
            // The longest first: a secret may be part of another one.
            let at = known.partition_point(|known| known.text.len() >= needle.text.len());
            known.insert(at, needle);
        }
    }

    /// Masks every secret in a text.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for needle in &*self.0.read() {
            if masked.contains(&needle.text) {
                masked = Cow::Owned(needle.mask(&masked));
            }
        }
        match without_signatures(&masked) {
            Some(text) => Cow::Owned(text),
            None => masked,
        }
    }

    /// Tells whether a text holds a secret.
    pub fn are_in(&self, text: &str) -> bool {
        self.masked(text) != text
    }

    /// Masks the beginning of a text up to about `longest` bytes: no part of a secret is left at the cut.
    pub fn masked_start(&self, text: &[u8], longest: usize) -> String {
        // A secret that begins before the cut is whole in what is taken; what may be the beginning of one is left out.
        let reach = self.0.read().first().map_or(0, |needle| needle.text.len());
        let start = text.get(..longest.saturating_add(reach)).unwrap_or(text);
        let is_cut = start.len() < text.len();
        let start = String::from_utf8_lossy(start);
        let masked = self.masked(&start);
        let mut end = if is_cut { masked.len().saturating_sub(reach) } else { masked.len() };
        while !masked.is_char_boundary(end) {
            end -= 1;
        }
        masked.get(..end).unwrap_or_default().to_owned()
    }
}

/// Tells how many there are.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.read().len())
    }
}

/// Copies of the same secrets are equal.
impl PartialEq for Secrets {
    fn eq(&self, other: &Secrets) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Secrets {}

impl Needle {
    fn mask(&self, text: &str) -> String {
        if !self.is_word {
            return text.replace(&self.text, MASK);
        }
        let (mut masked, mut done) = (String::with_capacity(text.len()), 0);
        for (at, found) in text.match_indices(&self.text) {
            let (before, behind) = (&text[..at], &text[at + found.len()..]);
            if !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric) {
                masked.push_str(&text[done..at]);
                masked.push_str(MASK);
                done = at + found.len();
            }
        }
        masked + &text[done..]
    }
}

/// Returns the forms in which a server may repeat a text.
fn forms(text: &str) -> Vec<String> {
    // An answer may be quoted in an answer.
    let quoted = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap_or_default();
        quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
    };
    let (once, twice) = (quoted(text), quoted(&quoted(text)));
    let standard = base64::encode(text.as_bytes());
    let standard = standard.trim_end_matches('=');
    let upper = encoded(text, "", |byte| format!("%{byte:02X}"));
    let mut forms = vec![
        text.to_owned(),
        // Go writes three characters as numbers.
        once.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"),
        quoted(&twice),
        twice,
        once,
        text.escape_debug().to_string(),
        standard.to_owned(),
        standard.replace('+', "-").replace('/', "_"),
        encoded(text, "-._~", |byte| format!("%{byte:02X}")),
        encoded(text, "-._~", |byte| format!("%{byte:02x}")),
        encoded(text, "-._~", |byte| if byte == b' ' { "+".to_owned() } else { format!("%{byte:02X}") }),
        upper,
    ];
    forms.sort();
    forms.dedup();
    forms
}

/// Encodes what is neither a letter nor a digit nor in `plain`.
fn encoded(text: &str, plain: &str, code: impl Fn(u8) -> String) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte);
    text.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { code(byte) }).collect()
}

/// Decodes `%20` and the like.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = (*first == b'%').then(|| behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Masks the values of names that carry signatures: `X-Amz-Signature=…`; `None` if there are none.
fn without_signatures(text: &str) -> Option<String> {
    let (mut masked, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices('=') {
        if at < done {
            continue;
        }
        let name = text[..at].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
        let value = text[at + 1..].split(|c: char| c.is_whitespace() || "&,;\"'`<>()".contains(c)).next();
        let value = value.unwrap_or_default();
        if value.len() >= SIGNATURE && SIGNED.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            masked.push_str(&text[done..=at]);
            masked.push_str(MASK);
            done = at + 1 + value.len();
        }
    }
    (done > 0).then(|| masked + &text[done..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secrets(all: &[&str]) -> Secrets {
        let secrets = Secrets::default();
        all.iter().for_each(|secret| secrets.add(secret));
        secrets
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secrets = secrets(&["hunter2 \"ü+/=", "abc"]);
        secrets.add_login("me", "pass-word");
        for text in [
            "hunter2 \"ü+/=",
            "hunter2 \\\"ü+/=",
            "hunter2%20%22%C3%BC%2B%2F%3D",
            "hunter2%20%22%c3%bc%2b%2f%3d",
            "hunter2+%22%C3%BC%2B%2F%3D",
            "aHVudGVyMiAiw7wrLz0=",
            "aHVudGVyMiAiw7wrLz0",
            "bWU6cGFzcy13b3Jk",
            "me:pass-word",
            "pass-word",
            "abc",
        ] {
            let told = secrets.masked(&format!("Bearer {text} is no token")).into_owned();
            assert!(told.starts_with("Bearer ***") && told.ends_with(" is no token") && told.len() < 30, "{told}");
        }
        assert_eq!(secrets.masked("abcd and abc-d, (abc)"), "abcd and ***-d, (***)", "short ones are words");
        assert!(secrets.are_in("x hunter2 \"ü+/=x") && !secrets.are_in("nothing of it"));
    }

    #[test]
    fn urls_tell_their_secrets() {
        let secrets = Secrets::default();
        let urls = [
            "http://me:hunter2#pw@host",
            "http:/me:pw@h",
            "https://glsa_token@h",
            "me:geheim@h",
            "http://h/x?token=tok%2Fen&X-Amz-Signature=f00baa&q=query",
        ];
        urls.iter().for_each(|url| secrets.add_url(url));
        for url in urls {
            let told = secrets.masked(url).into_owned();
            let hidden = ["hunter2", "pw", "glsa", "geheim", "tok%2Fen", "f00baa"];
            assert!(!hidden.iter().any(|secret| told.contains(secret)), "{told}");
        }
        assert_eq!(secrets.masked("tok/en of a query, host h"), "*** of a query, host h");
    }

    #[test]
    fn signatures_are_known_by_their_names() {
        let told =
            "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/s3/aws4_request, Signature=0123456789abcdef";
        let masked = "AWS4-HMAC-SHA256 Credential=***, Signature=***";
        assert_eq!(Secrets::default().masked(told), masked);
        assert_eq!(Secrets::default().masked("a?sig=0123456789&x=1"), "a?sig=***&x=1");
        assert_eq!(Secrets::default().masked("{ .sig = 1 && signature=1 }"), "{ .sig = 1 && signature=1 }");
    }

    #[test]
    fn a_cut_leaves_no_part_of_a_secret() {
        let secrets = secrets(&["hunter2-hunter2"]);
        let text = format!("{}hunter2-hunter2{}", "x".repeat(90), "y".repeat(200));
        for longest in 0..310 {
            let told = secrets.masked_start(text.as_bytes(), longest);
            let shown = told.trim_matches(|c| c == 'x' || c == 'y');
            assert!(MASK.starts_with(shown), "{longest}: {told}");
        }
        assert_eq!(secrets.masked_start(b"short", 300), "short");
    }

    proptest! {
        #[test]
        fn no_secret_is_left_in_any_text(
            secret in "[a-zA-Z0-9+/=%:@ü-]{6,20}", before in "[ -~]{0,20}", behind in "[ -~]{0,20}",
        ) {
            let secrets = secrets(&[&secret]);
            for form in forms(secret.trim()) {
                let told = secrets.masked(&format!("{before}{form}{behind}")).into_owned();
                prop_assert!(!told.contains(&form), "{}", told);
            }
        }
    }
}
