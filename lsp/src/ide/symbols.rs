//! Symbols: panels, rules and the other holders of a file's queries, with the queries; in a query file its stages.

use std::ops::Range;

use super::{Analysis, terms::stages, terms_of};
use crate::document::holder::{Found, Holder, HolderKind, Target};

/// Maximum length of a query as a name, in characters.
const MAX_NAME: usize = 80;

/// A part of a file that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The name; never empty.
    pub name: String,
    /// A few words beside it; may be empty.
    pub detail: String,
    /// The kind of part.
    pub kind: SymbolKind,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// The part of [`Symbol::span`] that tells what it is.
    pub selection: Range<usize>,
    /// The parts in it.
    pub children: Vec<Symbol>,
}

/// The kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// Something that holds queries.
    Holder(HolderKind),
    /// A query.
    Query,
    /// A stage of a query.
    Stage,
}

/// Returns the parts of a file, in order. Blocks of code below one heading are one part, that of the heading.
pub fn symbols(analysis: &Analysis) -> Vec<Symbol> {
    let headings = headings(analysis);
    let mut symbols: Vec<Symbol> = Vec::new();
    for holder in &analysis.document().holders {
        if holder.kind == HolderKind::File {
            symbols.extend(file_stages(holder));
            continue;
        }
        let mut symbol = of_holder(analysis, holder, &headings);
        symbol.children = holder.targets.iter().filter_map(|target| query(target, &holder.span)).collect();
        add(&mut symbols, symbol);
    }
    symbols
}

/// Returns the holders of a file's queries without what is in them; a query file is one by its name.
pub fn outline(analysis: &Analysis) -> Vec<Symbol> {
    let headings = headings(analysis);
    let mut symbols = Vec::new();
    for holder in &analysis.document().holders {
        add(&mut symbols, of_holder(analysis, holder, &headings));
    }
    symbols
}

/// Adds a symbol, or what is in it to the one before it where both are of the same heading.
fn add(symbols: &mut Vec<Symbol>, symbol: Symbol) {
    let is_block = symbol.kind == SymbolKind::Holder(HolderKind::CodeBlock);
    match symbols.last_mut().filter(|last| is_block && last.kind == symbol.kind && last.selection == symbol.selection) {
        Some(last) => {
            last.span.end = symbol.span.end;
            last.children.extend(symbol.children);
        }
        None => symbols.push(symbol),
    }
}

/// Returns the rank of a name in a search for symbols, 0 best; `None` if it lacks letters that are searched for, in their order.
pub fn rank(name: &str, wanted: &str) -> Option<usize> {
    let (name, wanted) = (name.to_lowercase(), wanted.to_lowercase());
    match name.find(&wanted) {
        Some(0) => return Some(0),
        Some(_) => return Some(1),
        None => {}
    }
    let mut letters = name.chars();
    let is_there = wanted.chars().filter(|c| !c.is_whitespace()).all(|c| letters.any(|letter| letter == c));
    is_there.then_some(2)
}

fn of_holder(analysis: &Analysis, holder: &Holder, headings: &[Range<usize>]) -> Symbol {
    let title = holder.title.as_ref();
    let name = title.map(|title| one_line(&title.value)).filter(|name| !name.is_empty());
    let above = headings.partition_point(|heading| heading.start < holder.span.start);
    let heading = above.checked_sub(1).map(|at| headings[at].clone()).filter(|_| holder.kind == HolderKind::CodeBlock);
    let name = name.or_else(|| match holder.kind {
        HolderKind::File => analysis.name().rsplit(['/', '\\']).next().map(str::to_owned),
        _ => heading.clone().and_then(|heading| analysis.text().get(heading)).map(one_line),
    });
    let dashboard = holder.dashboard.and_then(|at| analysis.document().dashboards.get(at));
    let is_inside = |span: &Range<usize>| holder.span.start <= span.start && span.end <= holder.span.end;
    let selection = title.map(|title| title.span.clone()).filter(is_inside).or_else(|| heading.clone());
    Symbol {
        name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| nameless(holder)),
        detail: dashboard.and_then(|dashboard| dashboard.title.clone()).unwrap_or_default(),
        kind: SymbolKind::Holder(holder.kind),
        span: heading.map_or(holder.span.start, |heading| heading.start)..holder.span.end,
        selection: selection.unwrap_or_else(|| holder.span.clone()),
        children: Vec::new(),
    }
}

/// Returns a name for a holder that has none.
fn nameless(holder: &Holder) -> String {
    let word = match holder.kind {
        HolderKind::File => "file",
        HolderKind::Panel | HolderKind::LibraryPanel => "panel",
        HolderKind::Link => "link",
        HolderKind::AlertRule => "alert rule",
        HolderKind::RecordingRule => "recording rule",
        HolderKind::Correlation => "correlation",
        HolderKind::DerivedField => "derived field",
        HolderKind::ExploreUrl => "address",
        HolderKind::SavedQuery => "saved query",
        HolderKind::Terraform => "string",
        HolderKind::CodeBlock => "code block",
        HolderKind::Command => "command",
    };
    holder.id.as_ref().map_or_else(|| word.to_owned(), |id| format!("{word} {id}"))
}

/// Returns the query of a target that Grafana sends, if it has a text and lies in the holder.
fn query(target: &Target, holder: &Range<usize>) -> Option<Symbol> {
    let found = target.sent().filter(|found| !found.text.trim().is_empty())?;
    let is_inside = holder.start <= found.span.start && found.span.end <= holder.end;
    is_inside.then(|| Symbol {
        name: one_line(&found.text),
        detail: target.ref_id.clone().unwrap_or_default(),
        kind: SymbolKind::Query,
        span: found.span.clone(),
        selection: found.span.clone(),
        children: Vec::new(),
    })
}

/// Returns the stages of a query file.
fn file_stages(holder: &Holder) -> Vec<Symbol> {
    let stage = |found: &Found, span: Range<usize>| {
        let place = found.map.to_file(span.clone());
        Symbol {
            name: one_line(found.text.get(span).unwrap_or_default()),
            detail: String::new(),
            kind: SymbolKind::Stage,
            span: place.clone(),
            selection: place,
            children: Vec::new(),
        }
    };
    let found = holder.targets.iter().filter_map(|target| target.query.as_ref());
    found.flat_map(|found| stages(&terms_of(holder, found)).into_iter().map(|span| stage(found, span))).collect()
}

/// Returns the titles of the headings of a Markdown file with blocks of code, without their signs.
fn headings(analysis: &Analysis) -> Vec<Range<usize>> {
    if !analysis.document().holders.iter().any(|holder| holder.kind == HolderKind::CodeBlock) {
        return Vec::new();
    }
    let (mut headings, mut is_code, mut at) = (Vec::new(), false, 0);
    for whole in analysis.text().split_inclusive('\n') {
        let line = whole.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            is_code = !is_code;
        } else if let Some(title) = line.strip_prefix('#').filter(|_| !is_code)
            && let Some(title) = title.trim_start_matches('#').strip_prefix(' ').map(str::trim)
        {
            let end = at + whole.trim_end().len();
            headings.push(end - title.len()..end);
        }
        at += whole.len();
    }
    headings
}

/// Returns a text on one line, cut where it is long.
fn one_line(text: &str) -> String {
    // More than enough letters for a name with as many blanks between them.
    let begin: String = text.chars().take(MAX_NAME * 8).collect();
    let line = begin.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
