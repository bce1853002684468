//! One comparison of a field with something constant, in words that Tempo's storage understands as we do, or wider.
//!
//! What Tempo does with a comparison that reads the same follows from where values are stored: numbers of each type in a
//! column of their own, ids as bytes, whatever belongs to a whole trace once for what of it lies in one block.

use traceql_grammar::{
    Verdict, check,
    ops::{BinaryOp, CompareOp},
    query::{Body, Expr, ExprKind, Field, FieldKey, Link, SpansetExpr, Stage, StageKind},
    value::{Status, Type, Value},
    vocab::{intrinsics::Intrinsic, own_columns::SERVICE_NAME, release::Release, scopes::Scope},
};

use crate::model::{
    intrinsic_facts::{Owner, facts},
    operand::parse_id,
};

use super::{
    super::{columns::child_table, fold::fold},
    Server, anchor,
    span::Asked,
    wide::{Comparison, Table, Wide},
};

/// From here on not every whole number is a float of its own.
const INEXACT: i64 = 1 << 53;

/// Returns what holds of a span of which a field is asked something; the field is the span's own.
pub(super) fn comparison(key: &FieldKey, asked: &Asked<'_>, server: Server) -> Wide {
    let of = Of { field: Field { of_parent: false, key: key.clone() }, server };
    match key {
        FieldKey::Attribute(scope, name) => of.attribute(*scope, name, asked),
        FieldKey::Intrinsic(intrinsic) => of.intrinsic(*intrinsic, asked),
        FieldKey::Parent => Wide::Everything,
    }
}

/// What comparisons are made of.
struct Of {
    field: Field,
    server: Server,
}

impl Of {
    fn attribute(&self, scope: Scope, name: &str, asked: &Asked<'_>) -> Wide {
        // Every resource has it, if only as an empty text.
        let is_always_there = name == SERVICE_NAME && matches!(scope, Scope::Any | Scope::Resource);
        match *asked {
            Asked::Is(truth) => self.compare(CompareOp::Eq, &Value::Bool(truth)),
            Asked::Present(_) if is_always_there => Wide::Everything,
            Asked::Present(true) => self.compare(CompareOp::Ne, &Value::Nil),
            // Before, corner cases of it were wrong, and without a scope it finds nearly all spans.
            Asked::Present(false)
                if self.server.release >= Release::Main && matches!(scope, Scope::Span | Scope::Resource) =>
            {
                self.compare(CompareOp::Eq, &Value::Nil)
            }
            Asked::Present(false) => Wide::Everything,
            Asked::Match(pattern, wanted) => self.matches(pattern, wanted),
            Asked::Compare(op, Value::Int(n)) => self.number(op, *n),
            // Attributes are never stored as durations.
            Asked::Compare(op, Value::Duration(ns)) => self.number(op, *ns),
            Asked::Compare(op, Value::Float(x)) if self.server.exact => {
                self.compare(op, &Value::Float(*x)).or(self.whole_numbers(op, *x))
            }
            Asked::Compare(op, value @ (Value::String(_) | Value::Bool(_) | Value::Float(_))) => {
                self.compare(op, value)
            }
            Asked::Compare(..) => Wide::Everything,
        }
    }

    /// Compares with a whole number; also with those that are stored as floats, where that is wanted.
    fn number(&self, op: CompareOp, n: i64) -> Wide {
        let whole = self.compare(op, &Value::Int(n));
        if self.server.exact { whole.or(self.compare(op, &Value::Float(n as f64))) } else { whole }
    }

    /// Compares those with a float that are stored as whole numbers.
    fn whole_numbers(&self, op: CompareOp, x: f64) -> Wide {
        let present = || self.compare(CompareOp::Ne, &Value::Nil);
        if x.is_nan() || x.abs() >= INEXACT as f64 {
            return present();
        }
        let (op, n) = match op {
            CompareOp::Eq if x.fract() != 0.0 => return Wide::Nothing,
            CompareOp::Ne if x.fract() != 0.0 => return present(),
            CompareOp::Eq | CompareOp::Ne => (op, x),
            CompareOp::Gt | CompareOp::Le => (op, x.floor()),
            CompareOp::Ge | CompareOp::Lt => (op, x.ceil()),
        };
        self.compare(op, &Value::Int(n as i64))
    }

