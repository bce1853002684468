//! Comparisons as a table: what sets the selection apart from the baseline, most telling first.
//!
//! What counts as telling, and how it is ranked, is the business of [`super::contrast`].

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{
    Style,
    bars::Bars,
    contrast::{BASELINE, Contrast, Finding, SELECTION, SIDES, Value},
    names::{GAP, cut_front},
    unit, write_line,
};
use crate::{
    model::series::{MetricsResult, Unit, label},
    output::{
        style::Ink,
        text::{counted, cut, pad, pad_left, wrapped},
        visible::shown,
    },
};

/// Values of one attribute that are shown.
const VALUES: usize = 3;

/// How many rows there are where nobody says how many lines there may be, and at least.
const ROWS: usize = 30;
const FEWEST_ROWS: usize = 10;

/// Lines around the rows: the headline, a blank, the heading, a remark, the next prompt.
const AROUND: usize = 6;

/// Doubtful rows that are shown where there are no others.
const DOUBTFUL_ROWS: usize = 10;

/// From these widths on there are counts beside the shares, and bars.
const WITH_COUNTS: usize = 64;
const WITH_BARS: usize = 100;

/// How long the bar of everything is.
const BAR: usize = 12;

/// Attributes and values stand beside each other if both have so many columns, or all that they need.
const NAMES: usize = 20;

const HEADINGS: [&str; 2] = ["attribute", "value"];

/// What the sides are called, as everything about sides in the order of [`SIDES`].
const WORDS: [&str; 2] = [label::BASELINE, label::SELECTION];

/// The same for terminals that are narrower than a terminal should be.
const SHORT_WORDS: [&str; 2] = ["base", "sel."];
const NARROW: usize = 32;

/// The order in which the sides stand beside each other: first what was asked about.
const SHOWN: [usize; 2] = [SELECTION, BASELINE];

/// Writes the table; nothing if the answer has no counts.
pub(super) fn write(out: &mut dyn io::Write, result: &MetricsResult, style: Style) -> io::Result<()> {
    let Some(contrast) = Contrast::new(&result.series) else { return Ok(()) };
    let count = |side: usize| contrast.spans[side].round() as u64;
    let [selection, baseline] = SHOWN.map(|side| format!("in the {}", WORDS[side]));
    let headline = format!("{} {selection}, {} {baseline}", counted(count(SELECTION), "span"), count(BASELINE));
    for line in wrapped(&headline, style.columns()) {
        write_line(out, &style.paint(Ink::STRONG, &line))?;
    }
    let mut most = style.height.map_or(ROWS, |height| height.saturating_sub(AROUND).max(FEWEST_ROWS));
    let (mut findings, mut remark) = (contrast.findings(), None);
    if findings.is_empty() {
        (findings, remark) =
            (contrast.doubtful_findings(), Some("Each of these differences may be chance.".to_owned()));
        most = most.min(DOUBTFUL_ROWS);
    }
    if let Some(side) = SHOWN.into_iter().find(|side| count(*side) == 0) {
        remark = Some(format!("No span is in the {}: there is nothing to compare.", WORDS[side]));
        findings.clear();
    } else if findings.is_empty() {
        remark = Some("No attribute's values differ by more than chance.".to_owned());
    }
    for line in remark.iter().flat_map(|remark| wrapped(remark, style.columns())) {
        write_line(out, &line)?;
    }
    if findings.is_empty() {
        let hidden = counted(contrast.attributes() as u64, "attribute");
        let all = format!("not shown: {hidden}; --format csv has all counts");
        return write_line(out, &style.dim(&cut(&all, style.columns())));
    }
    let mut used = 0;
    let fitting = findings.iter().take_while(|finding| {
        used += finding.values.len().min(VALUES) + usize::from(finding.attributes.len() > 1);
        used <= most
    });
    let shown = &findings[..fitting.count().max(1)];
    let hidden = contrast.attributes() - shown.iter().map(|finding| finding.attributes.len()).sum::<usize>();
    writeln!(out)?;
    Table::new(shown, style).write(out, style)?;
    if hidden > 0 {
        let more = format!("… and {} less telling; --format csv has all counts", counted(hidden as u64, "attribute"));
        write_line(out, &style.dim(&cut(&more, style.columns())))?;
    }
    Ok(())
}

/// Findings in columns.
struct Table<'f> {
    findings: &'f [Finding<'f>],
    /// How wide attributes and values are; attributes stand above their values where there is no room beside them.
    attribute: Option<usize>,
    value: usize,
    /// How wide shares and counts are on each side.
    shares: [usize; 2],
    counts: [usize; 2],
    with_counts: bool,
    with_bars: bool,
    words: [&'static str; 2],
}

