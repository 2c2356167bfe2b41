//! What follows a convolution in the same pass.

use crate::panel::UNBOUNDED;

/// What follows a convolution in the same pass.
///
/// NaN passes through each of them, forward and backward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`. Its gradient passes where the output is above 0.
    Relu,
    /// `min(max(x, min), max)`; `Clamp { min: 0.0, max: 6.0 }` is `ReLU6`.
    ///
    /// Its gradient passes where `min < output < max`, as in PyTorch's `hardtanh` and `relu6`. Burn's own
    /// derivative differs for an `x` that is exactly `min` or `max`, where it passes the gradient: the output
    /// doesn't tell such an `x` from one beyond the bound.
    Clamp {
        /// The smallest output.
        min: f32,
        /// The largest output, not below `min`.
        max: f32,
    },
}

impl Activation {
    /// The least and the greatest output.
    pub(crate) fn bounds(self) -> (f32, f32) {
        match self {
            Self::Identity => UNBOUNDED,
            Self::Relu => (0.0, f32::INFINITY),
            Self::Clamp { min, max } => (min, max),
        }
    }

    /// The outputs strictly between which the gradient passes, if it doesn't pass everywhere. No output reaches
    /// a limit that is NaN.
    pub(crate) fn limits(self) -> Option<(f32, f32)> {
        match self {
            Self::Identity => None,
            Self::Relu => Some((0.0, f32::NAN)),
            Self::Clamp { min, max } => Some((min, max)),
        }
    }
}
