//! A query of another file as a query file beside it.

use traceql_grammar::{check, format, template::occurrences};

use super::{NewFile, Rewrite, RewriteKind, is_wrong};
use crate::{
    document::holder::HolderKind,
    ide::{Analysis, QueryAt},
};

/// Maximum length of a file's name without its end, in characters.
const LONGEST_NAME: usize = 60;

/// Returns the rewrite that makes a query file; `None` for a query that needs the variables of its dashboard.
pub(super) fn copy(analysis: &Analysis, query: QueryAt<'_>, text: &str) -> Option<Rewrite> {
    let has_variables = occurrences(text).next().is_some();
    if query.holder.kind == HolderKind::File || has_variables {
        return None;
    }
    if is_wrong(check(text, analysis.options().release).verdict) {
        return None;
    }
    let name = format!("{}.traceql", name(analysis, query));
    let text = format(text).ok()? + "\n";
    Some(Rewrite {
        title: format!("Copy the query to `{name}`"),
        kind: RewriteKind::Extract,
        edits: Vec::new(),
        new_file: Some(NewFile { name, text }),
    })
}

/// Returns the name of a query: that of its holder, or else of the file with a number.
fn name(analysis: &Analysis, query: QueryAt<'_>) -> String {
    let title = query.holder.title.as_ref().map(|title| slug(&title.value)).filter(|slug| !slug.is_empty());
    let has_others = query.holder.targets.len() > 1;
    match (title, query.target.ref_id.as_deref().map(slug)) {
        (Some(title), Some(letter)) if has_others && !letter.is_empty() => format!("{title}-{letter}"),
        (Some(title), _) => title,
        (None, _) => {
            let file = analysis.name().rsplit(['/', '\\']).next().unwrap_or_default();
            let file = slug(file.split_once('.').map_or(file, |(name, _)| name));
            let number = analysis.document().targets().position(|(_, target)| std::ptr::eq(target, query.target));
            let file = if file.is_empty() { "query" } else { &file };
            format!("{file}-{}", number.unwrap_or_default() + 1)
        }
    }
}

/// Returns the letters and digits of a text, with hyphens between its words.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join("-").to_lowercase();
    let cut: String = words.chars().take(LONGEST_NAME).collect();
    cut.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names() {
        assert_eq!(slug("Slow carts (p99) / $env"), "slow-carts-p99-env");
        assert_eq!(slug("../../etc"), "etc");
        assert_eq!(slug("…"), "");
        assert_eq!(slug(&"ä ".repeat(80)).chars().count(), 59);
    }
}
