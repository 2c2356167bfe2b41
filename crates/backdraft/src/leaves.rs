//! Tensors as the beginnings of a backward pass.

use burn::tensor::{Gradients, Tensor};

use crate::AnyTensor;
use crate::rows::flat;

/// The float tensors among some, as leaves of a backward pass.
pub(crate) struct Leaves(Vec<Option<Tensor<2>>>);

impl Leaves {
    /// The leaves, and the tensors computed from them; tensors that aren't float stay as they are.
    pub(crate) fn of(tensors: &[AnyTensor]) -> (Self, Vec<AnyTensor>) {
        let leaf = |tensor: &AnyTensor| {
            let flat = tensor
                .is_float()
                .then(|| flat(&tensor.clone().without_autodiff()));
            flat.map(|flat| flat.autodiff().require_grad())
        };
        let leaves: Vec<_> = tensors.iter().map(leaf).collect();
        let tracked = leaves.iter().zip(tensors).map(|(leaf, tensor)| match leaf {
            Some(leaf) => AnyTensor::from(leaf.clone()).reshape_to(tensor.shape()),
            None => tensor.clone(),
        });
        let tracked = tracked.collect();
        (Self(leaves), tracked)
    }

    /// The gradient of each float tensor, as `[rows, elements]`; `None` where nothing flowed.
    pub(crate) fn gradients(&self, gradients: &Gradients) -> Vec<Option<Tensor<2>>> {
        let leaves = self.0.iter().flatten();
        leaves.map(|leaf| leaf.grad(gradients)).collect()
    }
}
