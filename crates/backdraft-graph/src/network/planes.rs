//! Where a tensor has channels and space.

use crate::Arrangement;
use crate::tensor::arrangement::Size;

/// Which dimension of an input, its samples first, holds channels, where the others are positions in space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// The channels' dimension.
    pub channels: usize,
    /// How many dimensions there are between the samples and the rest: frames of a video.
    pub frames: usize,
}

impl Planes {
    /// How a tensor of these planes becomes `[samples, frames..., channels, positions...]`.
    pub fn channels_first(&self, shape: &[usize]) -> Arrangement {
        let pieces: Vec<Size> = std::iter::once(Size::Samples)
            .chain(shape.iter().skip(1).map(|&size| Size::Of(size)))
            .collect();
        let rest = (1..shape.len()).filter(|&dimension| dimension != self.channels);
        let frames = rest.clone().take(self.frames);
        let order = std::iter::once(0).chain(frames).chain([self.channels]);
        let order: Vec<usize> = order.chain(rest.skip(self.frames)).collect();
        let arranged: Vec<Size> = order.iter().map(|&piece| pieces[piece]).collect();
        Arrangement {
            pieces: pieces.into_iter().map(|piece| vec![piece]).collect(),
            order,
            blocks: arranged.clone(),
            chosen: Vec::new(),
            shape: arranged,
        }
    }
}
