//! Methods that integrate gradients on the line from a baseline to the input.

pub(crate) mod integrated_gradients;
mod line;
mod quadrature;
mod refinement;

pub(crate) use integrated_gradients::Average;
pub use integrated_gradients::IntegratedGradients;
pub(crate) use line::Line;
pub use quadrature::Quadrature;
