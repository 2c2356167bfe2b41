//! A target computed by a closure.

use std::marker::PhantomData;

use burn::tensor::Tensor;

use crate::targets::{Explained, Target};
use crate::{AnyTensor, Error, Tensors};

/// Any scalar for each sample: a caption's log-likelihood, a Q-value, the mean over a segmented region.
///
/// The closure takes the network's output, or a tuple of them, and returns a tensor of shape `[batch]`. It is computed
/// anew at every point; what should depend on the outputs at the input alone is a
/// [`SettledScore`](crate::SettledScore).
///
/// ```
/// use backdraft::Score;
/// use burn::tensor::Tensor;
///
/// // The mean logit of class 3 over a segmentation map of shape [batch, classes, height, width].
/// let region = Score::new("area of class 3", |output: Tensor<4>| {
///     let [batch, _, height, width] = output.dims();
///     let class = output.slice([0..batch, 3..4, 0..height, 0..width]);
///     class.mean_dim(3).mean_dim(2).reshape([batch])
/// });
/// ```
pub struct Score<F, O> {
    name: String,
    compute: F,
    outputs: PhantomData<fn(O)>,
}

impl<F, O> Score<F, O>
where
    F: Fn(O) -> Tensor<1> + Send + Sync,
    O: Tensors,
{
    /// The scalar that `compute` gives; `name` is what results say was explained.
    pub fn new(name: impl Into<String>, compute: F) -> Self {
        Self {
            name: name.into(),
            compute,
            outputs: PhantomData,
        }
    }
}

impl<F, O> Target for Score<F, O>
where
    F: Fn(O) -> Tensor<1> + Send + Sync,
    O: Tensors,
{
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        Ok(Explained {
            scores: (self.compute)(O::from_tensors(outputs.to_vec())?),
            name: self.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn a_closure_sees_every_output() {
        let device = Device::flex();
        let outputs = (
            Tensor::<2>::from_data([[1.0, 2.0]], &device),
            Tensor::<1>::from_data([10.0], &device),
        );
        let target = Score::new("sum", |(a, b): (Tensor<2>, Tensor<1>)| {
            a.sum_dim(1).reshape([1]) + b
        });
        let explained = target.scores(&outputs.into_tensors()).unwrap();
        explained
            .scores
            .into_data()
            .assert_eq(&TensorData::from([13.0]), false);
        assert_eq!(explained.name, "sum");
    }
}
