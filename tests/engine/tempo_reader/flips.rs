//! A byte that is flipped anywhere in a block changes no answer without a word: a question is answered as before, or with
//! an error. Without checksums a change is found where it contradicts something else.

use std::{env, fs, path::Path};

use rayon::prelude::*;
use traceql::{
    model::{projection::Projection, trace_id::TypedId},
    session::{Cancel, Metrics, Quiet, Request, Search, Session, Settings, Source, TagsRequest, Trace, Values, run},
    source::Input,
};

use super::{
    super::{pages, session::told, sources::flat},
    Numbers, VERSIONS, files, loose,
};

/// A trace of the block.
const TRACE: &str = "000000000000a0011234567890abc001";

/// A few questions that read many columns between them.
fn requests(session: &Session) -> Vec<Request> {
    let search = |query: &str| Request::Search(Search::new(session.check(query)));
    let metrics = |query: &str| Request::Metrics(Metrics::new(session.check(query)));
    let field = |text: &str| traceql_grammar::field(text).expect("it is a field");
    vec![
        search("{ kind = server }"),
        search("{ status = error && duration > 1ms } | select(statusMessage, span:parentID, instrumentation:name)"),
        search(
            "{ .astr = \"x\" || span.http.status_code > 0 } >> { name != \"x\" && resource.service.name =~ \"s.*\" }",
        ),
        search("{ event.e = 1 || link.n = 5 } | select(event:name, span:childCount, rootName) | count() > 0"),
        metrics("{ } | count_over_time() by (resource.service.name, kind)"),
        metrics("{ } | quantile_over_time(duration, .9) by (name)"),
        Request::Trace(Trace { id: TypedId::parse(TRACE).expect("it is an id") }),
        Request::Tags(TagsRequest::default()),
        Request::Values(Values { field: field("resource.service.name"), query: None, when: Default::default() }),
    ]
}

/// What a block answers: each question's text, or the error.
fn answers(input: &Input, requests: &[Request], keep_going: bool) -> Vec<Result<String, String>> {
    let settings = Settings { keep_going, ..Settings::default() };
    let session = Session::new(settings).expect("files need nothing");
    session.add(Source::Input(input.clone()));
    let mut answers = Vec::new();
    for request in requests {
        answers.push(match run(&session, request, &Cancel::new(), &Quiet) {
            Ok(answer) if !answer.is_complete || answer.read.damaged > 0 => Err("told".to_owned()),
            Ok(answer) => Ok(told(&answer.found)),
            Err(error) => Err(error.to_string()),
        });
    }
    answers.push(match loose(std::slice::from_ref(input), &Projection::everything(), keep_going) {
        Ok((fragments, report)) => {
            fragments.iter().for_each(flat::assert_sound);
            if report.damaged > 0 { Err("told".to_owned()) } else { Ok(format!("{:?}", flat::flatten(&fragments))) }
        }
        Err(error) => Err(error.to_string()),
    });
    answers
}

/// A block of this version whose traces are these bytes.
fn block(version: &str, data: Vec<u8>) -> Input {
    let mut files = files("zoo", version);
    files.retain(|(name, _)| name != "data.parquet");
    files.push(("data.parquet".to_owned(), data));
    Input::block_in_memory("block", files)
}

/// A flip: the place of a byte, and of a bit in it.
type Flip = (usize, u8);

/// Returns the flips, of these, that change an answer without a word, each with the number of the request. Nothing panics.
fn silent_flips(version: &str, file: &[u8], flips: &[Flip]) -> Vec<(Flip, usize)> {
    let whole = block(version, file.to_vec());
    let requests = requests(&Session::over([whole.clone()]));
    let expected = answers(&whole, &requests, false);
    assert!(expected.iter().all(Result::is_ok), "{expected:?}");
    let silent = flips.par_iter().flat_map_iter(|(at, bit)| {
        let mut damaged = file.to_vec();
        damaged[*at] ^= 1 << bit;
        let found = answers(&block(version, damaged), &requests, at % 2 == 0);
        let is_silent = |request: &usize| found[*request].is_ok() && found[*request] != expected[*request];
        (0..found.len()).filter(is_silent).map(|request| ((*at, *bit), request)).collect::<Vec<_>>()
    });
    silent.collect()
}

/// One bit of each byte; of `every` bytes one, beginning with another one for each version.
fn flips(version: &str, file: &[u8], every: usize) -> Vec<Flip> {
    let mut numbers = Numbers(version.bytes().map(u64::from).sum());
    (numbers.below(every)..file.len()).step_by(every).map(|at| (at, numbers.below(8) as u8)).collect()
}

fn no_flip_is_silent(every: usize) {
    for version in VERSIONS {
        let file = files("zoo", version).remove(1).1;
        assert_eq!(silent_flips(version, &file, &flips(version, &file, every)), [], "{version}");
    }
}

/// Without checksums, values can be exchanged for others, but what says how pages lie and what they hold cannot.
fn only_pages_flip_without_checksums(every: usize) {
    for version in VERSIONS {
        let file = pages::without_checksums(&files("zoo", version).remove(1).1);
        let pages = pages::pages(&file);
        let is_in_page =
            |at: usize| pages.iter().any(|page| (page.bytes.start + page.header.length..page.bytes.end).contains(&at));
        let silent = silent_flips(version, &file, &flips(version, &file, every));
        assert!(!silent.is_empty(), "nothing else finds out what was exchanged");
        let others: Vec<(Flip, usize)> = silent.into_iter().filter(|((at, _), _)| !is_in_page(*at)).collect();
        assert_eq!(others, [], "{version}");
    }
}

/// The fuzz target begins with blocks without checksums, which no fuzzer could keep right. `UPDATE=1` writes them.
#[test]
fn the_fuzz_target_has_a_block_of_each_version() {
    for version in VERSIONS {
        let bare = pages::without_checksums(&files("zoo", version).remove(1).1);
        let seed = format!("{}/tests/fuzz/seeds/tempo_block/{version}", env!("CARGO_MANIFEST_DIR"));
        if env::var_os("UPDATE").is_some() {
            fs::create_dir_all(Path::new(&seed).parent().expect("it lies in a folder")).expect("it can be made");
            fs::write(&seed, &bare).expect("it can be written");
        }
        assert!(fs::read(&seed).is_ok_and(|seed| seed == bare), "{seed} is old: run this test with UPDATE=1");
    }
}

#[test]
fn flips_are_told() {
    no_flip_is_silent(149);
}

#[test]
fn flips_without_checksums_do_no_harm() {
    only_pages_flip_without_checksums(149);
}

#[test]
#[ignore = "takes an hour; the two tests above take samples of it"]
fn every_byte_flips() {
    no_flip_is_silent(1);
    only_pages_flip_without_checksums(1);
}
