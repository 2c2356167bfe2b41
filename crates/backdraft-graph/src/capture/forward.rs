//! A model with its forward pass, recorded for the input shapes at hand.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use burn::backend::capture::{self, CapturedGraph, TensorId};
use burn::module::Module;
use burn::tensor::Device;

use crate::capture::devices::CaptureDevice;
use crate::capture::parameters::{parameters_of, placeholder, with_placeholders};
use crate::capture::recording::{Border, Recording, recorded_id};
use crate::{AnyTensor, CaptureError, Error, Tensors};

/// A forward pass whose model and types are erased.
pub(crate) trait Forward: Send + Sync {
    /// Records the operations for inputs of the shapes and types of `like`; constants go to `device`.
    fn record(&self, like: &[AnyTensor], device: &Device) -> Result<Recording, Error>;
}

/// A copy of the user's model, which shares its weights, and the closure that runs it.
pub(crate) struct Captured<M, F, I, O> {
    // Modules need not be `Sync`; recordings only clone it, so the lock is held briefly.
    model: Mutex<M>,
    forward: F,
    types: std::marker::PhantomData<fn(I) -> O>,
}

impl<M: Module, F, I, O> Captured<M, F, I, O> {
    /// `model` must share nothing that moves with the user's model: a result of `Module::valid`.
    pub(crate) fn new(model: M, forward: F) -> Self {
        Self {
            model: Mutex::new(model),
            forward,
            types: std::marker::PhantomData,
        }
    }
}

impl<M, F, I, O> Forward for Captured<M, F, I, O>
where
    M: Module,
    F: Fn(&M, I) -> O + Send + Sync,
    I: Tensors,
    O: Tensors,
{
    fn record(&self, like: &[AnyTensor], device: &Device) -> Result<Recording, Error> {
        let model = (self.model.lock())
            .unwrap_or_else(PoisonError::into_inner)
            .valid();
        let capture = CaptureDevice::like(device)?;
        let (captured, border) = scope(&capture.device, || {
            // Parameters become placeholders; `to_device` moves the tensors that are no parameters.
            let model = with_placeholders(model, &capture.device).to_device(&capture.device);
            let inputs: Vec<_> = like
                .iter()
                .map(|t| placeholder(t, &capture.device))
                .collect();
            let input_ids = ids_on_capture_device(&inputs);
            let outputs = (self.forward)(&model, I::from_tensors(inputs)?).into_tensors();
            let parameters = parameters_of(&model);
            Ok(Border {
                inputs: input_ids,
                outputs: output_ids(&outputs)?,
                parameters: ids_on_capture_device(parameters.iter().map(|p| &p.value)),
                parameter_paths: parameters.into_iter().map(|p| p.path).collect(),
            })
        })
        .map_err(|failure| failure.into_error(like))??;
        Ok(Recording::new(captured, border, device))
    }
}

/// Why a scope gave no graph.
enum Failure {
    Panic(Box<dyn Any + Send>),
    Capture(capture::CaptureError),
}

impl Failure {
    fn into_error(self, like: &[AnyTensor]) -> CaptureError {
        match self {
            Self::Capture(error) => CaptureError::NotRecorded {
                message: error.to_string(),
            },
            Self::Panic(payload) => {
                let message = panic_message(payload.as_ref());
                if message.contains("has no concrete value") {
                    return CaptureError::DataDependent { message };
                }
                let shapes: Vec<_> = like
                    .iter()
                    .map(|t| format!("{:?}", t.shape().as_slice()))
                    .collect();
                CaptureError::ForwardPanicked {
                    shapes: shapes.join(", "),
                    message,
                }
            }
        }
    }
}

/// Runs `record` in a capture scope. Its panic is the user's forward pass refusing to be recorded.
fn scope(
    device: &Device,
    record: impl FnOnce() -> Result<Border, Error>,
) -> Result<Result<(CapturedGraph, Border), Error>, Failure> {
    let mut border = None;
    let captured = catch_unwind(AssertUnwindSafe(|| {
        device.capture_scope(|scope| {
            let recorded = record();
            let outputs = recorded
                .as_ref()
                .map_or(vec![], |border| distinct(&border.outputs));
            border = Some(recorded);
            scope.complete([], outputs)
        })
    }))
    .map_err(Failure::Panic)?
    .map_err(Failure::Capture)?;
    let border = border.expect("a scope that completes has recorded");
    Ok(border.map(|border| (captured, border)))
}

fn distinct(ids: &[TensorId]) -> Vec<TensorId> {
    let mut distinct = ids.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

fn ids_on_capture_device<'a>(tensors: impl IntoIterator<Item = &'a AnyTensor>) -> Vec<TensorId> {
    (tensors.into_iter())
        .map(|tensor| recorded_id(tensor).expect("placeholders live on the capture device"))
        .collect()
}

fn output_ids(outputs: &[AnyTensor]) -> Result<Vec<TensorId>, CaptureError> {
    if outputs.is_empty() {
        return Err(CaptureError::NoOutput);
    }
    (outputs.iter().enumerate())
        .map(|(index, tensor)| {
            recorded_id(tensor).ok_or_else(|| CaptureError::OutputElsewhere {
                index,
                device: format!("{:?}", tensor.device()),
            })
        })
        .collect()
}

/// The text of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = (payload.downcast_ref::<String>().cloned())
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    text.map_or("no message".into(), |text| text.trim().to_owned())
}
