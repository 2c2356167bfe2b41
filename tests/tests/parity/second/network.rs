//! The networks, with what a case explains and compares with.

use backdraft::{
    AnyTensor, AtLayer, Attribution, Baseline, Classes, Error, Method, Network, Regions, Score,
    Target,
};
use backdraft_tests::{Folder, SecondCase, SecondFixture};
use burn::tensor::activation::softmax;
use burn::tensor::{Float, Int, Tensor, TensorData};

use crate::references::Reference;

/// What `players` is where they are cells of an image instead of labels.
const CELLS: &str = "2x2 grid";

/// A network with its results in the second folder.
pub(crate) struct Second {
    pub(crate) fixture: SecondFixture,
    pub(crate) reference: Reference,
}

impl Second {
    /// Captures the network with this name.
    pub(crate) fn open(name: &str) -> Self {
        Self {
            fixture: SecondFixture::open(name),
            reference: Reference::open(&Folder::built_in(), name),
        }
    }

    /// The inputs of the network. An embedding is explained, but tokens are what the network reads.
    pub(crate) fn inputs(&self, case: &SecondCase) -> Vec<AnyTensor> {
        let links = case.inputs.iter();
        links
            .map(|link| self.fixture.tensor(&link.replace("/emb_", "/")))
            .collect()
    }

    /// The network as it was captured.
    pub(crate) fn net(&self) -> &Network {
        &self.reference.net
    }

    /// Our names of the layers that a case looks at.
    pub(crate) fn layers(&self, case: &SecondCase) -> Vec<String> {
        let layers = case.layers.iter();
        layers
            .map(|layer| self.reference.layer_named(layer))
            .collect()
    }

    /// What takes the place of the inputs.
    pub(crate) fn baseline(&self, case: &SecondCase) -> Baseline {
        let pairs = case.baselines.iter().zip(&case.inputs);
        let tensors = pairs.map(|(link, input)| {
            let shape = self.fixture.shape(input);
            self.fixture.baseline(link, &shape)
        });
        Baseline::tensor(tensors.collect::<Vec<_>>())
    }

    /// What a path begins at, which a case names at the end of its key.
    pub(crate) fn start(&self, case: &SecondCase) -> Baseline {
        let (_, name) = case.key.rsplit_once('/').expect("a key has parts");
        Baseline::tensor(vec![self.fixture.tensor(&format!("first:baseline/{name}"))])
    }

    /// The players of a game.
    pub(crate) fn players(&self, case: &SecondCase, option: &str) -> Regions {
        match case.links(option).as_slice() {
            [cells] if cells == CELLS => Regions::grid([2]),
            masks => self.labels(masks),
        }
    }

    /// Regions by labels, a tensor for each input.
    pub(crate) fn labels(&self, masks: &[String]) -> Regions {
        let labels = masks.iter().map(|mask| self.fixture.tensor(mask));
        Regions::labels(labels.collect::<Vec<_>>())
    }

    /// What a method says of a case's inputs.
    pub(crate) fn explain(&self, case: &SecondCase, method: impl Method) -> Attribution {
        self.explain_inputs(case, method, self.inputs(case), case.classes())
    }

    /// What a method says of a layer.
    pub(crate) fn explain_at(
        &self,
        case: &SecondCase,
        method: impl Method,
        layer: &str,
    ) -> Attribution {
        self.explain(case, AtLayer::new(method, layer))
    }

    /// What a method says of another target of a case's inputs.
    pub(crate) fn explain_target(
        &self,
        case: &SecondCase,
        method: impl Method,
        target: impl Target,
    ) -> Attribution {
        let explained = method.attribute(&self.reference.net, self.inputs(case), target);
        explained.unwrap_or_else(|error| self.failed(case, &error))
    }

    /// What a method says of these inputs and classes. Tokens that a case explains alone are explained where they are
    /// embedded.
    pub(crate) fn explain_inputs(
        &self,
        case: &SecondCase,
        method: impl Method,
        inputs: Vec<AnyTensor>,
        classes: Vec<usize>,
    ) -> Attribution {
        let net = &self.reference.net;
        let target = Classes(classes);
        let explained = match inputs.as_slice() {
            [tokens] if !tokens.is_float() => {
                let words = self.reference.layer_named("emb");
                AtLayer::new(method, words).attribute(net, inputs, target)
            }
            _ => method.attribute(net, inputs, target),
        };
        explained.unwrap_or_else(|error| self.failed(case, &error))
    }

    fn failed(&self, case: &SecondCase, error: &Error) -> ! {
        let network = self.fixture.first().name();
        panic!("{network}/{}: {error}", case.key)
    }
}

/// The values of all regions, row by row.
pub(crate) fn of_regions(explained: &Attribution) -> Vec<f32> {
    let regions = explained.regions().expect("the method replaces regions");
    let rows = 0..explained.scores().len();
    rows.flat_map(|row| regions.values(row).to_vec()).collect()
}

/// The probability of a class for each row.
pub(crate) fn probability(
    classes: Vec<usize>,
) -> Score<impl Fn(Tensor<2, Float>) -> Tensor<1>, Tensor<2>> {
    Score::new("probability", move |logits: Tensor<2>| {
        let indices: Vec<i64> = classes.iter().map(|&class| class as i64).collect();
        let data = TensorData::new(indices, [classes.len(), 1]);
        let indices = Tensor::<2, Int>::from_data(data, &logits.device());
        softmax(logits, 1).gather(1, indices).squeeze_dim(1)
    })
}
