//! Small networks and methods for the tests of the checks.

use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

use crate::evaluation::axioms;
use crate::evaluation::check::Check;
use crate::evaluation::outcome::{Judgment, Outcome, Verdict};
use crate::evaluation::problem::Problem;
use crate::evaluation::report::Report;
use crate::inputs::rows::flat;
use crate::{AnyTensor, Attribution, Baseline, Class, Error, Inputs, Method, Network, Target};

pub(super) fn x<const S: usize, const F: usize>(values: [[f32; F]; S]) -> Tensor<2> {
    Tensor::from_data(values, &Device::flex())
}

/// The network of a function of as many features as it is asked about.
pub(super) fn net(forward: fn(Tensor<2>) -> Tensor<2>) -> Network {
    let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
    Network::capture(&Vec::new(), x([[1.0; 4]]), forward).unwrap()
}

pub(super) fn column(x: &Tensor<2>, feature: usize) -> Tensor<2> {
    x.clone().narrow(1, feature, 1)
}

/// Output 0 at these inputs, with zero as baseline.
pub(super) fn problem<const S: usize, const F: usize>(
    net: &Network,
    values: [[f32; F]; S],
) -> Problem<'_> {
    Problem::new(net, x(values), Baseline::zeros(), Class(0)).unwrap()
}

/// A method that computes its values from the input and looks at nothing else.
pub(super) struct Made<const F: usize>(Compute<F>);

type Compute<const F: usize> = Box<dyn Fn(&[[f32; F]]) -> Vec<[f32; F]>>;

pub(super) fn made<const F: usize>(
    compute: impl Fn(&[[f32; F]]) -> Vec<[f32; F]> + 'static,
) -> Made<F> {
    Made(Box::new(compute))
}

impl<const F: usize> Method for Made<F> {
    fn compute(&self, _: &Network, inputs: &Inputs, _: &dyn Target) -> Result<Attribution, Error> {
        let values: Vec<f32> = flat(&inputs.floats()?[0]).into_data().iter().collect();
        let rows = (self.0)(values.as_chunks().0);
        let scores = vec![0.0; rows.len()];
        let values = TensorData::new(rows.concat(), [rows.len(), F]);
        let values = Tensor::<2>::from_data(values, &Device::flex());
        Attribution::new("made", "any", vec![AnyTensor::from(values)], scores)
    }
}

/// A report in which every axiom has this verdict.
pub(super) fn report(method: &str, verdict: &Verdict) -> Report {
    let outcome = |check: Box<dyn Check>| {
        let judgment = Judgment {
            verdict: verdict.clone(),
            cases: 1,
            slack: 0.5,
            tolerance: 0.1,
            counterexample: None,
        };
        Outcome::judged(check.name(), judgment, vec![Some(0.5)])
    };
    Report {
        method: method.into(),
        problem: "made up".into(),
        checks: axioms::all().into_iter().map(outcome).collect(),
    }
}
