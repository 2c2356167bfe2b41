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
    /// In the place of every value the least one of the sample for a convolution, of the row for a dense layer; zero if all
    /// are positive.
    Least,
    /// The greatest one, in the same way; zero if all are negative.
    Greatest,
    /// Other values in its place: one, or of an input one for each channel, which is dimension 1 of what a convolution reads
    /// and the last one of what a dense layer reads.
    Given(Vec<f32>),
}

impl Part {
    /// Whether it has values of its own for every channel.
    pub(super) fn is_per_channel(&self) -> bool {
        matches!(self, Self::Given(values) if values.len() != 1)
    }

    /// The part of a tensor that is read with its channels in a dimension; weights and biases are read whole, from dimension 0 on.
    ///
    /// # Panics
    ///
    /// If there are values for another number of channels.
    pub(super) fn of(&self, x: &AnyTensor, channels: usize) -> AnyTensor {
        let flat = match self {
            Self::Whole => return x.clone(),
            Self::Given(values) => return given(values, x, channels),
            Self::Least => return extreme(x, channels, |rows| rows.min_dim(1).clamp_max(0.0)),
            Self::Greatest => return extreme(x, channels, |rows| rows.max_dim(1).clamp_min(0.0)),
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

/// Values in the shape of a tensor.
fn given(values: &[f32], x: &AnyTensor, channels: usize) -> AnyTensor {
    let mut shape = vec![1; x.shape().num_dims()];
    if values.len() > 1 {
        let (given, read) = (values.len(), x.shape()[channels]);
        assert!(
            given == read,
            "it has a value for each of {given} channels, and the layer reads {read}"
        );
        shape[channels] = values.len();
    }
    let values = Tensor::<1>::from_floats(values, &x.device());
    let values = AnyTensor::from(values).cast_like(x).reshape_to(shape);
    values.expand_to(x.shape())
}

/// One value for everything that is read together, from the channels on.
fn extreme(x: &AnyTensor, channels: usize, of: fn(Tensor<2>) -> Tensor<2>) -> AnyTensor {
    let shape = x.shape();
    let rows: usize = shape[..channels].iter().product();
    let rows = [rows, shape.num_elements() / rows];
    AnyTensor::from(of(x.reshape(rows)).expand(rows)).reshape_to(shape)
}

fn positive(x: Tensor<1>) -> Tensor<1> {
    x.clamp_min(0.0)
}

fn negative(x: Tensor<1>) -> Tensor<1> {
    x.clamp_max(0.0)
}
