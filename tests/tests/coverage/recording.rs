//! Which operations Burn records, seen without backdraft.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use backdraft_graph::AnyTensor;
use burn::backend::capture::TensorId;
use burn::backend::ir::OperationIr;
use burn::backend::{BackendTensor, Capture, DispatchKindConversion, DispatchTensor};
use burn::tensor::{Device, DeviceConfig};

use crate::ir::variant;

/// Operations by family and name: `("NumericFloat", "Add")`.
pub type Variants = BTreeSet<(&'static str, String)>;

/// A capture device with the element types of Flex; one serves any number of recordings.
static DEVICE: LazyLock<Device> = LazyLock::new(|| {
    let device = Device::capture();
    let settings = Device::flex().settings();
    let config = DeviceConfig::default()
        .float_dtype(settings.float_dtype)
        .int_dtype(settings.int_dtype)
        .bool_dtype(settings.bool_dtype);
    let configured = device.capture_scope(|scope| {
        device
            .clone()
            .configure(config)
            .expect("the types are known");
        scope.complete([], [])
    });
    configured.expect("nothing else uses the device");
    device
});

/// The operations that the outputs of `forward` need.
pub fn record(forward: impl FnOnce(&Device) -> Vec<AnyTensor>) -> Variants {
    let captured = DEVICE.capture_scope(|scope| {
        let mut ids: Vec<TensorId> = forward(&DEVICE).into_iter().map(id).collect();
        ids.sort_unstable();
        ids.dedup();
        scope.complete([], ids)
    });
    let graph = captured.expect("recordings are made one by one").graph;
    let mut needed: HashSet<TensorId> = graph.outputs.iter().copied().collect();
    let mut variants = Variants::new();
    for op in graph.operations.iter().rev() {
        if op.outputs().any(|tensor| needed.contains(&tensor.id)) {
            needed.extend(op.inputs().map(|tensor| tensor.id));
            if !matches!(op, OperationIr::Init(_)) {
                variants.insert(variant(op));
            }
        }
    }
    variants
}

fn id(tensor: AnyTensor) -> TensorId {
    let tensor = tensor.into_dispatch();
    let tensor: BackendTensor<Capture> =
        DispatchTensor::try_into_backend(tensor).expect("outputs are recorded");
    match tensor {
        BackendTensor::Float(t) | BackendTensor::Int(t) | BackendTensor::Bool(t) => t.id(),
        _ => unreachable!("outputs aren't quantized"),
    }
}
