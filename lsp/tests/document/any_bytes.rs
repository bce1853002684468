//! Bytes
