//! Coarse masks, enlarged to the size of an image.

use burn::tensor::{Device, Tensor, TensorData};

/// Bilinear enlargement of a grid of cells, a matrix for each dimension of space. Centers of cells and positions are half
/// a step from the border, and the border's cells reach to it.
pub(super) struct Enlargement {
    /// `[positions, cells]` along each dimension.
    matrices: Vec<Tensor<2>>,
}

impl Enlargement {
    pub(super) fn new(cells: &[usize], space: &[usize], device: &Device) -> Self {
        let sizes = cells.iter().zip(space);
        let matrix = |(&cells, &positions): (&usize, &usize)| {
            let weights = (0..positions).flat_map(|position| weights(position, positions, cells));
            let data = TensorData::new(weights.collect::<Vec<f32>>(), [positions, cells]);
            Tensor::from_data(data, device)
        };
        Self {
            matrices: sizes.map(matrix).collect(),
        }
    }

    /// From `[rows, cells]` to `[rows, positions]`.
    pub(super) fn apply(&self, mask: Tensor<2>) -> Tensor<2> {
        let matrices = self.matrices.iter().cloned();
        along_every_dimension(mask, &matrices.collect::<Vec<_>>())
    }

    /// The gradient with respect to the cells, given that with respect to the positions.
    pub(super) fn gradient(&self, positions: Tensor<2>) -> Tensor<2> {
        let transposed = self
            .matrices
            .iter()
            .map(|matrix| matrix.clone().transpose());
        along_every_dimension(positions, &transposed.collect::<Vec<_>>())
    }
}

/// How much each cell counts at a position.
fn weights(position: usize, positions: usize, cells: usize) -> impl Iterator<Item = f32> {
    let center = (position as f64 + 0.5) * cells as f64 / positions as f64 - 0.5;
    let center = center.clamp(0.0, (cells - 1) as f64);
    (0..cells).map(move |cell| (1.0 - (center - cell as f64).abs()).max(0.0) as f32)
}

/// Each matrix, `[to, from]`, applied to one dimension of every row.
fn along_every_dimension(rows: Tensor<2>, matrices: &[Tensor<2>]) -> Tensor<2> {
    let [count, size] = rows.dims();
    // The dimensions that are done, and those to come, of every row.
    let (mut done, mut left) = (1, size);
    let mut values = rows;
    for matrix in matrices {
        let [to, from] = matrix.dims();
        left /= from;
        let apart: Tensor<3> = values.reshape([count * done, from, left]);
        let matrix = matrix
            .clone()
            .unsqueeze::<3>()
            .expand([count * done, to, from]);
        done *= to;
        values = matrix.matmul(apart).reshape([count, done * left]);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().iter().collect()
    }

    #[test]
    fn values_change_evenly_between_centers() {
        let device = &Device::flex();
        let line = Enlargement::new(&[2], &[4], device);
        let mask = Tensor::<2>::from_data([[0.0, 1.0], [2.0, 2.0]], device);
        let expected = [0.0, 0.25, 0.75, 1.0, 2.0, 2.0, 2.0, 2.0];
        assert_eq!(numbers(line.apply(mask)), expected);
        // Rows get larger, columns stay.
        let plane = Enlargement::new(&[2, 2], &[4, 2], device);
        let mask = Tensor::<2>::from_data([[0.0, 1.0, 4.0, 5.0]], device);
        let expected = [0.0, 1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 5.0];
        assert_eq!(numbers(plane.apply(mask)), expected);
    }

    #[test]
    fn the_gradient_is_that_of_a_linear_map() {
        let device = &Device::flex();
        let plane = Enlargement::new(&[2, 3], &[5, 4], device);
        let slopes: Vec<f32> = (0..20).map(|index| (index as f32).sin()).collect();
        let slopes = Tensor::<2>::from_data(TensorData::new(slopes, [1, 20]), device);
        let gradient = numbers(plane.gradient(slopes.clone()));
        for (cell, expected) in gradient.into_iter().enumerate() {
            let mut mask = vec![0.0; 6];
            mask[cell] = 1.0;
            let mask = Tensor::from_data(TensorData::new(mask, [1, 6]), device);
            let actual = (plane.apply(mask) * slopes.clone())
                .sum()
                .into_scalar::<f32>();
            assert!(
                (actual - expected).abs() < 1e-5,
                "{cell}: {actual} {expected}"
            );
        }
    }
}
