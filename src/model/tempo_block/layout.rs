//! Which layout of `data.parquet` is written, and with which numbered columns.

use traceql_grammar::vocab::own_columns::{OWN_COLUMNS, Place};

use super::meta::DedicatedColumn;

/// The layout that is written.
pub const FORMAT: &str = "vParquet4";

/// How many dedicated columns `vParquet4` has for spans and for resources, all for text: `String01` to `String10`.
pub const DEDICATED_SLOTS: usize = 10;

/// Returns the dedicated columns that are written: those that Tempo itself gives a `vParquet4` block by default.
pub fn default_dedicated() -> Vec<DedicatedColumn> {
    let own = OWN_COLUMNS.iter().filter(|own| own.place == Place::Default);
    let column = own.map(|own| DedicatedColumn {
        scope: own.scope,
        name: own.key.to_owned(),
        holds: own.holds,
        options: Vec::new(),
    });
    column.collect()
}
