//! What the layers of a fixture are called here.
//!
//! Most have the same name. Others have none of their own in Burn, as functions have none and a vector of modules has
//! one for all; those are found by what they are.

use backdraft::Network;
use backdraft_tests::Case;

use crate::references::Reference;
use crate::targets::neuron;

/// The part of `args.forward` that follows the layer's name where a case is about the network up to a layer.
const HEAD_ONLY: &str = " head only";

impl Reference {
    /// Our name of a layer of the fixture.
    pub(crate) fn layer_named(&self, name: &str) -> String {
        if self.net.layer(name).is_ok() {
            return name.to_owned();
        }
        let found = match name {
            "emb" => self.layers_of("Embedding").next(),
            // What the linear layer reads.
            "last_hidden" => self.layers_of("Reshape").last(),
            _ => self.numbered(name),
        };
        let network = self.fixture.name();
        found.unwrap_or_else(|| panic!("no layer of {network} is the fixture's {name}"))
    }

    /// The second layer of a kind for `relu2` or `conv2`.
    fn numbered(&self, name: &str) -> Option<String> {
        let kind = name.trim_end_matches(|character: char| character.is_ascii_digit());
        let op = match kind {
            "conv" => "Conv2d",
            "pool" => "MaxPool2d",
            "relu" => "Relu",
            _ => return None,
        };
        let number: usize = name[kind.len()..].parse().ok()?;
        self.layers_of(op).nth(number.checked_sub(1)?)
    }

    /// The names of the layers with an operation, in the order in which they run.
    fn layers_of(&self, op: &str) -> impl Iterator<Item = String> {
        let layers = self.net.layers().into_iter();
        layers.filter_map(move |layer| (layer.op() == op).then(|| layer.name().to_owned()))
    }

    /// The layer that a case's method looks at.
    pub(crate) fn layer(&self, case: &Case) -> String {
        self.layer_named(case.layer.as_deref().expect("the method looks at a layer"))
    }

    /// The network that a case is about: the whole, or up to a layer.
    pub(crate) fn network(&self, case: &Case) -> Network {
        let forward = case.args["forward"].as_str();
        let end = match forward.and_then(|forward| forward.strip_suffix(HEAD_ONLY)) {
            Some(head) => Some(head.to_owned()),
            None => neuron(case).map(|_| self.layer(case)),
        };
        match end {
            Some(layer) => self.net.with_output_at(layer).unwrap(),
            None => self.net.clone(),
        }
    }
}
