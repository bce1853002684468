//! Properties of the finder: what it reads is what other readers read, every byte has its place, and edits change
//! nothing else.

mod any_bytes;
mod compare;
mod edits;
mod json;
mod yaml;
