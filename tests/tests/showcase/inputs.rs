//! Networks with an image and tokens: Captum refuses gradients where an input holds integers, and
//! pytorch-grad-cam and zennit refuse several inputs.

use backdraft::{Class, DeepLift, GradCam, IntegratedGradients, Method, Saliency};
use backdraft_tests::coverage::with_spread_weights;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Int, Tensor};

use crate::{assert_complete, capture, spread};

#[derive(Module, Debug)]
struct Question {
    conv: Conv2d,
    words: Embedding,
    head: Linear,
}

type Inputs = (Tensor<4>, Tensor<2, Int>);

impl Question {
    /// Image features times question features, as in visual question answering.
    fn forward(&self, (image, question): Inputs) -> Tensor<2> {
        let image = relu(self.conv.forward(image));
        let image = image.mean_dim(3).mean_dim(2).flatten(1, 3);
        let question = tanh(self.words.forward(question).mean_dim(1).squeeze_dim::<2>(1));
        self.head.forward(image * question)
    }
}

#[test]
fn an_image_with_a_question() {
    let device = Device::flex();
    let model = with_spread_weights(Question {
        conv: Conv2dConfig::new([3, 6], [3, 3]).init(&device),
        words: EmbeddingConfig::new(10, 6).init(&device),
        head: LinearConfig::new(6, 4).init(&device),
    });
    let image = spread([2, 3, 8, 8], 3.0);
    let question = Tensor::<2, Int>::from_data([[1, 2, 3], [4, 5, 6]], &device);
    let inputs = || (image.clone(), question.clone());
    let net = capture(&model, inputs(), Question::forward);

    let gradient = Saliency::new().attribute(&net, inputs(), Class(1)).unwrap();
    // One attribution, for the image; the question is explained at its embedding.
    assert_eq!(gradient.values().len(), 1);
    assert_eq!(gradient.values()[0].shape().as_slice(), [2, 3, 8, 8]);
    let map = GradCam::at("conv")
        .attribute(&net, inputs(), Class(1))
        .unwrap();
    assert_eq!(map.values()[0].shape().as_slice(), [2, 1, 6, 6]);
    assert_complete(&DeepLift::new().attribute(&net, inputs(), Class(1)).unwrap());
    let integrated = IntegratedGradients::new()
        .with_tolerance(5e-5)
        .with_max_steps(4000);
    assert_complete(&integrated.attribute(&net, inputs(), Class(1)).unwrap());
}
