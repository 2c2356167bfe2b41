//! Arithmetic on tensors whose first dimension is the batch, whatever their rank.

use backdraft_graph::Arrangement;
use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::AnyTensor;

/// The tensor as `[rows, elements]`, in single precision if it is in half, and integers as numbers: all arithmetic of
/// methods goes through here.
pub(crate) fn flat(tensor: &AnyTensor) -> Tensor<2> {
    match flat_integers(tensor) {
        Some(integers) => integers.float(),
        None => tensor.upcast().reshape(flat_shape(tensor)),
    }
}

/// The same of a tensor of integers; `None` of any other.
pub(crate) fn flat_integers(tensor: &AnyTensor) -> Option<Tensor<2, Int>> {
    let is_integer = !tensor.is_float();
    is_integer.then(|| {
        tensor
            .clone()
            .reshape_to(flat_shape(tensor))
            .to_tensor()
            .ok()
    })?
}

/// `[rows, elements]`.
fn flat_shape(tensor: &AnyTensor) -> [usize; 2] {
    let shape = tensor.shape();
    let rows = shape.first().copied().unwrap_or(1);
    [rows, shape.num_elements() / rows.max(1)]
}

/// The elements of `x` that are kept, and those of another tensor of the same kind and shape in place of the rest.
pub(crate) fn choose(x: &AnyTensor, other: &AnyTensor, kept: Tensor<2, Bool>) -> AnyTensor {
    let shape = x.shape();
    let replaced = kept.expand(flat_shape(x)).bool_not();
    let chosen: AnyTensor = match (flat_integers(x), flat_integers(other)) {
        (Some(x), Some(other)) => x.mask_where(replaced, other).into(),
        _ => flat(x).mask_where(replaced, flat(other)).into(),
    };
    chosen.reshape_to(shape)
}

/// The part of `x` that the weights say, and for the rest that of another tensor of the same shape. Weights are those of
/// one row, for all, or of every row.
pub(crate) fn blend(x: &AnyTensor, other: &AnyTensor, weights: &[f32]) -> AnyTensor {
    zip(x, other, |x, other| {
        let [_, elements] = x.dims();
        let rows = weights.len() / elements.max(1);
        let data = TensorData::new(weights.to_vec(), [rows, elements]);
        let device = x.device().without_autodiff();
        let weights = Tensor::<2>::from_data(data.convert_dtype(x.dtype()), (&device, x.dtype()));
        let rest = weights.clone().neg() + 1.0;
        x * weights + other * rest
    })
}

/// Some rows of a tensor, in this order.
pub(crate) fn take(tensor: &AnyTensor, rows: &[usize]) -> AnyTensor {
    cat_rows(rows.iter().map(|&row| tensor.rows(row..row + 1)).collect())
}

/// A tensor as the only row of another.
fn only_row(tensor: &AnyTensor) -> AnyTensor {
    let shape = [&[1], tensor.shape().as_slice()].concat();
    tensor.clone().reshape_to(shape)
}

/// A tensor with its samples first. What all samples share belongs to the only one, if there is one. `None` if the tensor
/// isn't like those that the arrangement was made for, or several samples share it.
pub(crate) fn samples_first(
    arrangement: Option<&Arrangement>,
    tensor: &AnyTensor,
    rows: usize,
) -> Option<AnyTensor> {
    let shape = tensor.shape();
    match arrangement {
        Some(arrangement) => arrangement.fits(&shape).then(|| arrangement.apply(tensor)),
        None if rows == 1 && shape.first() == Some(&1) => Some(tensor.clone()),
        None if rows == 1 => Some(only_row(tensor)),
        None => None,
    }
}

/// `[samples, frames..., rest...]` with a row for every frame of a sample.
pub(crate) fn frames_as_rows(tensor: AnyTensor, frames: usize) -> AnyTensor {
    let shape = tensor.shape().to_vec();
    let (rows, rest) = shape.split_at(1 + frames);
    let folded = [&[rows.iter().product()], rest].concat();
    tensor.reshape_to(folded)
}

/// Combines two tensors of one shape.
pub(crate) fn zip(
    a: &AnyTensor,
    b: &AnyTensor,
    f: impl FnOnce(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> AnyTensor {
    AnyTensor::from(f(flat(a), flat(b))).reshape_to(a.shape())
}

/// Changes the values of a tensor.
pub(crate) fn map(a: &AnyTensor, f: impl FnOnce(Tensor<2>) -> Tensor<2>) -> AnyTensor {
    AnyTensor::from(f(flat(a))).reshape_to(a.shape())
}

/// Combines two lists of tensors of the same shapes.
pub(crate) fn zip_all(
    a: &[AnyTensor],
    b: &[AnyTensor],
    f: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> Vec<AnyTensor> {
    (a.iter().zip(b)).map(|(a, b)| zip(a, b, &f)).collect()
}

/// The rows of several tensors, one tensor after the other.
pub(crate) fn cat_rows(tensors: Vec<AnyTensor>) -> AnyTensor {
    AnyTensor::cat_rows(tensors)
}

/// Sums over everything but the rows.
pub(crate) fn sum_per_row(tensor: &AnyTensor) -> Tensor<1> {
    let sums = flat(tensor).sum_dim(1);
    let [rows, _] = sums.dims();
    sums.reshape([rows])
}

/// What the values of every row sum to in all of these tensors, whatever their precision.
pub(crate) fn sums_of_all(tensors: &[AnyTensor]) -> Vec<f64> {
    let sums = tensors.iter().map(|tensor| to_vec(sum_per_row(tensor)));
    let sums = sums.reduce(|a, b| a.iter().zip(b).map(|(a, b)| a + b).collect());
    sums.unwrap_or_default()
}

/// The values of one scalar for each row.
pub(crate) fn to_vec(scalars: Tensor<1>) -> Vec<f64> {
    scalars.into_data().iter::<f64>().collect()
}
