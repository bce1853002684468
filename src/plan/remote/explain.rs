//! How the work is shared, in words.

use crate::model::explain::{Gives, Sharing};

use super::{Reason, Server, Split};

impl Split {
    /// Says what a server does and what we do; `name` is the server as the user may see it, free of secrets. `None` if
    /// neither can do anything.
    pub fn explain(&self, name: &str, server: Server) -> Option<Sharing> {
        let (sent, gives, reasons) = match self {
            Split::Whole { text, notes } => (text, Gives::Answer, notes),
            Split::Here { candidates, reasons } => {
                (&candidates.text, Gives::Candidates { everything: candidates.everything }, reasons)
            }
            Split::Never { .. } => return None,
        };
        let words = |reason: &Reason| reason.text.clone();
        Some(Sharing {
            server: name.to_owned(),
            release: server.release.to_string(),
            sent: sent.clone(),
            gives,
            reasons: reasons.iter().map(words).collect(),
        })
    }
}
