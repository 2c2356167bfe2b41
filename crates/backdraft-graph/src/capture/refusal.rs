//! What a panic in a forward pass says of it.

use burn::backend::capture::TensorId;

use crate::capture::attempt::Attempt;
use crate::capture::origin::Origin;
use crate::capture::stand_ins::StandIns;
use crate::catch::Panic;
use crate::{AnyTensor, CaptureError};

/// What Burn says when tensors of other devices meet recorded ones.
const ON_ANOTHER_DEVICE: [&str; 2] = [
    "on the wrong backend",
    "Cannot move a tensor from a capture device",
];

/// What Burn says when tensors with autodiff do.
const WITH_AUTODIFF: [&str; 4] = [
    "autodiff float input reached concrete dispatch",
    "to a capture device with autodiff enabled",
    "Capture tensors do not support autodiff",
    "between autodiff and non-autodiff instances",
];

/// Why Burn refused an operation of a forward pass on a capture device.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// A tensor was read that has no values.
    Read(TensorId),
    /// A recorded tensor met one of another device.
    OtherDevice,
    /// A tensor with autodiff met a recorded one, or was moved to the capture device.
    Autodiff,
    /// Something else, of Burn or of the user.
    Other,
}

impl Refusal {
    /// Burn panics with texts, not with types.
    pub(super) fn of(message: &str) -> Self {
        let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
        let apart = message.contains("not on the same device") && message.contains("Capture(");
        if let Some(tensor) = tensor_without_value(message) {
            Self::Read(tensor)
        } else if says(&WITH_AUTODIFF) || apart && message.contains("Autodiff") {
            Self::Autodiff
        } else if says(&ON_ANOTHER_DEVICE) || apart {
            Self::OtherDevice
        } else {
            Self::Other
        }
    }

    /// Whether the forward pass gets further with other stand-ins, which are then changed.
    pub(super) fn is_lifted(&self, attempt: &Attempt, stand_ins: &mut StandIns) -> bool {
        match self {
            Self::Read(tensor) => stand_ins.make_readable(&attempt.origin(*tensor)),
            Self::OtherDevice | Self::Autodiff | Self::Other => false,
        }
    }

    /// The error of a refusal that can't be lifted.
    pub(super) fn error(
        &self,
        panic: &Panic,
        attempt: &Attempt,
        stand_ins: &StandIns,
        like: &[AnyTensor],
    ) -> CaptureError {
        let message = panic.message.clone();
        match self {
            Self::Read(tensor) => unreadable(&attempt.origin(*tensor), stand_ins, message),
            Self::OtherDevice => other_device(attempt, stand_ins, "tensor.to_device(&x.device())"),
            Self::Autodiff => other_device(
                attempt,
                stand_ins,
                "tensor.without_autodiff().to_device(&x.device())",
            ),
            Self::Other => CaptureError::ForwardPanicked {
                shapes: listed(like.iter().map(|t| format!("{:?}", t.shape().as_slice()))),
                message: match &panic.place {
                    Some(place) => format!("{message}, at {place}"),
                    None => message,
                },
            },
        }
    }
}

fn unreadable(origin: &Origin, stand_ins: &StandIns, message: String) -> CaptureError {
    if origin.inputs.is_empty() {
        let read = parameters(origin.parameters.iter().copied(), stand_ins);
        return CaptureError::NotComputed { read, message };
    }
    let inputs = origin.inputs.iter().map(|input| format!("input {input}"));
    let read = listed(inputs);
    CaptureError::DataDependent { read, message }
}

/// Originals are where the user put them, so they are what recorded tensors have met, if there are any.
fn other_device(attempt: &Attempt, stand_ins: &StandIns, moved: &'static str) -> CaptureError {
    let place = attempt.place(|parameter| stand_ins.path(parameter).into());
    if stand_ins.originals().next().is_none() {
        return CaptureError::OtherDevice { place, moved };
    }
    CaptureError::NotComputed {
        read: parameters(stand_ins.originals(), stand_ins),
        message: format!("what is computed of them meets the inputs, too ({place})"),
    }
}

fn parameters(positions: impl Iterator<Item = usize>, stand_ins: &StandIns) -> String {
    let paths = positions.map(|position| format!("parameter `{}`", stand_ins.path(position)));
    match listed(paths) {
        none if none.is_empty() => "no parameter".into(),
        paths => paths,
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn tensor_without_value(message: &str) -> Option<TensorId> {
    let (_, id) = message.split_once("captured tensor TensorId(")?;
    let (id, rest) = id.split_once(')')?;
    let id = id.parse().ok()?;
    (rest.starts_with(" has no concrete value")).then(|| TensorId::new(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tensor_that_was_read_is_found_in_the_message() {
        let message = "reading: WithContext { reason: \"captured tensor TensorId(17) has no concrete value\" }";
        assert_eq!(Refusal::of(message), Refusal::Read(TensorId::new(17)));
        assert_eq!(Refusal::of("captured tensor TensorId(17)"), Refusal::Other);
    }
}
