//! Maps at other positions.

use burn::tensor::{Tensor, TensorData};

use crate::AnyTensor;

/// The positions along one dimension, as ascending fractions of the input's size.
pub(super) type Places = Vec<f64>;

/// The middles of so many cells of one size.
pub(super) fn evenly(cells: usize) -> Places {
    let middle = |cell: usize| (cell as f64 + 0.5) / cells as f64;
    (0..cells).map(middle).collect()
}

/// A map whose last dimensions lie at some places, at others: linear between two of them, and beyond the outermost as
/// there.
pub(super) fn resampled(map: &AnyTensor, from: &[Places], to: &[Places]) -> AnyTensor {
    let mut map = map.clone();
    let space = map.shape().num_dims() - from.len();
    for (dimension, (from, to)) in from.iter().zip(to).enumerate() {
        if from != to {
            map = along(&map, space + dimension, from, to);
        }
    }
    map
}

fn along(map: &AnyTensor, dimension: usize, from: &[f64], to: &[f64]) -> AnyTensor {
    let mut shape = map.shape().to_vec();
    let outer = shape[..dimension].iter().product();
    let inner = shape[dimension + 1..].iter().product();
    let weights = to.iter().flat_map(|&place| weights(from, place));
    let data = TensorData::new(weights.collect::<Vec<f64>>(), [1, to.len(), from.len()]);
    let weights = Tensor::<3>::from_data(data, (&map.device(), map.dtype()));
    let values: Tensor<3> = map.reshape([outer, from.len(), inner]);
    shape[dimension] = to.len();
    let weights = weights.expand([outer, to.len(), from.len()]);
    AnyTensor::from(weights.matmul(values)).reshape_to(shape)
}

/// How much every known place counts at another one.
fn weights(known: &[f64], place: f64) -> Vec<f64> {
    let mut weights = vec![0.0; known.len()];
    match known.iter().position(|&it| it >= place) {
        Some(0) => weights[0] = 1.0,
        None => weights[known.len() - 1] = 1.0,
        Some(next) => {
            let share = (place - known[next - 1]) / (known[next] - known[next - 1]);
            weights[next - 1] = 1.0 - share;
            weights[next] = share;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn map() -> AnyTensor {
        let rows = [[0.0, 4.0], [8.0, 12.0]];
        Tensor::<2>::from_data(rows, &Device::flex())
            .unsqueeze::<4>()
            .into()
    }

    #[test]
    fn values_are_linear_between_places_and_constant_beyond() {
        let to = [evenly(1), vec![0.0, 0.25, 0.375, 0.5, 1.0]];
        let found = resampled(&map(), &[evenly(2), evenly(2)], &to);
        assert_eq!(found.shape().as_slice(), [1, 1, 1, 5]);
        let found: Vec<f32> = found.flat().into_data().iter().collect();
        assert_eq!(found, [4.0, 4.0, 5.0, 6.0, 8.0]);
    }

    #[test]
    fn places_need_not_be_even() {
        // Cells that see the left half of what they cover.
        let from = [evenly(2), vec![0.0, 0.5]];
        let found = resampled(&map(), &from, &[evenly(2), evenly(2)]);
        let found: Vec<f32> = found.flat().into_data().iter().collect();
        assert_eq!(found, [2.0, 4.0, 10.0, 12.0]);
    }
}
