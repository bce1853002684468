//! What tells two sets of spans apart: which values of which attributes are more frequent in one than in the other.
//!
//! A share is the part of a side's spans that has the value, and an attribute that not every span has is on as many spans
//! as its values count. But an attribute that the query's filter tests is counted several times in each span: where that
//! makes more values than there are spans, shares are taken of the attribute's own total, which has the same excess.
//!
//! Values are ranked by the likelihood ratio G² of the two shares: how unlikely it is that both sides are alike. It
//! weighs the difference with the number of spans, so that values of single spans, as ids are, do not come before a
//! status that half of the selection has. What may be chance, among as many values as there are, and what differs by
//! less than a percentage point, does not count.

use std::{collections::HashMap, f64::consts::PI};

use super::names::{Key, datum, key};
use crate::model::{
    result::Datum,
    series::{Series, label},
};

/// How likely it may be that chance alone lets any value through.
const CHANCE: f64 = 0.05;

/// Shares that are closer to each other than this say little, however sure they are.
const CLOSE: f64 = 0.01;

/// A value that fewer spans have, on both sides together, is no pattern.
const FEWEST_SPANS: f64 = 2.0;

/// Attributes that every span has: the least total of them is the number of spans.
const ALWAYS: [&str; 5] = ["name", "status", "kind", "span:childCount", "resource.service.name"];

/// The places of the two sides.
pub(super) const BASELINE: usize = 0;
pub(super) const SELECTION: usize = 1;
pub(super) const SIDES: [usize; 2] = [BASELINE, SELECTION];

/// Both sides of a comparison.
pub(super) struct Contrast<'r> {
    /// How many spans each side has.
    pub(super) spans: [f64; 2],
    /// The attributes that have values, in the answer's order.
    attributes: Vec<(&'r str, Attribute)>,
}

/// What was counted of an attribute, by side.
#[derive(Default)]
struct Attribute {
    /// All values together.
    totals: [Option<f64>; 2],
    /// Each value, where it is among those that were kept.
    values: Vec<(Datum, [Option<f64>; 2])>,
}

/// What an attribute tells.
pub(super) struct Finding<'r> {
    /// The attribute, and others that tell exactly the same.
    pub(super) attributes: Vec<&'r str>,
    /// Its values, most telling first; never empty.
    pub(super) values: Vec<Value>,
}

/// A value that is not as frequent on both sides.
pub(super) struct Value {
    /// The value, or in parentheses that there is none, or any.
    pub(super) text: String,
    /// The part of each side's spans that has the value.
    pub(super) shares: [f64; 2],
    /// How many spans these are; NaN if that is not known.
    pub(super) counts: [f64; 2],
    /// Whether the value is not among those that were kept of a side: the share is at most what is said.
    pub(super) at_most: [bool; 2],
    /// Whether this is about having a value, not about which.
    presence: bool,
    score: f64,
}

impl<'r> Contrast<'r> {
    /// Adds up the counts of a comparison's series over all times; nothing if there are none.
    pub(super) fn new(series: &'r [Series]) -> Option<Contrast<'r>> {
        let mut attributes: Vec<(&str, Attribute)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut values: HashMap<Key<'_>, usize> = HashMap::new();
        for series in series {
            let Some(Datum::String(word)) = series.label(label::META_TYPE) else { continue };
            let (side, is_total) = match word.as_str() {
                label::BASELINE => (BASELINE, false),
                label::BASELINE_TOTAL => (BASELINE, true),
                label::SELECTION => (SELECTION, false),
                label::SELECTION_TOTAL => (SELECTION, true),
                _ => continue,
            };
            let Some(field) = series.labels.iter().find(|label| label.name != label::META_TYPE) else { continue };
            let place = *known.entry(&field.name).or_insert_with(|| {
                attributes.push((&field.name, Attribute::default()));
                attributes.len() - 1
            });
            let attribute = &mut attributes[place].1;
            let counts = if is_total {
                &mut attribute.totals
            } else {
                let place = *values.entry(key(field)).or_insert_with(|| {
                    attribute.values.push((field.value.clone(), [None; 2]));
                    attribute.values.len() - 1
                });
                &mut attribute.values[place].1
            };
            let count: f64 = series.samples.iter().filter(|sample| sample.is_finite()).sum();
            counts[side] = Some(counts[side].unwrap_or(0.0) + count);
        }
        if attributes.is_empty() {
            return None;
        }
        let spans = SIDES.map(|side| spans(&attributes, side));
        Some(Contrast { spans, attributes })
    }

    /// Returns how many attributes were compared.
    pub(super) fn attributes(&self) -> usize {
        self.attributes.len()
    }

    /// Returns what tells the sides apart, most telling first. Attributes that tell the same are one finding.
    pub(super) fn findings(&self) -> Vec<Finding<'r>> {
        let values: usize = self.attributes.iter().map(|(_, attribute)| attribute.values.len()).sum();
        self.above(likelihood_ratio(CHANCE / values.max(1) as f64))
    }

