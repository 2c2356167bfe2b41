//! Wrappers that average any method over noisy copies of the input. [`SmoothGrad`] is the mean, [`SmoothGradSquared`]
//! the mean of squares, and [`VarGrad`] the variance: one [`NoiseTunnel`] with another [`Statistic`](statistic::Statistic). Noise depends on a
//! seed alone, so that results can be repeated and a sample's result doesn't depend on its batch.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod level;
mod smooth_grad;
pub mod statistic;

pub use level::NoiseLevel;
pub(crate) use level::check_draws;
pub use smooth_grad::{NoiseTunnel, SmoothGrad, SmoothGradSquared, VarGrad};
