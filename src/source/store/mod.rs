//! Blocks and trace files in S3, Google Cloud Storage and Azure Blob Storage.
//!
//! ```text
//! URL ─► address ─► configure (variables, profile) ─► Store ─► list ─► Input: block or file
//! ```
//!
//! Everything outside of this folder is synchronous: a small runtime, made when the first URL comes, carries the requests,
//! and the threads that read wait for it. Nothing here may be called from inside of that runtime.

mod address;
mod checked;
mod configure;
mod fault;
mod file;
mod folder;
mod guard;
mod list;
mod pieces;
mod profile;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use object_store::{ObjectStore, path::Path};
use tokio::sync::Semaphore;

use super::{
    environment::Environment,
    error::{Place, Refusal, SourceError},
    input::Input,
};

pub(super) use self::{address::is_store, file::Object};

use self::{address::Address, fault::refused};

/// How many requests to a store are under way at once.
const IN_FLIGHT: usize = 32;

/// A bucket or a container that requests go to.
#[derive(Debug)]
struct Store {
    client: Arc<dyn ObjectStore>,
    /// `s3://bucket`
    name: String,
    /// Where it is asked, without anything secret.
    endpoint: String,
    address: Address,
    environment: Environment,
    in_flight: Semaphore,
    held: pieces::Held,
    /// Whether anything was ever answered.
    answers: AtomicBool,
    /// What was said when nobody answered: the others need not wait for that again.
    gone: OnceLock<Refusal>,
}

/// Finds what a URL names: a block, a folder of blocks and files however deep, or a file.
///
/// # Errors
///
/// The URL is wrong, there are no credentials, the store cannot be reached or refuses, or there is nothing.
pub(super) fn find(url: &str, environment: &Environment) -> Result<Vec<Input>, SourceError> {
    let address = Address::parse(url).map_err(|refusal| told(address::shown(url), refusal))?;
    let name = address.to_string();
    let (store, lists) = configure::open(&address, environment).map_err(|refusal| told(name.clone(), refusal))?;
    list::inputs(&Arc::new(store), &lists, &address).map_err(|refusal| told(name, refusal))
}

/// Returns the threads that carry requests.
fn threads(environment: &Environment) -> Result<&tokio::runtime::Runtime, Refusal> {
    let told = |error| Refusal::new(format!("no threads for requests can be had: {error}"), "close other programs");
    environment.runtime().get().map_err(told)
}

fn told(file: String, refusal: Refusal) -> SourceError {
    SourceError { file, place: Place::File, problem: refusal.problem, cure: refusal.cure }
}

impl Store {
    /// Waits for what a request brings.
    fn wait<T, E: From<Refusal>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        threads(&self.environment)?.block_on(work)
    }

    /// Makes a request, when not too many others are under way.
    async fn ask<T>(&self, path: &Path, request: impl Future<Output = object_store::Result<T>>) -> Result<T, Answer> {
        if let Some(refusal) = self.gone.get() {
            return Err(Answer { missing: false, refusal: refusal.clone() });
        }
        // The semaphore is never closed, and even without a permit nothing would be wrong.
        let _permit = self.in_flight.acquire().await;
        let answer = request.await;
        if answer.is_ok() {
            self.answers.store(true, Ordering::Relaxed);
        }
        answer.map_err(|error| {
            let refused = refused(&error, self);
            if refused.unreachable {
                let _ = self.gone.set(refused.refusal.clone());
            }
            let missing = matches!(error, object_store::Error::NotFound { .. }) && !path.as_ref().is_empty();
            Answer { missing, refusal: refused.refusal }
        })
    }

    /// Returns the URL of something in the bucket.
    fn url(&self, path: &Path) -> String {
        if path.as_ref().is_empty() { self.name.clone() } else { format!("{}/{path}", self.name) }
    }
}

/// What came instead of what was asked for.
#[derive(Debug)]
struct Answer {
    /// It is not there.
    missing: bool,
    refusal: Refusal,
}

impl From<Answer> for std::io::Error {
    fn from(answer: Answer) -> std::io::Error {
        use std::io::ErrorKind;
        std::io::Error::new(if answer.missing { ErrorKind::NotFound } else { ErrorKind::Other }, answer.refusal)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        Answer { missing: false, refusal }
    }
}
