//! What is computed from a method's results on noisy copies.

use crate::AnyTensor;
use crate::inputs::rows::{map, zip};

/// A statistic over draws, element by element.
pub trait Statistic: sealed::Sealed {
    /// What the wrapped method's name is preceded by.
    const NAME: &'static str;

    /// The statistic, from the mean and the mean squared deviation from it.
    #[doc(hidden)]
    fn of(mean: AnyTensor, variance: AnyTensor) -> AnyTensor;
}

/// The mean: [`SmoothGrad`](crate::SmoothGrad).
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean;

/// The mean of squares: [`SmoothGradSquared`](crate::SmoothGradSquared).
#[derive(Clone, Copy, Debug, Default)]
pub struct MeanSquare;

/// The variance: [`VarGrad`](crate::VarGrad).
#[derive(Clone, Copy, Debug, Default)]
pub struct Variance;

impl Statistic for Mean {
    const NAME: &'static str = "smooth-grad";

    fn of(mean: AnyTensor, _variance: AnyTensor) -> AnyTensor {
        mean
    }
}

impl Statistic for MeanSquare {
    const NAME: &'static str = "smooth-grad-squared";

    fn of(mean: AnyTensor, variance: AnyTensor) -> AnyTensor {
        zip(&mean, &variance, |mean, variance| {
            mean.clone() * mean + variance
        })
    }
}

impl Statistic for Variance {
    const NAME: &'static str = "var-grad";

    fn of(_mean: AnyTensor, variance: AnyTensor) -> AnyTensor {
        variance
    }
}

mod sealed {
    /// The statistics are those of this crate.
    pub trait Sealed {}
    impl Sealed for super::Mean {}
    impl Sealed for super::MeanSquare {}
    impl Sealed for super::Variance {}
}

/// Mean and variance of values that come one after another (Welford, 1962): sums of squares would lose
/// the digits that a small variance is made of.
#[derive(Default)]
pub(super) struct Moments {
    count: usize,
    mean: Option<AnyTensor>,
    deviations: Option<AnyTensor>,
}

impl Moments {
    pub(super) fn add(&mut self, value: AnyTensor) {
        self.count += 1;
        let count = self.count as f64;
        let (Some(mean), Some(deviations)) = (self.mean.take(), self.deviations.take()) else {
            self.deviations = Some(map(&value, |value| value.zeros_like()));
            self.mean = Some(value);
            return;
        };
        let before = zip(&value, &mean, |value, mean| value - mean);
        let mean = zip(&mean, &before, |mean, before| mean + before / count);
        let product = {
            let after = zip(&value, &mean, |value, mean| value - mean);
            zip(&before, &after, |before, after| before * after)
        };
        self.deviations = Some(zip(&deviations, &product, |sum, product| sum + product));
        self.mean = Some(mean);
    }

    /// The statistic of the values so far; `None` if there are none.
    pub(super) fn statistic<S: Statistic>(self) -> Option<AnyTensor> {
        let count = self.count as f64;
        let variance = map(&self.deviations?, |deviations| deviations / count);
        Some(S::of(self.mean?, variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Float, Tensor};

    fn statistic<S: Statistic>() -> f32 {
        let mut moments = Moments::default();
        for value in [1.0, 2.0, 6.0] {
            moments.add(Tensor::<1>::from_data([value], &Device::flex()).into());
        }
        let statistic = moments.statistic::<S>().unwrap();
        statistic.to_tensor::<1, Float>().unwrap().into_scalar()
    }

    #[test]
    fn they_are_those_of_the_values() {
        // Mean 3, squares (1 + 4 + 36) / 3, variance ((-2)² + (-1)² + 3²) / 3.
        assert!((statistic::<Mean>() - 3.0).abs() < 1e-6);
        assert!((statistic::<MeanSquare>() - 41.0 / 3.0).abs() < 1e-5);
        assert!((statistic::<Variance>() - 14.0 / 3.0).abs() < 1e-5);
    }
}
