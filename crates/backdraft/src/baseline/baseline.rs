//! What an input is compared with.

use std::fmt;

use crate::{AnyTensor, Tensors};

/// The input that represents the absence of what is explained.
///
/// Path and reference methods explain the difference between the target's value at the input and at the
/// baseline, so the result depends on it. For a photo, zero is no neutral choice: after normalization it
/// is the mean color of the training images, and whatever has the baseline's color gets no attribution.
/// An [average](Self::average) over several baselines answers "compared with what?" best (Sturmfels et al.,
/// [*Visualizing the Impact of Feature Attribution Baselines*](https://distill.pub/2020/attribution-baselines),
/// 2020).
///
/// A baseline is for the float inputs, or for the output of a layer that is [explained](crate::AtLayer) in their
/// place; integer inputs stay what they are. A sample that equals its baseline (every
/// one of them, for an average) has nothing to explain: that is
/// [`BaselineError::BaselineIsInput`](crate::baseline::BaselineError::BaselineIsInput).
///
/// ```
/// use backdraft::Baseline;
///
/// let gray_to_the_network = Baseline::zeros();
/// let noise = Baseline::average((0..10).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
/// assert_eq!(Baseline::blurred(10.0).to_string(), "blurred input (sigma 10)");
/// ```
#[derive(Clone, Debug)]
pub struct Baseline(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Constant(f32),
    Channels(Vec<f32>),
    #[cfg(feature = "image")]
    Color {
        rgb: [f32; 3],
        values: [f32; 3],
    },
    Tensors(Vec<AnyTensor>),
    Distribution(Vec<AnyTensor>),
    Inputs(Vec<AnyTensor>),
    Blurred {
        sigma: f64,
    },
    Uniform {
        low: f32,
        high: f32,
        seed: u64,
    },
    Gaussian {
        mean: f32,
        std: f32,
        seed: u64,
    },
    Average(Vec<Baseline>),
    Rows,
    Absence,
}

impl Default for Baseline {
    fn default() -> Self {
        Self::zeros()
    }
}

impl Baseline {
    /// Whether it is made of numbers that mean nothing as integers.
    pub(super) fn is_of_floats(&self) -> bool {
        match &self.0 {
            Kind::Channels(_)
            | Kind::Blurred { .. }
            | Kind::Uniform { .. }
            | Kind::Gaussian { .. } => true,
            #[cfg(feature = "image")]
            Kind::Color { .. } => true,
            Kind::Constant(_)
            | Kind::Tensors(_)
            | Kind::Distribution(_)
            | Kind::Inputs(_)
            | Kind::Average(_)
            | Kind::Rows
            | Kind::Absence => false,
        }
    }

    /// Zero for every feature, as the network sees it.
    pub fn zeros() -> Self {
        Self::constant(0.0)
    }

    /// One value for every feature, as the network sees it.
    pub fn constant(value: f32) -> Self {
        Self(Kind::Constant(value))
    }

    /// One value for each channel, the second dimension.
    pub fn channels(values: impl Into<Vec<f32>>) -> Self {
        Self(Kind::Channels(values.into()))
    }

    /// One color, red, green and blue of `0.0..=1.0`, for every pixel of a photo that goes through this
    /// normalization.
    ///
    /// ```
    /// use backdraft::{Baseline, image::Normalization};
    ///
    /// let black = Baseline::color([0.0; 3], &Normalization::imagenet());
    /// assert_eq!(black.to_string(), "color [0.0, 0.0, 0.0]");
    /// ```
    #[cfg(feature = "image")]
    pub fn color(rgb: [f32; 3], normalization: &backdraft_image::Normalization) -> Self {
        let values = normalization.value_of(rgb);
        Self(Kind::Color { rgb, values })
    }

    /// Given values: one tensor for each float input, of the input's shape or with a batch of one that is
    /// taken for every sample.
    pub fn tensor(values: impl Tensors) -> Self {
        Self(Kind::Tensors(values.into_tensors()))
    }

    /// What is explained, as it is for other inputs of the network: for a method [at a layer](crate::AtLayer)
    /// the layer's output there, such as the embedding of padding tokens. All inputs of the network, of their shapes
    /// or with a batch of one that is taken for every sample.
    pub fn inputs(inputs: impl Tensors) -> Self {
        Self(Kind::Inputs(inputs.into_tensors()))
    }

    /// Every row is a baseline for every sample, and results are averaged over the rows: expected
    /// gradients, or SHAP values, with these rows as background data. One tensor for each float input, all
    /// with the same number of rows.
    pub fn distribution(rows: impl Tensors) -> Self {
        Self(Kind::Distribution(rows.into_tensors()))
    }

    /// The input blurred by a Gaussian with this standard deviation, in pixels or steps of the spatial
    /// dimensions (all after the second).
    pub fn blurred(sigma: f64) -> Self {
        Self(Kind::Blurred { sigma })
    }

    /// Uniform noise between two values, as the network sees them. The noise depends on seed and shape
    /// alone and is the same for every sample.
    pub fn uniform(low: f32, high: f32, seed: u64) -> Self {
        Self(Kind::Uniform { low, high, seed })
    }

    /// Gaussian noise around a value, as the network sees it. The noise depends on seed and shape alone and
    /// is the same for every sample.
    pub fn gaussian(mean: f32, std: f32, seed: u64) -> Self {
        Self(Kind::Gaussian { mean, std, seed })
    }

    /// The inputs themselves, of which other rows take a row's place.
    pub(crate) fn rows() -> Self {
        Self(Kind::Rows)
    }

    /// Zeros, also where nothing but zeros is replaced.
    pub(crate) fn absence() -> Self {
        Self(Kind::Absence)
    }

    /// How many baselines it is.
    pub(crate) fn count(&self) -> usize {
        match &self.0 {
            Kind::Distribution(tensors) => rows(tensors),
            Kind::Average(baselines) => baselines.iter().map(Self::count).sum(),
            _ => 1,
        }
    }

    /// Several baselines, over which results are averaged.
    pub fn average(baselines: impl IntoIterator<Item = Self>) -> Self {
        Self(Kind::Average(baselines.into_iter().collect()))
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Constant(0.0) | Kind::Absence => write!(f, "zeros"),
            Kind::Constant(value) => write!(f, "constant {value}"),
            Kind::Channels(values) => write!(f, "channels {values:?}"),
            #[cfg(feature = "image")]
            Kind::Color { rgb, .. } => write!(f, "color {rgb:?}"),
            Kind::Tensors(_) => write!(f, "given tensor"),
            Kind::Inputs(_) => write!(f, "given inputs"),
            Kind::Rows => write!(f, "other rows of the batch"),
            Kind::Distribution(tensors) => {
                write!(f, "distribution of {}", rows(tensors))
            }
            Kind::Blurred { sigma } => write!(f, "blurred input (sigma {sigma})"),
            Kind::Uniform { low, high, seed } => {
                write!(f, "uniform noise from {low} to {high} (seed {seed})")
            }
            Kind::Gaussian { mean, std, seed } => {
                write!(f, "Gaussian noise around {mean} by {std} (seed {seed})")
            }
            Kind::Average(baselines) => {
                write!(f, "average of {}", baselines.len())?;
                let mut separator = ": ";
                for baseline in baselines {
                    write!(f, "{separator}{baseline}")?;
                    separator = ", ";
                }
                Ok(())
            }
        }
    }
}

/// How many rows a distribution has.
fn rows(tensors: &[AnyTensor]) -> usize {
    let shape = tensors.first().map(AnyTensor::shape);
    shape.and_then(|shape| shape.first().copied()).unwrap_or(0)
}
