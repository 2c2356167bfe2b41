//! What one recording holds.

use std::collections::BTreeMap;

use burn::backend::Capture;
use burn::backend::capture::{CapturedGraph, TensorId};
use burn::backend::ir::OperationIr;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::backend::{BackendTensor, Dispatch, DispatchKindConversion, DispatchTensor};
use burn::tensor::{DType, Device, TensorData};

use crate::AnyTensor;

/// The operations of a forward pass, in order, and what their tensors stand for.
pub(crate) struct Recording {
    pub(crate) operations: Vec<OperationIr>,
    pub(crate) inputs: Vec<TensorId>,
    pub(crate) outputs: Vec<TensorId>,
    /// Parameters by position in the order in which the model is visited.
    pub(crate) parameters: BTreeMap<TensorId, usize>,
    /// The paths of all parameters in this order.
    pub(crate) parameter_paths: Vec<String>,
    /// Values of tensors that are neither inputs nor parameters.
    pub(crate) constants: BTreeMap<TensorId, AnyTensor>,
}

/// What there is before the first operation of a recording.
#[derive(Default)]
pub(super) struct Border {
    pub(super) inputs: Vec<TensorId>,
    /// Parameters by position in the order in which the model is visited, without those on their own device.
    pub(super) parameters: BTreeMap<TensorId, usize>,
}

impl Border {
    pub(super) fn contains(&self, tensor: TensorId) -> bool {
        self.parameters.contains_key(&tensor) || self.inputs.contains(&tensor)
    }
}

impl Recording {
    /// Separates the model's operations from what stands at the border, and uploads constants to `device`.
    pub(super) fn new(
        captured: CapturedGraph,
        border: Border,
        outputs: Vec<TensorId>,
        parameter_paths: Vec<String>,
        device: &Device,
    ) -> Self {
        let operations = (captured.graph.operations.into_iter())
            .filter(|op| !matches!(op, OperationIr::Init(_)))
            .filter(|op| !op.outputs().any(|tensor| border.contains(tensor.id)))
            .collect();
        let constants = (captured.values.into_iter())
            .filter(|(id, _)| !border.contains(*id))
            .map(|(id, data)| (id, upload(data, device)))
            .collect();
        Self {
            operations,
            outputs,
            constants,
            inputs: border.inputs,
            parameters: border.parameters,
            parameter_paths,
        }
    }
}

/// The id under which a tensor on the capture device was recorded; `None` elsewhere.
pub(super) fn recorded_id(tensor: &AnyTensor) -> Option<TensorId> {
    let tensor = tensor.clone().into_dispatch();
    match <DispatchTensor as DispatchKindConversion<Capture>>::try_into_backend(tensor).ok()? {
        BackendTensor::Float(t) | BackendTensor::Int(t) | BackendTensor::Bool(t) => Some(t.id()),
        _ => None,
    }
}

fn upload(data: TensorData, device: &Device) -> AnyTensor {
    let device = device.as_dispatch();
    AnyTensor::from_dispatch(match data.dtype() {
        DType::Bool(_) => Dispatch::bool_from_data(data, device),
        dtype if dtype.is_float() => Dispatch::float_from_data(data, device),
        _ => Dispatch::int_from_data(data, device),
    })
}
