//! How a query is done and what it took, as one JSON object: bytes, counts, and times in seconds.

use std::io;

use crate::model::{
    explain::{Explained, Gives, Kind, Ran, Sharing, Sorting},
    profile::{BlockProfile, ColumnProfile, Count, SourceProfile},
    projection::Projection,
};

use super::{
    super::json_text::JsonText,
    words::{attributes, columns},
};

/// Writes the plan, and what it took to run it.
pub fn write(out: &mut dyn io::Write, explained: &Explained, ran: Option<&Ran>) -> io::Result<()> {
    let text = JsonText::text(|json| {
        json.object(|object| {
            object.key("query").string(&explained.query);
            object.key("plan").object(|object| plan(object, explained));
            if !explained.servers.is_empty() {
                object
                    .key("servers")
                    .list(|list| explained.servers.iter().for_each(|of| list.object(|it| server(it, of))));
            }
            if let Some(ran) = ran {
                object.key("run").object(|object| run(object, explained, ran));
                object.key("sources").list(|list| ran.sources.iter().for_each(|of| list.object(|it| source(it, of))));
            }
        });
    });
    writeln!(out, "{text}")
}

fn plan(object: &mut JsonText<'_>, explained: &Explained) {
    match explained.kind {
        Kind::Search { traces, spans } => {
            object.key("kind").string("search");
            number(object, "limit", traces.map(|n| n as u64));
            number(object, "spansPerSpanset", spans.map(|n| n as u64));
        }
        Kind::Metrics { step, instant, series } => {
            object.key("kind").string("metrics");
            if let Some(step) = step {
                object.key("step").plain(seconds(step));
            }
            object.key("instant").plain(instant);
            object.key("maxSeries").plain(series);
        }
    }
    if !explained.here {
        return;
    }
    if let Sorting::Spans(filters) = &explained.sorts {
        object.key("spanFilters").list(|list| filters.iter().for_each(|filter| list.string(filter)));
    }
    if let Some(picks) = &explained.picks {
        object.key("pick").object(|object| {
            object.key("of").string(if picks.spans { "spans" } else { "traces" });
            object.key("with").string(&picks.what);
            object.key("columns").object(|object| projection(object, &picks.columns));
        });
    }
    object.key("prune").object(|object| {
        if let Some(condition) = &explained.condition {
            object.key("condition").string(condition);
        }
        if let Some((start, end)) = explained.range {
            // Texts, because many readers of JSON round such numbers.
            object.key("startUnixNano").quoted(start);
            object.key("endUnixNano").quoted(end);
        }
    });
    object.key("columns").object(|object| projection(object, &explained.columns));
    object.key("stages").list(|list| explained.stages.iter().for_each(|stage| list.string(stage)));
}

fn server(object: &mut JsonText<'_>, sharing: &Sharing) {
    object.key("name").string(&sharing.server);
    object.key("release").string(&sharing.release);
    object.key("sent").string(&sharing.sent);
    match sharing.gives {
        Gives::Answer => object.key("gives").string("answer"),
        Gives::Candidates { everything } => {
            object.key("gives").string("candidates");
            object.key("everything").plain(everything);
        }
    }
    object.key("reasons").list(|list| sharing.reasons.iter().for_each(|reason| list.string(reason)));
}

fn projection(object: &mut JsonText<'_>, projection: &Projection) {
    object.key("fields").list(|list| columns(projection).iter().for_each(|name| list.string(name)));
    object.key("attributes").list(|list| attributes(projection).iter().for_each(|name| list.string(name)));
}

fn run(object: &mut JsonText<'_>, explained: &Explained, ran: &Ran) {
    object.key("seconds").plain(seconds(ran.total));
    object.key("answerSeconds").plain(seconds(ran.answer));
    object.key("threads").plain(ran.threads);
    let found = if matches!(explained.kind, Kind::Search { .. }) { "traces" } else { "series" };
    object.key(found).plain(ran.found);
    object.key("more").plain(ran.more);
    object.key("bytes").plain(ran.sources.iter().map(|source| source.bytes).sum::<u64>());
    number(object, "size", ran.sources.iter().map(|source| source.size).sum());
}

fn source(object: &mut JsonText<'_>, source: &SourceProfile) {
    object.key("name").string(&source.name);
    object.key("format").string(&source.format);
    object.key("bytes").plain(source.bytes);
    number(object, "size", source.size);
    object.key("spans").plain(source.spans);
    object.key("damaged").plain(source.damaged);
    object.key("seconds").object(|object| {
        for (step, time) in &source.times {
            object.key(step.names().1).plain(seconds(*time));
        }
    });
    if let Some(of) = &source.block {
        object.key("traces").plain(source.traces);
        object.key("block").object(|object| block(object, of));
    }
}

fn block(object: &mut JsonText<'_>, block: &BlockProfile) {
    object.key("rowGroups").plain(block.row_groups);
    object.key("windows").plain(block.windows);
    object.key("loose").plain(block.loose);
    object.key("rows").object(|object| {
        object.key("all").plain(block.rows);
        object.key("shared").plain(block.shared);
        object.key("ruledOutByTime").plain(block.by_time);
        object.key("ruledOutByIndex").plain(block.by_index);
        object.key("ruledOutByPages").plain(block.by_pages);
        object.key("left").plain(block.left);
    });
    match block.picked {
        Some(Count::Spans(picked)) => object.key("picked").object(|object| object.key("spans").plain(picked)),
        Some(Count::Traces(picked)) => object.key("picked").object(|object| object.key("traces").plain(picked)),
        None => {}
    }
    object.key("footerBytes").plain(block.footer);
    object.key("indexBytes").plain(block.indexes);
    object.key("columns").list(|list| {
        for (path, of) in &block.columns {
            list.object(|object| column(object, path, of));
        }
    });
}

fn column(object: &mut JsonText<'_>, path: &str, column: &ColumnProfile) {
    object.key("path").string(path);
    object.key("prunes").plain(column.prunes);
    object.key("decides").plain(column.decides);
    object.key("answers").plain(column.answers);
    object.key("pagesRead").plain(column.pages.len());
    object.key("pages").plain(column.all_pages);
    object.key("bytesRead").plain(column.bytes);
    object.key("bytes").plain(column.all_bytes);
}

/// Writes a number that may be unknown.
fn number(object: &mut JsonText<'_>, key: &str, value: Option<u64>) {
    if let Some(value) = value {
        object.key(key).plain(value);
    }
}

/// Returns nanoseconds as seconds, to the microsecond.
fn seconds(nanoseconds: u64) -> String {
    let microseconds = nanoseconds.div_ceil(1_000);
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}
