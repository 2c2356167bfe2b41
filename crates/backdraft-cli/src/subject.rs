//! A photo, as people and as the network see it.

use std::error::Error;

use backdraft::Inputs;
use backdraft::image::{Photo, Preprocess, View};
use burn::tensor::Tensor;

use crate::network::Classifier;
use crate::source::Source;

/// The longer side of pictures, unless they are to be as large as the photo: more than that a screen doesn't show.
const MAX_SIDE: u32 = 1600;

/// A photo, as people and as the network see it.
pub struct Subject {
    pub name: String,
    /// What the photo's file is called, and its content.
    pub file: (String, Vec<u8>),
    /// What pictures are drawn on: the photo, or a smaller copy.
    pub photo: Photo,
    /// What the network sees of the whole photo.
    pub view: View,
    /// The same part of what pictures are drawn on.
    pub shown: View,
    /// What the network is given.
    pub image: Tensor<4>,
    /// The image, for several methods, which share what they can.
    pub inputs: Inputs,
}

impl Subject {
    /// A photo, to be drawn in full size or at most 1600 pixels long.
    pub fn open(
        source: &Source,
        full_size: bool,
        classifier: &Classifier,
    ) -> Result<Self, Box<dyn Error>> {
        let (photo, bytes) = source.photo()?;
        let preprocess = Preprocess::new(classifier.normalization);
        let view = preprocess.view(&photo)?;
        let image = preprocess.tensor(&photo, classifier.net.device())?;
        let drawn = if full_size {
            photo
        } else {
            photo.shrunk(MAX_SIDE)
        };
        Ok(Self {
            name: source.name(),
            file: (source.file_name(), bytes),
            view,
            shown: view.scaled_to(&drawn),
            photo: drawn,
            inputs: Inputs::new(image.clone()),
            image,
        })
    }
}
