//! A network that finds round spots in a scan, small ones and large ones: for each size a filter that is bright
//! inside and dark around, rectified, and the mean over the scan.
//!
//! Its weights are written down, not trained, so that anyone can say what it should look at.

use burn::module::{Module, Param};
use burn::nn::PaddingConfig3d;
use burn::nn::conv::{Conv3d, Conv3dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

/// Radius of the spots, in voxels.
pub const RADII: [f32; 2] = [2.0, 4.5];
const KERNEL: usize = 13;

#[derive(Module, Debug)]
pub struct Scanner {
    spots: Conv3d,
}

impl Scanner {
    pub fn new(device: &Device) -> Self {
        let weights: Vec<f32> = RADII.into_iter().flat_map(spot).collect();
        let mut spots = Conv3dConfig::new([1, RADII.len()], [KERNEL; 3])
            .with_padding(PaddingConfig3d::Same)
            .init(device);
        let shape = [RADII.len(), 1, KERNEL, KERNEL, KERNEL];
        spots.weight = Param::from_data(TensorData::new(weights, shape), device);
        // Only what is much brighter than its surroundings counts.
        spots.bias = Some(Param::from_data([-0.4, -0.4], device));
        Self { spots }
    }

    /// `[batch, 1, depth, height, width]` to how much there is of each size, `[batch, sizes]`.
    pub fn forward(&self, scan: Tensor<5>) -> Tensor<2> {
        relu(self.spots.forward(scan))
            .mean_dims(&[2, 3, 4])
            .flatten(1, 4)
    }
}

/// Sums to one inside the radius and to minus one in a shell around it, about 1.4 times as wide.
fn spot(radius: f32) -> Vec<f32> {
    let center = (KERNEL / 2) as f32;
    let distance = |cell: usize| {
        let place = [
            cell / (KERNEL * KERNEL),
            cell / KERNEL % KERNEL,
            cell % KERNEL,
        ];
        let squares = place.map(|at| (at as f32 - center).powi(2));
        squares.into_iter().sum::<f32>().sqrt()
    };
    let cells = KERNEL.pow(3);
    let inside = |cell: &usize| distance(*cell) <= radius;
    let around = |cell: &usize| !inside(cell) && distance(*cell) <= 1.4 * radius + 0.5;
    let (inner, outer) = (
        (0..cells).filter(inside).count() as f32,
        (0..cells).filter(around).count() as f32,
    );
    let weight = |cell: usize| match cell {
        cell if inside(&cell) => 1.0 / inner,
        cell if around(&cell) => -1.0 / outer,
        _ => 0.0,
    };
    (0..cells).map(weight).collect()
}
