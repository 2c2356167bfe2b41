//! Tensors as the beginnings of a backward pass.

use burn::tensor::{Gradients, Tensor};

use crate::AnyTensor;
use crate::inputs::rows::flat;

/// The float tensors among some, as leaves of a backward pass.
pub(crate) struct Leaves(Vec<Option<Tensor<2>>>);

impl Leaves {
    /// The leaves, and the tensors computed from them; tensors that aren't float stay as they are.
    pub(crate) fn of(tensors: &[AnyTensor]) -> (Self, Vec<AnyTensor>) {
        Self::among(tensors, |position| tensors[position].is_float())
    }

    /// The same for some of the float tensors.
    pub(crate) fn among(
        tensors: &[AnyTensor],
        is_leaf: impl Fn(usize) -> bool,
    ) -> (Self, Vec<AnyTensor>) {
        let leaf = |(position, tensor): (usize, &AnyTensor)| {
            let flat = is_leaf(position).then(|| flat(&tensor.clone().without_autodiff()));
            flat.map(|flat| flat.autodiff().require_grad())
        };
        let leaves: Vec<_> = tensors.iter().enumerate().map(leaf).collect();
        let tracked = leaves.iter().zip(tensors).map(|(leaf, tensor)| {
            let held = || flat(&tensor.clone().without_autodiff()).autodiff();
            let flat = leaf.clone().or_else(|| tensor.is_float().then(held));
            match flat {
                Some(flat) => AnyTensor::from(flat)
                    .reshape_to(tensor.shape())
                    .cast_like(tensor),
                None => tensor.clone(),
            }
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
