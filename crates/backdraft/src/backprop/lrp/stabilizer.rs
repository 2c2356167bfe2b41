//! Denominators that aren't zero.

use burn::tensor::Tensor;

/// `z + epsilon · sign(z)` with `sign(0) = 1`: what relevance is divided by, of the sign of `z` and never smaller than
/// `epsilon`.
///
/// ```
/// use backdraft::lrp::stabilized;
/// use burn::tensor::{Device, Tensor};
///
/// let z = Tensor::<1>::from_floats([2.0, 0.0, -2.0], &Device::default());
/// let values: Vec<f32> = stabilized(z, 0.5).into_data().try_to_vec().unwrap();
/// assert_eq!(values, [2.5, 0.5, -2.5]);
/// ```
pub fn stabilized<const D: usize>(z: Tensor<D>, epsilon: f64) -> Tensor<D> {
    let is_negative = z.clone().lower_elem(0.0);
    let below = z.clone() - epsilon;
    (z + epsilon).mask_where(is_negative, below)
}

/// The relevance of outputs by their size. Without a stabilizer, outputs that are zero hand nothing on.
pub(super) fn per_unit(relevance: Tensor<1>, z: Tensor<1>, epsilon: f64) -> Tensor<1> {
    if epsilon > 0.0 {
        return relevance / stabilized(z, epsilon);
    }
    let is_zero = z.clone().equal_elem(0.0);
    (relevance / z).mask_fill(is_zero, 0.0)
}
