//! Tempo releases, as far as the language tells them apart.

use std::{fmt, str::FromStr};

macro_rules! releases {
    ($($variant:ident $text:literal),* $(,)?) => {
        /// A release line of Tempo; patch releases change no grammar.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Release {
            $(#[doc = concat!("Tempo ", $text, ".")] $variant,)*
        }

        impl Release {
            /// Every release, oldest first.
            pub const ALL: &'static [Release] = &[$(Release::$variant),*];

            /// Returns the release's number as Tempo writes it; `main` for what is not released.
            pub fn name(self) -> &'static str {
                match self { $(Release::$variant => $text,)* }
            }
        }
    };
}

releases! {
    V2_0 "2.0", V2_1 "2.1", V2_2 "2.2", V2_3 "2.3", V2_4 "2.4", V2_5 "2.5", V2_6 "2.6", V2_7 "2.7", V2_8 "2.8",
    V2_9 "2.9", V2_10 "2.10", V3_0 "3.0", Main "main",
}

impl Release {
    /// Returns how a message says that it takes this release or a later one: `Tempo 2.8`.
    pub fn at_least(self) -> String {
        match self {
            Release::Main => format!("a Tempo newer than {}", Release::V3_0),
            release => format!("Tempo {release}"),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads `2.8`, `2.8.1`, `v2.8` or `main`.
impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Release, UnknownRelease> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let line = match text.match_indices('.').nth(1) {
            Some((patch, _)) => &text[..patch],
            None => text,
        };
        Release::ALL.iter().copied().find(|release| release.name() == line).ok_or(UnknownRelease)
    }
}

/// The text names no release that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRelease;

impl fmt::Display for UnknownRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a known Tempo release; known are 2.0 to 2.10, 3.0 and main")
    }
}

impl std::error::Error for UnknownRelease {}
