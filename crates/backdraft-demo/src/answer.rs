//! What the network says to a photo.

use backdraft::{Error, Inputs, Model as _, Network};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

/// How many of the most probable classes are shown.
const TOP: usize = 5;

/// The most probable classes with their probabilities.
pub struct Answer(Vec<(usize, f32)>);

impl Answer {
    pub fn of(net: &Network, image: &Tensor<4>) -> Result<Self, Error> {
        let outputs = net.outputs(&Inputs::new(image.clone()))?;
        let logits: Tensor<2> = outputs[0].to_tensor()?;
        let probabilities = softmax(logits, 1).into_data();
        let mut classes: Vec<(usize, f32)> = probabilities.iter().enumerate().collect();
        classes.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        classes.truncate(TOP);
        Ok(Self(classes))
    }

    pub fn top(&self) -> &[(usize, f32)] {
        &self.0
    }

    pub fn best(&self) -> usize {
        self.0[0].0
    }
}
