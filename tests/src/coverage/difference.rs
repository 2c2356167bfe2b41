//! How far two lists of tensors are apart.

use burn::tensor::TensorData;

/// The largest differences seen.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// The largest absolute difference; infinite where shapes, types or NaNs differ.
    pub absolute: f64,
    /// The same relative to the tensor's largest value.
    pub relative: f64,
    exact: bool,
}

impl Default for Difference {
    fn default() -> Self {
        Self {
            absolute: 0.0,
            relative: 0.0,
            exact: true,
        }
    }
}

impl Difference {
    /// How far tensors are from those expected, one by one.
    pub fn between(actual: &[TensorData], expected: &[TensorData]) -> Self {
        let mut difference = Self {
            exact: actual == expected,
            ..Self::default()
        };
        if actual.len() != expected.len() {
            difference.absolute = f64::INFINITY;
        }
        for (actual, expected) in actual.iter().zip(expected) {
            let absolute = distance(actual, expected);
            difference.absolute = difference.absolute.max(absolute);
            let scale = Self::largest(std::slice::from_ref(expected)).max(f64::MIN_POSITIVE);
            difference.relative = difference.relative.max(absolute / scale);
        }
        difference
    }

    /// The largest absolute value of several tensors.
    pub fn largest(tensors: &[TensorData]) -> f64 {
        let values = tensors.iter().flat_map(TensorData::iter::<f64>);
        values.map(f64::abs).fold(0.0, f64::max)
    }

    /// The larger of two differences.
    pub fn include(&mut self, other: Self) {
        self.absolute = self.absolute.max(other.absolute);
        self.relative = self.relative.max(other.relative);
        self.exact &= other.exact;
    }

    /// Whether every bit agrees.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether the relative difference is small enough.
    pub fn is_within(&self, relative: f64) -> bool {
        self.relative <= relative
    }
}

#[expect(clippy::float_cmp, reason = "equal infinities are no distance apart")]
fn distance(actual: &TensorData, expected: &TensorData) -> f64 {
    if actual.shape() != expected.shape() || actual.dtype() != expected.dtype() {
        return f64::INFINITY;
    }
    let pairs = actual.iter::<f64>().zip(expected.iter::<f64>());
    pairs
        .map(|(a, b)| match (a.is_nan(), b.is_nan()) {
            (false, false) if a == b => 0.0,
            (false, false) => (a - b).abs(),
            (true, true) => 0.0,
            _ => f64::INFINITY,
        })
        .fold(0.0, f64::max)
}
