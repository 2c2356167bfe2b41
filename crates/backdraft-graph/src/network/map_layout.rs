//! Tensors as maps.

use crate::Arrangement;
use crate::analysis::axes::FeatureMap;

/// How a tensor becomes a map `[samples, frames..., channels, positions...]`, and where its positions lie.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLayout(FeatureMap);

/// Where the positions along one dimension of a map lie in an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Positions {
    /// The input.
    pub input: usize,
    /// The input's dimension.
    pub dimension: usize,
    /// The middle of what each position sees, counted in the input's own indices: 0 is the middle of the first pixel.
    pub centers: Vec<f64>,
}

impl MapLayout {
    pub(crate) fn new(map: FeatureMap) -> Self {
        Self(map)
    }

    /// How the tensor's dimensions become those of the map.
    pub fn arrangement(&self) -> &Arrangement {
        &self.0.arrangement
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.0.channels()
    }

    /// The number of dimensions between samples and channels: frames of a video, views of an object.
    pub fn frames(&self) -> usize {
        self.0.frames
    }

    /// Their sizes.
    pub fn frame_sizes(&self) -> Vec<usize> {
        self.0.frame_sizes()
    }

    /// The positions along each dimension after the channels.
    pub fn positions(&self) -> Vec<Positions> {
        let positions = self.0.space.iter().map(|space| Positions {
            input: space.input,
            dimension: space.dimension,
            centers: space.places.iter().map(|place| place.center).collect(),
        });
        positions.collect()
    }
}
