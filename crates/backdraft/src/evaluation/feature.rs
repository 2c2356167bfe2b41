//! Single features.

use std::fmt;

use serde::Serialize;

/// One element of a sample: what gets an attribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Position among the float inputs.
    pub input: usize,
    /// Index within the sample, without the batch: `[channel, row, column]` for a photo.
    pub index: Vec<usize>,
}

impl Feature {
    /// An element of the first float input.
    pub fn at(index: impl Into<Vec<usize>>) -> Self {
        Self::of_input(0, index)
    }

    /// An element of one of several float inputs.
    pub fn of_input(input: usize, index: impl Into<Vec<usize>>) -> Self {
        let index = index.into();
        Self { input, index }
    }

    /// Where it is, in words.
    pub(super) fn place(&self) -> String {
        format!("{:?} of input {}", self.index, self.input)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "feature {}", self.place())
    }
}
