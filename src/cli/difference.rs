//! The difference between two versions of a file, as `patch` reads it.

use similar::TextDiff;

/// Returns a unified diff; empty if the texts are equal.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let name = name.trim_start_matches('/');
    TextDiff::from_lines(before, after).unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_compared_with_their_ends() {
        assert_eq!(unified("q", "a\nb\n", "a\nb\n"), "");
        let expected = "--- a/q\n+++ b/q\n@@ -1,2 +1,2 @@\n a\n-b\r\n+c\n\\ No newline at end of file\n";
        assert_eq!(unified("/q", "a\nb\r\n", "a\nc"), expected);
    }
}
