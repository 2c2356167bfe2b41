//! What is explained: a network, a photo, and what the network says to it.

use std::error::Error;
use std::path::Path;

use backdraft::image::{Normalization, Photo, Preprocess, View};
use backdraft::{Error as ExplainError, Inputs, Model as _, Network};
use backdraft_models::{EfficientNetLite0, imagenet, photos};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use crate::manifest::Prediction;

pub const NETWORK: &str = "EfficientNet-Lite0";
/// The longer side of pictures, unless they are to be as large as the photo: more than that a screen doesn't show.
const MAX_SIDE: u32 = 1600;

/// A photo, as people and as the network see it.
pub struct Subject {
    pub name: String,
    /// What pictures are drawn on: the photo, or a smaller copy.
    pub photo: Photo,
    /// What the network sees of the whole photo.
    pub view: View,
    /// The same part of what pictures are drawn on.
    pub shown: View,
    /// The image, for several methods, which share what they can.
    pub inputs: Inputs,
}

impl Subject {
    /// The photo at a path, or the built-in one, to be drawn in full size or at most 1600 pixels long.
    pub fn open(
        path: Option<&Path>,
        full_size: bool,
        device: &Device,
    ) -> Result<Self, ExplainError> {
        let (name, photo) = match path {
            Some(path) => (path.display().to_string(), Photo::open(path)?),
            None => (
                "chelsea.png (built in)".into(),
                Photo::decode(photos::CHELSEA)?,
            ),
        };
        let preprocess = Preprocess::new(normalization());
        let view = preprocess.view(&photo)?;
        let inputs = Inputs::new(preprocess.tensor(&photo, device)?);
        let drawn = if full_size {
            photo
        } else {
            photo.shrunk(MAX_SIDE)
        };
        Ok(Self {
            name,
            view,
            shown: view.scaled_to(&drawn),
            photo: drawn,
            inputs,
        })
    }
}

pub fn network(device: &Device) -> Result<Network, Box<dyn Error>> {
    let model = EfficientNetLite0::pretrained(device)?;
    let example = Tensor::<4>::zeros([1, 3, 224, 224], device);
    Ok(Network::capture(
        &model,
        example,
        EfficientNetLite0::forward,
    )?)
}

pub fn normalization() -> Normalization {
    Normalization::efficientnet_lite()
}

/// The score of every class, before the softmax.
pub struct Answer(Tensor<2>);

impl Answer {
    pub fn of(net: &Network, subject: &Subject) -> Result<Self, ExplainError> {
        Ok(Self(net.outputs(&subject.inputs)?[0].to_tensor()?))
    }

    /// The five most probable classes.
    pub fn top5(&self) -> Vec<Prediction> {
        let (probabilities, classes) = softmax(self.0.clone(), 1).topk_with_indices(5, 1);
        let (probabilities, classes) = (probabilities.into_data(), classes.into_data());
        (classes.iter::<i64>().zip(probabilities.iter::<f32>()))
            .map(|(class, probability)| Prediction::new(class as usize, probability))
            .collect()
    }

    /// The score of a class.
    pub fn score(&self, class: usize) -> Result<f32, ExplainError> {
        let [_, classes] = self.0.dims();
        if class >= classes {
            return Err(ExplainError::unknown_class(class, classes));
        }
        Ok(self.0.clone().slice([0..1, class..class + 1]).into_scalar())
    }
}

pub fn class_name(class: usize) -> String {
    imagenet::class_name(class)
        .unwrap_or("unknown class")
        .into()
}
