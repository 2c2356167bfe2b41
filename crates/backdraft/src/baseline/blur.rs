//! Gaussian blur over the spatial dimensions.

use crate::AnyTensor;
use crate::inputs::lines::along_dim;

/// Blurs every dimension that is space. At a border the kernel is cut off and scaled to sum to one.
pub(crate) fn blur(tensor: &AnyTensor, sigma: f64, is_space: impl Fn(usize) -> bool) -> AnyTensor {
    let shape = tensor.shape();
    let space = (0..shape.num_dims()).filter(|&dim| is_space(dim));
    space.fold(tensor.clone(), |tensor, dim| {
        let weight = |i: usize, j: usize| (-0.5 * ((i as f64 - j as f64) / sigma).powi(2)).exp();
        let sums: Vec<f64> = (0..shape[dim])
            .map(|i| (0..shape[dim]).map(|j| weight(i, j)).sum())
            .collect();
        along_dim(&tensor, dim, |i, j| weight(i, j) / sums[i])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tensor, Tolerance};

    #[test]
    fn a_constant_stays_and_a_point_spreads_evenly() {
        let device = Device::flex();
        let constant = Tensor::<4>::full([1, 2, 5, 4], 3.0, &device);
        let blurred = blur(&constant.clone().into(), 2.0, |dim| dim > 1)
            .to_tensor::<4, burn::tensor::Float>();
        let expected = constant.into_data();
        blurred
            .unwrap()
            .into_data()
            .assert_approx_eq::<f32>(&expected, Tolerance::default());

        let point = Tensor::<3>::from_data([[[0.0, 0.0, 1.0, 0.0, 0.0]]], &device);
        let blurred = blur(&point.into(), 1.0, |dim| dim > 1)
            .to_tensor::<3, burn::tensor::Float>()
            .unwrap();
        let values: Vec<f32> = blurred.into_data().try_to_vec().unwrap();
        // exp(-1/2) / (1 + 2 exp(-1/2) + 2 exp(-2)) and its like; the outer rows lack part of the kernel.
        let middle = 1.0 / (1.0 + 2.0 * (-0.5f32).exp() + 2.0 * (-2f32).exp());
        assert!((values[2] - middle).abs() < 1e-6);
        let inner = 1.0 + 2.0 * (-0.5f32).exp() + (-2f32).exp() + (-4.5f32).exp();
        let inner = (-0.5f32).exp() / inner;
        assert!((values[1] - inner).abs() < 1e-6 && values[1] == values[3]);
    }
}
