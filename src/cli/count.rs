//! Numbers of things in arguments.

/// Reads how many are wanted.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number; 0 = no limit".to_owned())
}