    /// Returns what chance would not make of one attribute alone, though it may of one among many.
    pub(super) fn doubtful_findings(&self) -> Vec<Finding<'r>> {
        self.above(likelihood_ratio(CHANCE))
    }

    fn above(&self, least_score: f64) -> Vec<Finding<'r>> {
        let telling =
            self.attributes.iter().map(|(name, attribute)| (*name, attribute.telling(name, self.spans, least_score)));
        let mut telling: Vec<(&str, Vec<Value>)> = telling.filter(|(_, values)| !values.is_empty()).collect();
        telling.sort_by(|a, b| b.1[0].score.total_cmp(&a.1[0].score).then_with(|| a.0.cmp(b.0)));
        let mut findings: Vec<Finding> = Vec::new();
        let mut known: HashMap<Vec<(String, [u64; 2])>, usize> = HashMap::new();
        for (name, values) in telling {
            let told = |value: &Value| (value.text.clone(), value.counts.map(|count| count.round().to_bits()));
            let place = *known.entry(values.iter().map(told).collect()).or_insert(findings.len());
            match findings.get_mut(place) {
                Some(finding) => finding.attributes.push(name),
                None => findings.push(Finding { attributes: vec![name], values }),
            }
        }
        findings
    }
}

/// Returns how many spans a side has.
fn spans(attributes: &[(&str, Attribute)], side: usize) -> f64 {
    let always = attributes.iter().filter(|(name, _)| ALWAYS.contains(name));
    let least = always.map(|(_, attribute)| attribute.total(side)).fold(f64::INFINITY, f64::min);
    // Without any of them: no attribute is on more spans than there are.
    let totals = attributes.iter().map(|(_, attribute)| attribute.total(side));
    if least.is_finite() { least } else { totals.fold(0.0, f64::max) }
}

impl Attribute {
    fn listed(&self, side: usize) -> impl Iterator<Item = f64> {
        self.values.iter().filter_map(move |(_, counts)| counts[side])
    }

    /// Returns the count of all values on a side.
    fn total(&self, side: usize) -> f64 {
        self.totals[side].unwrap_or(0.0).max(self.listed(side).fold(0.0, |sum, count| sum + count))
    }

    /// Returns what a count that is not given may be: 0, unless only the most frequent values were kept.
    fn most_unlisted(&self, side: usize) -> f64 {
        let rest = self.total(side) - self.listed(side).fold(0.0, |sum, count| sum + count);
        rest.min(self.listed(side).fold(f64::INFINITY, f64::min)).max(0.0)
    }

    /// Returns the values that tell the sides apart, most telling first.
    fn telling(&self, name: &str, spans: [f64; 2], least_score: f64) -> Vec<Value> {
        let absent = self.values.iter().find(|(value, _)| *value == Datum::Nil);
        // Tempo counts the spans that lack an attribute for those of common use, and those once whatever is tested.
        let lacking = absent.map_or([0.0; 2], |(_, counts)| counts.map(|count| count.unwrap_or(0.0)));
        let values_total = SIDES.map(|side| self.total(side) - lacking[side]);
        let tested = SIDES.iter().any(|side| (values_total[*side] + lacking[*side]).round() > spans[*side].round());
        let present = SIDES.map(|side| {
            let known = absent.is_some() || tested;
            if known { (spans[side] - lacking[side]).max(0.0) } else { values_total[side] }
        });
        // How many spans have an attribute that is counted several times is known of these only.
        let exact = !tested || absent.is_some() || ALWAYS.contains(&name);
        let part = |some: f64, all: f64| if all > 0.0 { (some / all).clamp(0.0, 1.0) } else { 0.0 };
        let unlisted = SIDES.map(|side| self.most_unlisted(side));
        let mut values: Vec<Value> = Vec::new();
        for (value, counts) in self.values.iter().filter(|(value, _)| *value != Datum::Nil) {
            let at_most = SIDES.map(|side| counts[side].is_none() && unlisted[side] > 0.0);
            let shares = SIDES.map(|side| {
                let count = counts[side].unwrap_or(unlisted[side]);
                part(count, values_total[side]) * part(present[side], spans[side])
            });
            values.push(Value::new(datum(value), shares, spans, at_most));
        }
        let any = SIDES.map(|side| part(present[side], spans[side]));
        if any != [1.0; 2] {
            // Told from the side of the selection: what it has more of.
            let (text, shares) = if any[SELECTION] > any[BASELINE] {
                ("(any value)", any)
            } else {
                ("(absent)", any.map(|part| 1.0 - part))
            };
            values.push(Value { presence: true, ..Value::new(text.to_owned(), shares, spans, [false; 2]) });
        }
        // One of two values says what the other says.
        if let [first, second] = &values[..] {
            let repeats = second.presence && second.shares == first.shares;
            let keep_first = repeats || first.shares[SELECTION] > first.shares[BASELINE];
            values.remove(usize::from(keep_first));
        }
        values.retain(|value| value.score >= least_score && value.tells());
        if !exact {
            values.iter_mut().for_each(|value| value.counts = [f64::NAN; 2]);
        }
        values.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| b.shares[SELECTION].total_cmp(&a.shares[SELECTION]))
        });
        // Where a value is what the selection has more of, it says more than that there is one.
        if values.iter().any(|value| !value.presence && value.shares[SELECTION] > value.shares[BASELINE]) {
            values.retain(|value| !value.presence);
        }
        values
    }
}