    fn intrinsic(&self, intrinsic: Intrinsic, asked: &Asked<'_>) -> Wide {
        match asked {
            Asked::Present(true) if matches!(facts(intrinsic).owner, Owner::Event | Owner::Link) => {
                self.compare(CompareOp::Ne, &Value::Nil)
            }
            Asked::Present(_) | Asked::Is(_) => Wide::Everything,
            Asked::Compare(op, value) => self.compared_intrinsic(intrinsic, *op, value),
            Asked::Match(pattern, wanted) => match intrinsic {
                Intrinsic::Name
                | Intrinsic::StatusMessage
                | Intrinsic::EventName
                | Intrinsic::InstrumentationName
                | Intrinsic::InstrumentationVersion => self.matches(pattern, *wanted),
                Intrinsic::RootName | Intrinsic::RootService if self.sees_traces() => self.matches(pattern, *wanted),
                Intrinsic::RootName
                | Intrinsic::RootService
                | Intrinsic::Duration
                | Intrinsic::Status
                | Intrinsic::Kind
                | Intrinsic::TraceDuration
                | Intrinsic::TraceId
                | Intrinsic::SpanId
                | Intrinsic::ParentId
                | Intrinsic::ChildCount
                | Intrinsic::EventTimeSinceStart
                | Intrinsic::LinkTraceId
                | Intrinsic::LinkSpanId
                | Intrinsic::NestedSetLeft
                | Intrinsic::NestedSetRight
                | Intrinsic::NestedSetParent => Wide::Everything,
            },
        }
    }

    /// Tells whether the server has all spans of its traces.
    fn sees_traces(&self) -> bool {
        !self.server.shared
    }

    fn compared_intrinsic(&self, intrinsic: Intrinsic, op: CompareOp, value: &Value) -> Wide {
        let as_written_if = |is_right: bool| if is_right { self.compare(op, value) } else { Wide::Everything };
        match intrinsic {
            Intrinsic::Name
            | Intrinsic::StatusMessage
            | Intrinsic::EventName
            | Intrinsic::InstrumentationName
            | Intrinsic::InstrumentationVersion => as_written_if(matches!(value, Value::String(_))),
            Intrinsic::Status => as_written_if(matches!(value, Value::Status(_))),
            Intrinsic::Kind => as_written_if(matches!(value, Value::Kind(_))),
            Intrinsic::RootName | Intrinsic::RootService => {
                as_written_if(matches!(value, Value::String(_)) && self.sees_traces())
            }
            Intrinsic::Duration | Intrinsic::EventTimeSinceStart => self.duration(op, value),
            // A part of a trace takes no longer than the whole.
            Intrinsic::TraceDuration if self.sees_traces() || matches!(op, CompareOp::Lt | CompareOp::Le) => {
                self.duration(op, value)
            }
            Intrinsic::TraceDuration => Wide::Everything,
            Intrinsic::TraceId
            | Intrinsic::SpanId
            | Intrinsic::ParentId
            | Intrinsic::LinkTraceId
            | Intrinsic::LinkSpanId => match value {
                Value::String(id) => self.id(intrinsic, op, id),
                _ => Wide::Everything,
            },
            Intrinsic::NestedSetLeft | Intrinsic::NestedSetRight => {
                as_written_if(matches!(value, Value::Int(_)) && self.sees_traces())
            }
            Intrinsic::NestedSetParent => {
                // A root is one in every part of its trace; all other numbers follow from what else is there.
                let finds_roots_only = matches!(
                    (op, value),
                    (CompareOp::Eq | CompareOp::Le, Value::Int(-1)) | (CompareOp::Lt, Value::Int(0))
                );
                as_written_if(matches!(value, Value::Int(_)) && (self.sees_traces() || finds_roots_only))
            }
            // Blocks of older formats do not have it, and find nothing.
            Intrinsic::ChildCount => Wide::Everything,
        }
    }

    fn duration(&self, op: CompareOp, value: &Value) -> Wide {
        match value {
            Value::Int(ns) => self.compare(op, &Value::Duration(*ns)),
            Value::Duration(_) => self.compare(op, value),
            // Of the others it is not known whether Tempo takes fractions of a nanosecond.
            Value::Float(_) if self.field.key == FieldKey::Intrinsic(Intrinsic::Duration) => self.compare(op, value),
            _ => Wide::Everything,
        }
    }

    /// Compares ids, which Tempo does digit by digit with how it prints them.
    fn id(&self, intrinsic: Intrinsic, op: CompareOp, id: &str) -> Wide {
        let is_trace = facts(intrinsic).is_trace_id();
        let number = parse_id(id).filter(|number| is_trace || u64::try_from(*number).is_ok());
        match (op, number) {
            (CompareOp::Eq, None) => Wide::Nothing,
            // How it stores a trace id of zeros, if at all, is not known.
            (CompareOp::Eq | CompareOp::Ne, Some(number)) if is_trace && number > 0 => {
                self.compare(op, &Value::String(format!("{number:x}")))
            }
            // Tempo finds no span id that begins with two zeros.
            (CompareOp::Eq, Some(number)) if !is_trace && number >> 56 == 0 => self.present(),
            (CompareOp::Eq | CompareOp::Ne, Some(number)) if !is_trace && number >> 56 > 0 => {
                self.compare(op, &Value::String(format!("{number:016x}")))
            }
            _ => Wide::Everything,
        }
    }

