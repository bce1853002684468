//! Tokens: under each line its tokens with their kinds.

use traceql_lsp::ide::tokens::{tokens, tokens_in};

use crate::{
    drawn::{drawn, file},
    section::Section,
};

pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let file = file(section);
    let analysis = file.analysis(section);
    let found = match file.marks[..] {
        [start, end] => tokens_in(&analysis, start..end),
        _ => tokens(&analysis),
    };
    let places = found.into_iter().map(|token| {
        let deprecated = if token.is_deprecated { ", deprecated" } else { "" };
        (token.span, format!("{:?}", token.kind).to_lowercase() + deprecated)
    });
    Ok(drawn(&file, &places.collect::<Vec<_>>()))
}
