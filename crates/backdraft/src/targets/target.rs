//! What is explained: one scalar for each sample, computed from the network's outputs.

use burn::tensor::Tensor;

use crate::targets::TargetError;
use crate::{AnyTensor, Error};

/// A differentiable function from a network's outputs to one scalar for each sample.
///
/// For one of your own, a [`Score`](crate::Score) around a closure is usually enough.
pub trait Target: Send + Sync {
    /// Computes the scores, of shape `[batch]`, with tensor operations that Burn can differentiate. The
    /// batch is the first dimension of the network's first input.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the outputs don't have the form that the target needs.
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error>;

    /// The target that this one is at these outputs, if it follows them: [`TopClass`](crate::TopClass) becomes the
    /// classes it finds. Methods that look at other points than the input, such as a path from a baseline,
    /// resolve the target at the input first, so that it stays the same on the way.
    ///
    /// # Errors
    ///
    /// As for [`scores`](Self::scores).
    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        let _ = outputs;
        Ok(None)
    }
}

impl<T: Target + ?Sized> Target for &T {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        (**self).scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        (**self).resolved(outputs)
    }
}

impl<T: Target + ?Sized> Target for Box<T> {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        (**self).scores(outputs)
    }

    fn resolved(&self, outputs: &[AnyTensor]) -> Result<Option<Box<dyn Target>>, Error> {
        (**self).resolved(outputs)
    }
}

/// The target's scores for a batch of `samples`, checked to be one for each.
pub(crate) fn explain(
    target: &dyn Target,
    outputs: &[AnyTensor],
    samples: usize,
) -> Result<Explained, Error> {
    let explained = target.scores(outputs)?;
    let [scores] = explained.scores.dims();
    if scores != samples {
        return Err(Error::Target(TargetError::ScoreCount {
            target: explained.name,
            scores,
            samples,
        }));
    }
    Ok(explained)
}

/// The scores of a batch, and what they are scores of.
#[derive(Clone, Debug)]
pub struct Explained {
    /// One scalar for each sample.
    pub scores: Tensor<1>,
    /// The target in words, with what was found in the outputs: `class 282`.
    pub name: String,
}

impl Explained {
    /// The scores' values.
    pub(crate) fn values(&self) -> Vec<f32> {
        self.scores.clone().into_data().iter::<f32>().collect()
    }
}
