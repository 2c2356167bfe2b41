//! What can go wrong: a network for which a rule of the backward pass is undefined.

use thiserror::Error;

/// A network for which a rule of the backward pass is undefined.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackpropError {
    /// A rectifier rule without rectifiers.
    #[error(
        "{method} is undefined for this network: it changes the gradient of rectifiers (ReLU and its \
         kin), and there is none. Use a method without such a rule, such as `IntegratedGradients`"
    )]
    NoRectifier {
        /// The method.
        method: &'static str,
    },
}
