//! Methods that integrate gradients on the line from a baseline to the input.

mod integrated_gradients;
mod line;
mod quadrature;
mod refinement;

pub use integrated_gradients::IntegratedGradients;
pub(crate) use line::Line;
pub use quadrature::Quadrature;
