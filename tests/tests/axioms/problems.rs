//! The problems on which the table's methods are checked.

use backdraft::axioms::{ImplementationInvariance, SensitivityA, Suite, Symmetry};
use backdraft::{AnyTensor, Baseline, Class, Network};
use backdraft_tests::Fixture;
use backdraft_tests::networks::{ConvNet, Mlp, ResNet};
use burn::tensor::{Device, Tensor};

use crate::functions::{detour, figure_7, minimum, product, rectifier, regression, saturating, x};

pub struct Problem {
    name: &'static str,
    net: Network,
    /// Another implementation, besides those that rewrites make.
    other: Option<Network>,
    input: AnyTensor,
    baseline: Baseline,
    class: usize,
}

impl Problem {
    fn of(name: &'static str, net: Network, input: impl Into<AnyTensor>) -> Self {
        Self {
            name,
            net,
            other: None,
            input: input.into(),
            baseline: Baseline::zeros(),
            class: 0,
        }
    }

    fn with_other(name: &'static str, [net, other]: [Network; 2], input: Tensor<2>) -> Self {
        Self {
            other: Some(other),
            ..Self::of(name, net, input)
        }
    }

    pub fn suite(&self) -> Suite<'_> {
        let inputs = vec![self.input.clone()];
        let mut implementations = ImplementationInvariance::new();
        if let Some(other) = &self.other {
            implementations = implementations.with_network("another implementation", other);
        }
        let target = Class(self.class);
        // Bounds what the images take.
        Suite::new(self.name, &self.net, inputs, self.baseline.clone(), target)
            .unwrap()
            .with_sensitivity_a(SensitivityA::new().with_pairs(4))
            .with_symmetry(Symmetry::new().with_trials(16))
            .with_implementation_invariance(implementations)
    }
}

pub fn problems() -> Vec<Problem> {
    let device = Device::flex();
    let features = Tensor::<2>::zeros([1, 8], &device);
    let images = || Tensor::<4>::zeros([1, 3, 32, 32], &device);
    let mlp = Network::capture(&Mlp::load(&device), features, Mlp::forward);
    let convnet = Network::capture(&ConvNet::load(&device), images(), ConvNet::forward);
    let resnet = Network::capture(&ResNet::load(&device), images(), ResNet::forward);
    vec![
        Problem::of("1 - relu(1 - a)", saturating(), x([[2.0]])),
        Problem {
            baseline: Baseline::constant(2.0),
            ..Problem::of("relu(a)", rectifier(), x([[-2.0]]))
        },
        Problem::of("2 a - 3 b + c / 2 + 1", regression(), x([[3.0, 2.0, 4.0]])),
        Problem::with_other("min(a, 2 b)", minimum(), x([[3.0, 1.0]])),
        Problem::with_other("relu(a - 1 - relu(b))", figure_7(), x([[3.0, 1.0]])),
        Problem::of(
            "relu(a) + relu(2 b) - relu(b) + relu(c) - relu(c)",
            detour(),
            x([[3.0, 1.0, 2.0]]),
        ),
        Problem::of("a b + c", product(), x([[1.0, 3.0, 8.0]])),
        Problem {
            class: 1,
            ..Problem::of(
                "mlp",
                mlp.unwrap(),
                Fixture::open("mlp").tensor::<2>("input/x2", &device),
            )
        },
        Problem {
            class: 3,
            ..Problem::of(
                "convnet",
                convnet.unwrap(),
                Fixture::open("convnet").tensor::<4>("input/x1", &device),
            )
        },
        Problem {
            class: 3,
            ..Problem::of(
                "resnet",
                resnet.unwrap(),
                Fixture::open("resnet").tensor::<4>("input/x1", &device),
            )
        },
    ]
}