    /// Tells whether the field is the name of the service, which is text by convention and in Tempo's storage.
    fn is_service(&self) -> bool {
        matches!(&self.field.key, FieldKey::Attribute(Scope::Resource, name) if name == SERVICE_NAME)
    }

    /// Asks for a value, whatever it is.
    fn present(&self) -> Wide {
        comparison(&self.field.key, &Asked::Present(true), self.server)
    }

    fn matches(&self, pattern: &str, wanted: bool) -> Wide {
        // Over arrays beside single values Tempo refuses `!~`.
        if !wanted && matches!(self.field.key, FieldKey::Attribute(..)) && !self.is_service() {
            return self.present();
        }
        match anchor::pattern(pattern, self.server.release) {
            Some(pattern) => {
                let op = if wanted { BinaryOp::Match } else { BinaryOp::NotMatch };
                self.test(op, &Value::String(pattern))
            }
            None => self.present(),
        }
    }

    fn compare(&self, op: CompareOp, value: &Value) -> Wide {
        self.test(BinaryOp::Compare(op), value)
    }

    /// Makes the comparison, if the server's release reads its text as it is meant.
    fn test(&self, op: BinaryOp, value: &Value) -> Wide {
        let (field, release) = (self.field.to_string(), self.server.release);
        // Older releases took the quotes for a part of the name.
        if field.contains('"') && release < Release::V2_3 {
            return Wide::Everything;
        }
        let text = format!("{field} {} {}", op.text(), literal(value));
        let checked = check(&format!("{{ {text} }}"), release);
        let Body::Search(pipeline) = &checked.query.body else { return Wide::Everything };
        let meant = match pipeline.stages.as_slice() {
            [Stage { kind: StageKind::Spansets(SpansetExpr::Filter(filter)), .. }] => {
                self.is_meant(&filter.condition, op, value)
            }
            _ => false,
        };
        if !meant || checked.verdict != Verdict::Ok {
            return Wide::Everything;
        }
        let table = match child_table(&self.field) {
            (true, _) => Table::Events,
            (_, true) => Table::Links,
            _ => Table::Span,
        };
        Wide::Test(Comparison { key: self.field.key.clone(), text, table, weight: self.weight(op, value) })
    }

    fn is_meant(&self, expr: &Expr, op: BinaryOp, value: &Value) -> bool {
        let Ok(expr) = fold(expr) else { return false };
        let ExprKind::Chain(chain) = &expr.kind else { return false };
        match (&chain.first.kind, chain.rest.as_slice()) {
            (ExprKind::Field(field), [Link { op: found, operand: right, .. }]) => {
                *field == self.field
                    && *found == op
                    && matches!(&right.kind, ExprKind::Literal(found) if found == value)
            }
            _ => false,
        }
    }

    fn weight(&self, op: BinaryOp, value: &Value) -> u32 {
        let is_id = match &self.field.key {
            FieldKey::Intrinsic(intrinsic) => facts(*intrinsic).is_id(),
            FieldKey::Attribute(..) | FieldKey::Parent => false,
        };
        match (self.field.ty(), op, value) {
            (_, BinaryOp::Compare(CompareOp::Eq), _) if is_id => 1000,
            (_, BinaryOp::Compare(CompareOp::Ne) | BinaryOp::NotMatch, Value::Nil) => 3,
            (_, BinaryOp::Compare(CompareOp::Ne) | BinaryOp::NotMatch, _) => 1,
            (Type::Kind, ..) => 2,
            (Type::Status, _, Value::Status(Status::Error)) => 6,
            (Type::Status, ..) => 2,
            (_, BinaryOp::Compare(CompareOp::Eq), Value::Nil) => 1,
            (_, BinaryOp::Compare(CompareOp::Eq), Value::String(_)) => 8,
            (_, BinaryOp::Compare(CompareOp::Eq), _) => 6,
            (_, BinaryOp::Match, _) => 5,
            _ => 4,
        }
    }
}

/// Writes a literal as queries have it.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        // The shortest form that is a float again, be it large or small.
        Value::Float(x) => format!("{x:?}"),
        value => value.to_string(),
    }
}

/// Writes text in quotes, with the escapes that Go's strings have.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
