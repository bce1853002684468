//! One trace in each format: a waterfall for people, a page for browsers, JSON for programs.

pub mod html;
pub mod json;
pub mod table;
mod values;
mod view;