impl Value {
    fn new(text: String, shares: [f64; 2], spans: [f64; 2], at_most: [bool; 2]) -> Value {
        let mut cautious = shares;
        for side in SIDES {
            // Somewhere below: as near to the other side as it can be.
            if at_most[side] {
                cautious[side] = shares[side].min(shares[1 - side]);
            }
        }
        let counts = SIDES.map(|side| shares[side] * spans[side]);
        Value { text, shares, counts, at_most, presence: false, score: g_squared(cautious, spans) }
    }

    fn tells(&self) -> bool {
        let close = (self.shares[SELECTION] - self.shares[BASELINE]).abs() < CLOSE;
        !close && self.counts.iter().sum::<f64>().round() >= FEWEST_SPANS
    }
}

/// Returns the likelihood ratio of two shares of so many spans, against the same share on both sides; 0 without spans.
fn g_squared(shares: [f64; 2], spans: [f64; 2]) -> f64 {
    let common = (shares[0] * spans[0] + shares[1] * spans[1]) / (spans[0] + spans[1]);
    let term = |observed: f64, expected: f64| {
        if observed > 0.0 && expected > 0.0 { observed * (observed / expected).ln() } else { 0.0 }
    };
    let side = |side: usize| spans[side] * (term(shares[side], common) + term(1.0 - shares[side], 1.0 - common));
    let sum = 2.0 * (side(0) + side(1));
    // Rounded, so that what is equal is equal on every machine.
    if sum.is_finite() { (sum * 1e6).round() / 1e6 } else { 0.0 }
}

/// Returns what G² exceeds with a probability if there is no difference: the tail of the chi-squared distribution with
/// one degree of freedom, by the first term of its asymptotic series, which errs on the side of caution.
fn likelihood_ratio(probability: f64) -> f64 {
    (0..30).fold(4.0, |x: f64, _| (-2.0 * (probability * (PI * x / 2.0).sqrt()).ln()).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_statistics() {
        // From tables: 3.84, 10.83, 19.51.
        for (probability, least, most) in [(0.05, 3.84, 4.2), (0.001, 10.83, 11.0), (1e-5, 19.51, 19.65)] {
            let x = likelihood_ratio(probability);
            assert!((least..most).contains(&x), "{x} for {probability}");
        }
    }

    #[test]
    fn equal_shares_say_nothing_and_spans_weigh() {
        assert_eq!(g_squared([0.5, 0.5], [10.0, 1000.0]), 0.0);
        assert_eq!(g_squared([0.0, 0.0], [0.0, 0.0]), 0.0);
        assert_eq!(g_squared([1.0, 0.0], [0.0, 7.0]), 0.0);
        // By hand: 2 (3 ln(3/2) + 1 ln(1/2) + 1 ln(1/2) + 3 ln(3/2)).
        assert!((g_squared([0.75, 0.25], [4.0, 4.0]) - 2.093).abs() < 0.001);
        assert!(g_squared([0.1, 0.0], [10.0, 1000.0]) < g_squared([0.1, 0.0], [100.0, 1000.0]));
    }
}
