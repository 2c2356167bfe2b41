//! What can go wrong: an operation whose output isn't the sum of what its operand and a bias contribute.

use thiserror::Error;

/// A network whose score isn't the sum of full gradients.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FullGradError {
    /// An operation that is neither linear, but for a bias, nor a function of each element.
    #[error(
        "full gradients are undefined for this network: layer `{layer}` ({op}) isn't linear between biases, as \
         convolutions, rectifiers and pooling are, so its output has no bias of its own. Explain a part of the network \
         without it, with `Network::with_input_at` or `with_output_at`, or use `IntegratedGradients`"
    )]
    NotLinear {
        /// The layer.
        layer: String,
        /// Its operation, by kind.
        op: String,
    },
}
