//! What is remembered of servers' releases for a day: the text of a file, which whoever may touch files reads and writes.
//!
//! A line for each server: when it was asked in Unix seconds, the release, the URL, with a space between them.

use traceql_grammar::vocab::release::Release;

/// How long a release is believed, in seconds: servers are upgraded.
const DAY: u64 = 86_400;

/// More servers than this nobody has; the file cannot grow.
const MOST: usize = 200;

/// Returns the release of a server, if it was asked for within a day before `now`, in Unix seconds.
pub fn lookup(text: &str, url: &str, now: u64) -> Option<Release> {
    lines(text).find(|line| line.url == url && line.is_fresh(now)).map(|line| line.release)
}

/// Returns the text with the release of a server in it; what is old, or no such line, is left out.
pub fn remember(text: &str, url: &str, release: Release, now: u64) -> String {
    let others = lines(text).filter(|line| line.url != url && line.is_fresh(now)).take(MOST - 1);
    let this = Line { time: now, release, url };
    std::iter::once(this).chain(others).map(|line| format!("{} {} {}\n", line.time, line.release, line.url)).collect()
}

struct Line<'t> {
    time: u64,
    release: Release,
    url: &'t str,
}

impl Line<'_> {
    /// Tells whether it is from the day before `now`, and not from behind it, which a clock that was wrong leaves.
    fn is_fresh(&self, now: u64) -> bool {
        self.time <= now && now - self.time < DAY
    }
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().filter_map(|line| {
        let (time, rest) = line.split_once(' ')?;
        let (release, url) = rest.split_once(' ')?;
        Some(Line { time: time.parse().ok()?, release: release.parse().ok()?, url })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_remembered_for_a_day() {
        let text = remember("", "http://a:3200", Release::V2_8, 1_000_000);
        let text = remember(&text, "http://b/x y", Release::Main, 1_000_100);
        assert_eq!(text, "1000100 main http://b/x y\n1000000 2.8 http://a:3200\n");
        assert_eq!(lookup(&text, "http://a:3200", 1_000_000 + DAY - 1), Some(Release::V2_8));
        assert_eq!(lookup(&text, "http://a:3200", 1_000_000 + DAY), None);
        assert_eq!(lookup(&text, "http://a:3200", 999_999), None, "the clock was wrong");
        assert_eq!(lookup(&text, "http://b/x y", 1_000_100), Some(Release::Main));
        assert_eq!(lookup(&text, "http://b", 1_000_100), None);
        let text = remember(&text, "http://a:3200", Release::V3_0, 1_000_200);
        assert_eq!(lookup(&text, "http://a:3200", 1_000_200), Some(Release::V3_0));
        assert_eq!(text.lines().count(), 2);
        let damaged = "x 2.8 http://a\n\n1 9.9 http://a\n5\n";
        assert_eq!(lookup(damaged, "http://a", 1), None);
        assert_eq!(remember(damaged, "http://c", Release::V2_0, 9), "9 2.0 http://c\n");
    }
}
