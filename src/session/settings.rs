//! What holds for all requests of a session.

use std::time::{SystemTime, UNIX_EPOCH};

use traceql_grammar::vocab::release::Release;

use crate::source::Environment;

/// Settings of a session: plain data, resolved by the host.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether damaged records and files are skipped and counted instead of ending a request.
    pub keep_going: bool,
    /// How many threads read and compute; `None` for one for each core. Object stores are read on 16 at least, most of which
    /// wait.
    pub threads: Option<usize>,
    /// Variables and the home folder, for object stores.
    pub environment: Environment,
    /// Whether everything runs here that a server answers differently from this program, and quantiles of what is read here
    /// are measured.
    pub exact: bool,
    /// How many traces each source may be asked for where a query runs here over those of servers; 0 for all.
    pub candidates: usize,
    /// Whether stdin is kept in memory, so that several requests can read it.
    pub keeps_stdin: bool,
    /// The release of Tempo that queries are checked for.
    pub release: Release,
    /// The clock, in Unix nanoseconds.
    pub clock: fn() -> u64,
}

/// Maximum number of traces that a source is asked for, unless set otherwise.
const CANDIDATES: usize = 1000;

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            keep_going: false,
            threads: None,
            environment: Environment::default(),
            exact: false,
            candidates: CANDIDATES,
            keeps_stdin: false,
            release: Release::Main,
            clock: system_clock,
        }
    }
}

/// Reads the system's clock, in Unix nanoseconds.
pub fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
