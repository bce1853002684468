//! Profiles of the AWS tools: `~/.aws/credentials` and `~/.aws/config`.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use crate::source::{environment::Environment, error::Refusal, small_file};

/// The settings of a profile. What the file of credentials says counts more than what the other one says.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Profile {
    name: String,
    settings: BTreeMap<String, String>,
}

/// The profile that counts where none is named.
const DEFAULT: &str = "default";

/// Settings that say how to get credentials in ways that need the tools themselves.
const BY_TOOLS: [&str; 6] =
    ["sso_session", "sso_start_url", "credential_process", "source_profile", "credential_source", "login_session"];

/// Sections with their settings. Settings of settings are joined to these by a point.
type Sections = BTreeMap<String, BTreeMap<String, String>>;

impl Profile {
    /// Reads the profile that the environment names, or the one that counts where none is named.
    ///
    /// # Errors
    ///
    /// A named profile that is nowhere, or a file that cannot be read; that there are no files is no error.
    pub(super) fn read(environment: &Environment) -> Result<Profile, Refusal> {
        let file = |variable: &str, usual: &str| -> Option<PathBuf> {
            let named = environment.get(variable).map(|path| match (path.strip_prefix("~/"), environment.home()) {
                (Some(rest), Some(home)) => home.join(rest),
                _ => PathBuf::from(path),
            });
            named.or_else(|| environment.home().map(|home| home.join(".aws").join(usual)))
        };
        let credentials = sections(file("AWS_SHARED_CREDENTIALS_FILE", "credentials").as_deref())?;
        let config = sections(file("AWS_CONFIG_FILE", "config").as_deref())?;
        let named = environment.get("AWS_PROFILE").or_else(|| environment.get("AWS_DEFAULT_PROFILE"));
        let name = named.unwrap_or(DEFAULT);
        let in_config = config.get(&format!("profile {name}")).or_else(|| config.get(name).filter(|_| name == DEFAULT));
        let in_credentials = credentials.get(name);
        if named.is_some() && name != DEFAULT && in_config.is_none() && in_credentials.is_none() {
            let problem = format!("there is no profile `{name}` in ~/.aws/config and ~/.aws/credentials");
            return Err(Refusal::new(problem, "check AWS_PROFILE, or write the profile with `aws configure`"));
        }
        let mut settings = in_config.cloned().unwrap_or_default();
        settings.extend(in_credentials.cloned().unwrap_or_default());
        if let Some(services) = settings.get("services").and_then(|name| config.get(&format!("services {name}"))) {
            settings.extend(services.clone());
        }
        Ok(Profile { name: name.to_owned(), settings })
    }

    /// Returns a setting.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// Says that only the tools themselves can get the credentials of the profile, if that is so.
    pub(super) fn needs_tools(&self) -> Option<Refusal> {
        let setting = BY_TOOLS.into_iter().find(|setting| self.settings.contains_key(*setting))?;
        let Profile { name, .. } = self;
        Some(Refusal::new(
            format!("the profile `{name}` gets its credentials by `{setting}`, which only the AWS tools can do"),
            format!("run `eval \"$(aws configure export-credentials --profile {name} --format env)\"` first"),
        ))
    }
}

/// Reads a file; one that is not there has no sections.
fn sections(path: Option<&Path>) -> Result<Sections, Refusal> {
    let Some(path) = path else { return Ok(Sections::new()) };
    match small_file::read_text(path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Sections::new())
        }
        Err(error) => {
            Err(Refusal::new(format!("{} cannot be read: {error}", path.display()), "make it readable for this user"))
        }
    }
}

/// Parses a file: `[section]`, `name = value`, deeper settings indented below a name without value.
fn parse(text: &str) -> Sections {
    let (mut sections, mut section, mut outer) = (Sections::new(), None, None::<String>);
    for line in text.lines() {
        let is_deeper = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            // Between the kind and the name there may be more than one blank.
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(name.clone()).or_default();
            (section, outer) = (Some(name), None);
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), without_comment(value.trim()));
        let name = match &outer {
            Some(outer) if is_deeper => format!("{outer}.{name}"),
            _ => {
                outer = Some(name.clone());
                name
            }
        };
        if let Some(settings) = section.as_ref().and_then(|section| sections.get_mut(section))
            && !value.is_empty()
        {
            settings.insert(name, value.to_owned());
        }
    }
    sections
}

/// Takes a comment off, which begins with `#` or `;` behind a blank.
fn without_comment(value: &str) -> &str {
    let comment = [" #", " ;", "\t#", "\t;"].into_iter().filter_map(|mark| value.find(mark)).min();
    value[..comment.unwrap_or(value.len())].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_the_tools_read_them() {
        let sections = parse(
            "# mine\n[default]\nregion = eu-west-1 # near\n\n[profile  shop]\nAWS_ACCESS_KEY_ID=a=b\ns3 =\n  \
             addressing_style = path\n\tendpoint_url=http://h\nservices=local\n[services local]\ns3 =\n endpoint_url = x\n",
        );
        let get = |section: &str, name: &str| sections.get(section).and_then(|settings| settings.get(name)).cloned();
        assert_eq!(get("default", "region").as_deref(), Some("eu-west-1"));
        assert_eq!(get("profile shop", "aws_access_key_id").as_deref(), Some("a=b"));
        assert_eq!(get("profile shop", "s3.addressing_style").as_deref(), Some("path"));
        assert_eq!(get("profile shop", "services").as_deref(), Some("local"), "what is not indented ends the nesting");
        assert_eq!(get("services local", "s3.endpoint_url").as_deref(), Some("x"));
        assert_eq!(parse("no section = 1\n[broken\n]x[\n=\n"), Sections::new());
    }

    #[test]
    fn what_only_the_tools_can_do_is_told() {
        let settings = parse("[profile a]\nsso_session = me\n").remove("profile a").expect("it is there");
        let profile = Profile { name: "a".to_owned(), settings };
        let refusal = profile.needs_tools().expect("it needs them");
        assert!(refusal.problem.contains("`sso_session`") && refusal.cure.contains("--profile a"), "{refusal:?}");
        assert!(Profile::default().needs_tools().is_none());
    }
}
