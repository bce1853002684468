//! `--keep-going` over servers: those that do not answer are left out, and the answer of the others is told to be incomplete.

use traceql_grammar::vocab::release::Release;

use crate::{
    binary::{ITS_TIME, Ran, SHOP, ask, holder, json, run, traceql},
    stub::{Response, Stub},
};

const KEEP: [&str; 3] = ["--keep-going", "--format", "json"];

/// A server at which nothing listens, and two that break at some point.
fn dead() -> [String; 3] {
    let broken = Stub::start(|_| Response::text(500, "the ring is on fire"));
    let half = Stub::start(|request| match request.path.as_str() {
        "/api/status/buildinfo" => Response::json("{\"version\":\"2.8.0\"}"),
        _ => Response::text(500, "the ring is on fire"),
    });
    ["http://127.0.0.1:1".to_owned(), broken.url, half.url]
}

fn is_incomplete(ran: &Ran, dead: &str) {
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.told.contains(&format!("skipped {dead}: ")), "{dead}: {ran:?}");
}

#[test]
fn the_others_answer() {
    let alive = holder(Release::Main);
    for dead in dead() {
        for query in ["{ status = error }", "{ status = error } | rate() by (name)", "{ parent.kind = server }"] {
            let whole = ask(query, &[SHOP], &["--format", "json"]);
            for sources in [[dead.as_str(), &alive.url], [&alive.url, dead.as_str()], [SHOP, &dead]] {
                let ran = ask(query, &sources, &KEEP);
                is_incomplete(&ran, &dead);
                assert_eq!(json(&ran), json(&whole), "{query} {sources:?}");
                let stopped = ask(query, &sources, &[]);
                assert_eq!(stopped.status, 5, "{stopped:?}");
            }
        }
    }
}

#[test]
fn other_commands_go_on_too() {
    let alive = holder(Release::Main);
    let [dead, ..] = dead();
    let id = "5737d25876a424f643baca19e47e042d";
    for command in [&["tags"][..], &["values", "name"], &["trace", id]] {
        let time: &[&str] = if command[0] == "trace" { &[] } else { &ITS_TIME };
        let of = |sources: &[&str], options: &[&str]| run(&mut traceql(&[command, sources, time, options].concat()));
        let ran = of(&[&dead, &alive.url], &KEEP);
        is_incomplete(&ran, &dead);
        assert_eq!(json(&ran), json(&of(&[&alive.url], &KEEP[1..])), "{command:?}");
        assert_eq!(of(&[&dead, &alive.url], &[]).status, 5);
    }
}

#[test]
fn something_has_to_answer() {
    let [nobody, broken, half] = dead();
    for sources in [&[&*nobody][..], &[&nobody, &broken], &[&broken, &half]] {
        for query in ["{ }", "{ } | rate()"] {
            let ran = ask(query, sources, &KEEP);
            assert!(ran.status == 5 && ran.told.starts_with("error: http"), "{sources:?} {ran:?}");
        }
    }
}