impl<'f> Table<'f> {
    fn new(findings: &'f [Finding<'f>], style: Style) -> Table<'f> {
        let values = || findings.iter().flat_map(|finding| finding.values.iter().take(VALUES));
        let widest = |text: &dyn Fn(&Value) -> String| values().map(|value| text(value).width()).max().unwrap_or(0);
        let names = findings.iter().flat_map(|finding| finding.attributes.first());
        let mut attribute = names.map(|name| shown(name).width()).fold(HEADINGS[0].len(), usize::max);
        let mut value = widest(&|value| value.text.clone()).max(HEADINGS[1].len());
        let columns = style.columns();
        let mut table = Table {
            findings,
            attribute: None,
            value,
            shares: SIDES.map(|side| widest(&|value| share(value, side))),
            counts: SIDES.map(|side| widest(&|value| count(value, side))),
            with_counts: columns >= WITH_COUNTS,
            with_bars: columns >= WITH_BARS,
            words: if columns < NARROW { SHORT_WORDS } else { WORDS },
        };
        let taken: usize = SIDES.map(|side| GAP + table.side_width(side)).iter().sum();
        let room = columns.saturating_sub(taken);
        if room < attribute.min(NAMES) + GAP + value.min(NAMES) {
            table.value = value.min(room.saturating_sub(GAP));
            return table;
        }
        while attribute + GAP + value > room {
            // Names are shared by several values, and are rarely long.
            if value > NAMES.max(attribute / 2) { value -= 1 } else { attribute -= 1 }
        }
        Table { attribute: Some(attribute), value, ..table }
    }

    /// Returns the width of everything about a side.
    fn side_width(&self, side: usize) -> usize {
        let count = if self.with_counts { GAP + self.counts[side] } else { 0 };
        let bar = if self.with_bars { GAP + BAR } else { 0 };
        (self.shares[side] + count + bar).max(self.words[side].len())
    }

    fn write(&self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        let gap = " ".repeat(GAP);
        let sides = SHOWN.map(|side| self.aligned(self.words[side], side));
        let heading = self.name(HEADINGS[0]) + &pad(&cut(HEADINGS[1], self.value), self.value);
        write_line(out, &style.dim(&[&heading, &sides[0], &sides[1]].map(String::as_str).join(&gap)))?;
        for finding in self.findings {
            let (name, others) =
                finding.attributes.split_first().map_or(("", &[][..]), |(name, others)| (*name, others));
            if self.attribute.is_none() {
                write_line(out, &cut_front(&shown(name), style.columns()))?;
            }
            for (at, value) in finding.values.iter().take(VALUES).enumerate() {
                // Said once for all of its values.
                let name = self.name(if at == 0 { name } else { "" });
                let text = name + &pad(&cut(&value.text, self.value), self.value);
                let sides = SHOWN.map(|side| self.side(value, side, style));
                write_line(out, &[&text, &sides[0], &sides[1]].map(String::as_str).join(&gap))?;
            }
            if !others.is_empty() {
                let alike = format!("{gap}= {}", others.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", "));
                write_line(out, &style.dim(&cut(&alike, style.columns())))?;
            }
        }
        Ok(())
    }

    /// Returns an attribute with the gap behind it, or the indent of a value below it.
    fn name(&self, attribute: &str) -> String {
        let width = self.attribute.unwrap_or(0);
        format!("{}{:GAP$}", pad(&cut_front(&shown(attribute), width), width), "")
    }

    /// Returns the share, count and bar of a side.
    fn side(&self, value: &Value, side: usize, style: Style) -> String {
        let mut numbers = pad_left(&share(value, side), self.shares[side]);
        if self.with_counts {
            numbers.push_str(&format!("{:GAP$}{}", "", pad_left(&count(value, side), self.counts[side])));
        }
        let bar = if self.with_bars { Bars::new(&[1.0], BAR).bar(value.shares[side]) } else { String::new() };
        let gap = " ".repeat(if self.with_bars { GAP } else { 0 });
        let missing = " ".repeat(self.side_width(side).saturating_sub(numbers.width() + gap.len() + bar.width()));
        let more = value.shares[side] > value.shares[1 - side];
        let numbers = if more { numbers } else { style.dim(&numbers) };
        if self.with_bars {
            numbers + &gap + &style.paint(Ink::SIDES[side], &bar) + &missing
        } else {
            missing + &numbers
        }
    }

    /// Fills up what stands in the columns of a side: bars begin on the left, numbers end on the right.
    fn aligned(&self, text: &str, side: usize) -> String {
        let width = self.side_width(side);
        if self.with_bars { pad(text, width) } else { pad_left(text, width) }
    }
}

fn share(value: &Value, side: usize) -> String {
    let sign = if value.at_most[side] { "≤" } else { "" };
    format!("{sign}{:.1}%", value.shares[side] * 100.0)
}

fn count(value: &Value, side: usize) -> String {
    unit::value(value.counts[side].round(), Unit::Number)
}
