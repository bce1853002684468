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

/// Returns what is wrong with the settings, each as a sentence with the values that there are.
pub(super) fn mistakes(value: &Value) -> Vec<String> {
    let value = value.get("traceql").unwrap_or(value);
    let (lint, mut found) = (&value["lint"], Vec::new());
    let mut check = |name: &str, value: &Value, is_right: bool, wanted: &str| {
        if !value.is_null() && !is_right {
            found.push(format!("`traceql.{name}` is {value}; it can be {wanted}"));
        }
    };
    let target = &value["target"];
    let is_release =
        target.as_str().is_some_and(|text| text.trim().is_empty() || text.trim().parse::<Release>().is_ok());
    check("target", target, is_release, &format!("a release of Tempo such as \"{}\"", Release::Main.name()));
    check("source", &value["source"], value["source"].is_string(), "the name of a context, a server or a file");
    check("lint", lint, lint.is_object(), "an object with `enable` and `level`");
    let is_level = matches!(lint["level"].as_str(), Some("error" | "warning" | "info" | ""));
    check("lint.level", &lint["level"], is_level, "\"error\", \"warning\" or \"info\"");
    check("lint.enable", &lint["enable"], lint["enable"].is_boolean(), "true or false");
    check("codeLens", &value["codeLens"], value["codeLens"].is_boolean(), "true or false");
    check("inlayHints", &value["inlayHints"], value["inlayHints"].is_boolean(), "true or false");
    found
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
    fn mistakes_name_the_setting_and_its_values() {
        let found = mistakes(&json!({"traceql": {"target": "9.9", "lint": {"level": "all", "enable": true}}}));
        let [target, level] = found.as_slice() else { panic!("{found:?}") };
        assert!(target.starts_with("`traceql.target` is \"9.9\"; it can be a release of Tempo"), "{target}");
        assert_eq!(level, "`traceql.lint.level` is \"all\"; it can be \"error\", \"warning\" or \"info\"");
        let right = json!({"target": "2.8", "lint": {}, "codeLens": false, "source": null, "other": 1});
        assert!(mistakes(&right).is_empty() && mistakes(&json!(null)).is_empty() && mistakes(&json!([1])).is_empty());
        assert_eq!(mistakes(&json!({"lint": "x"})).len(), 1);
    }

    #[test]
    fn settings_come_with_or_without_their_name() {
        let expected = Settings { level: Some(Severity::Error), is_lint_off: true, ..Settings::default() };
        let value = json!({"lint": {"level": "error", "enable": false}});
        assert_eq!((Settings::read(&value), Settings::read(&json!({"traceql": value}))), (expected.clone(), expected));
    }
}
