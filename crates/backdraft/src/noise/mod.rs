//! Wrappers that average any method over noisy copies of the input.

mod level;
mod statistic;
mod tunnel;

pub use level::NoiseLevel;
pub use statistic::{Mean, MeanSquare, Statistic, Variance};
pub use tunnel::{NoiseTunnel, SmoothGrad, SmoothGradSquared, VarGrad};
