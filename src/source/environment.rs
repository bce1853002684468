//! What the surroundings tell about stores: variables, and where the user's files are.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

#[cfg(feature = "cloud")]
use super::runtime::Runtime;
use crate::model::{
    budget::Budget,
    secrets::{Secrets, decoded},
    shown_url::is_secret_parameter,
};

/// The variables of the environment, handed in by whoever may read them. Values are never shown.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    secrets: Secrets,
    budget: Budget,
    #[cfg(feature = "cloud")]
    runtime: Runtime,
}

/// Parts of the names of variables whose values are secrets.
const SECRETS: [&str; 6] = ["KEY", "SECRET", "TOKEN", "SAS", "PASSWORD", "CONNECTION_STRING"];

/// Parts of the names of variables that hold a URL, which may have a secret in it.
const URLS: [&str; 4] = ["URL", "URI", "ENDPOINT", "HOST"];

impl Environment {
    /// Takes variables and the user's home folder; what is empty counts as not set.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, home: Option<PathBuf>) -> Environment {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let environment = Environment { variables, home, ..Environment::default() };
        environment.register();
        environment
    }

    /// Masks secrets in what stores say; those of the variables are added to them.
    #[must_use]
    pub fn masking(self, secrets: &Secrets) -> Environment {
        let environment = Environment { secrets: secrets.clone(), ..self };
        environment.register();
        environment
    }

    /// Bounds the memory that answers of stores take.
    #[must_use]
    pub fn within(self, budget: &Budget) -> Environment {
        Environment { budget: budget.clone(), ..self }
    }

    /// Registers the values of variables that are secret, and what is secret in others.
    fn register(&self) {
        for (name, value) in &self.variables {
            let is_named = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
            if is_named(&SECRETS) && !name.ends_with("_FILE") && !is_named(&URLS) {
                self.secrets.add(value);
                // A connection string, a SAS token, a key of Google's: parts of them are secrets of their own.
                parts(value).for_each(|part| self.secrets.add(&part));
            } else if is_named(&URLS) {
                self.secrets.add_url(value);
            }
        }
    }

    /// Returns the secrets that are masked in what stores say.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns the bound of the memory that answers take.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Lets requests be carried by threads that are there already.
    #[cfg(feature = "cloud")]
    #[must_use]
    pub fn on(self, runtime: Runtime) -> Environment {
        Environment { runtime, ..self }
    }

    /// Returns the threads that carry requests.
    #[cfg(feature = "cloud")]
    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Returns the value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Returns the variables whose names begin with `prefix`, in order.
    pub fn starting_with(&self, prefix: &'static str) -> impl Iterator<Item = (&str, &str)> {
        let from = self.variables.range(prefix.to_owned()..);
        from.take_while(move |(name, _)| name.starts_with(prefix)).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Tells whether a variable says yes.
    pub fn says_yes(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// Returns the user's home folder.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Masks secrets in a text that a store or a library wrote.
    pub fn without_secrets(&self, text: &str) -> String {
        self.secrets.masked(text).into_owned()
    }
}

/// Returns the secret parts of a value that has several: settings of a connection string, parameters of a token, members of a
/// JSON object.
fn parts(value: &str) -> impl Iterator<Item = String> {
    let settings = value.split([';', '&']).filter_map(|setting| setting.split_once('='));
    let settings = settings.filter(|(name, _)| is_secret_parameter(name.trim()) || name.trim().ends_with("Key"));
    let mut parts: Vec<String> = settings.flat_map(|(_, value)| [value.trim().to_owned(), decoded(value)]).collect();
    let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(value).unwrap_or_default();
    let members = members.into_iter().filter(|(name, _)| is_secret_parameter(name));
    parts.extend(members.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
    parts.into_iter()
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("variables", &self.variables.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_neither_shown_nor_told() {
        let variables = [("AWS_SECRET_ACCESS_KEY", "hunter2hunter2"), ("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::new(variables, None);
        assert!(!format!("{environment:?}").contains("hunter2"));
        assert_eq!(environment.without_secrets("hunter2hunter2 in eu-west-1"), "*** in eu-west-1");
        assert_eq!(environment.get("AWS_PROFILE"), None, "empty is not set");
        assert_eq!(environment.starting_with("AWS_R").collect::<Vec<_>>(), [("AWS_REGION", "eu-west-1")]);
    }
}
