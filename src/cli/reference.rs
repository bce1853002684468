//! The exit statuses and the variables of the environment: one table each, of which the manual page and
//! `docs/reference.md` are made.
//!
//! The help of each command names its own statuses in a sentence; a test holds their numbers against the table.

use super::Exit;

/// An exit status. In texts, what stands between backquotes is typed as it is.
#[derive(Debug)]
pub(super) struct Status {
    /// The number.
    pub(super) number: u8,
    /// Its meaning, as a sentence.
    pub(super) meaning: &'static str,
}

/// Returns what a way to end means.
const fn status(exit: Exit) -> Status {
    let meaning = match exit {
        Exit::Found => "Done, and something found.",
        Exit::Nothing => {
            "Nothing found; or findings: `check` or `lint` found an error, `fmt --check` something to format, `--diff` something to mend."
        }
        Exit::Usage => "Wrong usage.",
        Exit::Query => "The query given to `query`, `tags`, `values`, `fmt` or `explain` is invalid.",
        Exit::Incomplete => {
            "The answer may be incomplete: something damaged was skipped, a limit has cut it or a server says so, or the \
             output could not be written."
        }
        Exit::Source => "A source or a file cannot be read or written, or is damaged; a server does not answer.",
        Exit::Interrupted => "Ctrl-C ended it.",
    };
    Status { number: exit as u8, meaning }
}

/// Every exit status, in order of its number.
pub(super) const STATUSES: &[Status] = &[
    status(Exit::Found),
    status(Exit::Nothing),
    status(Exit::Usage),
    status(Exit::Query),
    status(Exit::Incomplete),
    status(Exit::Source),
    status(Exit::Interrupted),
];

/// Variables of the environment that belong together.
#[derive(Debug)]
pub(super) struct Variables {
    /// Their names. One that ends with `*` stands for all that begin so.
    pub(super) names: &'static [&'static str],
    /// Their meaning, as a sentence, with the commands that read them.
    pub(super) meaning: &'static str,
}

