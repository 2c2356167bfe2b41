//! Methods of one ordinary backward pass to the inputs.

mod input_x_gradient;
mod saliency;

pub use input_x_gradient::InputXGradient;
pub use saliency::Saliency;
