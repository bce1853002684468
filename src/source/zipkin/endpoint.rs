//! Where something happened, in Zipkin: a service and its address.

use std::borrow::Cow;

use crate::source::{
    builder::{FragmentBuilder, Table},
    fault::Decoded,
    json::{Cursor, MAX_LISTS, Scalar},
};

/// A service and its address; what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Endpoint<'a> {
    pub(super) service: Cow<'a, str>,
    ipv4: Cow<'a, str>,
    ipv6: Cow<'a, str>,
    port: i64,
}

/// Reads an endpoint; `None` for `null`.
pub(super) fn endpoint<'a>(json: &mut Cursor<'a>) -> Decoded<Option<Endpoint<'a>>> {
    let Some(mut members) = json.object()? else { return Ok(None) };
    let mut endpoint = Endpoint::default();
    while let Some(name) = json.key(&mut members)? {
        match &*name {
            "serviceName" => endpoint.service = json.string_or_null()?,
            // The first API once wrote addresses as numbers, which say nothing to anyone.
            "ipv4" if json.peek() == Some(b'"') => endpoint.ipv4 = json.string()?,
            "ipv6" if json.peek() == Some(b'"') => endpoint.ipv6 = json.string()?,
            "port" => endpoint.port = if json.null()? { 0 } else { json.i64()? },
            _ => json.skip(MAX_LISTS)?,
        }
    }
    Ok(Some(endpoint))
}

impl Endpoint<'_> {
    /// Sets the attributes of address and port.
    pub(super) fn attributes(&self, [ip, port]: [&str; 2], builder: &mut FragmentBuilder) {
        let address = if self.ipv4.is_empty() { &self.ipv6 } else { &self.ipv4 };
        if !address.is_empty() {
            builder.attribute(Table::Span, ip, &Scalar::Str(Cow::Borrowed(address)));
        }
        if self.port > 0 {
            builder.attribute(Table::Span, port, &Scalar::Int(self.port));
        }
    }

    /// Returns the endpoint without its service.
    pub(super) fn without_service(self) -> Self {
        Endpoint { service: Cow::Borrowed(""), ..self }
    }
}