/// Every variable that is read, the program's own first.
pub(super) const VARIABLES: &[Variables] = &[
    Variables {
        names: &["TRACEQL_SOURCE"],
        meaning: "What `query`, `tags` and `values` read where no SOURCE is given; without it the default context.",
    },
    Variables {
        names: &["TRACEQL_CONFIG"],
        meaning: "The file of contexts; by default traceql/config.toml in XDG_CONFIG_HOME or ~/.config, on Windows in APPDATA.",
    },
    Variables {
        names: &["TRACEQL_TOKEN"],
        meaning: "The token that says to a server who asks, where neither `--token-file` nor a context says it.",
    },
    Variables { names: &["TRACEQL_PASSWORD"], meaning: "The password of the user that `--user` names." },
    Variables {
        names: &["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"],
        meaning: "The proxies through which servers and object stores are reached.",
    },
    Variables {
        names: &["AWS_*", "GOOGLE_*", "AZURE_*", "AZURITE_*", "STORAGE_EMULATOR_HOST", "IDENTITY_ENDPOINT"],
        meaning: "How object stores are reached, as their own tools take it; `AWS_PROFILE` names a profile of ~/.aws.",
    },
    Variables {
        names: &["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"],
        meaning: "Whether there are colours where `--color` is not given.",
    },
    Variables {
        names: &["COLUMNS"],
        meaning: "How many columns the output may take; by default those of the terminal.",
    },
    Variables {
        names: &["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"],
        meaning: "Where contexts stand, where the releases of servers are remembered, and where the files of other tools are.",
    },
];

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fmt::Write,
        fs,
        path::{Path, PathBuf},
    };

    use clap::{Command, CommandFactory};

    use super::*;
    use crate::cli::Cli;

    fn root() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn statuses_are_in_order() {
        assert!(STATUSES.is_sorted_by(|a, b| a.number < b.number));
    }

    /// Returns the numbers that stand alone in the sentence about exit statuses of a text.
    fn told_statuses(text: &str) -> Option<Vec<u8>> {
        let (_, told) = text.split_once("Exit status: ")?;
        let told = told.split("\n\n").next().unwrap_or(told);
        let words = told.split(|c: char| c.is_whitespace() || ",;:.".contains(c));
        Some(words.filter_map(|word| word.parse().ok()).collect())
    }

    fn each_command(command: &Command, visit: &mut dyn FnMut(&Command)) {
        visit(command);
        command.get_subcommands().for_each(|command| each_command(command, visit));
    }

    #[test]
    fn the_help_of_each_command_names_statuses_of_the_table() {
        let mut told = 0;
        each_command(&Cli::command(), &mut |command| {
            let text = command.get_long_about().map(ToString::to_string).unwrap_or_default();
            let Some(numbers) = told_statuses(&text) else { return };
            told += 1;
            let name = command.get_name();
            assert!(numbers.starts_with(&[0]) && numbers.is_sorted(), "`{name}` begins with 0 and rises: {numbers:?}");
            for number in numbers {
                assert!(STATUSES.iter().any(|status| status.number == number), "`{name}` names {number}");
            }
        });
        assert!(told > 5, "the sentences stand where this test looks for them");
    }

    /// Lists the sources of a folder.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("a folder's entry can be read").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    /// Returns the names of variables in a line of code: in quotes where one is read, and all that begin as the program's own.
    fn variables(line: &str) -> Vec<&str> {
        const READS: [&str; 6] = ["env::var", "env =", "env(", "folder(\"", "environment.get(", "says_yes("];
        let is_name = |text: &str| {
            text.len() > 2
                && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let reads = READS.iter().any(|read| line.contains(read));
        let quoted =
            line.split('"').skip(1).step_by(2).filter(|text| is_name(text) && (reads || text.starts_with("TRACEQL_")));
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        quoted.chain(words.filter(|word| word.starts_with("TRACEQL_"))).collect()
    }

    #[test]
    fn every_variable_that_is_read_is_in_the_table() {
        let mut files = Vec::new();
        sources(&root().join("src"), &mut files);
        let mut read = BTreeSet::new();
        for file in files.iter().filter(|file| !file.ends_with("reference.rs")) {
            let text = fs::read_to_string(file).expect("sources are UTF-8");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let is_test = file.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
            let lines = code.lines().filter(|line| !is_test && !line.trim_start().starts_with("//"));
            read.extend(lines.flat_map(variables).map(str::to_owned));
        }
        assert!(
            read.contains("TRACEQL_SOURCE") && read.contains("COLUMNS"),
            "they stand where this test looks: {read:?}"
        );
        let mut known = VARIABLES.iter().flat_map(|row| row.names);
        let is_known = |name: &str| {
            known.clone().any(|known| known.strip_suffix('*').map_or(*known == name, |start| name.starts_with(start)))
        };
        let missing: Vec<&String> = read.iter().filter(|name| !is_known(name)).collect();
        assert!(missing.is_empty(), "variables that are read and stand in no row of `VARIABLES`: {missing:?}");
        let own = |name: &&&str| name.starts_with("TRACEQL_");
        assert!(
            known.by_ref().filter(own).all(|name| read.contains(*name)),
            "rows of the program's own that nobody reads"
        );
    }

    /// Returns the tables as `docs/reference.md` has them.
    fn document() -> String {
        let mut text =
            "# Exit statuses and environment\n\nMade of the tables in `src/cli/reference.rs`, as the manual page is: \
                        `UPDATE=1 cargo test --lib reference`.\n\n## Exit status\n\n| status | means |\n|---|---|\n"
                .to_owned();
        for status in STATUSES {
            let _ = writeln!(text, "| {} | {} |", status.number, status.meaning);
        }
        text.push_str("\n## Environment\n\n| variable | says |\n|---|---|\n");
        for row in VARIABLES {
            let names: Vec<String> = row.names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(text, "| {} | {} |", names.join(", "), row.meaning);
        }
        text
    }

    #[test]
    #[cfg(feature = "remote")]
    fn the_document_is_fresh() {
        let path = root().join("docs/reference.md");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, document()).expect("the document can be written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == document(), "docs/reference.md is stale: UPDATE=1 cargo test --lib reference");
    }
}
