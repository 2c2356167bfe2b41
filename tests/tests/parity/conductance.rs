//! Captum's layer conductance.

use std::num::NonZeroUsize;

use backdraft::graph::Probes;
use backdraft::{AnyTensor, Attribution, Error, Inputs, Method, Network, Quadrature, Target};
use burn::tensor::{Shape, Tensor};

/// What the summary calls the cases for which this suite computes Captum's sum, as our conductance is another one.
pub(crate) const CAPTUM_CONDUCTANCE: &str = "Captum's LayerConductance";

/// Captum's sum: the gradient at each node times the change of the layer's output to the next node.
///
/// With Gauss-Legendre nodes Captum leaves a piece of the path out at both ends, and its sum is one of first order
/// only. [`LayerConductance`](backdraft::LayerConductance) follows the whole path, so that its numbers differ with
/// few nodes; with many both are the same.
pub(crate) struct CaptumConductance {
    layer: String,
    baseline: Vec<AnyTensor>,
    nodes: Vec<f64>,
}

/// The layer at one point of the path.
struct Point {
    activation: Tensor<1>,
    gradient: Tensor<1>,
    shape: Shape,
    scores: Vec<f32>,
}

impl CaptumConductance {
    /// Captum takes one node more than steps.
    pub(crate) fn new(layer: String, baseline: Vec<AnyTensor>, steps: usize) -> Self {
        let nodes = Quadrature::GaussLegendre.points(NonZeroUsize::MIN.saturating_add(steps));
        Self {
            layer,
            baseline,
            nodes: nodes.into_iter().map(|(position, _)| position).collect(),
        }
    }

    fn at(&self, net: &Network, inputs: &Inputs, target: &dyn Target) -> Result<Point, Error> {
        let probes = Probes::new()
            .with_activation(&self.layer)
            .with_layer_gradient(&self.layer);
        let pass = net.run(inputs.tensors().to_vec(), &probes)?;
        let activation = pass.activation(&self.layer)?;
        let scores = inputs.scores(target, pass.outputs())?.scores;
        let values = scores.clone().without_autodiff().into_data();
        let gradient = pass.backward(scores)?.layer(&self.layer)?;
        Ok(Point {
            activation: flat(&activation),
            gradient: flat(&gradient),
            shape: activation.shape(),
            scores: values.iter().collect(),
        })
    }
}

impl Method for CaptumConductance {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let floats = inputs.floats()?;
        let at = |position: f64| {
            let ends = self.baseline.iter().zip(&floats);
            let point = ends.map(|(b, x)| between(b, x, position)).collect();
            self.at(net, &inputs.with_floats(point), target)
        };
        let (start, end) = (at(0.0)?, at(1.0)?);
        let points = self.nodes.iter().map(|&node| at(node));
        let points = points.collect::<Result<Vec<Point>, _>>()?;
        let pieces = points.iter().zip(&points[1..]).map(|(point, next)| {
            (next.activation.clone() - point.activation.clone()) * point.gradient.clone()
        });
        let sum = pieces.reduce(|a, b| a + b).expect("at least two nodes");
        let values = vec![AnyTensor::from(sum).reshape_to(end.shape)];
        Attribution::new("Captum's conductance", "as given", values, end.scores)?
            .with_baseline("given tensor", start.scores)
    }
}

fn flat(tensor: &AnyTensor) -> Tensor<1> {
    let size = tensor.shape().num_elements();
    tensor.clone().without_autodiff().reshape([size])
}

/// The point at a position between the baseline, 0, and the input, 1.
fn between(baseline: &AnyTensor, input: &AnyTensor, position: f64) -> AnyTensor {
    let shape = input.shape();
    let rows = shape[0];
    let columns = shape.num_elements() / rows;
    let baseline: Tensor<2> = baseline.reshape([baseline.shape()[0], columns]);
    let baseline = baseline.expand([rows, columns]);
    let input: Tensor<2> = input.reshape([rows, columns]);
    let point = baseline.clone() + (input - baseline) * position;
    AnyTensor::from(point).reshape_to(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::values;
    use crate::references::Reference;
    use crate::sums::{case, explain};
    use backdraft::{Baseline, LayerConductance};
    use backdraft_tests::{Case, Folder, relative_l2};

    /// Our sum and Captum's, with this many steps.
    fn both(reference: &Reference, case: &Case, steps: usize) -> [Vec<f32>; 2] {
        let (layer, baseline) = (reference.layer(case), reference.baselines(case));
        let ours = LayerConductance::at(&layer)
            .with_steps(steps)
            .with_baseline(Baseline::tensor(baseline.clone()));
        let captum = CaptumConductance::new(layer, baseline, steps);
        let methods: [Box<dyn Method>; 2] = [Box::new(ours), Box::new(captum)];
        methods.map(|method| values(&explain(reference, case, method).values()[0]))
    }

    /// The functions of both networks are smooth.
    #[test]
    fn both_sums_tend_to_the_same_and_ours_is_there_first() {
        for name in ["textnet", "vit"] {
            let reference = Reference::open(&Folder::built_in(), name);
            let case = case(&reference);
            let [exact, captum] = both(&reference, &case, 500);
            let apart = relative_l2(&captum, &exact);
            let [ours, captum] = both(&reference, &case, 32);
            let (ours, captum) = (relative_l2(&ours, &exact), relative_l2(&captum, &exact));
            println!(
                "{name}: {apart:.1e} apart with 500 steps; with 32 ours is off by {ours:.1e}, Captum's by {captum:.1e}"
            );
            assert!(apart < 1e-2, "{name}: {apart}");
            assert!(ours < 0.1 * captum, "{name}: {ours} {captum}");
        }
    }
}
