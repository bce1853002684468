//! Tests of a catalog over a source that is made up, and over files.

use std::{
    fs, iter,
    sync::atomic::{AtomicUsize, Ordering},
};

use traceql_grammar::{
    query::Field,
    vocab::{release::Release, scopes::Scope},
};

use super::*;
use crate::{
    model::{
        catalog::TagScope,
        ids::TraceId,
        names::{ListedValues, Names, ScopeNames},
        result::{Datum, SearchResult},
        series::MetricsResult,
    },
    plan::remote::{CatalogRequest, MetricsRequest, SearchRequest},
    session::{Backend, Call, Error, Fetched, Source, Told},
};

/// The line of a file with a span of a service.
fn span(service: &str) -> String {
    let text = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let span = r#"{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"GET","#;
    let span = format!(r#"{span}"startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{}]}}"#, text("a", "x"));
    let resource = text("service.name", service);
    format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
        + "\n"
}

/// A source that answers, or does not.
struct Fake {
    asked: AtomicUsize,
    answer: fn() -> Result<Reply, NoReply>,
}

impl Asked for Fake {
    fn name(&self) -> Option<String> {
        Some("fake".to_owned())
    }

    fn pace(&self) -> Pace {
        Pace::SERVERS
    }

    fn identity(&self) -> Option<String> {
        Some("fake at home".to_owned())
    }

    fn has_changed(&self) -> bool {
        false
    }

    fn ask(&self, _: &Question, _: &Cancel) -> Result<Reply, NoReply> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.answer)()
    }
}

fn fake(answer: fn() -> Result<Reply, NoReply>, settings: CatalogSettings) -> (SourceCatalog, Arc<Fake>) {
    let fake = Arc::new(Fake { asked: AtomicUsize::new(0), answer });
    let source = Arc::clone(&fake);
    let open = move || Ok(Arc::clone(&source) as Arc<dyn Asked>);
    (SourceCatalog::over(open, || {}, settings), fake)
}

/// A server that counts what it is asked.
#[derive(Debug, Default)]
struct Counting {
    names: AtomicUsize,
    values: AtomicUsize,
}

impl Backend for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn release(&self, _: u64, _: Call<'_>) -> Result<Release, Error> {
        Err(Error::Cancelled)
    }

    fn search(
        &self,
        _: &SearchRequest,
        _: Call<'_>,
        _: &dyn Fn(&dyn Fn() -> SearchResult),
    ) -> Result<Told<SearchResult>, Error> {
        Err(Error::Cancelled)
    }

    fn metrics(&self, _: &MetricsRequest, _: Call<'_>) -> Result<Told<MetricsResult>, Error> {
        Err(Error::Cancelled)
    }

    fn tags(&self, _: Option<TagScope>, _: &CatalogRequest, _: Call<'_>) -> Result<Names, Error> {
        self.names.fetch_add(1, Ordering::Relaxed);
        let names = ScopeNames { scope: Some(TagScope::Resource), names: vec!["service.name".to_owned()] };
        Ok(Names { scopes: vec![names], ..Names::default() })
    }

    fn values(&self, _: &Field, _: &CatalogRequest, _: Call<'_>) -> Result<ListedValues, Error> {
        self.values.fetch_add(1, Ordering::Relaxed);
        let values = ["cart", "checkout"].map(|value| Datum::String(value.to_owned()));
        Ok(ListedValues { values: values.into(), ..ListedValues::default() })
    }

    fn traces(&self, _: &[TraceId], _: Call<'_>, _: &mut dyn FnMut(TraceId, Option<Fetched>)) -> Result<(), Error> {
        Err(Error::Cancelled)
    }
}

fn service() -> Name {
    Name { scope: Scope::Resource, name: "service.name".to_owned(), count: None }
}

fn one_name() -> Result<Reply, NoReply> {
    Ok(Reply { entries: Entries::Names([service()].into()), along: Vec::new() })
}

fn over(files: &[&Path]) -> SourceCatalog {
    let session = Arc::new(Session::over(files.iter().map(|path| path.to_str().expect("UTF-8"))));
    SourceCatalog::new(move || Ok(Arc::clone(&session)), || {}, CatalogSettings::default())
}

/// Asks until the answer is there.
fn settled<T>(mut ask: impl FnMut() -> Known<T>) -> Arc<[T]> {
    let tries = iter::repeat_with(|| {
        thread::sleep(Duration::from_millis(5));
        ask()
    });
    tries.take(4_000).find(|known| !known.is_pending).expect("an answer in 20 seconds").entries
}

fn literals(values: &[Value]) -> Vec<(&str, Option<u64>)> {
    values.iter().map(|value| (&*value.literal, value.count)).collect()
}

