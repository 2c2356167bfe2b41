//! Methods that integrate gradients along a [`Path`] from a baseline to the input. Their values sum to the change of the
//! target between both, up to the error of the finite sum, which the [gap](crate::Attribution::gap) of the result shows.
//! A [`Quadrature`] says where the points are; with a tolerance the path is refined until the gap is small. A path of your
//! own is a method of your own: [`PathIntegral::along`].
#![doc = ""]
#![doc = include_str!("picture.md")]

mod along;
mod average_over;
mod blur_ig;
mod gauss_legendre;
mod guided_ig;
mod guided_walk;
mod idgi;
mod integrated_gradients;
mod path;
mod path_integral;
mod quadrature;
mod refinement;
mod straight_line;
mod xrai;

pub(crate) use along::Along;
pub(crate) use average_over::{average_over, plan_over};
pub use blur_ig::{BlurIg, BlurPath};
pub use guided_ig::GuidedIg;
pub use idgi::Idgi;
pub use integrated_gradients::IntegratedGradients;
pub use path::{Curve, Path};
pub use path_integral::PathIntegral;
pub use quadrature::Quadrature;
pub use straight_line::StraightLine;
pub use xrai::{Ranking, Xrai};
