//! The fixtures' networks by what they offer to a method.

use backdraft::catalog::{Entry, Need, Setup};
use backdraft::{Inputs, Network, Regions, TokenLayout};
use burn::tensor::{Device, Tensor};

use crate::Fixture;
use crate::networks::capture;

/// A network of a fixture, with a layer and a neuron to explain.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The fixture's name.
    pub name: &'static str,
    layer: &'static str,
    neuron: &'static [usize],
    tokens: Option<usize>,
    /// What methods need and the network has, besides what all of them have.
    offers: &'static [Need],
}

/// Whatever the network, it gets two images, and the setup names a layer and a neuron.
const ALWAYS: [Need; 6] = [
    Need::FloatInputs,
    Need::SpatialLayer,
    Need::LayerName,
    Need::Neuron,
    Need::Space,
    Need::SeveralSamples,
];

/// Every need is met by one of them.
pub const SUBJECTS: [Subject; 6] = [
    Subject {
        name: "convnet",
        layer: "conv2",
        neuron: &[1, 4, 5],
        tokens: None,
        offers: &[Need::Rectifiers],
    },
    Subject {
        name: "resnet",
        layer: "conv1",
        neuron: &[1, 4, 5],
        tokens: None,
        offers: &[Need::Rectifiers, Need::PooledHead],
    },
    Subject {
        name: "gapnet",
        layer: "conv1",
        neuron: &[1, 4, 5],
        tokens: None,
        offers: &[Need::Rectifiers, Need::PooledHead],
    },
    Subject {
        name: "mobilenet",
        layer: "head",
        neuron: &[1, 2, 3],
        tokens: None,
        offers: &[Need::Rectifiers, Need::PooledHead],
    },
    Subject {
        name: "policy",
        layer: "relu",
        neuron: &[1, 4, 5],
        tokens: None,
        offers: &[Need::Rectifiers],
    },
    Subject {
        name: "vit",
        layer: "blocks.0",
        neuron: &[5, 7],
        tokens: Some(1),
        offers: &[Need::Attention],
    },
];

impl Subject {
    /// The subject of a fixture.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(name: &str) -> Self {
        let found = SUBJECTS.into_iter().find(|subject| subject.name == name);
        found.expect("a subject has this name")
    }

    /// Whether a method's needs are met.
    pub fn suits(&self, entry: &Entry) -> bool {
        let mut needs = entry.needs.iter();
        needs.all(|need| ALWAYS.contains(need) || self.offers.contains(need))
    }

    /// The layer by name, the neuron in it, where tokens lie, and regions that have few coalitions.
    pub fn setup(&self) -> Setup {
        let setup = Setup::new()
            .with_neuron(self.neuron)
            .with_regions(Regions::grid([2]));
        match self.tokens {
            Some(leading) => setup.with_tokens(TokenLayout::new().with_leading(leading)),
            None => setup,
        }
    }

    /// The setup of a method: with the layer's name if it needs one; other methods find theirs.
    pub fn setup_of(&self, entry: &Entry) -> Setup {
        if entry.needs.contains(&Need::LayerName) {
            self.setup().with_layer(self.layer)
        } else {
            self.setup()
        }
    }

    /// The layer to explain.
    pub fn layer(&self) -> &'static str {
        self.layer
    }

    /// The network.
    ///
    /// # Panics
    ///
    /// If the fixture is broken.
    pub fn net(&self, device: &Device) -> Network {
        capture(&Fixture::open(self.name), device)
    }

    /// Two images.
    ///
    /// # Panics
    ///
    /// If the fixture is broken.
    pub fn images(&self, device: &Device) -> Tensor<4> {
        let images: Tensor<4> = Fixture::open(self.name).tensor("input/x2", &Device::flex());
        images.to_device(device)
    }

    /// Two images as inputs.
    ///
    /// # Panics
    ///
    /// If the fixture is broken.
    pub fn inputs(&self, device: &Device) -> Inputs {
        Inputs::new(self.images(device))
    }
}
