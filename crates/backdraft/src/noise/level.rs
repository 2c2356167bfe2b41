//! How strong noise is.

use std::fmt;

use rand_distr::{Distribution, StandardNormal};

use crate::inputs::rows::zip;
use crate::random::{generator, noise};
use crate::{AnyTensor, Error, Inputs};

/// The standard deviation of Gaussian noise on an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseLevel {
    /// In units of the input, as the network sees it.
    Absolute(f32),
    /// As a fraction of the range, largest minus smallest value, of each sample's input. The paper of
    /// SmoothGrad recommends 0.1 to 0.2.
    Relative(f32),
}

/// Refuses a mean over no draws.
pub(crate) fn check_draws(draws: usize) -> Result<(), Error> {
    if draws > 0 {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "draws",
        value: "0".into(),
        requirement: "at least one noisy copy is needed",
    })
}

impl NoiseLevel {
    /// The level, if it can be one.
    pub(crate) fn check(self) -> Result<Self, Error> {
        let (Self::Absolute(level) | Self::Relative(level)) = self;
        if level.is_finite() && level >= 0.0 {
            return Ok(self);
        }
        Err(Error::InvalidOption {
            option: "noise",
            value: level.to_string(),
            requirement: "it must be a finite number that isn't negative",
        })
    }

    /// The float inputs with noise, which depends on seed and draw alone and is the same for every sample.
    pub(crate) fn add(
        self,
        floats: &[AnyTensor],
        inputs: &Inputs,
        seed: u64,
        draw: usize,
    ) -> Vec<AnyTensor> {
        if self == Self::Absolute(0.0) {
            return floats.to_vec();
        }
        let noisy = floats.iter().enumerate().map(|(input, x)| {
            // Stream 0 is the method's own.
            let mut random = generator(seed, 1 + draw * floats.len() + input);
            let noise = noise(x, inputs.rows(), || StandardNormal.sample(&mut random));
            zip(x, &noise, |x, noise| match self {
                Self::Absolute(level) => x + noise * level,
                Self::Relative(level) => {
                    let range = x.clone().max_dim(1) - x.clone().min_dim(1);
                    x + noise * range * level
                }
            })
        });
        noisy.collect()
    }
}

impl fmt::Display for NoiseLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(level) => write!(f, "{level}"),
            Self::Relative(level) => write!(f, "{level} of the range"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::rows::flat;
    use burn::tensor::{Device, Tensor};

    fn noisy(level: NoiseLevel, rows: usize, draw: usize) -> Vec<f32> {
        let x = Tensor::<2>::from_data([[0.0, 10.0]], &Device::flex()).repeat_dim(0, rows);
        let inputs = Inputs::new(x);
        let noisy = level.add(&inputs.floats().unwrap(), &inputs, 7, draw);
        flat(&noisy[0]).into_data().iter::<f32>().collect()
    }

    #[test]
    fn a_relative_level_scales_with_the_range() {
        let absolute = noisy(NoiseLevel::Absolute(1.0), 1, 0);
        let relative = noisy(NoiseLevel::Relative(0.1), 1, 0);
        for (a, b) in absolute.iter().zip(&relative) {
            assert!((a - b).abs() < 1e-5, "{absolute:?} {relative:?}");
        }
        assert_ne!(absolute, [0.0, 10.0]);
    }

    #[test]
    fn draws_differ_and_samples_of_a_batch_do_not() {
        let level = NoiseLevel::Absolute(1.0);
        assert_ne!(noisy(level, 1, 0), noisy(level, 1, 1));
        assert_eq!(noisy(level, 2, 0)[..2], noisy(level, 1, 0));
        assert_eq!(noisy(level, 2, 0)[2..], noisy(level, 1, 0));
    }

    #[test]
    fn a_negative_level_is_refused() {
        assert!(NoiseLevel::Relative(-0.1).check().is_err());
        assert!(NoiseLevel::Absolute(f32::NAN).check().is_err());
    }
}
