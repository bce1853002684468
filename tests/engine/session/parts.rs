//! What an observer gets while a request runs.

use std::{
    ops::ControlFlow,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use traceql::{
    model::batch::Batch,
    session::{Cancel, Found, Observer, Request, Search, Session, Traces, run},
    source::Input,
};
use traceql_grammar::vocab::release::Release;

use super::{
    metrics,
    mirror::{mirror, year},
    search, shop, told,
};

/// Keeps what it is told.
#[derive(Default)]
struct Told {
    total: AtomicU64,
    read: AtomicU64,
    begun: AtomicUsize,
    done: AtomicUsize,
    parts: Mutex<Vec<Found>>,
    traces: Mutex<Vec<Batch>>,
}

impl Observer for Told {
    fn reading(&self, total: Option<u64>) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(total.expect("the inputs tell their size"), Ordering::Relaxed);
    }

    fn read(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn wants_parts(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn part(&self, found: Found) {
        self.parts.lock().expect("no test panics with it").push(found);
    }

    fn traces(&self, traces: Batch) -> ControlFlow<()> {
        self.traces.lock().expect("no test panics with it").push(traces);
        ControlFlow::Continue(())
    }
}

/// The small shop cut into inputs of one line each, so that there is something between the beginning and the end.
fn in_pieces() -> Session {
    let text = std::fs::read_to_string(shop()).expect("it is there");
    let inputs =
        text.lines().enumerate().map(|(at, line)| Input::memory(format!("line {at}"), line.as_bytes().to_vec()));
    Session::over(inputs)
}

#[test]
fn parts_of_an_answer_come_while_it_is_made() {
    let session = in_pieces();
    let told_of = |request: &Request| {
        let observer = Told::default();
        let answer = run(&session, request, &Cancel::new(), &observer).expect("it has an answer");
        assert_eq!(observer.total.into_inner(), observer.read.into_inner(), "all was read");
        assert_eq!((observer.begun.into_inner(), observer.done.into_inner()), (1, 1));
        (observer.parts.into_inner().expect("no test panics with it"), answer.found)
    };
    let (parts, found) = told_of(&search(&session, "{ status = error }"));
    let Found::Search(found) = found else { unreachable!("a search finds traces") };
    assert!(!parts.is_empty());
    for part in parts {
        let Found::Search(part) = part else { unreachable!("a part is of the same kind") };
        assert!(part.result.inspected.spans <= found.result.inspected.spans);
        assert!(part.result.traces.len() <= found.result.traces.len());
        assert_eq!(part.fields, found.fields);
    }
    let (parts, found) = told_of(&metrics(&session, "{ } | count_over_time()"));
    let Found::Metrics(found) = found else { unreachable!("metrics are series") };
    assert!(!parts.is_empty());
    for part in parts {
        let Found::Metrics(part) = part else { unreachable!("a part is of the same kind") };
        assert!(part.matched <= found.matched);
    }
}

#[test]
fn parts_are_made_beside_each_other_without_waiting_for_ever() {
    // One input of many chunks: threads that make a part help others meanwhile, who want the same input.
    let text = std::fs::read(shop()).expect("it is there").repeat(60);
    let session = Session::over([Input::memory("much", text)]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let observer = Told::default();
                let request = search(&session, "{ kind = server } >> { kind = client }");
                run(&session, &request, &Cancel::new(), &observer).expect("it has an answer");
                assert!(!observer.parts.into_inner().expect("no test panics with it").is_empty());
            });
        }
    });
}

#[test]
fn observers_end_requests_for_traces() {
    struct First(AtomicUsize);
    impl Observer for First {
        fn traces(&self, _: Batch) -> ControlFlow<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        }
    }
    // More spans than one batch has.
    let span = |id: u32| format!(r#"{{"traceId":"{id:032x}","spanId":"{id:016x}","name":"x"}}"#);
    let spans: Vec<String> = (1..70_000).map(span).collect();
    let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let session = Session::over([Input::memory("many", text.into_bytes())]);
    let all = Told::default();
    run(&session, &Request::Traces(Traces::default()), &Cancel::new(), &all).expect("it has traces");
    assert!(all.traces.into_inner().expect("no test panics with it").len() > 1, "several batches");
    let first = First(AtomicUsize::new(0));
    let answer = run(&session, &Request::Traces(Traces::default()), &Cancel::new(), &first);
    let Found::Traces { traces, .. } = answer.expect("it has traces").found else { unreachable!("these are traces") };
    assert!(traces < 69_999, "{traces} are those that were handed on");
    assert_eq!(first.0.into_inner(), 1);
}

#[test]
fn servers_give_parts_too() {
    let session = Session::over([mirror(Release::Main)]);
    let observer = Told::default();
    let request = match search(&session, "{ status = error }") {
        Request::Search(asked) => Request::Search(Search { when: year(), ..asked }),
        other => other,
    };
    let answer = run(&session, &request, &Cancel::new(), &observer).expect("it has an answer");
    let parts = observer.parts.into_inner().expect("no test panics with it");
    assert_eq!(parts.iter().map(told).collect::<Vec<_>>(), [told(&answer.found)]);
}

#[test]
fn traces_are_handed_on_whole() {
    let session = in_pieces();
    let observer = Told::default();
    let all = run(&session, &Request::Traces(Traces::default()), &Cancel::new(), &observer).expect("it has traces");
    let batches = observer.traces.into_inner().expect("no test panics with it");
    let (traces, spans): (usize, usize) =
        batches.iter().fold((0, 0), |(traces, spans), batch| (traces + batch.traces.len(), spans + batch.spans.len()));
    assert_eq!(told(&all.found), format!("{traces} {spans}"));
    assert_eq!((traces, spans), (45, 465));

    let observer = Told::default();
    let query = Some(session.check("{ status = error }"));
    let some = Request::Traces(Traces { query, ..Traces::default() });
    let some = run(&session, &some, &Cancel::new(), &observer).expect("it has traces");
    let Found::Traces { traces: found, .. } = some.found else { unreachable!("these are traces") };
    assert!(0 < found && found < 45, "{found}");
    let batches = observer.traces.into_inner().expect("no test panics with it");
    assert_eq!(batches.iter().map(|batch| batch.traces.len() as u64).sum::<u64>(), found);
}
