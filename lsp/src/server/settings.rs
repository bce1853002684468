//! Settings that the client has for the server: `traceql.target`, `traceql.source` and others.

use serde::Deserialize;
use serde_json::Value;
use traceql_grammar::{diagnostic::Severity, vocab::release::Release};

/// The settings of the client. A value that cannot be read is as if it were not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// The name of the source of names, values and answers: a context or a file.
    pub(super) source: Option<String>,
    /// The Tempo release that queries are for; it stands over that of `traceql.toml`.
    pub(super) target: Option<Release>,
    /// The least level of a finding that is shown.
    pub(super) level: Option<Severity>,
    /// Whether nothing is linted: only what no Tempo takes is told.
    pub(super) is_lint_off: bool,
    /// Whether no commands are shown above queries.
    pub(super) is_lens_off: bool,
    /// Whether types and units are shown beside the text.
    pub(super) is_inlay_on: bool,
}

/// The settings as clients write them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Written {
    source: Value,
    target: Value,
    lint: Lint,
    code_lens: Value,
    inlay_hints: Value,
}

/// `traceql.lint`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lint {
    enable: Value,
    level: Value,
}

impl Settings {
    /// Reads the settings: the value of `traceql`, or an object that holds it.
    pub(super) fn read(value: &Value) -> Settings {
        let value = value.get("traceql").unwrap_or(value);
        let written = Written::deserialize(value).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Settings {
            source: text(&written.source),
            target: text(&written.target).and_then(|target| target.parse().ok()),
            level: text(&written.lint.level).and_then(|level| match &*level {
                "error" => Some(Severity::Error),
                "warning" => Some(Severity::Warning),
                "info" => Some(Severity::Info),
                _ => None,
            }),
            is_lint_off: written.lint.enable == Value::Bool(false),
            is_lens_off: written.code_lens == Value::Bool(false),
            is_inlay_on: written.inlay_hints == Value::Bool(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let value = json!({"traceql": {"target": "2.8", "source": 7, "lint": {"level": "all"}}});
        let expected = Settings { target: "2.8".parse().ok(), ..Settings::default() };
        assert_eq!(Settings::read(&value), expected);
        let nothing = [json!(null), json!([1]), json!({"lint": 3}), json!({"target": "old"})];
        assert!(nothing.iter().all(|value| Settings::read(value) == Settings::default()));
    }

    #[test]
    fn settings_come_with_or_without_their_name() {
        let expected = Settings { level: Some(Severity::Error), is_lint_off: true, ..Settings::default() };
        let value = json!({"lint": {"level": "error", "enable": false}});
        assert_eq!((Settings::read(&value), Settings::read(&json!({"traceql": value}))), (expected.clone(), expected));
    }
}
