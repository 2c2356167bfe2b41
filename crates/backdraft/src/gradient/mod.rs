//! Methods of one ordinary backward pass to the inputs: the gradient itself, and its product with the input. They are
//! the fastest there are and the base of most others, but local: where the network saturates they are zero, and on deep
//! networks they are rough. [`SmoothGrad`](crate::SmoothGrad) averages over noise, and a path from a baseline
//! ([`IntegratedGradients`](crate::IntegratedGradients)) sees what a single point doesn't.
//! [`FullGrad`] adds what the biases contribute, of which [`FullGradients`] has all terms.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod full_grad;
mod input_x_gradient;
mod saliency;

pub use full_grad::{BiasGradient, FullGrad, FullGradError, FullGradients, SimpleFullGrad};
pub use input_x_gradient::InputXGradient;
pub use saliency::Saliency;
