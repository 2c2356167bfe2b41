//! Full gradients: a score as the sum of what the inputs and what every bias contribute.

mod bias_gradient;
mod bias_rules;
mod error;
mod full_grad;
mod full_gradients;
mod maps;
mod simple_full_grad;

pub use bias_gradient::BiasGradient;
pub use error::FullGradError;
pub use full_grad::FullGrad;
pub use full_gradients::FullGradients;
pub use simple_full_grad::SimpleFullGrad;
