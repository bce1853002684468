//! Edits
