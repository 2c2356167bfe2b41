//! The reference run: the same operations at other inputs, in lockstep with the run itself.

use std::collections::HashMap;

use burn::backend::Backend;
use burn::backend::ir::TensorId;

use crate::backend::convolution::Convolution;
use crate::backend::max_pool::MaxPooling;
use crate::exec::Value;
use crate::ir::graph::index;
use crate::ir::program::Program;
use crate::schedule::Task;

/// The values at the reference inputs, on the plain backend. What depends on no input has the same value in
/// both runs and isn't kept here.
pub(super) struct ReferenceRun<B: Backend> {
    values: Vec<Option<Value<B>>>,
}

/// One operation at the reference.
pub(super) struct ReferenceStep<B: Backend> {
    pub(super) operands: Vec<Value<B>>,
    pub(super) outputs: Vec<Value<B>>,
}

impl<B: Convolution + MaxPooling> ReferenceRun<B> {
    /// `inputs` are in the graph's order.
    pub(super) fn new(graph: &Program, inputs: impl Iterator<Item = Value<B>>) -> Self {
        let mut values: Vec<_> = (0..graph.tensor_count()).map(|_| None).collect();
        for (&id, value) in graph.inputs.iter().zip(inputs) {
            values[index(id)] = Some(value);
        }
        Self { values }
    }

    /// A tensor's value, if it depends on an input. If it is read for the `last` time it leaves the table, so
    /// that the backend can reuse its memory.
    pub(super) fn operand(&mut self, id: TensorId, last: bool) -> Option<Value<B>> {
        let value = &mut self.values[index(id)];
        if last { value.take() } else { value.clone() }
    }

    /// Computes a task; its operands come back with the outputs if a rule looks at them.
    pub(super) fn run(
        &mut self,
        task: &Task<'_>,
        operands: Vec<(TensorId, Value<B>)>,
        device: &B::Device,
    ) -> ReferenceStep<B> {
        let copies = if task.mode.shows_values_to_rules() {
            operands.clone()
        } else {
            Vec::new()
        };
        let outputs = task.evaluate(operands, device.clone());
        for (tensor, value) in task.outputs.iter().zip(&outputs) {
            self.values[index(tensor.id)] = Some(value.clone());
        }
        ReferenceStep {
            operands: copies.into_iter().map(|(_, value)| value).collect(),
            outputs,
        }
    }

    pub(super) fn free(&mut self, id: TensorId) {
        self.values[index(id)] = None;
    }

    /// The values of those tensors that depend on an input.
    pub(super) fn finish(mut self, keep: &[TensorId]) -> HashMap<TensorId, Value<B>> {
        keep.iter()
            .filter_map(|&id| Some((id, self.values[index(id)].take()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{AnyTensor, Network, Probes};
    use burn::nn::Linear;
    use burn::tensor::{Device, Int, Tensor};

    fn row(values: [f32; 2]) -> Tensor<2> {
        Tensor::from_floats([values], &Device::flex())
    }

    fn floats(tensor: &AnyTensor) -> Vec<f32> {
        tensor.flat().into_data().try_to_vec().unwrap()
    }

    fn network(f: impl Fn(Tensor<2>) -> Tensor<2> + Send + Sync + 'static) -> Network {
        let model = Vec::<Linear>::new();
        Network::capture(&model, row([0.0; 2]), move |_, x: Tensor<2>| f(x)).unwrap()
    }

    #[test]
    fn both_runs_give_outputs_and_activations() {
        // The constant is computed once, and read by both runs.
        let net = network(|x| {
            let constant = x.ones_like().exp().log();
            x.abs() + constant
        });
        let probes = Probes::new().with_activation("abs").with_activation("add");
        let probes = probes.with_reference(row([-3.0, 4.0]));
        let pass = net.run(row([1.0, -2.0]), &probes).unwrap();
        assert_eq!(floats(&pass.activation("abs").unwrap()), [1.0, 2.0]);
        assert_eq!(
            floats(&pass.reference_activation("abs").unwrap()),
            [3.0, 4.0]
        );
        assert_eq!(floats(&pass.outputs()[0]), [2.0, 3.0]);
        assert_eq!(floats(&pass.reference_outputs()[0]), [4.0, 5.0]);
    }

    #[test]
    fn without_a_reference_there_are_no_reference_values() {
        let probes = Probes::new().with_activation("abs");
        let pass = network(Tensor::abs).run(row([1.0, 2.0]), &probes).unwrap();
        assert!(pass.reference_outputs().is_empty());
        assert!(pass.reference_activation("abs").is_err());
    }

    #[test]
    fn the_reference_is_computed_without_replacements() {
        // The input run doesn't need `exp`, the reference does.
        let net = network(|x| x.exp().abs() + 1.0);
        let probes = Probes::new()
            .with_replacement("abs", row([7.0, 8.0]))
            .with_reference(row([0.0, 0.0]));
        let pass = net.run(row([1.0, 2.0]), &probes).unwrap();
        assert_eq!(floats(&pass.outputs()[0]), [8.0, 9.0]);
        assert_eq!(floats(&pass.reference_outputs()[0]), [2.0, 2.0]);
    }

    #[test]
    fn integer_inputs_have_a_reference_too() {
        let tokens = |values: [i64; 2]| Tensor::<1, Int>::from_ints(values, &Device::flex());
        let forward = |_: &Vec<Linear>, tokens: Tensor<1, Int>| tokens.float() * 2.0;
        let net = Network::capture(&Vec::new(), tokens([0, 0]), forward).unwrap();
        let probes = Probes::new().with_reference(tokens([3, 4]));
        let pass = net.run(tokens([1, 2]), &probes).unwrap();
        assert_eq!(floats(&pass.outputs()[0]), [2.0, 4.0]);
        assert_eq!(floats(&pass.reference_outputs()[0]), [6.0, 8.0]);
    }
}
