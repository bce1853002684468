//! What a metrics query gives, as a table.

use traceql::{
    exec::{Collector, Metrics},
    model::series::{Completeness, Exemplar, Form, Label, MetricsResult, Times, Unit},
    plan::{MetricsOptions, Window, lower_metrics},
};
use traceql_grammar::{
    query::Query,
    value::{format_duration, parse_duration},
};

use super::{
    answer::{answers, datum, observe},
    load::{BEGIN, Loaded},
    section::Section,
};

/// Returns the section with the series of each of its queries behind `=>`.
pub(crate) fn expect(section: &Section, loaded: &Loaded) -> Result<String, String> {
    let option = |name: &str| section.options.get(name);
    let number = |name: &str| match option(name) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| format!("`{name}` is no number")),
    };
    let time = |name: &str| option(name).map(|text| time(text)).transpose();
    let step = option("step").map(|text| parse_duration(text).ok_or("`step` is no duration")).transpose()?;
    let window = Window {
        start: time("start")?,
        end: time("end")?,
        step: step.map(i64::cast_unsigned),
        instant: option("instant").is_some_and(|text| text == "true"),
        now: 0,
        may_be_long: false,
    };
    let usual = MetricsOptions::default();
    let options = MetricsOptions {
        window,
        exemplars: number("exemplars")?.unwrap_or(0),
        max_series: number("series")?.unwrap_or(usual.max_series),
    };
    let shown: Vec<&str> = option("show").map_or(Vec::new(), |names| names.split(',').collect());
    answers(section, &|query| measure(query, options, &shown, loaded))
}

fn measure(query: &Query, options: MetricsOptions, shown: &[&str], loaded: &Loaded) -> Result<String, String> {
    let plan = lower_metrics(query, options).map_err(|error| error.to_string())?;
    let metrics = Metrics::new(plan);
    observe(loaded, metrics.plan().projection(), &|fragment| metrics.observe(fragment))?;
    Ok(match metrics.finish(0) {
        Ok(result) if result.series.is_empty() => " nothing".to_owned(),
        Ok(mut result) => {
            let is_shown = |label: &Label| shown.contains(&label.name.as_str());
            result.series.retain(|series| shown.is_empty() || series.labels.iter().any(is_shown));
            print(&result)
        }
        Err(error) => format!(" error {error}"),
    })
}

/// Reads a time that is counted from the first trace's: `5s`, `-1m`.
fn time(text: &str) -> Result<u64, String> {
    let (sign, length) = text.strip_prefix('-').map_or((1, text), |length| (-1, length));
    let length = parse_duration(length).ok_or(format!("`{text}` is no time"))?;
    Ok((BEGIN + sign * length).cast_unsigned())
}

fn since_begin(time: u64) -> String {
    format_duration(time.cast_signed() - BEGIN)
}

fn print(result: &MetricsResult) -> String {
    let mut head = vec![unit(result)];
    match result.times {
        Times::Range { .. } => head.extend(result.times.iter().map(since_begin)),
        Times::Instant { start, end } => head.push(format!("{}..{}", since_begin(start), since_begin(end))),
    }
    let mut rows = vec![head];
    for series in &result.series {
        let mut row = vec![labels(&series.labels)];
        row.extend(series.samples.iter().map(|sample| value(*sample)));
        rows.push(row);
    }
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let (first, samples) = row.split_first().expect("every row begins with labels");
        text.push_str(&format!("\n{first:width$}", width = widths[0]));
        for (sample, width) in samples.iter().zip(&widths[1..]) {
            text.push_str(&format!("  {sample:>width$}"));
        }
        let exemplars = at.checked_sub(1).map_or(&[][..], |at| &result.series[at].exemplars);
        exemplars.iter().for_each(|exemplar| text.push_str(&format!("\n  {}", example(exemplar))));
    }
    match &result.completeness {
        Completeness::Whole => {}
        Completeness::Told(message) => text.push_str(&format!("\n{message}")),
        Completeness::Cut { .. } => text.push_str("\nand more"),
        Completeness::Doubtful { seen } => text.push_str(&format!("\nof {seen} groups")),
    }
    text
}

fn unit(result: &MetricsResult) -> String {
    let name = |unit| match unit {
        Unit::Number => "number",
        Unit::PerSecond => "per second",
        Unit::Seconds => "seconds",
        Unit::Nanoseconds => "nanoseconds",
        Unit::Percent => "percent",
    };
    match result.form {
        Form::Lines | Form::Quantiles => name(result.unit).to_owned(),
        Form::Histogram { bounds } => format!("{} by {}", name(result.unit), name(bounds)),
        Form::Comparison => format!("{}, compared", name(result.unit)),
    }
}

fn labels(labels: &[Label]) -> String {
    labels.iter().map(|label| format!("{}={}", label.name, datum(&label.value))).collect::<Vec<_>>().join(" ")
}

fn example(exemplar: &Exemplar) -> String {
    format!("* {} {} {}", since_begin(exemplar.time), value(exemplar.value), labels(&exemplar.labels))
}

/// Writes a sample with six digits at most, `-` if there is none.
fn value(sample: f64) -> String {
    if sample.is_nan() {
        return "-".to_owned();
    }
    let rounded: f64 = format!("{sample:.5e}").parse().expect("it was a number before");
    let plain = rounded.to_string();
    if plain.len() > 10 { format!("{rounded:e}") } else { plain }
}
