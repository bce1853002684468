//! The known word that somebody most likely meant.

/// Letters from which on a word has no neighbours.
const MOST_LETTERS: usize = 64;

/// Returns the candidate with the fewest edits from `word`, if that is few enough to be a slip of the fingers.
///
/// Upper and lower case count as equal. Inserting, removing, replacing a letter and exchanging two neighbours are one edit
/// each. Words over 64 characters have no neighbours.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A third of the letters may be wrong, but a two-letter word is too short to guess from.
    match word.chars().take(MOST_LETTERS + 1).count() {
        0..=2 => None,
        length => within((length / 3).clamp(1, 3), word, candidates),
    }
}

/// Returns the candidate with the fewest edits from `word`, if there are at most `limit`.
pub fn within<'c>(limit: usize, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // The distance takes the product of both lengths.
    if word.chars().nth(MOST_LETTERS).is_some() {
        return None;
    }
    let word = word.to_lowercase();
    let distances = candidates.into_iter().map(|known| (strsim::osa_distance(&word, &known.to_lowercase()), known));
    distances.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let words = ["duration", "status", "name", "kind", "rate"];
        assert_eq!(nearest("durations", words), Some("duration"));
        assert_eq!(nearest("duratoin", words), Some("duration"));
        assert_eq!(nearest("STATUS", words), Some("status"));
        assert_eq!(nearest("nmae", words), Some("name"));
        assert_eq!(nearest("foo", words), None);
        assert_eq!(nearest("xy", words), None);
        // The distance is that with one exchange for each pair of neighbours: none may be edited again.
        assert_eq!(within(2, "ca", ["abc"]), None);
        assert_eq!(within(3, "ca", ["abc"]), Some("abc"));
        // Of words that are as near, the first.
        assert_eq!(within(1, "bat", ["cat", "hat"]), Some("cat"));
        assert_eq!(nearest(&"d".repeat(65), ["d"]), None);
    }
}
