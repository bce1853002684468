//! The secrets that stand among the arguments and in the environment of a run.

use std::{env, ffi::OsString};

use crate::model::secrets::Secrets;

/// Variables that hold a secret of servers.
const OF_SERVERS: [&str; 2] = ["TRACEQL_TOKEN", "TRACEQL_PASSWORD"];

/// Variables that hold a URL, which may have a secret in it. Each is known in lower case too.
const URLS: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "TRACEQL_SOURCE"];

/// Gathers the secrets of a run, before its arguments are understood: what is wrong with them is told without secrets too.
pub(super) fn of_run(args: &[OsString]) -> Secrets {
    let secrets = Secrets::default();
    let variable = |name: &str| env::var(name).unwrap_or_default();
    OF_SERVERS.iter().for_each(|name| secrets.add(&variable(name)));
    for name in URLS {
        secrets.add_url(&variable(name));
        secrets.add_url(&variable(&name.to_ascii_lowercase()));
    }
    of_arguments(args.iter().skip(1).filter_map(|arg| arg.to_str()), &secrets);
    secrets
}

/// Registers what is secret in arguments.
fn of_arguments<'a>(args: impl Iterator<Item = &'a str>, secrets: &Secrets) {
    // The option whose value may follow.
    let mut option = "";
    for arg in args {
        let (name, value) = match arg.strip_prefix("--") {
            Some(long) => long.split_once('=').unwrap_or((long, "")),
            None => (std::mem::take(&mut option), arg),
        };
        option = if value.is_empty() { name } else { "" };
        match name {
            "token" | "password" => secrets.add(value),
            "user" => {
                if let Some((user, password)) = value.split_once(':') {
                    secrets.add_login(user, password);
                }
            }
            "header" => of_header(value, secrets),
            _ => {}
        }
        if may_be_url(value) {
            secrets.add_url(value);
        }
    }
}

/// Registers the value of a header, and of `Bearer TOKEN` the token.
fn of_header(header: &str, secrets: &Secrets) {
    let is_file = header.starts_with('@');
    let (name, value) = header.split_once(':').unwrap_or(("", header));
    if is_file || name.trim().eq_ignore_ascii_case("x-scope-orgid") {
        return;
    }
    secrets.add(value);
    value.trim().split_once(' ').iter().for_each(|(_, token)| secrets.add(token));
}

/// Tells whether an argument may be meant as a URL: queries and the names of files are not.
fn may_be_url(arg: &str) -> bool {
    if arg.contains(char::is_whitespace) {
        return false;
    }
    if arg.contains(":/") || arg.starts_with("http:") || arg.starts_with("https:") {
        return true;
    }
    // Without a scheme: `user:password@host`, or `token@host:3200`.
    let is_query = arg.contains(['{', '"', '`', '(', '|']) || arg.starts_with('@');
    arg.rsplit_once('@').is_some_and(|(user, host)| {
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        !is_query && (user.contains(':') || has_port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(args: &[&str], text: &str) -> String {
        let secrets = Secrets::default();
        of_arguments(args.iter().copied(), &secrets);
        secrets.masked(text).into_owned()
    }

    #[test]
    fn arguments_hold_secrets() {
        for args in [
            &["--user", "me:hunter2"][..],
            &["--user=me:hunter2"],
            &["--token", "hunter2"],
            &["--password=hunter2"],
            &["--header", "X-Key: hunter2"],
            &["--header=Authorization: Bearer hunter2"],
            &["--header", "hunter2"],
            &["http://me:hunter2@h"],
            &["http:/me:hunter2@h"],
            &["http:me:hunter2@h"],
            &["me:hunter2@h"],
            &["hunter2@h:3200"],
            &["--limit", "https://h/?token=hunter2"],
        ] {
            assert!(!told(args, "it is hunter2").contains("hunter2"), "{args:?}");
        }
    }

    #[test]
    fn other_arguments_stay_as_they_are() {
        for arg in ["{ .a = \"x@y\" }", "{.mail=\"me:x@y\"}", "dump@2026.json", "s3://traces/a", "--since=1h", "@file"]
        {
            let text = format!("`{arg}`: no such file");
            assert_eq!(told(&["--user", "me", arg], &text), text);
            assert_eq!(told(&["--header", "X-Scope-OrgID: shop"], "the tenant shop"), "the tenant shop");
        }
    }
}
