//! The queries that `check` and `fmt` work on: from `-e`, from files, from stdin, in the order of the arguments.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use traceql_grammar::{MAX_QUERY, diagnostic::quote::cut_quotes};

use super::{Exit, Failure, ui::Ui};

/// The extension of files that hold one query.
pub(super) const EXTENSION: &str = "traceql";

/// Where a query comes from.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// From the command line.
    Text(String),
    /// From a file.
    File(PathBuf),
    /// From stdin.
    Stdin,
}

/// `-e QUERY` and FILE arguments, in the order in which they stood.
#[derive(Clone, Debug)]
pub(super) struct Inputs(Vec<Input>);

impl Inputs {
    /// Fails if there is none.
    pub(super) fn some(self) -> Result<Vec<Input>, Failure> {
        if self.0.is_empty() {
            return Err(Failure::new(Exit::Usage, "no query is given")
                .with_hint("name `.traceql` files, or `-` for stdin, or give queries behind `-e`"));
        }
        for (i, input) in self.0.iter().enumerate() {
            let others = self.0[i + 1..].iter().filter_map(|input| match input {
                Input::File(path) => path.to_str(),
                Input::Text(_) | Input::Stdin => None,
            });
            let failure = match input {
                Input::Text(text) => without_quotes(text, others),
                Input::File(path) => path.to_str().and_then(|text| without_quotes(text, others)),
                Input::Stdin => None,
            };
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        Ok(self.0)
    }

    fn arguments() -> [Arg; 2] {
        [
            Arg::new("expr")
                .short('e')
                .long("expr")
                .value_name("QUERY")
                .action(ArgAction::Append)
                // A query may begin with a minus: `-1 < .x` is a mistake to point out, not an option.
                .allow_hyphen_values(true)
                .help("A query; may be given several times"),
            Arg::new("files")
                .value_name("FILE")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help("Files with the extension `.traceql`, one query each; `-` is stdin"),
        ]
    }
}

// By hand, because derived code loses the order between the two arguments.
impl Args for Inputs {
    fn augment_args(command: Command) -> Command {
        command.args(Inputs::arguments())
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.args(Inputs::arguments())
    }
}

impl FromArgMatches for Inputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Inputs, clap::Error> {
        let mut inputs: Vec<(usize, Input)> = Vec::new();
        if let (Some(indices), Some(texts)) = (matches.indices_of("expr"), matches.get_many::<String>("expr")) {
            inputs.extend(indices.zip(texts.cloned().map(Input::Text)));
        }
        if let (Some(indices), Some(files)) = (matches.indices_of("files"), matches.get_many::<PathBuf>("files")) {
            let input = |file: &PathBuf| if file == Path::new("-") { Input::Stdin } else { Input::File(file.clone()) };
            inputs.extend(indices.zip(files.map(input)));
        }
        inputs.sort_by_key(|(index, _)| *index);
        Ok(Inputs(inputs.into_iter().map(|(_, input)| input).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Inputs::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Finds out whether a query was split because the shell saw no quotes around it: `text` is its first piece, and some
/// of the arguments behind it are others.
pub(super) fn without_quotes<'a>(text: &str, mut others: impl Iterator<Item = &'a str>) -> Option<Failure> {
    // Blanks divide arguments only where no quotes are.
    let is_first = !text.contains(char::is_whitespace);
    let opens = text.matches(['{', '(']).count() > text.matches(['}', ')']).count();
    let is_piece =
        |arg: &str| arg.contains(['{', '}']) || (!arg.is_empty() && arg.chars().all(|c| "=!<>~&|+-*/%^()".contains(c)));
    (is_first && opens && others.any(is_piece)).then(|| {
        let problem = cut_quotes(format!("the shell has split the query: its first piece is `{text}`"));
        Failure::new(Exit::Usage, problem).with_hint("put the query in single quotes: '{ status = error }'")
    })
}

impl Input {
    /// Returns the name in reports: none for a query on the command line.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Input::Text(_) => None,
            Input::File(path) => Some(path.to_string_lossy().into_owned()),
            Input::Stdin => Some("-".to_owned()),
        }
    }

    /// Reads the query; where it cannot be read, tells so and gives `None`, because the others count all the same.
    /// `worst` becomes the status to end with.
    pub(super) fn read_or_tell(&self, worst: &mut Option<Exit>, ui: &mut Ui) -> Result<Option<String>, Failure> {
        self.read().map(Some).or_else(|failure| failure.tell_and_go_on(worst, ui).map(|()| None))
    }

    /// Reads the query.
    fn read(&self) -> Result<String, Failure> {
        let bytes = match self {
            Input::Text(text) => return Ok(text.clone()),
            Input::Stdin => {
                let read = read_query(io::stdin().lock());
                read.map_err(|error| Failure::new(Exit::Source, format!("cannot read stdin: {error}")))?
            }
            Input::File(path) => read_file(path)?,
        };
        let name = self.name().filter(|name| name != "-").unwrap_or_else(|| "<stdin>".to_owned());
        if bytes.len() > MAX_QUERY {
            return Err(Failure::new(Exit::Source, format!("{name}: more than 1 MiB, which no query may have"))
                .with_hint(
                    "name files that hold one query each; trace files are named behind a query: `traceql query`",
                ));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            Failure::new(Exit::Source, format!("{name}: byte {at} (0x{byte:02x}) is not UTF-8"))
                .with_hint("queries are UTF-8 text; convert the file, for example with `iconv -f latin1 -t utf-8`")
        })
    }
}

/// Reads a query, or so much of what follows that it is known to be too long.
fn read_query(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_QUERY as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let looks_like_query = || path.to_str().is_some_and(|text| text.contains(['{', '}', '|', '(']));
    if path.extension().is_none_or(|extension| extension != EXTENSION) && !looks_like_query() && path.is_file() {
        return Err(Failure::new(Exit::Usage, format!("{name}: not a `.{EXTENSION}` file"))
            .with_hint("a `.traceql` file holds one query; pipe the text of any other file into `-`"));
    }
    fs::File::open(path).and_then(read_query).map_err(|error| {
        if looks_like_query() {
            return Failure::new(Exit::Usage, format!("no file has the name `{name}`"))
                .with_hint("a query on the command line goes behind `-e`");
        }
        if path.is_dir() {
            return Failure::new(Exit::Source, format!("{name}: is a folder"))
                .with_hint(format!("name the files in it: {name}/*.{EXTENSION}"));
        }
        let why = match error.kind() {
            io::ErrorKind::NotFound => "no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(Exit::Source, format!("{name}: {why}"))
    })
}
