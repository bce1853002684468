//! Finds out which release a server is.

use serde::Deserialize;
use traceql_grammar::vocab::release::Release;

use super::{
    decode,
    error::{Kind, RemoteError},
    flight::{Call, Question},
    server::Server,
};

/// A server's release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRelease {
    /// The release line.
    pub release: Release,
    /// What the server calls itself; `None` if it does not say, and its release was found by what it understands.
    pub version: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BuildInfo {
    version: Option<String>,
}

/// Something that tells a release from the one before.
struct Probe {
    /// The first release that takes it, or the first that does not.
    release: Release,
    what: What,
}

enum What {
    /// A search that parses since.
    Since(&'static str),
    /// A search that parses no more.
    Until(&'static str),
    /// A metrics query with more steps than are taken since.
    Steps,
}

/// What tells the releases apart, oldest first: one for each but the first. Ranges lie in 1970, where nothing is.
static PROBES: [Probe; 12] = [
    Probe { release: Release::V2_1, what: What::Since("{ kind = server }") },
    Probe { release: Release::V2_2, what: What::Since("{ } >> { }") },
    Probe { release: Release::V2_3, what: What::Since("{ statusMessage = `` }") },
    Probe { release: Release::V2_4, what: What::Since("{ } with (a = 1)") },
    Probe { release: Release::V2_5, what: What::Since("{ nestedSetLeft = 1 }") },
    Probe { release: Release::V2_6, what: What::Since("{ event:name = `` }") },
    Probe { release: Release::V2_7, what: What::Since("{ instrumentation:name = `` }") },
    Probe { release: Release::V2_8, what: What::Since("{ span:parentID = `` }") },
    // The language did not change.
    Probe { release: Release::V2_9, what: What::Steps },
    Probe { release: Release::V2_10, what: What::Since("{ .a = nil }") },
    Probe { release: Release::V3_0, what: What::Until("{ .a =~ .b }") },
    Probe { release: Release::Main, what: What::Since("{ } | count() > 1 - 3") },
];

impl Server {
    /// Finds out the server's release: it says so itself, or it is asked what only some releases understand, four or so
    /// small questions.
    ///
    /// # Errors
    ///
    /// The server does not answer, or answers what no release does.
    pub fn release(&self, call: Call<'_>) -> Result<ServerRelease, RemoteError> {
        let said = match self.ask(call, &Question::new(&["status", "buildinfo"], Vec::new())) {
            Ok(reply) => decode::json::<BuildInfo>(&reply)?.version.unwrap_or_default(),
            // Before 2.3, or behind a gateway that lets only queries through.
            Err(error) if matches!(error.kind, Kind::NoSuchPath | Kind::Forbidden) => String::new(),
            Err(error) => return Err(error),
        };
        if let Some(release) = named(&said) {
            return Ok(ServerRelease { release, version: Some(said) });
        }
        // All before `from` are taken, none from `to` on is.
        let (mut from, mut to) = (0, PROBES.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let Some(probe) = PROBES.get(middle) else { break };
            if self.has_reached(probe, call)? {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let release = from.checked_sub(1).and_then(|at| PROBES.get(at)).map_or(Release::V2_0, |probe| probe.release);
        Ok(ServerRelease { release, version: None })
    }

    /// Tells whether the server is of the probe's release or a later one.
    fn has_reached(&self, probe: &Probe, call: Call<'_>) -> Result<bool, RemoteError> {
        let query = |text: &str| ("q", text.to_owned());
        let number = |name, value: &str| (name, value.to_owned());
        let question = match probe.what {
            What::Since(text) | What::Until(text) => {
                let range = [number("limit", "1"), number("start", "1"), number("end", "2")];
                Question::new(&["search"], [[query(text)].as_slice(), &range].concat())
            }
            What::Steps => {
                let range = [number("start", "1"), number("end", "10790"), number("step", "1s")];
                Question::new(&["metrics", "query_range"], [[query("{ } | rate()")].as_slice(), &range].concat())
            }
        };
        let answer = self.ask(call, &question);
        let is_taken = match &answer {
            Ok(reply) => reply.json().is_ok(),
            Err(_) => false,
        };
        match (answer, &probe.what) {
            (Ok(reply), _) if !is_taken => Err(reply.not_tempo()),
            (Ok(_), What::Since(_)) => Ok(true),
            (Ok(_), What::Until(_) | What::Steps) => Ok(false),
            (Err(error), What::Steps) if error.kind == Kind::Refused => {
                Ok(error.said.is_some_and(|said| said.contains("is too small")))
            }
            // Servers whose metrics are switched off say so in many ways.
            (Err(error), What::Steps) if matches!(error.kind, Kind::Failed | Kind::NoSuchPath) => Ok(false),
            (Err(error), what) if is_about_language(&error) => Ok(matches!(what, What::Until(_))),
            (Err(error), _) => Err(error),
        }
    }
}

/// Tells whether a server refuses a query because of its text.
fn is_about_language(error: &RemoteError) -> bool {
    let said = error.said.as_deref().unwrap_or_default();
    let words = ["TraceQL query", "parse error", "not yet supported", "unknown identifier", "illegal", "operand"];
    // What a querier refuses comes as a failure of the whole.
    matches!(error.kind, Kind::Refused | Kind::Failed) && words.iter().any(|word| said.contains(word))
}

/// Reads what a server calls itself: `2.8.1`, `v2.10.0-rc.1`, `main-1a2b3c4`; `None` if that tells nothing.
fn named(version: &str) -> Option<Release> {
    let text = version.trim().trim_start_matches('v');
    if text == "main" || text.starts_with("main-") {
        return Some(Release::Main);
    }
    let text = text.split(['-', '+', ' ']).next().unwrap_or_default();
    let mut numbers = text.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return None };
    let known = |release: &&Release| {
        let mut numbers = release.name().split('.').map(str::parse::<u32>);
        matches!((numbers.next(), numbers.next()), (Some(Ok(a)), Some(Ok(b))) if (a, b) == (major, minor))
    };
    // What is newer than all that is known is most like what comes next.
    let newer = || ((major, minor) > (3, 0)).then_some(Release::Main);
    Release::ALL.iter().find(known).copied().or_else(newer)
}

#[cfg(test)]
mod tests {
    use traceql_grammar::{Verdict, check};

    use super::*;

    #[test]
    fn probes_tell_releases_apart() {
        let all: Vec<Release> = PROBES.iter().map(|probe| probe.release).collect();
        assert_eq!(all, Release::ALL[1..]);
        for probe in &PROBES {
            for release in Release::ALL.iter().copied() {
                let legal = |text| check(text, release).verdict == Verdict::Ok;
                let reached = release >= probe.release;
                match probe.what {
                    What::Since(text) => assert_eq!(legal(text), reached, "{text} in {release}"),
                    What::Until(text) => assert_eq!(legal(text), !reached, "{text} in {release}"),
                    What::Steps => {}
                }
            }
        }
    }

    #[test]
    fn servers_name_themselves_in_many_ways() {
        for (version, release) in [
            ("2.8.1", Release::V2_8),
            ("v2.10.0-rc.1", Release::V2_10),
            ("2.0.0", Release::V2_0),
            ("3.0.3", Release::V3_0),
            ("3.1.0-dev", Release::Main),
            ("4.0.0", Release::Main),
            ("main-ad33aa8", Release::Main),
        ] {
            assert_eq!(named(version), Some(release), "{version}");
        }
        for version in ["", "r148-4d7eca0", "1.5.0", "HEAD", "2", "2.99.0"] {
            assert_eq!(named(version), None, "{version}");
        }
    }
}
