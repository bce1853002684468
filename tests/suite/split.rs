//! How a query is shared with a server.

use traceql::plan::remote::{Server, Split, split};
use traceql_grammar::vocab::release::Release;

use super::section::Section;

/// Returns the section with what the server does, behind `=>` after each of its queries.
pub(crate) fn expect(section: &Section) -> Result<String, String> {
    let option = |name: &str| section.options.get(name).map(String::as_str);
    let release = option("server").ok_or("no option `server` says which release it has")?;
    let server = Server {
        release: release.parse::<Release>().map_err(|error| error.to_string())?,
        exact: option("exact") == Some("true"),
        shared: option("shared") == Some("true"),
    };
    let paragraphs = section.paragraphs().map(|paragraph| {
        let query = paragraph.split("\n=>").next().unwrap_or_default();
        let text: String = query.lines().filter(|line| !line.starts_with("# ")).collect::<Vec<_>>().join("\n");
        format!("{query}\n=>{}", print(&split(&text, server), &text))
    });
    Ok(paragraphs.collect::<Vec<_>>().join("\n\n"))
}

fn print(split: &Split, query: &str) -> String {
    let (head, label, reasons) = match split {
        Split::Whole { text, notes } if text == query => (" whole".to_owned(), "note", notes),
        Split::Whole { text, notes } => (format!(" whole, as {text}"), "note", notes),
        Split::Here { candidates, reasons } => {
            let all = if candidates.everything { ", which is every trace" } else { "" };
            (format!(" here, over {}{all}", candidates.text), "because", reasons)
        }
        Split::Never { diagnostics } => {
            let errors: Vec<String> =
                diagnostics.iter().map(|found| format!("{} {}", found.code.row().number, found.message)).collect();
            return format!(" never: {}", errors.join("; "));
        }
    };
    let reasons: String = reasons.iter().map(|reason| format!("\n{label} {}", reason.text)).collect();
    format!("{head}{reasons}")
}
