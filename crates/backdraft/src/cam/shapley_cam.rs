//! `ShapleyCAM`.

use crate::cam::evidence::{Evidence, evidence, evidence_plan};
use crate::cam::layer_map::{LayerMap, layer_map_options};
use crate::inputs::rows::{map, zip};
use crate::layer::open::open;
use crate::model::differentiable::{input_gradients, run_for_gradients, with_gradients};
use crate::targets::ResolvedTarget;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};
use backdraft_graph::{AnyTensor, OpKind, OperandRole, Probes, Rule, RuleMap, Step};

/// `ShapleyCAM`: Grad-CAM with gradients that look half-way back to an activation of zero.
///
/// With activations `A` of shape `[batch, channels, positions...]`, gradients `g = dF / dA` and their Hessian `H`,
///
/// ```text
/// w_k = mean over positions of ( g - 1/2 H A )_k
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Cai, [*CAMs as Shapley Value-based Explainers*](https://arxiv.org/abs/2501.06261), 2025: the Taylor expansion to second
/// order of the Shapley values of a layer's elements. Where the network is piecewise linear from the layer on, as one of
/// convolutions, rectifiers and pooling is, `H` is zero and this is [`GradCam`](crate::GradCam).
///
/// Burn has no second derivatives, so `H A` is computed by finite differences of the gradient, on the line from zero through
/// the activation:
///
/// ```text
/// H A = ( 8 (g(A + h A) - g(A - h A)) - (g(A + 2h A) - g(A - 2h A)) ) / 12 h + O(h⁴)
/// ```
///
/// Rectifiers and maxima are kept as they are at `A`, so that no kink is taken for curvature. Too small a
/// [step](Self::with_step) `h` loses digits, as `1e-7 / h` of single precision.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true` |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
/// | [`with_step`](Self::with_step) | 0.01 |
///
/// It takes four further evaluations of the network from the layer on.
///
/// ```
/// use backdraft::{Class, Method, Network, ShapleyCam};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::{gelu, relu}};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         gelu(relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3))
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let map = ShapleyCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ShapleyCam(LayerMap, StepSize);

/// The step of a difference, as a fraction of the activation.
#[derive(Clone, Copy, Debug)]
struct StepSize(f64);

impl Default for StepSize {
    fn default() -> Self {
        Self(0.01)
    }
}

layer_map_options!(ShapleyCam);

impl ShapleyCam {
    /// How far the gradients of a difference are apart, as a fraction of the activation.
    #[must_use]
    pub fn with_step(mut self, step: f64) -> Self {
        self.1 = StepSize(step);
        self
    }
}

/// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions after batch and channels. A step
/// that isn't between zero and one half is [refused](crate::Error::InvalidOption).
impl Method for ShapleyCam {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let step = self.1.check()?;
        let layer = self.0.layer(net, inputs, target)?;
        let resolved = ResolvedTarget::at(net, inputs, target)?;
        let (name, tokens) = (layer.name(), self.0.tokens.as_ref());
        let Evidence {
            activation: seen,
            gradient,
        } = evidence(net, inputs, resolved.target(), name, tokens)?;
        let curvature = curvature(net, inputs, resolved.target(), name, step)?;
        let evidence = Evidence {
            gradient: zip(&gradient, &seen.layout.arrange(&curvature)?, |g, c| {
                g - c * 0.5
            }),
            activation: seen,
        };
        let weighted = self.0.weighted(&evidence, |activation, gradient| {
            (activation * gradient.mean_dim(2)).sum_dim(1)
        });
        let seen = evidence.activation;
        let result = self
            .0
            .attribution("shapley-cam", name, inputs, weighted, seen)?;
        Ok(result.with_option("step", step))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        self.0.planned(net, inputs, |layer| {
            let tokens = self.0.tokens.as_ref();
            let evidence = evidence_plan(net, inputs, layer.name(), tokens)?;
            let (head, at_layer) = open(net, &[layer.name().to_owned()], inputs, false)?;
            let run = Plan::run(
                &head,
                &at_layer,
                &with_gradients(kept(&at_layer), &at_layer),
            )?;
            Ok(evidence.then(run.times(STEPS.len())))
        })
    }
}

impl StepSize {
    fn check(self) -> Result<f64, Error> {
        if self.0 > 0.0 && self.0 < 0.5 {
            return Ok(self.0);
        }
        Err(Error::InvalidOption {
            option: "step",
            value: self.0.to_string(),
            requirement: "it is a fraction of the activation between 0 and 0.5; 0.01 is usual",
        })
    }
}

/// At how many steps from the activation gradients are computed, and how they are weighted.
const STEPS: [(f64, f64); 4] = [
    (1.0, 8.0 / 12.0),
    (-1.0, -8.0 / 12.0),
    (2.0, -1.0 / 12.0),
    (-2.0, 1.0 / 12.0),
];

