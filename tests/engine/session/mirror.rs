//! A server made of a session: what a session asks of servers, without a network.

use std::{fmt, sync::Arc};

use traceql::{
    exec::Lookup,
    model::{
        catalog::TagScope,
        ids::TraceId,
        names::{ListedValues, Names, ScopeNames},
        result::SearchResult,
        series::MetricsResult,
        trace_id::TypedId,
    },
    output::traces,
    plan::{
        Limits,
        remote::{CatalogRequest, MetricsRequest, RequestTimes, SearchRequest},
    },
    session::{
        Backend, Call, Error, Fetched, Found, Metrics, Quiet, Request, Search, Session, Source, TagsRequest, Time,
        Told, Trace, Values, When, run,
    },
    source::Input,
};
use traceql_grammar::{query::Field, vocab::release::Release};

use super::{ask, search, shop, told};

/// Answers as a Tempo of a release would that has the spans of a session.
struct Mirror {
    session: Session,
    release: Release,
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mirror({})", self.release)
    }
}

impl Mirror {
    fn found(&self, request: &Request, call: Call<'_>) -> Result<Found, Error> {
        run(&self.session, request, call.cancel, &Quiet).map(|answer| answer.found)
    }
}

/// The times of a request to a server.
fn when(start: u64, end: u64) -> When {
    When { start: Some(Time::At(start)), end: Some(Time::At(end)), since: None }
}

impl Backend for Mirror {
    fn name(&self) -> &str {
        "mirror"
    }

    fn release(&self, _: u64, _: Call<'_>) -> Result<Release, Error> {
        Ok(self.release)
    }

    fn search(&self, request: &SearchRequest, call: Call<'_>) -> Result<Told<SearchResult>, Error> {
        let range = request.range.expect("sessions say when");
        let limits = Limits { traces: request.limit, spans_per_spanset: request.spans_per_spanset };
        let query = self.session.check(&request.query);
        let asked = Request::Search(Search { query, when: when(range.start, range.end), limits });
        let Found::Search(matches) = self.found(&asked, call)? else { unreachable!("a search finds traces") };
        Ok(Told { value: matches.result, notes: Vec::new() })
    }

    fn metrics(&self, request: &MetricsRequest, call: Call<'_>) -> Result<Told<MetricsResult>, Error> {
        let (step, instant) = match request.times {
            RequestTimes::Range { step, .. } => (step, false),
            RequestTimes::Instant { .. } => (None, true),
        };
        let query = self.session.check(&request.query);
        let when = when(request.start, request.end);
        let asked = Request::Metrics(Metrics { when, step, instant, shows_exemplars: false, ..Metrics::new(query) });
        let Found::Metrics(value) = self.found(&asked, call)? else { unreachable!("metrics are series") };
        Ok(Told { value, notes: Vec::new() })
    }

    fn tags(&self, scope: Option<TagScope>, _: &CatalogRequest, call: Call<'_>) -> Result<Names, Error> {
        let asked = Request::Tags(TagsRequest { scope, ..TagsRequest::default() });
        let Found::Tags(tags) = self.found(&asked, call)? else { unreachable!("names are names") };
        let names = |scope: TagScope| ScopeNames {
            scope: Some(scope),
            names: tags
                .tags
                .iter()
                .filter(|tag| tag.scope() == scope)
                .map(|tag| tag.field.bare_name().to_owned())
                .collect(),
        };
        Ok(Names { scopes: TagScope::ALL.into_iter().map(names).collect(), ..Names::default() })
    }

    fn values(&self, field: &Field, _: &CatalogRequest, call: Call<'_>) -> Result<ListedValues, Error> {
        let asked = Request::Values(Values { field: field.clone(), query: None, when: When::default() });
        let Found::Values(values) = self.found(&asked, call)? else { unreachable!("values are values") };
        let values = values.values.counts.into_iter().map(|count| count.value).collect();
        Ok(ListedValues { values, ..ListedValues::default() })
    }

    fn traces(
        &self,
        ids: &[TraceId],
        call: Call<'_>,
        sink: &mut dyn FnMut(TraceId, Option<Fetched>),
    ) -> Result<(), Error> {
        for id in ids {
            let typed = TypedId::parse(&format!("{:032x}", id.0)).expect("it is an id");
            let Found::Trace(located) = self.found(&Request::Trace(Trace { id: typed }), call)? else {
                unreachable!("a trace is a trace")
            };
            let Lookup::Found(batch) = &located.lookup else {
                sink(*id, None);
                continue;
            };
            let mut bytes = Vec::new();
            traces::write_one(&mut bytes, batch, 0, traces::Format::OtlpJson).expect("memory takes everything");
            let input = Input::memory(format!("mirror/{id}"), bytes);
            sink(*id, Some(Fetched { input, inspected: Default::default(), partial: None }));
        }
        Ok(())
    }
}

/// A server that has the spans of the small shop.
pub(super) fn mirror(release: Release) -> Source {
    Source::Server(Arc::new(Mirror { session: Session::over([shop()]), release }))
}

/// All of the year in which the shop was open.
fn year() -> When {
    when(1_767_225_600_000_000_000, 1_798_761_600_000_000_000)
}

#[test]
fn servers_answer_as_files_do_whoever_does_the_work() {
    let file = Session::over([shop()]);
    let queries = [
        "{ status = error } | select(name)",
        "{ kind = server } >> { kind = client } | count() > 2",
        // No Tempo runs it.
        "{ parent.kind = server && duration > 1ms } | select(name)",
        "{ name = \"there is none\" }",
    ];
    for release in [Release::V2_4, Release::V2_10, Release::Main] {
        let alone = Session::over([mirror(release)]);
        // Both have every span, which counts once.
        let twice = Session::over([mirror(release), shop().into()]);
        for text in queries {
            let request = |session: &Session| match search(session, text) {
                Request::Search(search) => Request::Search(Search { when: year(), ..search }),
                other => other,
            };
            let expected = ask(&file, &request(&file)).expect("it has an answer");
            for session in [&alone, &twice] {
                let answer = ask(session, &request(session)).expect("it has an answer");
                assert_eq!(told(&answer.found), told(&expected.found), "{release} {text} {:?}", answer.notes);
                assert!(answer.is_complete);
            }
        }
    }
}

#[test]
fn what_runs_here_says_so() {
    let session = Session::over([mirror(Release::Main)]);
    let Request::Search(asked) = search(&session, "{ parent.kind = server }") else { unreachable!("it is a search") };
    let answer = ask(&session, &Request::Search(Search { when: year(), ..asked })).expect("it has an answer");
    let notes: Vec<String> = answer.notes.iter().map(traceql::output::notes::sentence).collect();
    assert!(notes.iter().any(|note| note == "the query runs here: no Tempo runs `parent`"), "{notes:?}");
    assert!(notes.iter().any(|note| note.ends_with("that mirror found and gave")), "{notes:?}");
}
