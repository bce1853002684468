//! What the surroundings tell about stores: variables, and where the user's files are.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

#[cfg(feature = "cloud")]
use super::runtime::Runtime;

/// The variables of the environment, handed in by whoever may read them. Values are never shown.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    #[cfg(feature = "cloud")]
    runtime: Runtime,
}

/// Parts of the names of variables whose values are secrets.
const SECRETS: [&str; 6] = ["KEY", "SECRET", "TOKEN", "SAS", "PASSWORD", "CONNECTION_STRING"];

/// Shorter values are no secrets, and would be found in every text.
const SHORTEST_SECRET: usize = 6;

impl Environment {
    /// Takes variables and the user's home folder; what is empty counts as not set.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>, home: Option<PathBuf>) -> Environment {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Environment {
            variables,
            home,
            #[cfg(feature = "cloud")]
            runtime: Runtime::default(),
        }
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

    /// Blackens the values of variables that hold secrets, in a text that somebody else wrote.
    pub fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let is_secret = |name: &str| SECRETS.iter().any(|part| name.contains(part)) && !name.ends_with("_FILE");
        for (_, value) in self.variables.iter().filter(|(name, _)| is_secret(name)) {
            if value.len() >= SHORTEST_SECRET && text.contains(value) {
                text = text.replace(value, "***");
            }
        }
        text
    }
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
