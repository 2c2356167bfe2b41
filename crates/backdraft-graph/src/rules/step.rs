//! One operation of a run, as a rule sees it.

use std::sync::Arc;

use burn::backend::ir::{
    ActivationOperationIr as Activation, NumericOperationIr as Numeric, OperationIr, TensorId,
};
use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::{
    AutodiffBackend, Dispatch, DispatchTensor, TensorMetadata, get_or_init_device_settings,
};

use crate::exec::{Engine, Frame, Slot, Value, evaluate};
use crate::{AnyTensor, OpKind};

/// How an operand takes part in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandRole {
    /// Depends on no input: a weight, say.
    Constant,
    /// Depends on an input, but no gradient flows to it: a mask or indices, or a tensor below the layers that
    /// are differentiated.
    Varying,
    /// A gradient flows to it.
    Tracked,
}

/// An operation with the values it had in the forward pass.
#[derive(Debug)]
pub struct Step {
    pub(crate) op: OperationIr,
    pub(crate) kind: OpKind,
    pub(crate) layer: String,
    pub(crate) operands: Vec<(TensorId, AnyTensor)>,
    pub(crate) output: AnyTensor,
    pub(crate) roles: Vec<OperandRole>,
    /// The operands at the reference.
    pub(crate) references: Option<Vec<AnyTensor>>,
    pub(crate) reference_output: Option<AnyTensor>,
    pub(crate) producer: Option<Arc<Step>>,
}

impl Step {
    /// The kind of the operation.
    pub fn kind(&self) -> OpKind {
        self.kind
    }

    /// The operation as Burn recorded it: with its axis, its epsilon, whether it has a mask.
    pub fn op(&self) -> &OperationIr {
        &self.op
    }

    /// The name of the operation's layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// Number of operands, weights included.
    pub fn operand_count(&self) -> usize {
        self.operands.len()
    }

    /// An operand by position: the input first, then weights and bias where there are any.
    ///
    /// # Panics
    ///
    /// If there is no such operand.
    pub fn operand(&self, position: usize) -> AnyTensor {
        self.operands[position].1.clone()
    }

    /// The operation's output.
    pub fn output(&self) -> AnyTensor {
        self.output.clone()
    }

    /// How an operand takes part in the run.
    ///
    /// # Panics
    ///
    /// If there is no such operand.
    pub fn role(&self, position: usize) -> OperandRole {
        self.roles[position]
    }

    /// How every operand takes part in the run.
    pub fn roles(&self) -> &[OperandRole] {
        &self.roles
    }

    /// Whether a gradient flows to an operand.
    ///
    /// # Panics
    ///
    /// If there is no such operand.
    pub fn is_tracked(&self, position: usize) -> bool {
        self.role(position) == OperandRole::Tracked
    }

    /// An operand at the reference; `None` if the run [has none](crate::Probes::with_reference).
    ///
    /// # Panics
    ///
    /// If there is no such operand.
    pub fn reference(&self, position: usize) -> Option<AnyTensor> {
        Some(self.references.as_ref()?[position].clone())
    }

    /// The operation's output at the reference; `None` if the run has none.
    pub fn reference_output(&self) -> Option<AnyTensor> {
        self.reference_output.clone()
    }

    /// The layer that computed the first operand, for a rule that
    /// [reaches through](crate::Rule::reaches_through) it.
    pub fn producer(&self) -> Option<&Step> {
        self.producer.as_deref()
    }

    /// The output of the same operation at other operands: `(position, value)` each.
    ///
    /// # Panics
    ///
    /// If an operand doesn't exist or has another shape or kind.
    pub fn output_with(&self, replaced: &[(usize, AnyTensor)]) -> AnyTensor {
        let operands = self.operands_with(replaced).into_iter();
        let operands = operands.map(|(id, tensor)| (id, Dispatch::value(tensor)));
        let device = self.output.clone().into_dispatch().device();
        let mut frame = Frame::new(operands.collect(), device);
        AnyTensor::from_dispatch(float_output(evaluate::<Dispatch>(&self.op, &mut frame)))
    }

    fn operands_with(&self, replaced: &[(usize, AnyTensor)]) -> Vec<(TensorId, AnyTensor)> {
        let mut operands = self.operands.clone();
        for (position, value) in replaced {
            operands[*position].1 = value.clone();
        }
        operands
    }

    /// The ordinary gradient: `gradient` times the derivative of the output by the operand.
    ///
    /// # Panics
    ///
    /// If the operand doesn't exist or isn't float.
    pub fn derivative(&self, operand: usize, gradient: AnyTensor) -> AnyTensor {
        self.through_rectifier(&gradient)
            .unwrap_or_else(|| self.derivative_with(&[], operand, gradient))
    }

