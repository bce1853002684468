//! A trace as one page for a browser, which needs nothing else: style, script and data are in it.
//!
//! A page has at most [`LIMIT`] bytes. The data stands in it as JSON where that fits, else packed with gzip. Where even
//! that is too much, less is told, in this order, and the page and [`LeftOut`] say so:
//!
//! 1. Texts are cut to 200 characters, then to 60.
//! 2. Spans stand without attributes, events and links.
//! 3. Spans are left out.
//!
//! Of the spans the shortest ones go first; those that have failed or are on the critical path, and what they hang on,
//! go last.
//!
//! Text of the trace is hostile: in the data every `<`, `>` and `&` is written as an escape of JSON, the script makes text
//! nodes of it and nothing else, and the page's own policy forbids it to load anything.

mod data;
mod fit;

use std::{fmt, io};

use flate2::{Compression, write::GzEncoder};

use super::view::View;
use crate::{
    model::{base64, batch::Batch},
    output::{text::counted, visible::visible},
};

use self::{
    data::{Data, Extent, Ranks},
    fit::{Fit, Packed},
};

/// How many bytes a page has at most.
pub const LIMIT: usize = 300_000;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The least bytes of JSON that a span takes, to know without a look that many spans are too many.
const LEAST_SPAN: usize = 30;

/// Texts are cut to so many characters, in turn.
const CUTS: [usize; 2] = [200, 60];

/// What a page leaves out because it would be too large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// To how many characters texts are cut.
    pub cut: Option<usize>,
    /// How many of the spans stand without what they hold.
    pub bare: usize,
    /// How many spans are not there at all.
    pub spans: usize,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(cut) = self.cut {
            parts.push(format!("texts are cut to {cut} characters"));
        }
        if self.bare > 0 {
            parts.push(format!("{} without attributes, events and links", has(self.bare, "stands", "stand")));
        }
        if self.spans > 0 {
            parts.push(format!("{} left out", has(self.spans, "is", "are")));
        }
        write!(f, "the whole trace does not fit into a page of {} kB: {}", LIMIT / 1_000, parts.join(", "))
    }
}

fn has(spans: usize, one: &str, many: &str) -> String {
    format!("{} {}", counted(spans as u64, "span"), if spans == 1 { one } else { many })
}

/// Writes the first trace of a batch as a page, nothing if there is none; tells what had to be left out.
pub fn write(out: &mut dyn io::Write, batch: &Batch) -> io::Result<Option<LeftOut>> {
    let Some(view) = View::new(batch) else { return Ok(None) };
    let frame = Frame::new(&view);
    let ranks = Ranks::new(&view);
    if view.trace.rows.len() <= LIMIT / LEAST_SPAN {
        let (json, _) = data(&view, &ranks, &Extent::default())?;
        if frame.fits(&json) {
            frame.write(out, &json)?;
            return Ok(None);
        }
    }
    let pack = |extent: &Extent| packed_data(&view, &ranks, extent);
    let (packed, left_out) = as_much_as_fits(&Fit { all: view.trace.rows.len(), room: frame.room(), pack: &pack })?;
    frame.write(out, &packed)?;
    Ok((left_out != LeftOut::default()).then_some(left_out))
}

/// Writes the data of the page of the first trace of a batch as JSON, all of it; nothing if there is no trace.
pub fn write_data(out: &mut dyn io::Write, batch: &Batch) -> io::Result<()> {
    let Some(view) = View::new(batch) else { return Ok(()) };
    let (json, _) = data(&view, &Ranks::new(&view), &Extent::default())?;
    out.write_all(&json)
}

/// Packs as much as fits, telling less and less.
fn as_much_as_fits(fit: &Fit<'_>) -> io::Result<Packed> {
    for cut in [None].into_iter().chain(CUTS.map(Some)) {
        if let Some(packed) = fit.all(Extent { cut, ..Extent::default() })? {
            return Ok(packed);
        }
    }
    let holding = |n| Extent { cut: CUTS.last().copied(), holding: Some(n), ..Extent::default() };
    let most = match fit.all(holding(0))? {
        Some(_) => fit.most(&holding)?,
        None => fit.most(&|n| Extent { spans: Some(n), ..holding(0) })?,
    };
    // A page of no spans at all has nothing that could be too large.
    Ok(most.unwrap_or_default())
}

fn packed_data(view: &View<'_>, ranks: &Ranks, extent: &Extent) -> io::Result<Packed> {
    let (json, left_out) = data(view, ranks, extent)?;
    Ok((pack(&json)?, left_out))
}

/// Returns the data of a page as JSON that cannot end the element that it stands in.
fn data(view: &View<'_>, ranks: &Ranks, extent: &Extent) -> io::Result<(Vec<u8>, LeftOut)> {
    let (data, left_out) = Data::new(view, ranks, extent);
    let mut json = Vec::new();
    crate::output::go_json::write(&mut json, &data)?;
    Ok((json, left_out))
}

fn pack(json: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, json)?;
    Ok(base64::encode(&encoder.finish()?).into_bytes())
}

/// The parts of a page around its data.
struct Frame {
    before: String,
    after: String,
}

impl Frame {
    fn new(view: &View<'_>) -> Frame {
        let root = view.trace.root.map(|row| (view.service(row), view.name(row)));
        let (service, name) = root.unwrap_or_default();
        let separator = if service.is_empty() || name.is_empty() { "" } else { ": " };
        let named: String = format!("{service}{separator}{name}").chars().take(CUTS[0]).collect();
        let title = if named.is_empty() {
            format!("trace {}", view.trace.id)
        } else {
            format!("{named} – trace {}", view.trace.id)
        };
        let (before, after) = PAGE.split_once("<!--data-->").unwrap_or((PAGE, ""));
        let before = before.replace("/*style*/", STYLE);
        // The title last: what it says is not looked at.
        let before = before.replacen("<!--title-->", &escaped(&title), 1);
        Frame { before, after: after.replacen("/*script*/", SCRIPT, 1) }
    }

    /// Returns how many bytes the data may take.
    fn room(&self) -> usize {
        LIMIT.saturating_sub(self.before.len() + self.after.len())
    }

    fn fits(&self, data: &[u8]) -> bool {
        data.len() <= self.room()
    }

    fn write(&self, out: &mut dyn io::Write, data: &[u8]) -> io::Result<()> {
        out.write_all(self.before.as_bytes())?;
        out.write_all(data)?;
        out.write_all(self.after.as_bytes())
    }
}

/// Returns text as HTML.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(visible(c)),
        }
    }
    html
}
