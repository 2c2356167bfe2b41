//! Methods of one backward pass to the inputs.

mod deconvnet;
mod guided_backprop;
mod input_x_gradient;
pub(crate) mod rectifiers;
mod saliency;

pub use deconvnet::Deconvnet;
pub use guided_backprop::GuidedBackprop;
pub use input_x_gradient::InputXGradient;
pub use saliency::Saliency;
