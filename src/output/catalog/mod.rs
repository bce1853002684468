//! The names of attributes and their values, in each format.

pub mod flat;
pub mod json;
pub mod table;

use crate::model::result::Datum;

/// Returns Tempo's word for the type of a value: what an editor must know to write it into a query.
fn type_of(value: &Datum) -> &'static str {
    match value {
        Datum::String(_) | Datum::Nil | Datum::Array(_) => "string",
        Datum::Int(_) => "int",
        Datum::Float(_) => "float",
        Datum::Bool(_) => "bool",
        Datum::Duration(_) => "duration",
        Datum::Status(_) | Datum::Kind(_) => "keyword",
    }
}
