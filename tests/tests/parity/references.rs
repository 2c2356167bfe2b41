//! The networks.

use backdraft::Network;
use backdraft_models::{Captioner, DuelingDqn, EfficientNetLite0, Vit, Vqa};
use backdraft_tests::networks::{
    ConvNet, GapNet, Mlp, MobileNet, ResNet, TextNet, captioner, load_policy, load_vit, vqa,
};
use backdraft_tests::{Case, Fixture};
use burn::tensor::{Device, Int, Tensor};

use crate::targets::neuron;

/// A network of the fixtures, captured.
pub(crate) struct Reference {
    pub(crate) name: &'static str,
    pub(crate) fixture: Fixture,
    pub(crate) net: Network,
    /// What the fixture's names of the inputs begin with: the batch `x2` is `image_x2` and `tokens_x2`.
    pub(crate) inputs: &'static [&'static str],
    /// Layers that have another name in our graph than in the fixture.
    layers: &'static [(&'static str, &'static str)],
}

/// `relu1` and `relu2` are what the fixtures call the rectifiers behind the convolutions.
const RECTIFIERS: &[(&str, &str)] = &[("relu1", "relu"), ("relu2", "relu#2")];

/// The convolutions are a vector here.
const CONVOLUTIONS_AND_WORDS: &[(&str, &str)] = &[
    ("conv1", "convs.0"),
    ("conv2", "convs.1"),
    ("relu1", "convs.relu"),
    ("relu2", "convs.relu#2"),
    ("emb", "embedding"),
];

/// What the linear layer reads.
const LAST_HIDDEN: &[(&str, &str)] = &[("last_hidden", "reshape#15")];

pub(crate) const NAMES: [&str; 11] = [
    "mlp",
    "convnet",
    "gapnet",
    "resnet",
    "mobilenet",
    "captioner",
    "vqa",
    "policy",
    "textnet",
    "vit",
    "efficientnet_lite0",
];

impl Reference {
    /// Captures a network of [`NAMES`] with the fixture's weights.
    pub(crate) fn open(name: &'static str, device: &Device) -> Self {
        let images = |side| Tensor::<4>::zeros([1, 3, side, side], device);
        let tokens = |words| Tensor::<2, Int>::zeros([1, words], device);
        let net = match name {
            "mlp" => {
                let features = Tensor::<2>::zeros([1, 8], device);
                Network::capture(&Mlp::load(device), features, Mlp::forward)
            }
            "convnet" => Network::capture(&ConvNet::load(device), images(32), ConvNet::forward),
            "gapnet" => Network::capture(&GapNet::load(device), images(32), GapNet::forward),
            "resnet" => Network::capture(&ResNet::load(device), images(32), ResNet::forward),
            "mobilenet" => {
                Network::capture(&MobileNet::load(device), images(32), MobileNet::forward)
            }
            "captioner" => {
                let example = (images(24), tokens(6));
                Network::capture(&captioner(device), example, Captioner::forward)
            }
            "vqa" => Network::capture(&vqa(device), (images(16), tokens(5)), Vqa::forward),
            "policy" => {
                let frames = Tensor::<4>::zeros([1, 4, 36, 36], device);
                Network::capture(&load_policy(device), frames, DuelingDqn::forward)
            }
            "textnet" => Network::capture(&TextNet::load(device), tokens(7), TextNet::forward),
            "vit" => Network::capture(&load_vit(device), images(32), Vit::forward),
            "efficientnet_lite0" => {
                let model = EfficientNetLite0::pretrained(device).unwrap();
                Network::capture(&model, images(224), EfficientNetLite0::forward)
            }
            _ => panic!("no network is called {name}"),
        };
        Self {
            name,
            fixture: Fixture::open(name),
            net: net.unwrap(),
            inputs: match name {
                "captioner" | "vqa" => &["image_", "tokens_"],
                _ => &[""],
            },
            layers: match name {
                "convnet" | "gapnet" | "policy" => RECTIFIERS,
                "captioner" | "vqa" => CONVOLUTIONS_AND_WORDS,
                "textnet" => LAST_HIDDEN,
                _ => &[],
            },
        }
    }

    /// Our name of a layer of the fixture.
    pub(crate) fn layer_named(&self, name: &str) -> String {
        let renamed = self.layers.iter().find(|(fixture, _)| *fixture == name);
        renamed.map_or(name, |(_, ours)| ours).to_owned()
    }

    /// The layer that a case's method looks at.
    pub(crate) fn layer(&self, case: &Case) -> String {
        self.layer_named(case.layer.as_deref().expect("the method looks at a layer"))
    }

    /// The network that a case is about: the whole, or up to a layer.
    pub(crate) fn network(&self, case: &Case) -> Network {
        let end = match case.args["forward"].as_str() {
            Some("value head only") => Some("value".to_owned()),
            Some("advantage head only") => Some("advantage".to_owned()),
            _ => neuron(case).map(|_| self.layer(case)),
        };
        match end {
            Some(layer) => self.net.with_output_at(layer).unwrap(),
            None => self.net.clone(),
        }
    }
}
