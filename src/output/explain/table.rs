//! How a query is done and what it took, for people: what matters most comes first.

use std::{collections::BTreeMap, io};

use unicode_width::UnicodeWidthStr;

use crate::{
    model::{
        explain::{Explained, Gives, Kind, Ran, Sharing, Sorting},
        profile::{BlockProfile, ColumnProfile, Count, SourceProfile, Step},
    },
    output::{
        style::Ink,
        text::{cut, pad, pad_left, rfc3339, short_duration, wrapped},
        visible::shown,
    },
};

pub use crate::output::style::PageStyle as Style;

use super::words::{all_columns, bytes, counted, grouped, percent};

/// How wide the labels of the plan are, with the gap behind them.
const LABEL: usize = 9;

/// The narrowest that text beside a label gets, however narrow the terminal is.
const NARROWEST: usize = 30;

/// How many sources are shown one by one; behind them stand the sums of the others.
const SOURCES: usize = 10;

/// The narrowest that the path of a column gets, beside its numbers.
const NARROWEST_PATH: usize = 20;

/// Writes the plan, and what it took to run it.
pub fn write(out: &mut dyn io::Write, explained: &Explained, ran: Option<&Ran>, style: Style) -> io::Result<()> {
    let mut page = Page { out, style };
    if let Some(ran) = ran {
        page.run(explained, ran)?;
        writeln!(page.out)?;
    }
    page.plan(explained)?;
    let Some(ran) = ran else { return Ok(()) };
    for source in ran.sources.iter().take(SOURCES) {
        writeln!(page.out)?;
        page.source(source)?;
    }
    if let Some(others) = ran.sources.get(SOURCES..).filter(|others| !others.is_empty()) {
        writeln!(page.out)?;
        page.others(others)?;
    }
    writeln!(page.out)?;
    page.times(ran)
}

struct Page<'o> {
    out: &'o mut dyn io::Write,
    style: Style,
}

