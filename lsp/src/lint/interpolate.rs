//! Text that Grafana puts in the place of a variable: its values in the format that a reference asks for.
//!
//! Tempo's queries have `pipe` where a reference names no format.

/// The chosen values of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// The value of a variable that has one at a time.
    One(String),
    /// The values of a variable that can have several; a single one too.
    Several(Vec<String>),
    /// `All`, where the variable says what stands for it.
    AllText(String),
    /// Something that is not known.
    Unknown,
}

/// Format of references that name none.
const DEFAULT: &str = "pipe";

impl Chosen {
    /// Returns the text in the place of a reference to the variable `name`; `None` if it is not known.
    pub(super) fn text(&self, name: &str, format: Option<&str>) -> Option<String> {
        let format = format.unwrap_or(DEFAULT);
        let (format, argument) = format.split_once(':').unwrap_or((format, ""));
        match self {
            Chosen::Unknown => None,
            Chosen::AllText(text) => match format {
                "text" => Some("All".to_owned()),
                "percentencode" => Some(percent(text)),
                "queryparam" => Some(format!("var-{name}={}", percent(text))),
                _ => Some(text.clone()),
            },
            Chosen::One(value) => one(value, name, format, argument),
            Chosen::Several(values) => several(values, name, format, argument),
        }
    }
}

fn one(value: &str, name: &str, format: &str, argument: &str) -> Option<String> {
    Some(match format {
        "regex" => regex(value),
        "lucene" => lucene(value),
        "html" => html(value),
        "percentencode" | "uriencode" => percent(value),
        "singlequote" => format!("'{}'", value.replace('\'', "\\'")),
        "doublequote" => format!("\"{}\"", value.replace('"', "\\\"")),
        "sqlstring" => format!("'{}'", value.replace('\'', "''")),
        "queryparam" => format!("var-{name}={}", percent(value)),
        // Of what time a value is, nobody can tell; other arguments are written by hand and seldom.
        "date" | "customqueryparam" => return None,
        "join" if !argument.is_empty() => value.to_owned(),
        _ => value.to_owned(),
    })
}

fn several(values: &[String], name: &str, format: &str, argument: &str) -> Option<String> {
    let each = |format: &str, by: &str| {
        let texts: Option<Vec<String>> = values.iter().map(|value| one(value, name, format, argument)).collect();
        texts.map(|texts| texts.join(by))
    };
    let is_alone = values.len() == 1;
    match format {
        "pipe" => each("raw", "|"),
        "regex" if is_alone => each("regex", ""),
        "regex" => Some(format!("({})", each("regex", "|")?)),
        "csv" | "raw" => each("raw", ","),
        "text" => each("raw", " + "),
        "html" => each("html", ", "),
        "json" => Some(format!("[{}]", values.iter().map(|value| json(value)).collect::<Vec<_>>().join(","))),
        "lucene" => {
            let quoted: Vec<String> = values.iter().map(|value| format!("\"{}\"", lucene(value))).collect();
            Some(format!("({})", quoted.join(" OR ")))
        }
        "distributed" => {
            let further =
                |(at, value): (usize, &String)| if at == 0 { value.clone() } else { format!("{name}={value}") };
            Some(values.iter().enumerate().map(further).collect::<Vec<_>>().join(","))
        }
        "percentencode" | "uriencode" => Some(percent(&several(values, name, "glob", "")?)),
        "singlequote" | "doublequote" | "sqlstring" => each(format, ","),
        "queryparam" => each("queryparam", "&"),
        "join" => each("raw", if argument.is_empty() { "," } else { argument }),
        "date" | "customqueryparam" => None,
        _ if is_alone => each("raw", ""),
        // `glob`, and formats that Grafana does not know.
        _ => Some(format!("{{{}}}", each("raw", ",")?)),
    }
}

/// Puts a backslash before what has a meaning in regular expressions.
fn regex(value: &str) -> String {
    escaped(value, is_regex_character)
}

/// Tells whether a character means something else than itself in a regular expression.
pub(super) fn is_regex_character(c: char) -> bool {
    "\\^$.*+?()[]{}|/".contains(c) && c != '/'
}

fn lucene(value: &str) -> String {
    escaped(value, |c| "!*+-=<>&|()[]{}^~?:\\/\"".contains(c) || c.is_whitespace())
}

fn escaped(value: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if is_special(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

fn html(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Writes a text as JSON does.
pub(super) fn json(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// Writes everything but letters, digits, `-`, `_`, `.` and `~` as bytes with a percent sign.
fn percent(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 8);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(byte as char);
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(chosen: &Chosen, formats: &[Option<&str>]) -> Vec<String> {
        formats.iter().map(|format| chosen.text("x", *format).unwrap_or_else(|| "?".to_owned())).collect()
    }

    const FORMATS: [Option<&str>; 13] = [
        None,
        Some("regex"),
        Some("csv"),
        Some("glob"),
        Some("json"),
        Some("raw"),
        Some("doublequote"),
        Some("singlequote"),
        Some("text"),
        Some("distributed"),
        Some("queryparam"),
        Some("lucene"),
        Some("date:iso"),
    ];

    #[test]
    fn one_value_is_itself_in_most_formats() {
        let one = Chosen::One("a.b".to_owned());
        assert_eq!(
            texts(&one, &FORMATS),
            ["a.b", "a\\.b", "a.b", "a.b", "a.b", "a.b", "\"a.b\"", "'a.b'", "a.b", "a.b", "var-x=a.b", "a.b", "?"]
        );
    }

    #[test]
    fn several_values_are_joined_as_the_format_says() {
        let two = Chosen::Several(vec!["a.b".to_owned(), "c".to_owned()]);
        assert_eq!(
            texts(&two, &FORMATS),
            [
                "a.b|c",
                "(a\\.b|c)",
                "a.b,c",
                "{a.b,c}",
                "[\"a.b\",\"c\"]",
                "a.b,c",
                "\"a.b\",\"c\"",
                "'a.b','c'",
                "a.b + c",
                "a.b,x=c",
                "var-x=a.b&var-x=c",
                "(\"a.b\" OR \"c\")",
                "?"
            ]
        );
    }

    #[test]
    fn the_text_of_all_ignores_most_formats() {
        let all = Chosen::AllText(".*".to_owned());
        let formats = [None, Some("regex"), Some("text"), Some("percentencode"), Some("json")];
        assert_eq!(texts(&all, &formats), [".*", ".*", "All", ".%2A", ".*"]);
    }
}
