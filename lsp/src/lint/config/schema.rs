//! The JSON schema of the settings, made from the tables that the reader uses.

use super::read::{ATTRIBUTES, KEYS, LINT, OVERRIDES, TEMPO};
use crate::lint::{
    interpolate::json,
    levels::{LEVELS, rules},
};
use traceql_grammar::vocab::release::Release;

/// Returns the JSON schema (draft 2020-12) of `traceql.toml`.
pub fn schema() -> String {
    let names: Vec<String> = rules()
        .map(|row| {
            format!(
                "          {}: {{ \"$ref\": \"#/$defs/level\", \"description\": {} }}",
                json(row.name),
                json(row.summary)
            )
        })
        .collect();
    let levels = list(LEVELS.iter().map(|(word, _)| *word));
    let least = list(LEVELS.iter().map(|(word, _)| *word).filter(|word| *word != "off"));
    let releases = list(Release::ALL.iter().map(|release| release.name()));
    let texts = "{ \"$ref\": \"#/$defs/texts\" }";
    let rules = "{ \"$ref\": \"#/$defs/rules\" }";
    let overrides = object(6, &OVERRIDES, |key| match key {
        "paths" => ("the files that it is for: patterns", texts.to_owned()),
        _ => ("the levels of rules in these files", rules.to_owned()),
    });
    let lint = object(4, &LINT, |key| match key {
        "level" => ("the least level of a finding that is told", format!("{{ \"enum\": {least} }}")),
        "strict" => ("whether warnings count as failures", "{ \"type\": \"boolean\" }".to_owned()),
        "rules" => ("the levels of rules", rules.to_owned()),
        _ => ("levels for some files", format!("{{ \"type\": \"array\", \"items\": {overrides} }}")),
    });
    let top = object(2, &KEYS, |key| match key {
        "target" => (
            "the Tempo release that queries are for",
            format!("{{ \"anyOf\": [{{ \"enum\": {releases} }}, {{ \"type\": \"string\" }}] }}"),
        ),
        "exclude" => ("files that are left out: patterns; one without `/` holds in every folder", texts.to_owned()),
        "tempo" => (
            "data sources",
            object(4, &TEMPO, |_| ("uids and names of data sources that are a Tempo", texts.to_owned())),
        ),
        "attributes" => ("attributes", object(4, &ATTRIBUTES, |_| ("attributes that the team has", texts.to_owned()))),
        _ => ("the linter", lint.clone()),
    });
    let top = top.strip_prefix('{').unwrap_or(&top);
    format!(
        "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"traceql.toml\",{top_head}\n  \"$defs\": {{\n    \
         \"texts\": {{ \"anyOf\": [{{ \"type\": \"string\" }}, {{ \"type\": \"array\", \"items\": {{ \"type\": \"string\" }} }}] }},\n    \
         \"level\": {{ \"enum\": {levels} }},\n    \"rules\": {{\n      \"type\": \"object\",\n      \
         \"additionalProperties\": false,\n      \"properties\": {{\n{names}\n      }}\n    }}\n  }}\n}}\n",
        top_head = format_args!("{},", top.trim_end().trim_end_matches('}').trim_end()),
        names = names.join(",\n"),
    )
}

/// Writes a list of texts.
fn list<'t>(words: impl Iterator<Item = &'t str>) -> String {
    format!("[{}]", words.map(json).collect::<Vec<_>>().join(", "))
}

/// Writes the schema of an object that has these keys and no others. `describe` gives a sentence and a schema for each.
fn object(indent: usize, keys: &[&str], describe: impl Fn(&str) -> (&'static str, String)) -> String {
    let blanks = " ".repeat(indent);
    let of_key = |key: &&str| {
        let (sentence, schema) = describe(key);
        let inside = schema.strip_prefix('{').unwrap_or(&schema);
        format!("{blanks}  {}: {{ \"description\": {},{inside}", json(key), json(sentence))
    };
    let properties: Vec<String> = keys.iter().map(of_key).collect();
    format!(
        "{{\n{blanks}\"type\": \"object\",\n{blanks}\"additionalProperties\": false,\n{blanks}\"properties\": {{\n{}\n{blanks}}}\n{}}}",
        properties.join(",\n"),
        " ".repeat(indent.saturating_sub(2)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::json;

    #[test]
    fn the_schema_is_json_and_names_every_key_and_rule() {
        let text = schema();
        let root = json::parse(&text).expect("JSON");
        for key in KEYS {
            assert!(root.at(&["properties", key, "description"]).is_some(), "{key} in {text}");
        }
        for key in LINT {
            assert!(root.at(&["properties", "lint", "properties", key]).is_some(), "{key} in {text}");
        }
        let known = root.at(&["$defs", "rules", "properties"]).expect("rules").entries().len();
        assert_eq!(known, rules().count());
        assert!(root.at(&["properties", "lint", "properties", "overrides", "items", "properties", "paths"]).is_some());
    }
}
