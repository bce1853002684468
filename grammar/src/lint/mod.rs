//! What is legal and yet worth a second look.

use crate::{diagnostic::Diagnostic, query::Query};

/// Returns where Tempo will answer differently.
pub fn tempo_differences(_query: &Query) -> Vec<Diagnostic> {
    Vec::new()
}