impl Page<'_> {
    fn paint(&self, ink: Ink, text: &str) -> String {
        self.style.paint(ink, text)
    }

    /// Writes a label and what stands beside it, broken between words.
    fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        let room = self.style.width.saturating_sub(LABEL).max(NARROWEST);
        for (i, line) in wrapped(&shown(text), room).iter().enumerate() {
            let label = pad(if i == 0 { label } else { "" }, LABEL);
            writeln!(self.out, "{}{line}", if i == 0 { self.paint(Ink::ASIDE, &label) } else { label })?;
        }
        Ok(())
    }

    /// Writes the sums of everything that was read.
    fn run(&mut self, explained: &Explained, ran: &Ran) -> io::Result<()> {
        let read: u64 = ran.sources.iter().map(|source| source.bytes).sum();
        let size: Option<u64> = ran.sources.iter().map(|source| source.size).sum();
        let found = ran.found as u64;
        let found = match explained.kind {
            Kind::Search { .. } if ran.more => format!("more than {}", counted(found, "trace")),
            Kind::Search { .. } => counted(found, "trace"),
            Kind::Metrics { .. } => format!("{} series", grouped(found)),
        };
        let mut line = format!("{} read{}", bytes(read), of_size(read, size));
        // Where spans are read as loose ones, nothing can be ruled out.
        let blocks = || ran.sources.iter().filter_map(|source| source.block.as_ref()).filter(|block| !block.loose);
        let rows: u64 = blocks().map(|block| block.rows).sum();
        if rows > 0 {
            let left: u64 = blocks().map(|block| block.left + block.shared).sum();
            line += &format!(", {} of {} left by pruning", grouped(left), counted(rows, "row"));
        }
        line += &format!(", {found} in {}", short_duration(ran.total));
        for line in wrapped(&line, self.style.width.max(NARROWEST)) {
            writeln!(self.out, "{}", self.paint(Ink::STRONG, &line))?;
        }
        Ok(())
    }

    fn plan(&mut self, explained: &Explained) -> io::Result<()> {
        for (i, line) in explained.query.lines().enumerate() {
            let label = pad(if i == 0 { "query" } else { "" }, LABEL);
            writeln!(self.out, "{}{}", self.paint(Ink::ASIDE, &label), shown(line))?;
        }
        self.line("kind", &kind(&explained.kind))?;
        explained.servers.iter().try_for_each(|server| self.server(server))?;
        if !explained.here {
            return Ok(());
        }
        match &explained.sorts {
            Sorting::Spans(filters) => {
                self.line("files", &format!("keep spans one by one: {}", filters.join(" or ")))?;
            }
            Sorting::Traces => self.line("files", "keep all spans until the traces are whole")?,
        }
        match &explained.picks {
            Some(picks) => {
                let what = if picks.spans { "spans" } else { "traces" };
                self.line("blocks", &format!("pick {what} with {}", picks.what))?;
                self.line("", &format!("by {}", all_columns(&picks.columns)))?;
            }
            None => self.line("blocks", "everything matters")?,
        }
        if let Some((start, end)) = explained.range {
            let from = if start == 0 { String::new() } else { format!("from {} ", rfc3339(start)) };
            let to = if end == u64::MAX { String::new() } else { format!("to {}", rfc3339(end)) };
            self.line("time", format!("{from}{to}").trim())?;
        }
        self.line("prune", explained.condition.as_deref().unwrap_or("by nothing: no value can rule a trace out"))?;
        self.line("columns", &all_columns(&explained.columns))?;
        for (i, stage) in explained.stages.iter().enumerate() {
            self.line(if i == 0 { "stages" } else { "" }, &format!("{}  {stage}", i + 1))?;
        }
        Ok(())
    }

    fn server(&mut self, sharing: &Sharing) -> io::Result<()> {
        self.line("server", &format!("{} (Tempo {})", sharing.server, sharing.release))?;
        self.line("sent", &sharing.sent)?;
        let here = match sharing.gives {
            Gives::Answer => "nothing: the server runs the query",
            Gives::Candidates { everything: true } => {
                "the query, over every trace of the server: nothing in it tells which ones matter"
            }
            Gives::Candidates { everything: false } => "the query, over all spans of the traces that the server finds",
        };
        self.line("here", here)?;
        for (i, reason) in sharing.reasons.iter().enumerate() {
            let label = if sharing.gives == Gives::Answer { "note" } else { "because" };
            self.line(if i == 0 { label } else { "" }, reason)?;
        }
        Ok(())
    }

    fn source(&mut self, source: &SourceProfile) -> io::Result<()> {
        let format = if source.format.is_empty() { "not read" } else { &source.format };
        let room = self.style.width.saturating_sub(format.width() + 2).max(NARROWEST_PATH);
        let name = cut(&shown(&source.name), room);
        writeln!(self.out, "{}  {format}", self.paint(Ink::STRONG, &name))?;
        let Some(block) = &source.block else {
            let mut text = format!("{}{}", bytes(source.bytes), of_size(source.bytes, source.size));
            text += &format!(", {}", counted(source.spans, "span"));
            if source.damaged > 0 {
                text += &format!(", {} damaged", counted(source.damaged, "record"));
            }
            return self.line("  read", &text);
        };
        self.block(source, block)
    }

    fn block(&mut self, source: &SourceProfile, block: &BlockProfile) -> io::Result<()> {
        let mut read = format!("{}{}", bytes(source.bytes), of_size(source.bytes, source.size));
        let columns: u64 = block.columns.values().map(|column| column.bytes).sum();
        read += &format!(
            ": columns {}, page indexes {}, footer {}",
            bytes(columns),
            bytes(block.indexes),
            bytes(block.footer)
        );
        self.line("  read", &read)?;
        let (groups, windows) = (counted(block.row_groups, "row group"), counted(block.windows, "window"));
        let mut rows = format!("{} in {groups}, {windows}", grouped(block.rows));
        if block.loose {
            rows += "; all read as loose spans, because files may have spans of the same traces";
            self.line("  rows", &rows)?;
            return self.columns(&block.columns);
        }
        self.line("  rows", &rows)?;
        let width = grouped(block.rows).len() + 1;
        let mut ruled_out = |rows: u64, sign: &str, how: &str| {
            let number = pad_left(&format!("{sign}{}", grouped(rows)), width);
            if rows > 0 || sign.is_empty() { self.line("", &format!("{number} {how}")) } else { Ok(()) }
        };
        ruled_out(block.shared, "−", "read as loose spans: other blocks have spans of the same traces")?;
        ruled_out(block.by_time, "−", "outside of the time range")?;
        ruled_out(block.by_index, "−", "by statistics, page indexes and dictionaries")?;
        ruled_out(block.by_pages, "−", "by dictionary indices of pages")?;
        ruled_out(block.left, "", "left")?;
        let (spans, traces) = (grouped(source.spans), counted(source.traces, "trace"));
        let picked = match block.picked {
            Some(Count::Spans(picked)) => format!(", {} picked", counted(picked, "span")),
            Some(Count::Traces(picked)) => format!(", {} picked", counted(picked, "trace")),
            None => String::new(),
        };
        self.line("  spans", &format!("{spans} looked at in {traces}{picked}"))?;
        self.columns(&block.columns)
    }

    fn columns(&mut self, columns: &BTreeMap<String, ColumnProfile>) -> io::Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(&String, &ColumnProfile)> = columns.iter().collect();
        // Those that cost most come first.
        rows.sort_by(|(a, x), (b, y)| y.bytes.cmp(&x.bytes).then(a.cmp(b)));
        let cells = |(path, column): &(&String, &ColumnProfile)| {
            let pages = format!("{} of {}", column.pages.len(), column.all_pages);
            let read = format!("{} of {}", bytes(column.bytes), bytes(column.all_bytes));
            [short_path(path), uses(column), pages, read]
        };
        let mut table: Vec<[String; 4]> = vec![["column", "for", "pages", "bytes"].map(str::to_owned)];
        table.extend(rows.iter().map(cells));
        let widest = |at: usize| table.iter().map(|row| row[at].width()).max().unwrap_or_default();
        let [uses, pages, read] = [1, 2, 3].map(widest);
        let taken = uses + pages + read + 2 * 3 + 2;
        let path = widest(0).min(self.style.width.saturating_sub(taken).max(NARROWEST_PATH));
        for (i, row) in table.iter().enumerate() {
            let line = format!(
                "  {}  {}  {}  {}",
                pad(&cut_left(&row[0], path), path),
                pad(&row[1], uses),
                pad_left(&row[2], pages),
                pad_left(&row[3], read)
            );
            writeln!(self.out, "{}", if i == 0 { self.paint(Ink::ASIDE, &line) } else { line })?;
        }
        Ok(())
    }

    /// Writes the sums of sources that are not shown one by one.
    fn others(&mut self, others: &[SourceProfile]) -> io::Result<()> {
        let read: u64 = others.iter().map(|source| source.bytes).sum();
        let size: Option<u64> = others.iter().map(|source| source.size).sum();
        let spans: u64 = others.iter().map(|source| source.spans).sum();
        let text = format!(
            "… and {}: {}{}, {}; --format json has each",
            counted(others.len() as u64, "more source"),
            bytes(read),
            of_size(read, size),
            counted(spans, "span"),
        );
        for line in wrapped(&text, self.style.width.max(NARROWEST)) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn times(&mut self, ran: &Ran) -> io::Result<()> {
        let mut times: BTreeMap<Step, u64> = BTreeMap::new();
        for (step, time) in ran.sources.iter().flat_map(|source| &source.times) {
            *times.entry(*step).or_default() += time;
        }
        let mut steps: Vec<(&str, u64)> = times.iter().map(|(step, time)| (step.names().0, *time)).collect();
        steps.push(("answer", ran.answer));
        let width = steps.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
        let head = match ran.threads {
            1 => "time by step".to_owned(),
            threads => format!("time by step, summed over {threads} threads but for the answer"),
        };
        writeln!(self.out, "{}", self.paint(Ink::ASIDE, &head))?;
        for (name, time) in steps {
            writeln!(self.out, "  {}  {}", pad(name, width), pad_left(&short_duration(time), 7))?;
        }
        Ok(())
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Search { traces, spans } => {
            let traces =
                traces.map_or("all traces".to_owned(), |n| format!("the newest {}", counted(n as u64, "trace")));
            let spans = spans.map_or("all spans".to_owned(), |n| format!("the first {}", counted(n as u64, "span")));
            format!("search: {traces}, {spans} of each spanset")
        }
        Kind::Metrics { step, instant, series } => {
            let step = match (instant, step) {
                (true, _) => "one sample about the whole range".to_owned(),
                (false, Some(step)) => format!("a sample each {}", short_duration(*step)),
                (false, None) => "about 240 samples in the range".to_owned(),
            };
            format!("metrics: {step}, up to {} series", grouped(*series as u64))
        }
    }
}

/// Returns of how many bytes some are a part, if that is known.
fn of_size(read: u64, size: Option<u64>) -> String {
    size.map_or(String::new(), |size| format!(" of {} ({})", bytes(size), percent(read, size)))
}

/// Says what a column was read for.
fn uses(column: &ColumnProfile) -> String {
    let uses = [(column.prunes, "prunes"), (column.decides, "decides"), (column.answers, "answers")];
    uses.into_iter().filter(|(is_used, _)| *is_used).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// Leaves out of a path what every list has.
fn short_path(path: &str) -> String {
    shown(&path.replace(".list.element", ""))
}

/// Cuts the beginning of what is wider than `width`: the end of a path tells more.
fn cut_left(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let backwards: String = text.chars().rev().collect();
    cut(&backwards, width).chars().rev().collect()
}
