//! What the dimensions of a network's tensors stand for.

use std::fmt;

/// What the dimensions of a tensor stand for, found by following the inputs' dimensions through the operations.
///
/// It reads `[samples, channels, y/32, x/32]`: a position for every 32nd row and column of the image. Other words are
///
/// - `tokens = 1 + 14 y · 14 x`: patches of an image in rows, and one token in front that isn't one;
/// - `samples · frames`: frames of a video as further rows of the batch;
/// - `features`: what is computed for a sample or a token; `heads` and `groups` of them;
/// - `windows y`: the windows into which the rows were cut;
/// - `tokens`: the places of a sequence; `1` for nothing; `constant` for what comes from no input; `unknown` for what
///   couldn't be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axes(Vec<String>);

impl Axes {
    pub(crate) fn new(dimensions: Vec<String>) -> Self {
        Self(dimensions)
    }

    /// The words for each dimension.
    pub fn dimensions(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0.join(", "))
    }
}
