//! Wrappers that average any method over noisy copies of the input.

mod level;
mod smooth_grad;
pub mod statistic;

pub use level::NoiseLevel;
pub use smooth_grad::{NoiseTunnel, SmoothGrad, SmoothGradSquared, VarGrad};
