//! The small files of a block: `meta.json`, and the index of row groups.

use jiff::Timestamp;
use serde::Serialize;
use traceql_grammar::vocab::{own_columns::DedicatedType, scopes::Scope};

use crate::model::{
    base64,
    tempo_block::meta::{DedicatedColumn, Meta},
};

/// Returns the content of `meta.json`.
pub(super) fn meta_json(meta: &Meta) -> Vec<u8> {
    let time = |nanoseconds: u64| {
        let time = Timestamp::from_nanosecond(i128::from(nanoseconds));
        time.expect("64 bits of nanoseconds end in the year 2554").to_string()
    };
    let file = File {
        format: &meta.format,
        block_id: &meta.block_id,
        tenant_id: &meta.tenant_id,
        start_time: time(meta.start),
        end_time: time(meta.end),
        total_objects: meta.traces,
        size: meta.size,
        compaction_level: 0,
        index_page_size: 0,
        total_records: meta.row_groups,
        bloom_shards: meta.bloom_shards,
        footer_size: meta.footer_size,
        dedicated_columns: meta.dedicated.iter().map(FileColumn::new).collect(),
    };
    serde_json::to_vec(&file).expect("texts and numbers can always be written")
}

/// Returns the content of `index`: the last trace id of each row group.
pub(super) fn index_json(last_ids: &[[u8; 16]]) -> Vec<u8> {
    let index = Index { row_groups: last_ids.iter().map(|id| base64::encode(id)).collect() };
    serde_json::to_vec(&index).expect("texts can always be written")
}

/// The members of `meta.json`, in Tempo's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'m> {
    format: &'m str,
    #[serde(rename = "blockID")]
    block_id: &'m str,
    #[serde(rename = "tenantID")]
    tenant_id: &'m str,
    start_time: String,
    end_time: String,
    total_objects: u64,
    size: u64,
    compaction_level: u8,
    index_page_size: u32,
    total_records: u32,
    bloom_shards: u32,
    footer_size: u32,
    dedicated_columns: Vec<FileColumn<'m>>,
}

/// A dedicated column: what is usual is left out.
#[derive(Serialize)]
struct FileColumn<'m> {
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(rename = "n")]
    name: &'m str,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    holds: Option<&'static str>,
    #[serde(rename = "o", skip_serializing_if = "<[String]>::is_empty")]
    options: &'m [String],
}

impl<'m> FileColumn<'m> {
    fn new(column: &'m DedicatedColumn) -> FileColumn<'m> {
        FileColumn {
            scope: match column.scope {
                Scope::Resource => Some("resource"),
                Scope::Event => Some("event"),
                _ => None,
            },
            name: &column.name,
            holds: (column.holds == DedicatedType::Int).then_some("int"),
            options: &column.options,
        }
    }
}

/// The members of `index`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    row_groups: Vec<String>,
}
