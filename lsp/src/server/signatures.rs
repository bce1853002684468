//! Signature help: the parameters of the call at a place of a document.

use std::ops::Range;

use tower_lsp::ls_types::{
    Documentation, ParameterInformation, ParameterLabel, Position, SignatureHelp, SignatureInformation,
};

use super::{abilities::Abilities, documents::Snapshot, markup::markup, place::number, reading::Reading};
use crate::ide::signature::{Signature, signature};

/// Characters behind which a client asks for the call by itself.
pub(super) const TRIGGERS: [&str; 2] = ["(", ","];

/// Returns the call around a place of a document.
pub(super) fn at(
    snapshot: &Snapshot,
    reading: &Reading,
    position: Position,
    abilities: Abilities,
) -> Option<SignatureHelp> {
    let offset = snapshot.places().offset(&snapshot.text, position);
    let Signature { label, documentation, parameters, active } = signature(&reading.analysis, offset)?;
    let parameter = |place: &Range<usize>| {
        let label = match abilities.takes_label_offsets {
            true => ParameterLabel::LabelOffsets([units(&label, place.start), units(&label, place.end)]),
            false => ParameterLabel::Simple(label.get(place.clone()).unwrap_or_default().to_owned()),
        };
        ParameterInformation { label, documentation: None }
    };
    let active = (!parameters.is_empty()).then(|| number(active));
    let documentation = markup(documentation, abilities.takes_markdown_of_signatures);
    let information = SignatureInformation {
        documentation: Some(Documentation::MarkupContent(documentation)),
        parameters: Some(parameters.iter().map(parameter).collect()),
        active_parameter: active,
        label,
    };
    Some(SignatureHelp { signatures: vec![information], active_signature: Some(0), active_parameter: active })
}

/// Counts the units of UTF-16 before a byte of a label: they are what the protocol wants here, whatever documents have.
fn units(label: &str, at: usize) -> u32 {
    number(label.get(..at).unwrap_or_default().encode_utf16().count())
}