/// The Hessian at a layer times what the layer computes, of the shape of its output.
fn curvature(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    layer: &str,
    step: f64,
) -> Result<AnyTensor, Error> {
    let (head, at_layer) = open(net, &[layer.to_owned()], inputs, false)?;
    let activation = &at_layer.floats()?[0];
    let mut sum: Option<AnyTensor> = None;
    for (steps, weight) in STEPS {
        let moved = map(activation, |values| values * (1.0 + steps * step));
        let moved = at_layer.with_floats(vec![moved.cast_like(activation)]);
        let pass = run_for_gradients(&head, &moved, kept(&at_layer))?;
        let found = input_gradients(&head, pass, &moved, target)?;
        let term = map(&found.gradients[0], |gradient| gradient * (weight / step));
        sum = Some(match sum {
            Some(sum) => zip(&sum, &term, |sum, term| sum + term),
            None => term,
        });
    }
    let input = at_layer.explained().next().expect("a layer is explained");
    Ok(at_layer.as_given(input, &sum.expect("a step is made")))
}

/// Probes of a run in which rectifiers and maxima are those at the activation.
fn kept(at_layer: &Inputs) -> Probes {
    let kinds = [
        OpKind::Relu,
        OpKind::Relu6,
        OpKind::LeakyRelu,
        OpKind::PRelu,
        OpKind::MaxPool,
        OpKind::Maximum,
    ];
    Probes::new()
        .with_reference(at_layer.tensors().to_vec())
        .with_rules(RuleMap::new().by_kinds(kinds, AtReference))
}

/// The derivative of an operation where its operands are those of the reference.
#[derive(Debug)]
struct AtReference;

impl Rule for AtReference {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let tracked = (0..step.operand_count()).filter(|&it| step.is_tracked(it));
        let references =
            tracked.map(|it| (it, step.reference(it).expect("the run has a reference")));
        step.derivative_with(&references.collect::<Vec<_>>(), operand, gradient)
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        operands.contains(&OperandRole::Tracked)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map as map_of};
    use crate::{Class, GradCam};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    #[test]
    fn where_the_network_is_linear_it_is_grad_cam() {
        let grad_cam = map_of(GradCam::at(LAYER).with_relu(false));
        let expected = [f64::from(grad_cam[0]), f64::from(grad_cam[1])];
        assert_close(&map_of(ShapleyCam::at(LAYER).with_relu(false)), expected);
    }

    fn values(method: &ShapleyCam, forward: fn(Tensor<3>) -> Tensor<3>) -> Vec<f32> {
        let x = Tensor::<3>::from_data([[[1.0, 2.0], [4.0, -1.0]]], &Device::flex());
        let forward = move |_: &Vec<Linear>, x: Tensor<3>| {
            let [batch, ..] = x.dims();
            forward(x * 1.0).reshape([batch, 4]).sum_dim(1)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let map = method.clone().with_relu(false).attribute(&net, x, Class(0));
        map.unwrap().values()[0].flat().into_data().iter().collect()
    }

    #[test]
    fn of_a_cube_half_the_curvature_is_taken_off() {
        // The gradient is 3 A², H A = 6 A², so that g - H A / 2 is zero.
        let method = ShapleyCam::at("mul_scalar");
        // What is left are differences of numbers up to 3 · 4² · 4.
        for value in values(&method, |x| x.clone() * x.clone() * x) {
            assert!(value.abs() < 1e-5 * 192.0, "{value}");
        }
        // The gradient is 4 A³, H A = 12 A³, so that g - H A / 2 = -2 A³: means of -2 and -16, and of -128 and 2.
        let map = values(&method, |x| x.powi_scalar(4));
        for (value, expected) in map.iter().zip([-9.0 - 4.0 * 63.0, -18.0 + 63.0]) {
            assert!((value - expected).abs() < 1e-5 * 512.0, "{map:?}");
        }
    }

    #[test]
    fn a_kink_nearby_is_no_curvature() {
        // The bend lies within the difference of the first element.
        let method = ShapleyCam::at("mul_scalar");
        let map = values(&method, |x| relu(x - 0.99));
        // Gradients are 1 and 1, 1 and 0, as at the activation.
        assert_close(&map, [1.0 + 0.5 * 4.0, 2.0 - 0.5]);
    }

    #[test]
    fn a_step_is_a_fraction() {
        for step in [0.0, -0.1, 0.5, f64::NAN, f64::INFINITY] {
            let x = Tensor::<3>::ones([1, 2, 2], &Device::flex());
            let forward = |_: &Vec<Linear>, x: Tensor<3>| (x * 1.0).sum_dim(2).squeeze_dim::<2>(2);
            let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
            let method = ShapleyCam::at("mul_scalar").with_step(step);
            let error = method.attribute(&net, x, Class(0)).unwrap_err();
            assert!(error.to_string().contains("step can't be"), "{error}");
        }
    }
}
