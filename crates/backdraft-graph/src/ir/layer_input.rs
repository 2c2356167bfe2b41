//! An input of a network that is a layer's output.

use burn::tensor::Shape;

/// The layer whose output is an input, and the output's shape.
#[derive(Clone, Debug)]
pub(crate) struct LayerInput {
    pub(crate) layer: String,
    pub(crate) shape: Shape,
}
