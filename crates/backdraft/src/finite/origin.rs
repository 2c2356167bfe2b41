//! Where numbers arise that aren't finite: looked for only after one was seen.

use std::sync::{Arc, Mutex, PoisonError};

use backdraft_graph::{Probes, Rule, RuleMap, Step};

use crate::finite::not_finite::{Origin, Quantity};
use crate::finite::rows::first_not_finite;
use crate::inputs::rows::cat_rows;
use crate::model::leaves::Leaves;
use crate::{AnyTensor, Inputs, Network, Target};

/// The copy of the batch that a row belongs to, with the row's sample in place of every one that is explained: what is
/// found belongs to that sample, and the batch keeps its size.
pub(crate) fn at_row(inputs: &Inputs, row: usize) -> Inputs {
    let (copy, sample) = (row / inputs.samples(), row % inputs.samples());
    let inputs = inputs.part(copy..copy + 1);
    let Ok(floats) = inputs.floats() else {
        return inputs;
    };
    let repeated = floats.iter().map(|x| {
        let row = x.rows(sample..sample + 1);
        cat_rows(vec![row; inputs.samples()])
    });
    inputs.with_floats(repeated.collect())
}

/// Where outputs come from that aren't finite.
pub(crate) fn in_outputs(net: &Network, inputs: &Inputs) -> Option<Origin> {
    match net.first_not_finite(inputs.tensors().to_vec()) {
        Ok(Some(layer)) => Some(Origin::Layer(layer.name().into())),
        Ok(None) => Some(Origin::Target),
        Err(_) => None,
    }
}

/// Where a layer's output comes from that isn't finite.
pub(crate) fn in_layer(net: &Network, layer: &str, inputs: &Inputs) -> Option<Origin> {
    let trunk = net.with_output_at(layer).ok()?;
    let found = trunk.first_not_finite(inputs.tensors().to_vec()).ok()??;
    Some(Origin::Layer(found.name().into()))
}

/// A backward pass of a network.
pub(crate) struct Backward<'a> {
    pub(crate) net: &'a Network,
    pub(crate) inputs: &'a Inputs,
    pub(crate) target: &'a dyn Target,
    /// What was differentiated.
    pub(crate) probes: Probes,
}

impl Backward<'_> {
    /// Where the first number of a row arises that isn't finite, going forward and then back.
    pub(crate) fn origin(&self, what: &Quantity, row: usize) -> Option<Origin> {
        let inputs = at_row(self.inputs, row);
        match what {
            Quantity::Activation(layer) => in_layer(self.net, layer, &inputs),
            Quantity::Gradient => {
                let sample = row % inputs.samples();
                match in_outputs(self.net, &inputs)? {
                    Origin::Target => self.in_derivatives(&inputs, sample),
                    origin => Some(origin),
                }
            }
            _ => in_outputs(self.net, &inputs),
        }
    }

    fn in_derivatives(&self, inputs: &Inputs, sample: usize) -> Option<Origin> {
        let watch = Watch::default();
        let found = Arc::clone(&watch.0);
        let rules = RuleMap::new().by(|_| true, watch);
        let probes = self.probes.clone().with_rules(rules);
        let pass = self.net.run(inputs.tensors().to_vec(), &probes).ok()?;
        let outputs: Vec<AnyTensor> = pass.outputs().to_vec();
        let scores = inputs.scores(self.target, &outputs).ok()?.scores;
        pass.backward(scores.narrow(0, sample, 1)).ok()?;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        match found {
            Some(layer) => Some(Origin::Derivative(layer)),
            None => self.in_target(inputs, &outputs, sample),
        }
    }

    /// Whether the target's own derivative isn't finite.
    fn in_target(&self, inputs: &Inputs, outputs: &[AnyTensor], sample: usize) -> Option<Origin> {
        let (leaves, tracked) = Leaves::of(outputs);
        let scores = inputs.scores(self.target, &tracked).ok()?.scores;
        if !scores.is_tracked() {
            return None;
        }
        let gradients = leaves.gradients(&scores.narrow(0, sample, 1).backward());
        let gradients = gradients.into_iter().flatten().map(AnyTensor::from);
        let mut infinite = gradients.filter(|gradient| !is_finite(gradient));
        infinite.next().map(|_| Origin::TargetDerivative)
    }
}

/// Notes the first layer whose derivative makes a gradient that isn't finite of one that is.
#[derive(Debug, Default)]
struct Watch(Arc<Mutex<Option<String>>>);

impl Rule for Watch {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let arrived = is_finite(&gradient);
        let gradient = step.derivative(operand, gradient);
        if arrived && !is_finite(&gradient) {
            let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            found.get_or_insert_with(|| step.layer().into());
        }
        gradient
    }
}

fn is_finite(tensor: &AnyTensor) -> bool {
    first_not_finite(&[tensor]).is_none()
}
