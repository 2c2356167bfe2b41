//! What a term of a rule takes of a tensor.

use backdraft_graph::AnyTensor;
use burn::tensor::Tensor;

/// What a term of a [`LinearRule`](crate::lrp::LinearRule) takes of an input, of weights or of a bias.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// All of it.
    Whole,
    /// `max(x, 0)`.
    Positive,
    /// `min(x, 0)`.
    Negative,
    /// Nothing.
    Zero,
    /// One everywhere.
    One,
    /// `x²`.
    Square,
    /// `x + c max(x, 0)`.
    MorePositive(f64),
    /// `x + c min(x, 0)`.
    MoreNegative(f64),
    /// Other values in its place: one, or of an input one for each channel, which is dimension 1 of what a convolution reads
    /// and the last one of what a dense layer reads.
    Given(Vec<f32>),
}

impl Part {
    /// Whether it has values of its own for every channel.
    pub(super) fn is_per_channel(&self) -> bool {
        matches!(self, Self::Given(values) if values.len() != 1)
    }

    /// The part of an input with its channels in a dimension.
    ///
    /// # Panics
    ///
    /// If there are values for another number of channels.
    pub(super) fn of_input(&self, x: &AnyTensor, channels: usize) -> AnyTensor {
        match self {
            Self::Given(values) if values.len() != 1 => of_channels(values, x, channels),
            part => part.of(x),
        }
    }

    /// The part of a tensor whose channels have no values of their own.
    pub(super) fn of(&self, x: &AnyTensor) -> AnyTensor {
        let flat = match self {
            Self::Whole => return x.clone(),
            Self::Given(values) => x.flat().full_like(values[0]),
            Self::Positive => positive(x.flat()),
            Self::Negative => negative(x.flat()),
            Self::Zero => x.flat().zeros_like(),
            Self::One => x.flat().ones_like(),
            Self::Square => x.flat() * x.flat(),
            Self::MorePositive(factor) => x.flat() + positive(x.flat()) * *factor,
            Self::MoreNegative(factor) => x.flat() + negative(x.flat()) * *factor,
        };
        AnyTensor::from(flat).reshape_to(x.shape())
    }
}

/// A value for each channel, everywhere.
fn of_channels(values: &[f32], x: &AnyTensor, channels: usize) -> AnyTensor {
    assert_eq!(
        values.len(),
        x.shape()[channels],
        "the rule has values for so many channels, and the layer reads so many"
    );
    let mut shape = vec![1; x.shape().num_dims()];
    shape[channels] = values.len();
    let values = Tensor::<1>::from_floats(values, &x.device());
    let values = AnyTensor::from(values).cast_like(x).reshape_to(shape);
    values.expand_to(x.shape())
}

fn positive(x: Tensor<1>) -> Tensor<1> {
    x.clamp_min(0.0)
}

fn negative(x: Tensor<1>) -> Tensor<1> {
    x.clamp_max(0.0)
}
