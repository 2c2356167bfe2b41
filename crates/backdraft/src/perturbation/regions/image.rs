//! An image as segmentations see it.

/// One sample of an image.
pub(crate) struct Image {
    /// Its sizes in space.
    pub(crate) shape: Vec<usize>,
    pub(crate) channels: usize,
    /// Position by position the values of all channels.
    pub(crate) values: Vec<f32>,
}

impl Image {
    /// How many positions it has.
    pub(crate) fn positions(&self) -> usize {
        self.shape.iter().product()
    }

    /// The values at a position.
    pub(crate) fn at(&self, position: usize) -> &[f32] {
        &self.values[position * self.channels..][..self.channels]
    }
}
