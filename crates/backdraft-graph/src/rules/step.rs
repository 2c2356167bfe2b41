//! One operation of a run, as a rule sees it.

use std::sync::Arc;

use burn::backend::ir::{ModuleOperationIr as Module, OperationIr, TensorId};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{
    AutodiffBackend, Dispatch, DispatchTensor, TensorMetadata, get_or_init_device_settings,
};

use crate::backend::convolution::{Activation, Convolution};
use crate::backend::slope::{Sloped, slope};
use crate::exec::{Engine, Frame, Slot, Value, evaluate, linear};
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
    /// If there is no such operand, or if the rule may do [without](crate::Rule::needs_input) and the operand wasn't
    /// kept.
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
        let outputs = linear::compute::<Dispatch>(&self.op, Activation::Identity, &mut frame);
        AnyTensor::from_dispatch(float_output(outputs))
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
    /// Layers with weights, matrix products, means over windows and the usual rectifiers are differentiated at once,
    /// others by a small tape.
    ///
    /// # Panics
    ///
    /// If the operand doesn't exist or isn't float.
    pub fn derivative(&self, operand: usize, gradient: AnyTensor) -> AnyTensor {
        self.through_rectifier(&gradient)
            .unwrap_or_else(|| self.derivative_with(&[], operand, gradient))
    }

    /// In a run with a reference, `gradient` times the slope of the line from the reference to the operand, where the
    /// two are farther apart than `threshold`, and times the derivative elsewhere.
    ///
    /// The change of a maximum over windows is up to the larger of both maxima, by the operand's largest element, and
    /// down from there, by the reference's; each of the two elements has its part as slope.
    ///
    /// `None` where the backend doesn't have it in one pass: for anything but ReLU, clamps and maxima over windows
    /// of images in `f32` on Flex.
    pub fn slope(&self, gradient: &AnyTensor, threshold: f64) -> Option<AnyTensor> {
        let outputs = [self.output(), self.reference_output()?];
        let function = match &self.op {
            OperationIr::Module(Module::MaxPool2d(op)) => Sloped::Maxima(op, &outputs),
            op => Sloped::Activation(Activation::of(op)?),
        };
        let points = [self.operand(0), self.reference(0)?];
        slope(function, gradient, points, threshold)
    }

    /// The same for the usual rectifiers without a tape, which would compute them once more.
    fn through_rectifier(&self, gradient: &AnyTensor) -> Option<AnyTensor> {
        let activation = Activation::of(&self.op)?;
        let gradient = gradient.clone().into_dispatch();
        let passed = match (activation, self.operands.first()) {
            (Activation::Clamp { min, max }, Some((_, x))) => {
                let x = x.clone().into_dispatch();
                let dtype = get_or_init_device_settings::<Dispatch>(&x.device()).bool_dtype;
                let above = Dispatch::float_greater_elem(x.clone(), max.into(), dtype);
                let below = Dispatch::float_lower_elem(x, min.into(), dtype);
                let stop = |gradient, mask| Dispatch::float_mask_fill(gradient, mask, 0f32.into());
                stop(stop(gradient, above), below)
            }
            _ => Dispatch::activation_gradient(gradient, self.output().into_dispatch(), activation),
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
        linear::operand_gradient(&self.op, &operands, operand, &gradient)
            .unwrap_or_else(|| self.by_tape(operands, operand, gradient))
    }

    fn by_tape(
        &self,
        operands: Vec<(TensorId, AnyTensor)>,
        operand: usize,
        gradient: AnyTensor,
    ) -> AnyTensor {
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
    use burn::tensor::module::{
        adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, avg_pool1d, avg_pool2d,
        conv_transpose1d, conv_transpose2d, conv_transpose3d, conv1d, conv2d, conv3d, linear,
    };
    use burn::tensor::ops::{AvgPoolOptions, ConvOptions, ConvTransposeOptions};
    use burn::tensor::{Device, Tensor, TensorData, Tolerance};

    /// The derivative, which must be that of the tape, up to this relative difference.
    #[derive(Debug)]
    struct Compared(f32);

    impl Rule for Compared {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            let tape = step.by_tape(step.operands.clone(), operand, gradient.clone());
            let derivative = step.derivative(operand, gradient);
            assert_eq!(tape.shape(), derivative.shape(), "{}", step.layer());
            let [tape, values] = [&tape, &derivative].map(|tensor| tensor.flat().into_data());
            values.assert_approx_eq::<f32>(&tape, Tolerance::rel_abs(self.0, self.0));
            derivative
        }
    }

    /// The gradient of the sum of a function of one tensor, where every derivative is compared.
    fn gradient<const D: usize, const E: usize>(
        x: Tensor<D>,
        f: impl Fn(Tensor<D>) -> Tensor<E> + Send + Sync + 'static,
        difference: f32,
    ) -> Vec<f32> {
        let forward = move |_: &Vec<Linear>, x: Tensor<D>| f(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let rules = RuleMap::new().by(|_| true, Compared(difference));
        let probes = Probes::new().with_input_gradients().with_rules(rules);
        let pass = net.run(x, &probes).unwrap();
        let output: Tensor<E> = pass.output().unwrap();
        let gradients = pass.backward(output.flatten::<1>(0, E - 1)).unwrap();
        let gradient = gradients.input(0).unwrap().flat();
        gradient.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn rectifiers_need_no_tape() {
        let ends = [-1.0, -0.0, 0.0, 0.5, 6.0, 7.0, 1e9];
        let x = Tensor::<1>::from_floats(ends, &Device::flex());
        let gradient = |f: fn(Tensor<1>) -> Tensor<1>| gradient(x.clone(), f, 0.0);
        let two = |values: [u8; 7]| values.map(|value| 2.0 * f32::from(value));
        assert_eq!(gradient(|x| relu(x) * 2.0), two([0, 0, 0, 1, 1, 1, 1]));
        let relu6 = gradient(|x| x.clamp(0.0, 6.0) * 2.0);
        assert_eq!(relu6, two([0, 1, 1, 1, 1, 0, 0]));
    }

    /// Values without a pattern.
    fn numbers<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        let count = shape.iter().product::<usize>();
        let values = (0..count).map(|i| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0);
        let values: Vec<f32> = values.collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn example<const D: usize>(shape: [usize; D]) -> Tensor<D> {
        numbers(shape, &Device::flex())
    }

    /// What flows back isn't the same everywhere.
    fn squared<const D: usize>(y: Tensor<D>) -> Tensor<D> {
        y.clone() * y
    }

    #[test]
    fn convolutions_need_no_tape() {
        for (stride, padding, dilation, groups) in [
            (1, (0, 0), 1, 1),
            (2, (1, 1), 1, 2),
            (3, (2, 1), 2, 1),
            (1, (0, 2), 1, 4),
        ] {
            let channels = 4 / groups;
            let images = move |x: Tensor<4>| {
                let options =
                    ConvOptions::new_with_padding([stride; 2], [padding; 2], [dilation; 2], groups);
                let weight = numbers([8, channels, 3, 2], &x.device());
                squared(conv2d(x, weight, None, options))
            };
            gradient(example([2, 4, 9, 8]), images, 1e-5);
            let sequences = move |x: Tensor<3>| {
                let padding = [padding];
                let options = ConvOptions::new_with_padding([stride], padding, [dilation], groups);
                let weight = numbers([8, channels, 3], &x.device());
                squared(conv1d(x, weight, None, options))
            };
            gradient(example([2, 4, 9]), sequences, 1e-5);
            let volumes = move |x: Tensor<5>| {
                let padding = [padding.0; 3];
                let options = ConvOptions::new([stride; 3], padding, [dilation; 3], groups);
                let weight = numbers([8, channels, 2, 1, 3], &x.device());
                squared(conv3d(x, weight, None, options))
            };
            gradient(example([2, 4, 6, 5, 7]), volumes, 1e-5);
        }
    }

    #[test]
    fn transposed_convolutions_need_no_tape() {
        for (stride, padding, out, groups) in [(1, 0, 0, 1), (2, 1, 1, 2), (3, 0, 2, 4)] {
            let shape = |kernel: &[usize]| [&[4, 8 / groups][..], kernel].concat();
            let [one, two, three] = [&[3][..], &[3, 2], &[2, 3, 2]].map(shape);
            let kernel: [usize; 3] = one.try_into().unwrap();
            let sequences = move |x: Tensor<3>| {
                let options = ConvTransposeOptions::new([stride], [padding], [out], [1], groups);
                let weight = numbers(kernel, &x.device());
                squared(conv_transpose1d(x, weight, None, options))
            };
            gradient(example([2, 4, 5]), sequences, 1e-5);
            let kernel: [usize; 4] = two.try_into().unwrap();
            let images = move |x: Tensor<4>| {
                let options =
                    ConvTransposeOptions::new([stride; 2], [padding; 2], [out; 2], [1; 2], groups);
                let weight = numbers(kernel, &x.device());
                squared(conv_transpose2d(x, weight, None, options))
            };
            gradient(example([2, 4, 5, 4]), images, 1e-5);
            let kernel: [usize; 5] = three.try_into().unwrap();
            let volumes = move |x: Tensor<5>| {
                let options =
                    ConvTransposeOptions::new([stride; 3], [padding; 3], [out; 3], [1; 3], groups);
                let weight = numbers(kernel, &x.device());
                squared(conv_transpose3d(x, weight, None, options))
            };
            gradient(example([2, 4, 3, 4, 3]), volumes, 1e-5);
        }
    }

    #[test]
    fn linear_layers_and_matrix_products_need_no_tape() {
        let x = || example::<3>([2, 3, 4]);
        let layer = |x: Tensor<3>| {
            let device = x.device();
            let bias = Some(numbers([5], &device));
            squared(linear(x, numbers([4, 5], &device), bias))
        };
        gradient(x(), layer, 1e-5);
        let right = |x: Tensor<3>| {
            let weight = numbers([2, 4, 5], &x.device());
            squared(x.matmul(weight))
        };
        gradient(x(), right, 1e-5);
        let left = |x: Tensor<3>| squared(numbers::<3>([2, 6, 3], &x.device()).matmul(x));
        gradient(x(), left, 1e-5);
        // One matrix for a batch of others.
        let repeated = |x: Tensor<3>| {
            let weights = numbers([5, 4, 2], &x.device());
            squared(x.matmul(weights))
        };
        gradient(example([1, 3, 4]), repeated, 1e-5);
        // Both factors are computed.
        gradient(x(), |x| x.clone().matmul(x.swap_dims(1, 2)), 1e-5);
    }

    #[test]
    fn means_over_windows_need_no_tape() {
        let images = || example::<4>([2, 3, 7, 6]);
        for (padding, counts, ceil) in [(0, true, false), (1, true, true), (1, false, false)] {
            let pool = move |x| {
                let mut options = AvgPoolOptions::new([3, 2]).with_stride([2, 2]);
                options = options
                    .with_padding([padding; 2])
                    .with_count_include_pad(counts);
                squared(avg_pool2d(x, options.with_ceil_mode(ceil)))
            };
            gradient(images(), pool, 1e-5);
            let pool = move |x| {
                let mut options = AvgPoolOptions::new([3]).with_stride([2]);
                options = options
                    .with_padding([padding])
                    .with_count_include_pad(counts);
                squared(avg_pool1d(x, options.with_ceil_mode(ceil)))
            };
            gradient(example::<3>([2, 3, 7]), pool, 1e-5);
        }
        gradient(images(), |x| squared(adaptive_avg_pool2d(x, [3, 2])), 1e-5);
        let sequences = example::<3>([2, 3, 7]);
        gradient(sequences, |x| squared(adaptive_avg_pool1d(x, 3)), 1e-5);
        let volumes = example::<5>([2, 3, 4, 5, 3]);
        gradient(
            volumes,
            |x| squared(adaptive_avg_pool3d(x, [2, 3, 1])),
            1e-5,
        );
    }
}
