//! Where a call was when it stopped, or when it wrote what it should not: it is done once more, in an instance that
//! says so.

use crate::calls::call::Call;
use crate::calls::frame::PlannedColumn;
use crate::calls::write_back::check_value;
use crate::insight::report::source_frames;
use crate::module::engine::{EngineKind, Stop, Watch};
use crate::module::faults::Fault;
use crate::module::layout::{CheckedParams, CheckedSystem, CheckedValue};
use crate::module::source::SourceFrame;

impl Call<'_, '_, '_> {
    /// Does a call that stopped once more: the functions that were running, innermost first. Nothing was written,
    /// so it is given the same and does the same.
    pub fn trace(
        &mut self,
        system: &CheckedSystem,
        index: usize,
        fuel: u64,
        fault: &Fault,
    ) -> Vec<SourceFrame> {
        let stopped = self.stopped.take();
        let watches = matches!(fault, Fault::BadWrite { .. });
        let kind = if watches { EngineKind::Watcher } else { EngineKind::Tracer };
        let (frame, fuel) = match &stopped {
            // What it changed is held against the world as it is now.
            Some(_) if watches => (None, 0),
            Some(stopped) => (self.give_again(stopped), stopped.fuel_used),
            None if self.version.start_traced(kind) => (self.map(&system.params).ok(), fuel),
            None => (None, 0),
        };
        let Some(frame) = frame else { return Vec::new() };
        let watch = self.watch(&system.params, frame, fault);
        let Some(instance) = &mut self.version.instance else { return Vec::new() };
        if let Some(watch) = watch {
            instance.watch(watch);
        }
        let Err(stop) = instance.call(index, frame, fuel).outcome else { return Vec::new() };
        let trace = instance.trace();
        // The innermost of too many calls was not entered any more.
        let not_entered = usize::from(matches!(stop, Stop::Recursion));
        source_frames(self.version.compiled.wasm(), trace.get(not_entered..).unwrap_or_default())
    }

    /// What to look for behind each write, for a bad one: the row, in a call frame at that address.
    fn watch(&self, params: &CheckedParams, frame: u32, fault: &Fault) -> Option<Watch> {
        let Fault::BadWrite { component, row, .. } = fault else { return None };
        let plan = &self.scratch.plan;
        let columns = params.queries.iter().flat_map(|query| &query.columns).zip(&plan.columns);
        let columns =
            columns.filter(|(column, _)| column.write).map(|(column, planned)| (&column.value, planned));
        let resources = params.resources.iter().zip(&plan.resources);
        let resources =
            resources.filter(|(value, _)| value.write).map(|(resource, planned)| (&resource.value, planned));
        // What strings and lists cover lies elsewhere.
        let is_bad = |(value, _): &(&CheckedValue, &PlannedColumn)| {
            value.schema.name == *component && !value.has_slices
        };
        let (value, planned) = columns.chain(resources).find(is_bad)?;
        let (value, bytes) = (value.clone(), value.schema.byte_size);
        let address = frame.checked_add(planned.offset)?.checked_add(row.checked_mul(bytes)?)?;
        Some(Watch {
            address,
            bytes,
            is_bad: Box::new(move |row| check_value(&value, row, |_| false).is_err()),
        })
    }
}
