//! Methods that approximate SHAP values by gradients and references.

mod deep_lift_shap;
mod gradient_shap;

pub use deep_lift_shap::DeepLiftShap;
pub use gradient_shap::GradientShap;
