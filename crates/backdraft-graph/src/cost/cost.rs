//! What a run and its backward pass take.

use burn::backend::ir::TensorIr;

use crate::AnyTensor;

/// What a [run](crate::Network::run) and its backward pass take.
///
/// The backward pass is that of gradients with respect to inputs and layers. Gradients of weights are never
/// computed here, so it costs about as much as the forward pass, not twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub(super) forward_flops: u64,
    pub(super) backward_flops: u64,
    pub(super) peak_bytes: u64,
    pub(super) parameter_bytes: u64,
}

impl Cost {
    /// Floating-point operations of the forward pass, the run at the reference included where there is one. A
    /// multiplication with an addition counts as two. Convolutions, matrix products and attention are exact,
    /// other operations are one for each element that they read.
    pub fn forward_flops(&self) -> u64 {
        self.forward_flops
    }

    /// Floating-point operations of the backward pass; zero if nothing is differentiated.
    pub fn backward_flops(&self) -> u64 {
        self.backward_flops
    }

    /// The most bytes that are alive at once beside the weights and the inputs: activations, what the backward pass
    /// needs of them, gradients, and what operations need while they compute. An estimate for the `flex`
    /// backend.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Size of all weights, running statistics included.
    pub fn parameter_bytes(&self) -> u64 {
        self.parameter_bytes
    }

    /// This, and then another run.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            forward_flops: self.forward_flops + next.forward_flops,
            backward_flops: self.backward_flops + next.backward_flops,
            peak_bytes: self.peak_bytes.max(next.peak_bytes),
            parameter_bytes: self.parameter_bytes.max(next.parameter_bytes),
        }
    }

    pub(crate) fn with_parameters(self, parameters: &[AnyTensor]) -> Self {
        let size = |value: &AnyTensor| value.shape().num_elements() * value.dtype().size();
        Self {
            parameter_bytes: parameters.iter().map(size).sum::<usize>() as u64,
            ..self
        }
    }
}

/// Number of elements.
pub(super) fn elements(tensor: &TensorIr) -> u64 {
    tensor.shape.num_elements() as u64
}

/// Size in memory.
pub(crate) fn bytes(tensor: &TensorIr) -> u64 {
    elements(tensor) * tensor.dtype.size() as u64
}
