//! Zipkin's first API: times, kinds and addresses stand in annotations, and both sides of a call may share one object.
//!
//! What annotations mean is the convention of the format: `cs` and `cr` are client send and receive, `sr` and `ss` server
//! receive and send, `ms` and `mr` message send and receive, `ws` and `wr` sending to and receiving from the wire; `ca`,
//! `sa` and `ma` are the addresses of client, server and message broker, `lc` a local component.

use std::borrow::Cow;

use traceql_grammar::value::Kind;

use super::{Annotation, Endpoint, Side, Tag, endpoint::endpoint, is_wanted};
use crate::source::{
    builder::FragmentBuilder,
    fault::Decoded,
    json::{Cursor, MAX_LISTS, Scalar},
};

/// The address of another party: its key, and where it is.
pub(super) type Address<'a> = (&'static str, Endpoint<'a>);

const ADDRESSES: [&str; 3] = ["ca", "sa", "ma"];

/// For each kind the annotations that begin and end its side, and whose address is the remote one.
const SIDES: [(Kind, &str, &str, &str); 4] = [
    (Kind::Client, "cs", "cr", "sa"),
    (Kind::Server, "sr", "ss", "ca"),
    (Kind::Producer, "ms", "ws", "ma"),
    (Kind::Consumer, "wr", "mr", "ma"),
];

/// Reads the attributes of the first API.
pub(super) fn binary_annotations<'a>(
    json: &mut Cursor<'a>,
    side: &mut Side<'a>,
    addresses: &mut Vec<Address<'a>>,
    builder: &mut FragmentBuilder,
) -> Decoded<()> {
    let Some(mut elements) = json.array()? else { return Ok(()) };
    while json.element(&mut elements)? {
        let Some(mut members) = json.object()? else { continue };
        let (mut key, mut value, mut at) = (Cow::Borrowed(""), None, None);
        while let Some(name) = json.key(&mut members)? {
            match &*name {
                "key" => key = json.string_or_null()?,
                "value" => value = json.scalar()?,
                "endpoint" | "host" => at = endpoint(json)?,
                _ => json.skip(MAX_LISTS)?,
            }
        }
        let address = ADDRESSES.into_iter().find(|name| *name == key).filter(|_| is_mark(value.as_ref()));
        if let (Some(name), Some(at)) = (address, &at) {
            addresses.push((name, at.clone()));
            continue;
        }
        if key == "lc" {
            if side.local.is_none() {
                side.local = at.clone().filter(|at| !at.service.is_empty());
            }
            // The name that OpenTracing gave it.
            key = Cow::Borrowed("component");
        }
        let Some(value) = value else { continue };
        let is_empty_component = key == "component" && value == Scalar::Str(Cow::Borrowed(""));
        if !is_empty_component {
            // Who is not asked for still tells where the span was.
            let value = if is_wanted(&key, builder) { value } else { Scalar::Bool(true) };
            side.tags.push(Tag { key, value, endpoint: at });
        }
    }
    Ok(())
}

/// Tells whether a value only marks that its key is there: `true`, in the ways in which it is written.
fn is_mark(value: Option<&Scalar<'_>>) -> bool {
    match value {
        None | Some(Scalar::Bool(_) | Scalar::Int(1)) => true,
        Some(Scalar::Str(text)) => matches!(&**text, "" | "true" | "1" | "\u{1}" | "AQ=="),
        Some(_) => false,
    }
}

/// Takes an object apart into its sides. One of the second API, or with one side, stays one.
pub(super) fn sides<'a>(mut whole: Side<'a>, addresses: Vec<Address<'a>>) -> Vec<Side<'a>> {
    let is_first = |annotation: &Annotation<'_>| annotation.endpoint.is_some();
    if addresses.is_empty()
        && !whole.annotations.iter().any(is_first)
        && whole.tags.iter().all(|t| t.endpoint.is_none())
    {
        return vec![whole];
    }
    let mut annotations = std::mem::take(&mut whole.annotations);
    let mut sides = Vec::new();
    for (kind, begin, end, remote) in SIDES {
        let mut take = |name: &str| {
            let at = annotations.iter().position(|a| a.value == name && a.endpoint.is_some())?;
            Some(annotations.remove(at))
        };
        let (begin, end) = (take(begin), take(end));
        let Some(any) = begin.as_ref().or(end.as_ref()) else { continue };
        let local = any.endpoint.clone();
        let remote = addresses.iter().find(|(name, _)| *name == remote).map(|(_, at)| at.clone());
        sides.push(Side {
            kind: Some(kind),
            start: Some(any.nanos),
            duration: begin.zip(end).map(|(begin, end)| i128::from(end.nanos) - i128::from(begin.nanos)),
            remote: remote.map(|at| remote_of(at, local.as_ref())),
            local,
            ..Side::default()
        });
    }
    if sides.is_empty() {
        sides.push(without_sides(&mut whole, &annotations, addresses));
    }
    // The times of the whole are those of who began it, even if its annotations are not all there.
    if let Some(start) = whole.start {
        sides[0].start = Some(start);
        sides[0].duration = whole.duration.or(sides[0].duration);
    } else if sides[0].duration.is_none() {
        sides[0].duration = whole.duration;
    }
    let of = |sides: &[Side<'_>], at: Option<&Endpoint<'_>>| {
        let same = |side: &Side<'_>| side.local.as_ref().map(|local| &local.service) == at.map(|at| &at.service);
        sides.iter().position(same).unwrap_or(0)
    };
    for annotation in annotations {
        let at = of(&sides, annotation.endpoint.as_ref());
        sides[at].annotations.push(annotation);
    }
    for tag in whole.tags {
        let at = of(&sides, tag.endpoint.as_ref());
        sides[at].tags.push(tag);
    }
    sides
}

/// Makes the only side of an object in which nothing was sent or received.
fn without_sides<'a>(
    whole: &mut Side<'a>,
    annotations: &[Annotation<'a>],
    mut addresses: Vec<Address<'a>>,
) -> Side<'a> {
    let mut address = |wanted: &str| {
        let at = addresses.iter().position(|(name, _)| *name == wanted)?;
        Some(addresses.swap_remove(at).1)
    };
    let (client, server) = (address("ca"), address("sa"));
    let mut known = annotations
        .iter()
        .filter_map(|a| a.endpoint.as_ref())
        .chain(whole.tags.iter().filter_map(|tag| tag.endpoint.as_ref()));
    let known = known.find(|at| !at.service.is_empty()).cloned();
    let (kind, local, remote) = match (client, server) {
        // Only a server writes down who called.
        (Some(client), None) => (Some(Kind::Server), known, Some(client)),
        (client, server) => (whole.kind, client.or(known), server),
    };
    Side { kind, local: whole.local.take().or(local), remote, ..Side::default() }
}

/// Returns the address of the other party. One with the own service's name is that of a port on the same connection.
fn remote_of<'a>(at: Endpoint<'a>, local: Option<&Endpoint<'_>>) -> Endpoint<'a> {
    if local.is_some_and(|local| local.service == at.service) { at.without_service() } else { at }
}
