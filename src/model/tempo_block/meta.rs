//! What `meta.json` says of a block.

use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;
use traceql_grammar::vocab::scopes::Scope;

pub use traceql_grammar::vocab::own_columns::DedicatedType;

/// What a block holds, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The layout of `data.parquet`: `vParquet4` and the like.
    pub format: String,
    /// The block's own id, which its folder is named after.
    pub block_id: String,
    /// Whose spans these are.
    pub tenant_id: String,
    /// About when the first span starts, in Unix nanoseconds; 0 if the block does not say.
    pub start: u64,
    /// About when the last span ends, in Unix nanoseconds; 0 if the block does not say.
    pub end: u64,
    /// How many traces there are.
    pub traces: u64,
    /// Bytes of `data.parquet`.
    pub size: u64,
    /// Row groups of `data.parquet`.
    pub row_groups: u32,
    /// How many files the filter of trace ids is cut into.
    pub bloom_shards: u32,
    /// Bytes of the Parquet footer, without its length and the closing magic.
    pub footer_size: u32,
    /// Attributes that have columns of their own, in the order in which the columns are numbered.
    pub dedicated: Vec<DedicatedColumn>,
}

/// An attribute that the block keeps in a column of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedicatedColumn {
    /// [`Scope::Span`], [`Scope::Resource`] or [`Scope::Event`].
    pub scope: Scope,
    /// The attribute's key, without scope.
    pub name: String,
    /// What the column can hold. Values of other types stay among the other attributes.
    pub holds: DedicatedType,
    /// How it is stored: `array`, `blob`.
    pub options: Vec<String>,
}

/// Why a file is no `meta.json`.
#[derive(Debug, Error)]
pub enum MetaError {
    /// It is not JSON, or a member has a wrong type or is missing.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A scope or type of a dedicated column that this program does not know.
    #[error("the dedicated column `{name}` has the {what} `{word}`, which is not known")]
    Column {
        /// The attribute's key.
        name: String,
        /// `scope` or `type`.
        what: &'static str,
        /// The word that stands there.
        word: String,
    },
}

impl Meta {
    /// Reads the content of `meta.json`. Members that are not known are passed over.
    pub fn parse(json: &[u8]) -> Result<Meta, MetaError> {
        let file: File = serde_json::from_slice(json)?;
        let dedicated = file.dedicated_columns.unwrap_or_default();
        Ok(Meta {
            format: file.format,
            block_id: file.block_id,
            tenant_id: file.tenant_id,
            start: nanoseconds(&file.start_time),
            end: nanoseconds(&file.end_time),
            traces: file.total_objects,
            size: file.size,
            row_groups: file.total_records,
            bloom_shards: file.bloom_shards,
            footer_size: file.footer_size,
            dedicated: dedicated.into_iter().map(DedicatedColumn::new).collect::<Result<_, _>>()?,
        })
    }
}

impl DedicatedColumn {
    fn new(file: FileColumn) -> Result<DedicatedColumn, MetaError> {
        let FileColumn { scope, name, holds, options } = file;
        let scope = match scope.as_deref() {
            None | Some("" | "span") => Scope::Span,
            Some("resource") => Scope::Resource,
            Some("event") => Scope::Event,
            Some(word) => return Err(MetaError::Column { name, what: "scope", word: word.to_owned() }),
        };
        let holds = match holds.as_deref() {
            None | Some("" | "string") => DedicatedType::String,
            Some("int") => DedicatedType::Int,
            Some(word) => return Err(MetaError::Column { name, what: "type", word: word.to_owned() }),
        };
        Ok(DedicatedColumn { scope, name, holds, options: options.unwrap_or_default() })
    }
}

fn nanoseconds(time: &str) -> u64 {
    time.parse::<Timestamp>().ok().and_then(|time| u64::try_from(time.as_nanosecond()).ok()).unwrap_or_default()
}

/// The members of `meta.json` by their own names. What is the same in every block is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    format: String,
    #[serde(rename = "blockID", default)]
    block_id: String,
    #[serde(rename = "tenantID", default)]
    tenant_id: String,
    #[serde(default)]
    start_time: String,
    #[serde(default)]
    end_time: String,
    #[serde(default)]
    total_objects: u64,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    total_records: u32,
    #[serde(default)]
    bloom_shards: u32,
    #[serde(default)]
    footer_size: u32,
    dedicated_columns: Option<Vec<FileColumn>>,
}

/// A dedicated column in `meta.json`: what is usual is left out.
#[derive(Deserialize)]
struct FileColumn {
    #[serde(rename = "s")]
    scope: Option<String>,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "t")]
    holds: Option<String>,
    #[serde(rename = "o")]
    options: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_tempos_names() {
        let meta = Meta::parse(
            br#"{"format":"vParquet5","blockID":"b","tenantID":"t","startTime":"2026-01-01T00:00:00.000000001Z",
                "endTime":"0001-01-01T00:00:00Z","totalObjects":2,"size":3,"compactionLevel":0,"indexPageSize":0,
                "totalRecords":4,"bloomShards":5,"footerSize":6,"new":{"in":[7]},"dedicatedColumns":[{"n":"a"},
                {"s":"resource","n":"b","t":"int"},{"s":"event","n":"c","o":["array"]}]}"#,
        )
        .expect("it is whole");
        let column = |scope, name: &str, holds, options: &[&str]| DedicatedColumn {
            scope,
            name: name.to_owned(),
            holds,
            options: options.iter().map(ToString::to_string).collect(),
        };
        let expected = Meta {
            format: "vParquet5".to_owned(),
            block_id: "b".to_owned(),
            tenant_id: "t".to_owned(),
            start: 1_767_225_600_000_000_001,
            end: 0,
            traces: 2,
            size: 3,
            row_groups: 4,
            bloom_shards: 5,
            footer_size: 6,
            dedicated: vec![
                column(Scope::Span, "a", DedicatedType::String, &[]),
                column(Scope::Resource, "b", DedicatedType::Int, &[]),
                column(Scope::Event, "c", DedicatedType::String, &["array"]),
            ],
        };
        assert_eq!(meta, expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let message = |json: &str| Meta::parse(json.as_bytes()).expect_err("it is wrong").to_string();
        assert!(message("{}").starts_with("missing field `format`"));
        assert!(message(r#"{"format":"v","size":-1}"#).contains("invalid value"));
        let column = |column: &str| message(&format!(r#"{{"format":"v","dedicatedColumns":[{column}]}}"#));
        assert_eq!(
            column(r#"{"n":"a","s":"moon"}"#),
            "the dedicated column `a` has the scope `moon`, which is not known"
        );
        assert_eq!(
            column(r#"{"n":"a","t":"float"}"#),
            "the dedicated column `a` has the type `float`, which is not known"
        );
    }
}
