//! The problems on which the table's methods are checked.

use backdraft::axioms::{ImplementationInvariance, SensitivityA, Symmetry};
use backdraft::evaluation::Suite;
use backdraft::{AnyTensor, Baseline, Class, Network};
use burn::tensor::{Device, Tensor, TensorData};

use super::functions::{detour, figure_7, minimum, product, rectifier, regression, saturating};
use crate::{Fixture, networks};

/// A network and an input.
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

    /// The checks of every axiom on the problem.
    ///
    /// # Panics
    ///
    /// If the network can't run.
    pub fn suite(&self) -> Suite<'_> {
        let inputs = vec![self.input.clone()];
        let mut implementations = ImplementationInvariance::new();
        if let Some(other) = &self.other {
            implementations = implementations.with_network("another implementation", other);
        }
        let target = Class(self.class);
        // Bounds what the images take.
        Suite::new(self.name, &self.net, inputs, self.baseline.clone(), target)
            .expect("the target is defined")
            .with_check(SensitivityA::new().with_pairs(4))
            .with_check(Symmetry::new().with_trials(16))
            .with_check(implementations)
    }
}

/// All problems: the small ones, and images for small networks.
///
/// # Panics
///
/// If a fixture is broken.
pub fn problems(device: &Device) -> Vec<Problem> {
    let of_images = ["convnet", "resnet"].map(|name| {
        let fixture = Fixture::open(name);
        let net = networks::capture(&fixture, device);
        Problem {
            class: 3,
            ..Problem::of(name, net, fixture.tensor::<4>("input/x1", device))
        }
    });
    small_problems(device)
        .into_iter()
        .chain(of_images)
        .collect()
}

/// Functions that are small enough to follow by hand, and a multilayer perceptron.
///
/// # Panics
///
/// If a fixture is broken.
pub fn small_problems(device: &Device) -> Vec<Problem> {
    let mlp = Fixture::open("mlp");
    let x = |values: Vec<f32>| {
        let shape = [1, values.len()];
        Tensor::<2>::from_data(TensorData::new(values, shape), device)
    };
    vec![
        Problem::of("1 - relu(1 - a)", saturating(device), x(vec![2.0])),
        Problem {
            baseline: Baseline::constant(2.0),
            ..Problem::of("relu(a)", rectifier(device), x(vec![-2.0]))
        },
        Problem::of(
            "2 a - 3 b + c / 2 + 1",
            regression(device),
            x(vec![3.0, 2.0, 4.0]),
        ),
        Problem::with_other("min(a, 2 b)", minimum(device), x(vec![3.0, 1.0])),
        Problem::with_other("relu(a - 1 - relu(b))", figure_7(device), x(vec![3.0, 1.0])),
        Problem::of(
            "relu(a) + relu(2 b) - relu(b) + relu(c) - relu(c)",
            detour(device),
            x(vec![3.0, 1.0, 2.0]),
        ),
        Problem::of("a b + c", product(device), x(vec![1.0, 3.0, 8.0])),
        Problem {
            class: 1,
            ..Problem::of(
                "mlp",
                networks::capture(&mlp, device),
                mlp.tensor::<2>("input/x2", device),
            )
        },
    ]
}
