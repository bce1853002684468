//! Random query texts. Not all are valid: the checker sorts out those that are not.

use super::traces::Numbers;

const FIELDS: &[&str] = &[
    "span.a",
    "span.b",
    "resource.a",
    "resource.r",
    ".a",
    ".r",
    ".b",
    "resource.service.name",
    ".service.name",
    "name",
    "statusMessage",
    "kind",
    "status",
    "duration",
    "instrumentation:name",
    "event:name",
    "event.e",
    "event.f",
    "event:timeSinceStart",
    "link.l",
    "link:spanID",
    "link:traceID",
    "span:childCount",
    "nestedSetParent",
    "rootName",
    "rootServiceName",
    "traceDuration",
    "trace:id",
    "span:id",
    "span:parentID",
    "parent.span.a",
    "parent.a",
    "parent.resource.r",
];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "1.5",
    "1.0",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"ab\"",
    "\"shop\"",
    "true",
    "false",
    "10ns",
    "20ns",
    "error",
    "ok",
    "unset",
    "server",
    "client",
    "internal",
    "nil",
    "\"1\"",
    "\"02\"",
    "\"0000000000000002\"",
];

const PATTERNS: &[&str] = &["a", "a|b", ".*b", "a.*", ".*", "[ab]+", "sh.*", ".*0+2", ""];

const COMPARISONS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];

/// Makes an expression that is `depth` deep at most.
pub(crate) fn expression(numbers: &mut Numbers, depth: u64) -> String {
    match numbers.below(if depth == 0 { 9 } else { 16 }) {
        0 => numbers.pick(FIELDS).to_owned(),
        1 => format!("{} {} \"{}\"", numbers.pick(FIELDS), numbers.pick(&["=~", "!~"]), numbers.pick(PATTERNS)),
        2 => format!("{} {} {}", numbers.pick(LITERALS), numbers.pick(COMPARISONS), numbers.pick(FIELDS)),
        3..9 => format!("{} {} {}", numbers.pick(FIELDS), numbers.pick(COMPARISONS), numbers.pick(LITERALS)),
        9 => format!("!({})", expression(numbers, depth - 1)),
        10 => format!("{} {} {}", numbers.pick(FIELDS), numbers.pick(COMPARISONS), numbers.pick(FIELDS)),
        11 => {
            let operator = numbers.pick(&["+", "-", "*", "/", "%", "^"]);
            let comparison = numbers.pick(COMPARISONS);
            format!("{} {operator} {} {comparison} {}", number(numbers), number(numbers), number(numbers))
        }
        12..14 => format!("{} && {}", expression(numbers, depth - 1), expression(numbers, depth - 1)),
        14 => format!("{} || {}", expression(numbers, depth - 1), expression(numbers, depth - 1)),
        _ => format!("({})", expression(numbers, depth - 1)),
    }
}

fn number(numbers: &mut Numbers) -> &'static str {
    numbers.pick(&["span.a", "span.b", ".a", "duration", "event.e", "1", "2", "0", "0.5", "-span.b", "10ns"])
}

