//! Methods that integrate or sample gradients on the way from a baseline to the input.

mod affine;
mod gradient_shap;
mod integrated_gradients;
mod line;
mod quadrature;
mod refinement;

pub use affine::AffinePrefix;
pub use gradient_shap::GradientShap;
pub(crate) use integrated_gradients::Average;
pub use integrated_gradients::IntegratedGradients;
pub(crate) use line::Line;
pub use quadrature::Quadrature;
