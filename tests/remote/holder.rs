//! A Tempo that holds the spans of a file and speaks one release: what it answers is made by the engine, so that a client
//! that leaves nothing out and adds nothing gives the same answers as a run over the file.

use serde_json::{Value as Json, json};
use traceql::{
    exec::{Collector, Lookup, Metrics, Search, TagCounts, TraceLookup, ValueCounts},
    model::{batch::Fragment, projection::Projection, scan::Scan, trace_id::TypedId},
    output,
    plan::{self, Limits, MetricsOptions, Pruning, TimeRange, Window},
    source::{self, Input, ReadOptions},
};
use traceql_grammar::{Verdict, check, query::Query, vocab::release::Release};

use crate::{
    SECOND,
    stub::{Request, Response, Stub},
};

/// Spans, and the release that finds them.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) inputs: Vec<Input>,
    pub(crate) release: Release,
}

impl Holder {
    /// Holds the spans of files, by their paths from the root of the repository.
    pub(crate) fn of_files(files: &[&str], release: Release) -> Holder {
        let path = |file: &&str| format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let paths: Vec<String> = files.iter().map(path).collect();
        Holder { inputs: source::find(&paths).expect("the files are there"), release }
    }

    /// Starts to answer.
    pub(crate) fn start(self) -> Stub {
        Stub::start(move |request| self.answer(request))
    }

    pub(crate) fn answer(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        match path.as_slice() {
            ["api", "status", "buildinfo"] => {
                let version = match self.release {
                    Release::Main => "main-abc".to_owned(),
                    release => format!("{release}.1"),
                };
                Response::json(json!({ "version": version }).to_string())
            }
            ["api", "search"] => self.checked(request, |query| self.search(request, query)),
            ["api", "metrics", "query_range"] => self.checked(request, |query| self.metrics(request, query, false)),
            ["api", "metrics", "query"] => self.checked(request, |query| self.metrics(request, query, true)),
            ["api", "v2", "traces", id] if self.release >= Release::V2_6 => self.trace(id, true),
            ["api", "traces", id] => self.trace(id, false),
            ["api", "v2", "search", "tags"] => self.tags(request),
            ["api", "v2", "search", "tag", name, "values"] => self.values(request, name),
            _ => Response::text(404, "404 page not found\n"),
        }
    }

    /// Refuses what the release does not take.
    fn checked(&self, request: &Request, answer: impl FnOnce(&Query) -> Response) -> Response {
        let text = request.parameter("q").unwrap_or_default();
        let checked = check(text, self.release);
        match checked.verdict {
            Verdict::Ok => answer(&checked.query),
            _ => Response::text(400, "invalid TraceQL query: parse error at line 1, col 1: syntax error"),
        }
    }

    fn search(&self, request: &Request, query: &Query) -> Response {
        let [start, end, limit, spss] = ["start", "end", "limit", "spss"].map(|name| request.number(name));
        if spss > 100 {
            return Response::text(400, &format!("spans per span set exceeds 100. received {spss}"));
        }
        let limits = Limits { traces: Some(limit as usize), spans_per_spanset: Some(spss as usize) };
        let range = TimeRange { start: start * SECOND, end: end * SECOND };
        let search = Search::new(plan::lower(query, limits, Some(range)).expect("it is a search"));
        let needs = (search.plan().projection(), search.plan().pruning());
        self.read(needs, &search, &|fragment| search.observe(fragment));
        let result = search.finish(1).expect("it has an answer");
        let mut body = Vec::new();
        output::search::json::write(&mut body, &result).expect("it is written");
        Response::json(body)
    }

    fn metrics(&self, request: &Request, query: &Query, instant: bool) -> Response {
        let time = |name: &str| {
            let time = request.number(name);
            Some(if time < 10_000_000_000 { time * SECOND } else { time })
        };
        let step = request.parameter("step").map(|step| {
            let step = step.strip_suffix('s').expect("whole seconds are asked for");
            step.parse::<u64>().expect("it is a number") * SECOND
        });
        let window = Window { start: time("start"), end: time("end"), step, instant, now: 0, may_be_long: false };
        let exemplars = Some(request.number("exemplars") as usize).filter(|wanted| *wanted > 0).unwrap_or(100);
        let options = MetricsOptions { window, exemplars, ..MetricsOptions::default() };
        let metrics = Metrics::new(plan::lower_metrics(query, options).expect("it is a metrics query"));
        let needs = (metrics.plan().projection(), metrics.plan().pruning());
        self.read(needs, &metrics, &|fragment| metrics.observe(fragment));
        match metrics.finish(1) {
            Ok(result) => {
                let mut body = Vec::new();
                output::metrics::json::write(&mut body, &result).expect("it is written");
                Response::json(body)
            }
            Err(error) => Response::text(400, &error.to_string()),
        }
    }

    fn trace(&self, id: &str, is_wrapped: bool) -> Response {
        let typed = TypedId::parse(id).expect("it is an id");
        let lookup = TraceLookup::new(typed);
        let everything = Projection::everything();
        let options = ReadOptions { trace: Some(typed), ..ReadOptions::loose(&everything, false) };
        source::read(&self.inputs, &options, &|_| {}, &|fragment| lookup.observe(&fragment)).expect("it can be read");
        let batch = match lookup.finish().0 {
            Lookup::Found(batch) => Some(batch),
            _ => None,
        };
        let mut body = Vec::new();
        output::trace::json::write(&mut body, batch.as_deref(), 1).expect("it is written");
        if is_wrapped {
            return Response::json(body);
        }
        let json: Json = serde_json::from_slice(&body).expect("it is JSON");
        match json["trace"].get("resourceSpans") {
            Some(spans) => Response::json(json!({ "batches": spans }).to_string()),
            None => Response::new(404, "text/plain", ""),
        }
    }

    fn tags(&self, request: &Request) -> Response {
        let query = check("{ }", Release::Main).query;
        let counts = TagCounts::new(plan::lower_tags(&query, None, range(request)).expect("it is a search"));
        let needs = (counts.plan().projection(), counts.plan().pruning());
        self.read(needs, &counts, &|fragment| counts.observe(fragment));
        let mut body = Vec::new();
        let tags = counts.finish(1).expect("it has an answer");
        output::catalog::json::write_tags(&mut body, &tags, None).expect("it is written");
        Response::json(body)
    }

    fn values(&self, request: &Request, name: &str) -> Response {
        let query = check("{ }", Release::Main).query;
        let field = traceql_grammar::field(name).expect("it is a name");
        let plan = plan::lower_values(&query, &field, range(request)).expect("it is a search");
        let counts = ValueCounts::new(plan);
        let needs = (counts.plan().projection(), counts.plan().pruning());
        self.read(needs, &counts, &|fragment| counts.observe(fragment));
        let mut body = Vec::new();
        let values = counts.finish(1).expect("it has an answer");
        output::catalog::json::write_values(&mut body, &values).expect("it is written");
        Response::json(body)
    }

    fn read(
        &self,
        (projection, pruning): (&Projection, &Pruning),
        scan: &dyn Scan,
        observe: &(dyn Fn(Fragment) + Sync),
    ) {
        let loose = ReadOptions::loose(projection, false);
        let options = ReadOptions { pruning: Some(pruning), scan: Some(scan), ..loose };
        source::read(&self.inputs, &options, &|_| {}, observe).expect("it can be read");
    }
}

fn range(request: &Request) -> Option<TimeRange> {
    let [start, end] = ["start", "end"].map(|name| request.number(name) * SECOND);
    (end > 0).then_some(TimeRange { start, end })
}