    /// The same for the usual rectifiers without a tape, which would compute them once more.
    fn through_rectifier(&self, gradient: &AnyTensor) -> Option<AnyTensor> {
        let gradient = gradient.clone().into_dispatch();
        let passed = match &self.op {
            OperationIr::Activation(Activation::Relu(_)) => {
                Dispatch::relu_backward(self.output().into_dispatch(), gradient)
            }
            OperationIr::NumericFloat(_, Numeric::Clamp(op)) => {
                let x = self.operand(0).into_dispatch();
                let dtype = get_or_init_device_settings::<Dispatch>(&x.device()).bool_dtype;
                let above = Dispatch::float_greater_elem(x.clone(), op.max.into(), dtype);
                let below = Dispatch::float_lower_elem(x, op.min.into(), dtype);
                let stop = |gradient, mask| Dispatch::float_mask_fill(gradient, mask, 0f32.into());
                stop(stop(gradient, above), below)
            }
            _ => return None,
        };
        Some(AnyTensor::from_dispatch(passed))
    }

    /// The ordinary gradient of the same operation at other operands: `(position, value)` each, such as
    /// weights of which a rule keeps the positive part.
    ///
    /// # Panics
    ///
    /// If an operand doesn't exist, has another shape, or isn't float.
    pub fn derivative_with(
        &self,
        replaced: &[(usize, AnyTensor)],
        operand: usize,
        gradient: AnyTensor,
    ) -> AnyTensor {
        let operands = self.operands_with(replaced);
        let variable = Dispatch::from_inner(operands[operand].1.clone().into_dispatch());
        let variable = Dispatch::float_set_require_grad(variable, true);
        let operands = (operands.into_iter().enumerate())
            .map(|(position, (id, tensor))| {
                let slot = if position == operand {
                    Slot::Tracked(variable.clone())
                } else {
                    Slot::<Dispatch>::Plain(Dispatch::value(tensor))
                };
                (id, slot.into_autodiff())
            })
            .collect();
        let device = variable.device();
        let outputs = evaluate::<Dispatch>(&self.op, &mut Frame::new(operands, device));
        let output = float_output(outputs);
        let gradient = Dispatch::from_inner(gradient.into_dispatch());
        let score = Dispatch::float_sum(Dispatch::float_mul(output, gradient));
        let gradients = Dispatch::backward(score);
        let gradient = Dispatch::grad(&variable, &gradients);
        AnyTensor::from_dispatch(gradient.expect("the output is computed from the operand"))
    }
}

fn float_output(outputs: Vec<Value<Dispatch>>) -> DispatchTensor {
    match outputs.into_iter().next() {
        Some(Value::Float(output)) => output,
        _ => unreachable!("rules are attached to operations with a float output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, Probes, Rule, RuleMap};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    /// The derivative, which must be that of the tape.
    #[derive(Debug)]
    struct Compared;

    impl Rule for Compared {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            let tape = step.derivative_with(&[], operand, gradient.clone());
            let derivative = step.derivative(operand, gradient);
            let [tape, values] = [&tape, &derivative].map(|tensor| tensor.flat().into_data());
            values.assert_eq(&tape, true);
            derivative
        }
    }

    #[test]
    fn rectifiers_need_no_tape() {
        let ends = [-1.0, -0.0, 0.0, 0.5, 6.0, 7.0, 1e9];
        let x = Tensor::<1>::from_floats(ends, &Device::flex());
        let gradient = |f: fn(Tensor<1>) -> Tensor<1>| -> Vec<f32> {
            let forward = move |_: &Vec<Linear>, x: Tensor<1>| f(x);
            let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
            let rules = RuleMap::new().rectifiers(Compared);
            let probes = Probes::new().with_input_gradients().with_rules(rules);
            let pass = net.run(x.clone(), &probes).unwrap();
            let output = pass.output().unwrap();
            let gradients = pass.backward(output).unwrap();
            let gradient = gradients.input(0).unwrap().flat();
            gradient.into_data().try_to_vec().unwrap()
        };
        let two = |values: [u8; 7]| values.map(|value| 2.0 * f32::from(value));
        assert_eq!(gradient(|x| relu(x) * 2.0), two([0, 0, 0, 1, 1, 1, 1]));
        let relu6 = gradient(|x| x.clamp(0.0, 6.0) * 2.0);
        assert_eq!(relu6, two([0, 1, 1, 1, 1, 0, 0]));
    }
}
