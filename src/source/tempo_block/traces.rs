//! Traces of a batch, and what is told of them beyond their spans.

use traceql_grammar::value::Status;

use crate::{
    model::{
        batch::{Batch, Facts, ServiceCount, Trace},
        dictionary::StrId,
        ids::TraceId,
        otlp_enums,
    },
    source::parquet::{file::ParquetFault, levels},
};

use super::{
    build::Builder,
    entries::{ValueOf, ints, same_values},
    ids::trace_id,
    words::Words,
};

impl Builder<'_, '_> {
    /// Builds the traces, and what is told of them.
    pub(super) fn traces(&mut self, batch: &mut Batch) -> Result<(), ParquetFault> {
        let (core, layout) = (self.projection.core, self.layout);
        let starts = ints(&*self.columns.of_rows(layout.trace_start)?, None, 0);
        let ends = ints(&*self.columns.of_rows(layout.trace_end)?, None, 0);
        let ids = match core.trace_id {
            true => Some(self.columns.values_of_rows(layout.trace_id)?),
            false => None,
        };
        let mut entries = self.selected.map(|entries| entries.iter().peekable());
        batch.traces.reserve_exact(self.shape.rows.len() - 1);
        let mut first = 0;
        for (row, bounds) in self.shape.rows.windows(2).enumerate() {
            let end = match &mut entries {
                None => bounds[1],
                Some(entries) => {
                    let mut end = first;
                    while entries.next_if(|entry| (bounds[0]..bounds[1]).contains(*entry)).is_some() {
                        end += 1;
                    }
                    end
                }
            };
            batch.traces.push(Trace {
                id: ids.as_ref().map_or(TraceId(0), |ids| trace_id(ids, row)),
                rows: first..end,
                start: starts.get(row).copied().unwrap_or_default() as u64,
                end: ends.get(row).copied().unwrap_or_default() as u64,
                root: None,
            });
            first = end;
        }
        if core.roots || core.services {
            self.facts(batch)?;
        }
        Ok(())
    }

    /// Builds what is told of traces beyond their spans.
    fn facts(&mut self, batch: &mut Batch) -> Result<(), ParquetFault> {
        let core = self.projection.core;
        let dictionary = &mut batch.spans.dictionary;
        let mut roots = vec![None; batch.traces.len()];
        if core.roots {
            let services = self.columns.of_rows(self.layout.root_service)?;
            let names = self.columns.of_rows(self.layout.root_name)?;
            let (mut service, mut name) = (Words::of(&services), Words::of(&names));
            let (mut service_at, mut name_at) = (ValueOf::new(&services), ValueOf::new(&names));
            for (row, root) in roots.iter_mut().enumerate() {
                let service = service_at.at(row).map_or(StrId::EMPTY, |at| service.get(at, dictionary));
                let found = (service, name_at.at(row).map_or(StrId::EMPTY, |at| name.get(at, dictionary)));
                // A trace without a root has neither.
                *root = (found != (StrId::EMPTY, StrId::EMPTY)).then_some(found);
            }
        }
        let mut ends = vec![0; batch.traces.len()];
        if core.services {
            match self.layout.services {
                Some(leaves) => self.stored_services(leaves, batch, &mut ends)?,
                None => self.counted_services(batch, &mut ends)?,
            }
        }
        let mut start = 0;
        for (root, end) in roots.into_iter().zip(ends) {
            batch.facts.push(Facts { root, services: start..end });
            start = end;
        }
        Ok(())
    }

    /// Takes over the stored counts of services; `ends` gets the end of each trace's.
    fn stored_services(
        &mut self,
        [name, spans, errors]: [usize; 3],
        batch: &mut Batch,
        ends: &mut [u32],
    ) -> Result<(), ParquetFault> {
        let names = self.columns.nested(name)?;
        let mut counts = |leaf: usize| {
            let column = self.columns.nested(leaf)?;
            let is_alike = column.rep == names.rep && same_values(&column, &names);
            self.columns.check(leaf, is_alike, "has other entries than the column of the names of services")?;
            Ok::<_, ParquetFault>(ints(&column, None, 0))
        };
        let (spans, errors) = (counts(spans)?, counts(errors)?);
        let rows = levels::count_below(&names.rep, 1);
        self.columns.check(name, rows == ends.len(), "has another number of lists than there are traces")?;
        let (mut words, mut value) = (Words::of(&names), ValueOf::new(&names));
        let mut row = usize::MAX;
        for (entry, rep) in names.rep.iter().enumerate() {
            row = row.wrapping_add(usize::from(*rep == 0));
            if let Some(at) = value.at(entry) {
                let count = |counts: &[i64]| counts.get(entry).map_or(0, |count| *count as u32);
                batch.service_counts.push(ServiceCount {
                    service: words.get(at, &mut batch.spans.dictionary),
                    spans: count(&spans),
                    errors: count(&errors),
                });
            }
            if let Some(end) = ends.get_mut(row) {
                *end = batch.service_counts.len() as u32;
            }
        }
        Ok(())
    }

    /// Counts the services of traces that are stored without; `ends` gets the end of each trace's.
    fn counted_services(&mut self, batch: &mut Batch, ends: &mut [u32]) -> Result<(), ParquetFault> {
        let statuses = self.columns.flat(self.layout.status)?;
        self.shape.check(self.columns, self.layout.status, &statuses)?;
        let statuses = ints(&statuses, None, 0);
        let services = self.services(&mut batch.spans.dictionary)?;
        let resources = self.shape.resources();
        for (row, bounds) in self.shape.rows.windows(2).enumerate() {
            let first = batch.service_counts.len();
            for entry in bounds[0]..bounds[1] {
                if self.shape.empty.binary_search(&entry).is_ok() {
                    continue;
                }
                let service = services[resources[entry as usize] as usize];
                let failed = u32::from(
                    statuses.get(entry as usize).is_some_and(|code| otlp_enums::status(*code) == Status::Error),
                );
                match batch.service_counts[first..].iter_mut().find(|count| count.service == service) {
                    Some(count) => {
                        count.spans += 1;
                        count.errors += failed;
                    }
                    None => batch.service_counts.push(ServiceCount { service, spans: 1, errors: failed }),
                }
            }
            ends[row] = batch.service_counts.len() as u32;
        }
        Ok(())
    }

    /// Takes traces out of a batch that have no spans in it.
    pub(super) fn leave_out(&self, batch: &mut Batch, rows: &[u32]) {
        if rows.is_empty() {
            return;
        }
        let is_left = |row: usize| rows.binary_search(&(row as u32)).is_err();
        let mut row = 0;
        batch.traces.retain(|_| (is_left(row), row += 1).0);
        let mut row = 0;
        batch.facts.retain(|_| (is_left(row), row += 1).0);
    }
}