/// Makes filters joined by spanset operators.
pub(crate) fn structure(numbers: &mut Numbers) -> String {
    const OPERATORS: &[&str] =
        &["&&", "||", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~"];
    let filter = |numbers: &mut Numbers| match numbers.below(4) {
        0 => "{ }".to_owned(),
        _ => format!("{{ {} }}", expression(numbers, 1)),
    };
    let mut text = format!("{} {} {}", filter(numbers), numbers.pick(OPERATORS), filter(numbers));
    while numbers.below(3) == 0 {
        text = match numbers.below(2) {
            0 => format!("({text}) {} {}", numbers.pick(OPERATORS), filter(numbers)),
            _ => format!("{} {} ({text})", filter(numbers), numbers.pick(OPERATORS)),
        };
    }
    text
}

/// Makes a pipeline of several stages.
pub(crate) fn pipeline(numbers: &mut Numbers) -> String {
    let mut text = match numbers.below(4) {
        0 => structure(numbers),
        1 => "{ }".to_owned(),
        2 => format!("({{ {} }} | count() > 1) && ({{ }} | {{ {} }})", expression(numbers, 1), expression(numbers, 1)),
        _ => format!("{{ {} }}", expression(numbers, 1)),
    };
    if text.contains(") && (") {
        return text;
    }
    for _ in 0..1 + numbers.below(3) {
        let comparison = numbers.pick(COMPARISONS);
        let stage = match numbers.below(8) {
            0 => format!("count() {comparison} {}", numbers.below(4)),
            1 => format!(
                "{}({}) {comparison} {}",
                numbers.pick(&["sum", "min", "max", "avg"]),
                number(numbers),
                number(numbers)
            ),
            2 => format!("by({})", numbers.pick(FIELDS)),
            3 => format!("by({} % 2)", number(numbers)),
            4 => "coalesce()".to_owned(),
            5 => format!("max({}) - min({}) {comparison} 1", number(numbers), number(numbers)),
            6 => structure(numbers),
            _ => format!("{{ {} }}", expression(numbers, 1)),
        };
        text = format!("{text} | {stage}");
    }
    text
}

/// Makes a metrics query, sometimes one that ranks, filters or computes with its series.
pub(crate) fn metrics(numbers: &mut Numbers) -> String {
    let comparison = numbers.pick(COMPARISONS);
    match numbers.below(10) {
        0 => format!("{} | {}({})", first_stage(numbers), numbers.pick(&["topk", "bottomk"]), 1 + numbers.below(3)),
        1 => format!("{} {comparison} {}", first_stage(numbers), numbers.below(4)),
        2 => format!("{} {comparison} 10ns", first_stage(numbers)),
        3 => {
            let operator = numbers.pick(&["+", "-", "*", "/"]);
            format!(
                "({}) {operator} ({}) {comparison} {}",
                first_stage(numbers),
                first_stage(numbers),
                numbers.below(4)
            )
        }
        4 => {
            // Of the same spans, so that there is something to join.
            let (spans, by) = (spans(numbers), by(numbers));
            let operator = numbers.pick(&["+", "-", "*", "/"]);
            let right = if numbers.below(3) == 0 { "" } else { &by };
            let scale = numbers.pick(&["100 *", "1.5 -", ""]);
            format!("{scale} ({spans} | {}{by}) {operator} ({{ }} | {}{right})", function(numbers), function(numbers))
        }
        5 => comparison_of_spans(numbers),
        _ => first_stage(numbers),
    }
}

/// Makes a comparison of spans that are not chosen by their attributes: what a query tests counts more often.
fn comparison_of_spans(numbers: &mut Numbers) -> String {
    let spans = numbers.pick(&["{ }", "{ } > { }", "{ } | count() > 2"]);
    let selection = expression(numbers, 1);
    let further = match numbers.below(4) {
        0 => ", 2".to_owned(),
        1 => format!(", 1000, {}, {}", 100_000_000 + numbers.below(8_000), 100_008_000 + numbers.below(8_000)),
        _ => String::new(),
    };
    format!("{spans} | compare({{ {selection} }}{further})")
}

fn first_stage(numbers: &mut Numbers) -> String {
    format!("{} | {}{}", spans(numbers), function(numbers), by(numbers))
}

fn spans(numbers: &mut Numbers) -> String {
    match numbers.below(10) {
        0..6 => "{ }".to_owned(),
        6 | 7 => format!("{{ {} }}", expression(numbers, 1)),
        8 => structure(numbers),
        _ => pipeline(numbers),
    }
}

fn function(numbers: &mut Numbers) -> String {
    let over = numbers.pick(&["min", "max", "avg", "sum", "histogram"]);
    match numbers.below(9) {
        0 => "rate()".to_owned(),
        1 => "count_over_time()".to_owned(),
        2 | 3 => format!("quantile_over_time({}, 0, .5, 0.99, 1)", measured(numbers)),
        _ => format!("{over}_over_time({})", measured(numbers)),
    }
}

fn measured(numbers: &mut Numbers) -> &'static str {
    numbers.pick(&[
        "span.a",
        "span.b",
        ".a",
        ".r",
        "duration",
        "traceDuration",
        "event.e",
        "event:timeSinceStart",
        "span:childCount",
        "nestedSetParent",
        "parent.span.a",
        "parent.duration",
        "name",
    ])
}

fn by(numbers: &mut Numbers) -> String {
    let fields: Vec<&str> = (0..numbers.below(4)).map(|_| numbers.pick(FIELDS)).collect();
    if fields.is_empty() { String::new() } else { format!(" by ({})", fields.join(", ")) }
}
