//! What the network says to a photo.

use std::fmt;

use backdraft::{Error, Model as _};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use serde::Serialize;

use crate::network::Classifier;
use crate::subject::Subject;

/// The score of every class, before the softmax.
pub struct Answer<'c> {
    classifier: &'c Classifier,
    scores: Tensor<2>,
}

/// The class that is explained, with its score.
#[derive(Clone, Serialize)]
pub struct Target {
    pub class: usize,
    pub name: String,
    score: f32,
}

/// A class with its probability.
#[derive(Clone, Serialize)]
pub struct Prediction {
    pub class: usize,
    pub name: String,
    pub probability: f32,
}

impl<'c> Answer<'c> {
    pub fn of(classifier: &'c Classifier, subject: &Subject) -> Result<Self, Error> {
        let outputs = classifier.net.outputs(&subject.inputs)?;
        Ok(Self {
            classifier,
            scores: outputs[0].to_tensor()?,
        })
    }

    /// The five most probable classes, or all if there are fewer.
    pub fn top5(&self) -> Vec<Prediction> {
        let probabilities = softmax(self.scores.clone(), 1);
        let (probabilities, classes) = probabilities.topk_with_indices(self.classes().min(5), 1);
        let (probabilities, classes) = (probabilities.into_data(), classes.into_data());
        (classes.iter::<i64>().zip(probabilities.iter::<f32>()))
            .map(|(class, probability)| Prediction {
                class: class as usize,
                name: self.classifier.class_name(class as usize),
                probability,
            })
            .collect()
    }

    /// A class to explain; the most probable one if none is given.
    pub fn target(&self, class: Option<usize>) -> Result<Target, Error> {
        let class = class.unwrap_or_else(|| self.most_probable());
        let classes = self.classes();
        if class >= classes {
            return Err(Error::unknown_class(class, classes));
        }
        let score = self.scores.clone().slice([0..1, class..class + 1]);
        Ok(Target {
            class,
            name: self.classifier.class_name(class),
            score: score.into_scalar(),
        })
    }

    fn most_probable(&self) -> usize {
        let class = self.scores.clone().argmax(1).into_data();
        class.iter::<i64>().next().unwrap_or_default() as usize
    }

    fn classes(&self) -> usize {
        self.scores.dims()[1]
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.1}%  {:>4}  {}",
            100.0 * self.probability,
            self.class,
            self.name
        )
    }
}

/// `class 282 (tiger cat)`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "class {} ({})", self.class, self.name)
    }
}
