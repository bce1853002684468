//! Cuts long ranges into windows that a server takes.

use crate::model::units::SECOND;

/// More windows than this are no question any more.
pub(super) const MOST: usize = 10_000;

/// A part of a range, in Unix nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Cuts the range of a search: whole seconds, outwards, newest window first. Neighbours share a bound, so that nothing
/// lies between them; what both have counts once.
pub(super) fn of_search(start: u64, end: u64, longest: u64) -> Vec<Window> {
    let longest = (longest / SECOND * SECOND).max(SECOND);
    let (first, mut end) = (start / SECOND * SECOND, end.div_ceil(SECOND).saturating_mul(SECOND));
    // The server wants a range.
    end = end.max(first + SECOND);
    let mut windows = Vec::new();
    while end > first && windows.len() <= MOST {
        let start = end.saturating_sub(longest).max(first);
        windows.push(Window { start, end });
        end = start;
    }
    windows
}

impl Window {
    /// Cuts a window of a search in two, the newer one first; `None` if it has one second.
    pub(super) fn halves(self) -> Option<[Window; 2]> {
        let middle = self.start + (self.end - self.start) / SECOND / 2 * SECOND;
        let is_cut = middle > self.start && middle < self.end;
        is_cut.then_some([Window { start: middle, end: self.end }, Window { start: self.start, end: middle }])
    }
}

/// Cuts the range of a metrics query at multiples of the step, newest window first. Neighbours share a bound, at which
/// both have a sample. A range that can be asked at once stays as it is.
///
/// `None` if a step is longer than the server takes.
pub(super) fn of_steps(start: u64, end: u64, step: u64, longest: u64, steps: u64) -> Option<Vec<Window>> {
    let step = step.max(1);
    let range = end.saturating_sub(start);
    if range <= longest && range / step <= steps {
        return Some(vec![Window { start, end }]);
    }
    let length = (longest / step).min(steps) * step;
    if length == 0 {
        return None;
    }
    let (mut at, last) = (start / step * step, end.div_ceil(step).saturating_mul(step));
    let mut windows = Vec::new();
    while at < last && windows.len() <= MOST {
        let end = at.saturating_add(length).min(last);
        windows.push(Window { start: at, end });
        at = end;
    }
    windows.reverse();
    Some(windows)
}

/// Cuts the range of a query about an instant, newest window first. What a sample is about ends where the next one's begins.
pub(super) fn of_instant(start: u64, end: u64, longest: u64) -> Vec<Window> {
    let mut windows = Vec::new();
    let (mut end, longest) = (end, longest.max(1));
    while end > start && windows.len() <= MOST {
        let from = end.saturating_sub(longest).max(start);
        windows.push(Window { start: from, end });
        end = from;
    }
    windows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::units::HOUR;

    #[test]
    fn short_ranges_are_one_window() {
        let whole = |start, end| vec![Window { start, end }];
        assert_eq!(of_search(5 * SECOND + 1, 9 * SECOND + 1, HOUR), whole(5 * SECOND, 10 * SECOND));
        assert_eq!(of_search(7, 7, HOUR), whole(0, SECOND));
        assert_eq!(of_steps(7, HOUR, SECOND, HOUR, 10_000), Some(whole(7, HOUR)));
        assert_eq!(of_instant(7, HOUR, HOUR), whole(7, HOUR));
        assert_eq!(of_steps(0, 9 * HOUR, 5 * HOUR, 3 * HOUR, 100), None);
        assert_eq!(of_search(0, u64::MAX, SECOND).len(), MOST + 1);
    }

    proptest! {
        #[test]
        fn windows_cover_the_range_without_gaps(
            start in 0..40 * HOUR, range in 1..80 * HOUR, longest in 1..20 * HOUR, step in 1..7_200u64, steps in 1..500u64,
        ) {
            let (end, step, longest) = (start + range, step * SECOND, longest.max(30 * SECOND));
            let mut all = vec![
                (of_search(start, end, longest), longest),
                (of_instant(start, end, longest), longest),
            ];
            all.extend(of_steps(start, end, step, longest, steps).map(|windows| (windows, longest)));
            for (windows, longest) in all.into_iter().filter(|(windows, _)| windows.len() <= MOST) {
                let oldest = windows[windows.len() - 1];
                prop_assert!(windows[0].end >= end && oldest.start <= start);
                prop_assert!(windows.windows(2).all(|pair| pair[0].start == pair[1].end));
                let fits = |window: &Window| window.start < window.end && window.end - window.start <= longest;
                prop_assert!(windows.iter().all(fits));
            }
            if let Some(windows) = of_steps(start, end, step, longest, steps).filter(|windows| windows.len() > 1) {
                prop_assert!(windows.iter().all(|window| window.start % step == 0 && window.end % step == 0));
                prop_assert!(windows.iter().all(|window| (window.end - window.start) / step <= steps));
            }
        }

        #[test]
        fn halves_are_a_window(start in 0..9u64, seconds in 1..99u64) {
            let window = Window { start: start * SECOND, end: (start + seconds) * SECOND };
            match window.halves() {
                Some([newer, older]) => {
                    prop_assert!(newer.end == window.end && older.start == window.start && newer.start == older.end);
                    prop_assert!(newer.start < newer.end && older.start < older.end);
                }
                None => prop_assert_eq!(seconds, 1),
            }
        }
    }
}
