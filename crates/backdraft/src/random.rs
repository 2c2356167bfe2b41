//! Random numbers that depend on a seed alone.

use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::AnyTensor;

/// A generator for one input of several.
pub(crate) fn generator(seed: u64, stream: usize) -> StdRng {
    // Streams far apart: seeds of users are small numbers.
    StdRng::seed_from_u64(seed.wrapping_add((stream as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// A tensor like `x` in which every row holds the same values.
pub(crate) fn noise(x: &AnyTensor, rows: usize, mut value: impl FnMut() -> f32) -> AnyTensor {
    let elements = x.shape().num_elements() / rows.max(1);
    let row: Vec<f32> = (0..elements).map(|_| value()).collect();
    let row = Tensor::<2>::from_data(
        TensorData::new(row, [1, elements]),
        (&x.device(), x.dtype()),
    );
    AnyTensor::from(row.repeat_dim(0, rows)).reshape_to(x.shape())
}
