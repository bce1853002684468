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
