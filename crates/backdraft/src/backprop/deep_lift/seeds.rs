//! Where the backward pass of differences begins: the target's own multipliers.

use std::num::NonZeroUsize;

use burn::tensor::Tensor;

use crate::inputs::rows::{flat, zip};
use crate::model::leaves::Leaves;
use crate::path::Quadrature;
use crate::{AnyTensor, Error, Inputs, Target, graph};

/// Points on the line between the outputs. Classes and margins need one; a log-probability's average slope
/// has seven digits with this many.
const POINTS: NonZeroUsize = NonZeroUsize::new(24).unwrap();

/// The target's gradient with respect to every float output, averaged over the line from the reference
/// outputs to the actual ones: multiplied with the outputs' change it sums to the target's change.
pub(super) fn seeds(
    inputs: &Inputs,
    target: &dyn Target,
    reference: &[AnyTensor],
    outputs: &[AnyTensor],
) -> Result<Vec<Tensor<2>>, Error> {
    let outputs: Vec<_> = (outputs.iter().cloned())
        .map(AnyTensor::without_autodiff)
        .collect();
    let floats = outputs.iter().filter(|output| output.is_float());
    let mut seeds: Vec<_> = floats.map(|output| flat(output).zeros_like()).collect();
    for (position, weight) in Quadrature::GaussLegendre.points(POINTS) {
        let between = reference.iter().zip(&outputs).map(|(b, y)| {
            if y.is_float() {
                zip(b, y, |b, y| b.clone() + (y - b) * position)
            } else {
                y.clone()
            }
        });
        let (leaves, tracked) = Leaves::of(&between.collect::<Vec<_>>());
        let scores = inputs.scores(target, &tracked)?.scores;
        if !scores.is_tracked() {
            return Err(Error::Graph(graph::Error::Pass(
                graph::PassError::NotDifferentiable {
                    what: "the outputs".into(),
                },
            )));
        }
        let gradients = leaves.gradients(&scores.backward());
        for (seed, gradient) in seeds.iter_mut().zip(gradients) {
            if let Some(gradient) = gradient {
                *seed = seed.clone() + gradient * weight;
            }
        }
    }
    Ok(seeds)
}
