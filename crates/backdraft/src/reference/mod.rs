//! Methods that compare every activation with its value at a reference input.

mod deep_lift;
mod deep_lift_shap;
mod seeds;

pub use deep_lift::{DeepLift, DeepLiftRule};
pub use deep_lift_shap::DeepLiftShap;
