//! `traceql context test`: whether a server answers.

use std::time::{Duration, Instant};

use clap::Args;

use super::{contexts::Contexts, list::row};
use crate::{
    cli::{Exit, Failure, Outcome, ui::Ui},
    model::units::HOUR,
    output::{
        style::Ink,
        text::{counted, pad, short_duration},
        visible::shown,
    },
    plan::{TimeRange, remote::SearchRequest},
    session::{Error, system_clock},
    tempo::{Call, Kind, RemoteError, Retries, Server},
};

/// Asks the server of a context three small things: whether it is there, which release it is, and a search
///
/// Exit status: 0 if it answered all of them, 2 if there is no such context, 5 if it did not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  traceql context test\n  traceql context test prod")]
pub(super) struct Test {
    /// The context; the default if not given
    name: Option<String>,
}

/// Length of the time before now in which the search looks, in nanoseconds.
const LOOK_BACK: u64 = HOUR;

/// How long one question may take: somebody waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is asked: its name, and what the answer says.
type Question<'q> = (&'static str, &'q dyn Fn(&Server, Call<'_>) -> Result<String, RemoteError>);

pub(super) fn run(command: &Test, ui: &mut Ui) -> Outcome {
    let contexts = Contexts::load()?;
    let name = match (&command.name, contexts.default_name()) {
        (Some(name), _) => name.clone(),
        (None, default) => default?.map(str::to_owned).ok_or_else(|| {
            Failure::new(Exit::Usage, "there is no default context")
                .with_hint("name one, or choose one with `traceql context use NAME`")
        })?,
    };
    let shown_row = row(contexts.named(&name)?, None);
    let who = shown_row.who();
    writeln!(
        ui.out(),
        "{name}  {}{}",
        shown(&shown_row.url),
        if who == "-" { String::new() } else { format!("  {who}") }
    )?;
    ui.flush()?;
    let mut settings = contexts.settings(&name, true, ui)?;
    settings.timeout = settings.timeout.min(PATIENCE);
    settings.secrets = ui.secrets.clone();
    // What fails at times is to be seen.
    settings.retries = Retries { most: 1, ..settings.retries };
    let server = Server::open(&settings).map_err(Error::from)?;

    let now = system_clock();
    let questions: [Question<'_>; 3] = [
        ("echo", &|server, call| server.echo(call).map(|()| String::new())),
        ("release", &|server, call| {
            let release = server.release(call)?;
            Ok(release.version.unwrap_or_else(|| format!("{}, by the queries that it takes", release.release)))
        }),
        ("search", &|server, call| {
            let range = Some(TimeRange { start: now.saturating_sub(LOOK_BACK), end: now });
            let (limit, spans_per_spanset) = (Some(1), Some(1));
            let request =
                SearchRequest { query: "{ }".to_owned(), range, limit, spans_per_spanset, ..SearchRequest::default() };
            let found = server.search(&request, call)?.value.traces.len() as u64;
            Ok(if found == 0 {
                "no trace in the last hour".to_owned()
            } else {
                format!("{} found", counted(found, "trace"))
            })
        }),
    ];
    ask(&server, &questions, ui)
}

/// Asks one thing after the other, as long as that has a point.
fn ask(server: &Server, questions: &[Question<'_>], ui: &mut Ui) -> Outcome {
    let mark = |ink: Ink, sign: &str, ui: &Ui| ink.paint(ui.out_color, sign);
    let (mut all, mut is_hopeless) = (true, false);
    for (what, question) in questions {
        let what = pad(what, 7);
        if is_hopeless {
            writeln!(ui.out(), "- {what}  not tried")?;
            continue;
        }
        let begun = Instant::now();
        let answer = {
            let _watching = ui.cancel.watch();
            question(server, Call::quiet(ui.cancel.flag()))
        };
        let took = short_duration(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        match answer {
            Ok(said) => {
                let said = ui.secrets.masked(&said);
                let line = format!("{what}  {}  {}", pad(&took, 6), shown(&said));
                let mark = mark(Ink::GOOD, "✓", ui);
                writeln!(ui.out(), "{mark} {}", line.trim_end())?;
            }
            Err(error) if error.kind == Kind::Cancelled => return Err(Error::from(error).into()),
            Err(error) => {
                let mark = mark(Ink::ERROR, "✗", ui);
                writeln!(ui.out(), "{mark} {what}  {took}")?;
                ui.flush()?;
                is_hopeless = matches!(
                    error.kind,
                    Kind::Settings
                        | Kind::Unreachable
                        | Kind::Tls
                        | Kind::Timeout
                        | Kind::Broken
                        | Kind::Unauthorized
                        | Kind::Redirected
                );
                ui.error(&format!("{}: {}", error.url, error.what()), Some(&error.cure));
                all = false;
            }
        }
        ui.flush()?;
    }
    if all { Ok(Exit::Found) } else { Err(Failure::Silent(Exit::Source)) }
}
