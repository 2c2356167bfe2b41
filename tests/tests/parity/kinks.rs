//! How much of a difference kinks explain.
//!
//! Where a path crosses a kink of a rectifier close to one of its points, rounding decides on which side the point
//! lies, and the unit's whole part of that point's gradient with it. No two implementations agree there, not even one
//! with itself on inputs that are moved a little. So where a path method is off by more than the tolerance, it may be
//! off by twice what moving its input by one part in a million does: once for each implementation.

use std::cell::OnceCell;

use backdraft::{AnyTensor, Attribution};
use backdraft_tests::Case;
use burn::tensor::Tensor;

/// How often the input is moved.
const TIMES: usize = 16;
/// By how much, relative to each value: as rounding moves activations.
const SIZE: f32 = 1e-6;
/// No difference above this is a kink's.
const MOST: f64 = 1e-2;

/// A case's results for inputs that were moved, computed if they are needed.
pub(crate) struct Kinks<'a> {
    is_path: bool,
    compute: Box<dyn Fn() -> Vec<Attribution> + 'a>,
    moved: OnceCell<Vec<Attribution>>,
}

impl<'a> Kinks<'a> {
    pub(crate) fn of(case: &Case, compute: impl Fn() -> Vec<Attribution> + 'a) -> Self {
        Self {
            is_path: case.method.contains("IntegratedGradients"),
            compute: Box::new(compute),
            moved: OnceCell::new(),
        }
    }

    /// The tolerance for an error, given how far a result for a moved input is.
    pub(crate) fn tolerance(
        &self,
        tolerance: f64,
        error: f64,
        distance: impl Fn(&Attribution) -> f64,
    ) -> f64 {
        if error <= tolerance || !self.is_path {
            return tolerance;
        }
        let moved = self.moved.get_or_init(|| (self.compute)()).iter();
        let distance = moved.map(distance).fold(0.0, f64::max);
        (2.0 * distance).max(tolerance).min(MOST)
    }
}

/// The inputs with every float value moved up or down, in several ways.
pub(crate) fn disturbed(inputs: &[AnyTensor]) -> impl Iterator<Item = Vec<AnyTensor>> {
    (1..=TIMES).map(|time| inputs.iter().map(|input| moved(input, time)).collect())
}

fn moved(input: &AnyTensor, time: usize) -> AnyTensor {
    if !input.is_float() {
        return input.clone();
    }
    let size = input.shape().num_elements();
    // Signs without a pattern, another for every time.
    let sign = |index: usize| ((index * time).wrapping_mul(2_654_435_761) >> 16) & 1;
    let factors = (0..size).map(|index| 1.0 + SIZE * (2.0 * sign(index) as f32 - 1.0));
    let factors: Vec<f32> = factors.collect();
    let factors = Tensor::<1>::from_floats(factors.as_slice(), &input.device());
    let values: Tensor<1> = input.reshape([size]);
    AnyTensor::from(values * factors).reshape_to(input.shape())
}
