//! The client of Tempo servers, against servers that are part of the test: what Tempo answered, and what goes wrong.

mod again;
mod answers;
mod asked;
mod binary;
mod commands;
mod contexts;
mod faults;
mod holder;
mod hostile;
mod kept_going;
#[path = "../store/peak.rs"]
mod peak;
#[path = "../store/percent.rs"]
mod percent;
mod real;
mod recorded;
mod release;
mod same;
mod shared_file;
mod stub;
mod tempo;
mod tls;
mod told;
mod windows;

use std::{sync::atomic::AtomicBool, time::Duration};

use traceql::{
    model::series::{Form, Unit},
    plan::remote::{MetricsRequest, RequestTimes, SearchRequest, Shape},
    tempo::{Call, RemoteError, Retries, Server, Settings},
};

pub(crate) const SECOND: u64 = 1_000_000_000;

/// Nobody gives up.
pub(crate) static WAITING: AtomicBool = AtomicBool::new(false);

pub(crate) fn call() -> Call<'static> {
    Call::quiet(&WAITING)
}

/// Settings with little patience.
pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        tenants: vec!["zoo".to_owned()],
        proxies: false,
        connect_timeout: Duration::from_secs(2),
        timeout: Duration::from_secs(5),
        retries: Retries { most: 3, first: Duration::from_millis(2), longest: Duration::from_secs(2) },
        ..Settings::new(url)
    }
}

pub(crate) fn server(url: &str) -> Server {
    Server::open(&settings(url)).expect("the settings are right")
}

pub(crate) fn search(query: &str) -> SearchRequest {
    SearchRequest { query: query.to_owned(), limit: Some(20), spans_per_spanset: Some(3), ..SearchRequest::default() }
}

pub(crate) fn metrics(query: &str, start: u64, end: u64, times: RequestTimes) -> MetricsRequest {
    let shape = Shape { names: Vec::new(), unit: Unit::Number, form: Form::Lines, empty: 0.0 };
    MetricsRequest { query: query.to_owned(), start, end, times, shape, release: None }
}

/// Returns the error, which must be the only thing that comes.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, RemoteError>) -> RemoteError {
    answer.expect_err("that cannot be answered")
}