#[test]
fn values_of_a_file_are_narrowed_by_a_query() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.jsonl");
    fs::write(&path, span("cart") + &span("cart") + &span("checkout")).unwrap();
    let catalog = over(&[&path]);
    assert!(catalog.names(None).is_pending);
    let names = settled(|| catalog.names(None));
    assert_eq!(names.len(), 2);
    assert_eq!((catalog.status().names, catalog.status().failure), (2, None));
    // They came along with the names.
    let known = catalog.values("resource.service.name", None);
    assert_eq!(literals(&known.entries), [("\"cart\"", Some(2)), ("\"checkout\"", Some(1))]);
    assert!(!known.is_pending);
    let query = Some("{ resource.service.name = \"checkout\" }");
    let narrowed = settled(|| catalog.values("resource.service.name", query));
    assert_eq!(literals(&narrowed), [("\"checkout\"", Some(1))]);
    // A query that is wrong narrows nothing.
    let all = settled(|| catalog.values("resource.service.name", Some("{ ((")));
    assert_eq!(all.len(), 2);
}

#[test]
fn a_file_that_has_changed_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.jsonl");
    fs::write(&path, span("cart")).unwrap();
    let catalog = over(&[&path]);
    assert_eq!(settled(|| catalog.values("resource.service.name", None)).len(), 1);
    fs::write(&path, span("cart") + &span("checkout")).unwrap();
    let tries = iter::repeat_with(|| {
        thread::sleep(Duration::from_millis(20));
        catalog.values("resource.service.name", None).entries.len()
    });
    assert!(tries.take(1_000).any(|values| values == 2), "the new values are not seen");
}

#[test]
fn a_server_is_asked_once_however_often_its_names_are_wanted() {
    let server = Arc::new(Counting::default());
    let session = Arc::new(Session::over([Source::Server(Arc::clone(&server) as Arc<dyn Backend>)]));
    let catalog = SourceCatalog::new(move || Ok(Arc::clone(&session)), || {}, CatalogSettings::default());
    assert_eq!(*settled(|| catalog.names(None)), [service()]);
    for service in ["cart", "checkout"] {
        let query = format!("{{ resource.service.name = \"{service}\" }}");
        let values = settled(|| catalog.values("resource.service.name", Some(&query)));
        assert_eq!(literals(&values), [("\"cart\"", None), ("\"checkout\"", None)]);
        assert_eq!(*settled(|| catalog.names(Some(&query))), [self::service()]);
    }
    let asked = [&server.names, &server.values].map(|count| count.load(Ordering::Relaxed));
    assert_eq!((asked, catalog.status().source.as_deref()), ([1, 1], Some("counting")));
}

#[test]
fn a_failure_is_told_without_secrets_and_tried_again_later() {
    let settings = CatalogSettings::default();
    settings.secrets.add("hunter2-hunter2");
    let (catalog, fake) = fake(|| Err(NoReply::OfSource("no entry with hunter2-hunter2".to_owned())), settings);
    settled(|| catalog.names(None));
    let failure = catalog.status().failure.expect("a failure");
    assert!(failure.starts_with("no entry with ") && !failure.contains("hunter2"), "{failure}");
    for _ in 0..3 {
        settled(|| catalog.names(Some("{ }")));
    }
    assert_eq!(fake.asked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_is_a_failure_and_nothing_waits_for_ever() {
    let (catalog, _) = fake(|| panic!("a panic that a test wants"), CatalogSettings::default());
    assert!(settled(|| catalog.values("name", None)).is_empty());
    assert!(catalog.status().failure.is_some());
    assert!(!catalog.status().is_pending);
}

#[test]
fn a_source_that_cannot_be_opened_is_a_failure() {
    let open = || Err("no context is called x".to_owned());
    let catalog = SourceCatalog::new(open, || {}, CatalogSettings::default());
    assert!(settled(|| catalog.names(None)).is_empty());
    assert_eq!(catalog.status().failure.as_deref(), Some("no context is called x"));
}

#[test]
fn what_another_process_knew_is_shown_until_the_source_answers() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || CatalogSettings { folder: Some(folder.path().to_owned()), ..CatalogSettings::default() };
    let (first, _) = fake(one_name, settings());
    settled(|| first.names(None));
    let has_file = || fs::read_dir(folder.path()).is_ok_and(|files| files.count() == 1);
    let mut tries = iter::repeat_with(|| thread::sleep(Duration::from_millis(5))).take(4_000);
    assert!(tries.any(|()| has_file()), "nothing is kept");

    let (second, fake) = fake(|| Err(NoReply::OfSource("down".to_owned())), settings());
    assert_eq!(*settled(|| second.names(None)), [service()]);
    assert_eq!((second.status().failure.as_deref(), fake.asked.load(Ordering::Relaxed)), (Some("down"), 1));
}
