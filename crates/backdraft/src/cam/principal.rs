//! The first principal component of a layer's positions.

use burn::linalg::svd;
use burn::tensor::Tensor;

/// The most QR sweeps for each singular value, as in LAPACK.
const SWEEPS: usize = 30;

/// Where the positions of `[batch, channels, positions]` lie on their first principal axis, as `[batch, 1, positions]`.
///
/// A principal axis has no direction of its own: here the value that is largest in size is positive.
pub(super) fn on_first_component(values: Tensor<3>) -> Tensor<3> {
    let (values, scale) = between_minus_one_and_one(values);
    let centered = values.clone() - values.mean_dim(2);
    let [batch, channels, _] = centered.dims();
    // The decomposition of the transposed matrix: its left singular vectors are over the channels.
    let (left, _, _) = svd::<3, 2>(centered.clone(), SWEEPS);
    let first = left.slice([0..batch, 0..channels, 0..1]);
    with_largest_positive((centered * first).sum_dim(1)) * scale
}

/// Every sample with one as its largest value in size, and what it was divided by: gradients may be so small that their
/// squares vanish.
fn between_minus_one_and_one(values: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
    let scale = values.clone().abs().max_dim(2).max_dim(1);
    let scale = scale.clone().mask_fill(scale.equal_elem(0.0), 1.0);
    (values / scale.clone(), scale)
}

/// Every map, with the sign at which its largest value in size is positive.
fn with_largest_positive(maps: Tensor<3>) -> Tensor<3> {
    let is_negative = (maps.clone().max_dim(2) + maps.clone().min_dim(2)).lower_elem(0.0);
    let negative = -maps.clone();
    let mask = is_negative.expand(maps.dims());
    maps.mask_where(mask, negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn on_component(values: Tensor<3>) -> Vec<f32> {
        on_first_component(values).into_data().iter().collect()
    }

    fn two_samples() -> Tensor<3> {
        // The positions of the second sample are those of the first with the other sign.
        let samples = [[[3.0, 0.0, 0.0]], [[-3.0, 0.0, 0.0]]];
        Tensor::from_data(samples, &Device::flex())
    }

    #[test]
    fn the_largest_value_is_positive_and_samples_are_apart() {
        let expected = [2.0, -1.0, -1.0, 2.0, -1.0, -1.0];
        for (value, expected) in on_component(two_samples()).into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
    }

    #[test]
    fn values_whose_squares_vanish_have_a_component_too() {
        let values = on_component(two_samples() * 1e-30);
        for (value, expected) in values.into_iter().zip([2.0, -1.0, -1.0]) {
            assert!((value * 1e30 - expected).abs() < 1e-5, "{value} {expected}");
        }
    }

    #[test]
    fn where_all_positions_are_the_same_there_is_none() {
        let device = Device::flex();
        for values in [
            Tensor::<3>::ones([1, 2, 3], &device),
            Tensor::zeros([1, 2, 3], &device),
        ] {
            assert_eq!(on_component(values), [0.0; 3]);
        }
    }
}
