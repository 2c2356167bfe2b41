//! Methods that integrate gradients on the line from a baseline to the input. Their values sum to the change of the
//! target between both, up to the error of the finite sum, which the [gap](crate::Attribution::gap) of the result shows.
//! A [`Quadrature`] says where the points are; with a tolerance the path is refined until the gap is small.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod gauss_legendre;
mod integrated_gradients;
mod line;
mod quadrature;
mod refinement;

pub use integrated_gradients::IntegratedGradients;
pub(crate) use line::Line;
pub use quadrature::Quadrature;
