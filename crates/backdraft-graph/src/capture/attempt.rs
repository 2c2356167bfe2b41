//! One run of a forward pass on a capture device, and how it ended.

use std::collections::BTreeMap;

use burn::backend::capture::{CapturedGraph, TensorId};
use burn::backend::ir::{GraphIr, OperationIr};
use burn::tensor::Device;

use crate::capture::devices::CaptureDevice;
use crate::capture::origin::Origin;
use crate::capture::recording::{Border, Recording};
use crate::catch::{Panic, catch};
use crate::ir::op_name::op_name;
use crate::{CaptureError, Error};

/// What was recorded, up to the end or to a panic.
pub(super) struct Attempt {
    pub(super) captured: CapturedGraph,
    pub(super) border: Border,
}

/// Why a run has no outputs.
pub(super) enum Failure {
    Panic(Panic),
    Error(Error),
}

impl Attempt {
    /// Runs `record` on a capture device like `target`. It fills in the border before the first operation, and returns
    /// the outputs.
    pub(super) fn run(
        target: &Device,
        record: impl FnOnce(&Device, &mut Border) -> Result<Vec<TensorId>, Error>,
    ) -> Result<(Self, Result<Vec<TensorId>, Failure>), CaptureError> {
        let capture = CaptureDevice::like(target)?;
        let mut border = Border::default();
        let mut end = Ok(Vec::new());
        let captured = capture.device.capture_scope(|scope| {
            end = catch(|| record(&capture.device, &mut border))
                .map_err(Failure::Panic)
                .and_then(|recorded| recorded.map_err(Failure::Error));
            let outputs = end.as_deref().unwrap_or_default();
            scope.complete([], distinct(outputs))
        });
        let captured = match captured {
            Ok(captured) => captured,
            // The run says better what went wrong than the operations that it left.
            Err(_) if end.is_err() => nothing(),
            Err(error) => {
                let message = error.to_string();
                return Err(CaptureError::NotRecorded { message });
            }
        };
        Ok((Self { captured, border }, end))
    }

    /// The recording of a run that succeeded.
    pub(super) fn recording(
        self,
        outputs: Vec<TensorId>,
        parameter_paths: Vec<String>,
        target: &Device,
    ) -> Recording {
        Recording::new(self.captured, self.border, outputs, parameter_paths, target)
    }

    /// What a tensor was computed from.
    pub(super) fn origin(&self, tensor: TensorId) -> Origin {
        Origin::of(tensor, self.operations(), &self.border)
    }

    /// The place where it ended, for people who look for it in their code.
    pub(super) fn place(&self, path: impl Fn(usize) -> String) -> String {
        let operations = self.operations().iter();
        let recorded =
            operations.filter(|op| !op.outputs().any(|out| self.border.contains(out.id)));
        let Some(last) = recorded.clone().next_back() else {
            return "before the first operation".into();
        };
        let reads = recorded.flat_map(OperationIr::inputs);
        let parameters = reads.filter_map(|tensor| self.border.parameters.get(&tensor.id));
        let read = parameters.last().map_or(String::new(), |&position| {
            format!(", the last parameter `{}`", path(position))
        });
        format!("the last operation before is `{}`{read}", op_name(last))
    }

    fn operations(&self) -> &[OperationIr] {
        &self.captured.graph.operations
    }
}

fn nothing() -> CapturedGraph {
    CapturedGraph {
        graph: GraphIr::new(Vec::new()),
        values: BTreeMap::new(),
    }
}

fn distinct(ids: &[TensorId]) -> Vec<TensorId> {
    let mut distinct = ids.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}
