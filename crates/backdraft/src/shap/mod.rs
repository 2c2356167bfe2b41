//! Methods that approximate SHAP values, a feature's mean contribution over all orders in which features can be
//! added, by gradients and references: [`GradientShap`] by random points on random paths, [`DeepLiftShap`] by multipliers
//! to each of a set of references. Both take background data as their [`Baseline`](crate::Baseline).
#![doc = ""]
#![doc = include_str!("picture.md")]

mod deep_lift_shap;
mod gradient_shap;

pub use deep_lift_shap::DeepLiftShap;
pub use gradient_shap::{ExpectedGradients, GradientShap};
