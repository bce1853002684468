//! The known word that somebody most likely meant.

/// Returns the candidate with the fewest edits from `word`, if that is few enough to be a slip of the fingers.
///
/// Upper and lower case count as equal. Inserting, removing, replacing a letter and exchanging two neighbours are one edit
/// each. Words over 64 characters have no neighbours.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A third of the letters may be wrong, but a two-letter word is too short to guess from.
    match word.chars().take(65).count() {
        0..=2 => None,
        length => within((length / 3).clamp(1, 3), word, candidates),
    }
}

/// Returns the candidate with the fewest edits from `word`, if there are at most `limit`.
pub fn within<'c>(limit: usize, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.to_lowercase().chars().take(65).collect();
    if word.len() > 64 {
        return None;
    }
    let distances = candidates.into_iter().map(|candidate| (distance(&word, candidate), candidate));
    distances.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, near)| near)
}

/// Counts the edits from one word to the other (optimal string alignment).
fn distance(word: &[char], other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && word[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
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
    }
}
