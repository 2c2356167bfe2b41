//! Normalization: a tensor times a statistic of itself.

use backdraft_graph::{AnyTensor, OperandRole, Rule, Step};
use burn::backend::ir::{NumericOperationIr as Numeric, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::product::Multiply;
use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::settled;

/// How far the statistics at input and reference may be apart, as the square of their ratio, and still count as alike:
/// deviations within a factor of four.
const ALIKE: f64 = 16.0;

/// `y = x r` with the factor `r` of a normalization, one over a deviation that is computed from `x`.
///
/// A product's change can be shared in two exact ways,
///
/// ```text
/// Δ(x r) = r Δx + x0 Δr = r0 Δx + x Δr,
/// ```
///
/// and in every mixture of both. With a part `q` of the second,
///
/// ```text
/// Δ(x r) = [(1 - q) r + q r0] Δx + [q x + (1 - q) x0] Δr,
/// ```
///
/// and `q = 1/2` is the rule for products: the mean of the other factor. But a constant reference, such as zero, has a
/// deviation of nothing but the square root of epsilon. Its `r0` is hundreds of times `r`, and half of it on `Δx` is
/// taken back by the term with `Δr`: two large terms, which cancel only where they are summed, and which the next
/// normalization magnifies again. So the larger a factor, the smaller its part:
///
/// ```text
/// q = 1/2 min(1, 16 r² / r0²)   where r ≤ r0,      1 - q = 1/2 min(1, 16 r0² / r²)   else.
/// ```
///
/// - It is exact for every `q`, so contributions sum to the output's change from any reference.
/// - Where the deviations are within a factor of four `q` is one half, and beyond it is continuous.
/// - From a reference of zero, `q` vanishes and so does `x0`: the multiplier is `r`, what the output is per `x`.
/// - It is bounded. With `ρ` the larger factor by the smaller, the multiplier of `x` is at most `(1 + ρ) / 2` times the
///   smaller factor up to `ρ = 4`, and `1 + 8 / ρ - 8 / ρ²` times beyond: never more than two and a half times. The term
///   with `Δr` is no larger. For a layer normalization, `r = 1 / sqrt(v + ε)`, `Δr` is `-r² r0² / (r + r0) Δv` and `Δv` is
///   `mean((c + c0) Δc)`; as centered rows `c` have a root mean square below `1 / r`, those of the reference below
///   `1 / r0`, what multiplies `Δc` in this term has a norm of at most
///
/// ```text
/// [q / r + (1 - q) / r0] · r² r0² / (r + r0) · (1 / r + 1 / r0) = q r0 + (1 - q) r,
/// ```
///
///   which is the factor of the first term.
#[derive(Debug)]
pub(super) struct Normalization {
    /// The position of the operand that is the statistic: `r`, or `1 / r` in a quotient.
    pub(super) statistic: usize,
    /// The rule where one of the operands isn't explained.
    pub(super) otherwise: Multiply,
}

impl Rule for Normalization {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        if step.roles() != [OperandRole::Tracked; 2] {
            return self.otherwise.gradient(step, operand, gradient);
        }
        let is_quotient = matches!(step.op(), OperationIr::NumericFloat(_, Numeric::Div(_)));
        let shape = gradient.shape();
        let expanded = |tensor: AnyTensor| tensor.expand_to(shape.clone()).flat();
        let factor = |statistic: AnyTensor| {
            let statistic = expanded(statistic);
            if is_quotient {
                statistic.recip()
            } else {
                statistic
            }
        };
        let r = factor(step.operand(self.statistic));
        let r0 = factor(step.reference_operand(self.statistic));
        let part = reference_part(&r, &r0);
        let slope = if operand == self.statistic {
            let other = 1 - self.statistic;
            let (x, x0) = (
                expanded(step.operand(other)),
                expanded(step.reference_operand(other)),
            );
            let slope = mixed(x0, x, part);
            // The change of a reciprocal.
            if is_quotient { -slope * r * r0 } else { slope }
        } else {
            mixed(r, r0, part)
        };
        let multipliers = AnyTensor::from(gradient.flat() * settled(slope)).reshape_to(shape);
        multipliers.sum_to(&step.operand(operand).shape())
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        self.otherwise.applies(operands)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The part `q` of the reference's factor, given the factors of a normalization at input and reference.
pub(super) fn reference_part<const D: usize>(r: &Tensor<D>, r0: &Tensor<D>) -> Tensor<D> {
    let ratio = (r.clone() / r0.clone()).powi_scalar(2);
    let where_larger = (ratio.clone() * ALIKE).clamp_max(1.0);
    let where_smaller = (ratio.recip() * ALIKE).clamp_max(1.0);
    (where_larger - where_smaller + 1.0) / 2.0
}

/// The first of two tensors and a `part` of the second.
pub(super) fn mixed<const D: usize>(
    first: Tensor<D>,
    second: Tensor<D>,
    part: Tensor<D>,
) -> Tensor<D> {
    first * (-part.clone() + 1.0) + second * part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::generator;
    use crate::{Baseline, Class, DeepLift, DeepLiftRule, Method, Network, TopClass};
    use burn::module::{Module, Param};
    use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig, RmsNorm, RmsNormConfig};
    use burn::tensor::activation::gelu;
    use burn::tensor::module::layer_norm;
    use burn::tensor::{Device, TensorData};
    use rand::RngExt;

    #[test]
    fn the_larger_factor_has_the_smaller_part() {
        let of = |r: f32, r0: f32| {
            let [r, r0] = [r, r0].map(|r| Tensor::<1>::from_floats([r], &Device::flex()));
            reference_part(&r, &r0).into_scalar::<f32>()
        };
        for (r, r0, expected) in [
            (1.0, 1.0, 0.5),
            (1.0, 4.0, 0.5),
            (4.0, 1.0, 0.5),
            // 16 / 64 / 2, and as much for the other one.
            (1.0, 8.0, 0.125),
            (8.0, 1.0, 0.875),
            (1.0, 4000.0, 5e-7),
            (1.0, f32::INFINITY, 0.0),
        ] {
            let found = of(r, r0);
            assert!((found - expected).abs() < 1e-6, "{r} {r0}: {found}");
        }
    }

    const WIDTH: usize = 16;

    /// Random numbers between -2 and 2.
    fn values<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
        let mut random = generator(seed, 0);
        let numbers = (0..shape.iter().product()).map(|_| random.random_range(-2.0_f32..2.0));
        Tensor::from_data(TensorData::new(numbers.collect(), shape), &Device::flex())
    }

    fn linear(outputs: usize, seed: u64) -> Linear {
        let config = LinearConfig::new(WIDTH, outputs).with_bias(false);
        let mut linear = config.init(&Device::flex());
        linear.weight = Param::from_tensor(values([WIDTH, outputs], seed) * 0.2);
        linear
    }

    /// Blocks `x + f(norm(x))` and a head. Nothing has a bias, so that a zero stays zero from block to block.
    #[derive(Module, Debug)]
    struct Blocks {
        layers: Vec<[Linear; 2]>,
        layer_norm: LayerNorm,
        rms_norm: RmsNorm,
        head: Linear,
    }

    type Norm = fn(&Blocks, Tensor<2>) -> Tensor<2>;

    impl Blocks {
        fn new() -> Self {
            let device = Device::flex();
            let pair = |seed| [linear(WIDTH, seed), linear(WIDTH, seed + 1)];
            Self {
                layers: [10, 12, 14, 16].map(pair).to_vec(),
                layer_norm: LayerNormConfig::new(WIDTH).init(&device),
                rms_norm: RmsNormConfig::new(WIDTH).init(&device),
                head: linear(5, 18),
            }
        }

        fn forward(&self, norm: Norm, x: Tensor<2>) -> Tensor<2> {
            let block = |x: Tensor<2>, [first, second]: &[Linear; 2]| {
                x.clone() + second.forward(gelu(first.forward(norm(self, x))))
            };
            self.head.forward(self.layers.iter().fold(x, block))
        }
    }

    /// Contributions from a zero baseline are of the size of the change, and add up.
    fn assert_bounded(norm: Norm) {
        let x = values([2, WIDTH], 20);
        let forward = move |model: &Blocks, x: Tensor<2>| model.forward(norm, x);
        let net = Network::capture(&Blocks::new(), x.clone(), forward).unwrap();
        for rule in [DeepLiftRule::Rescale, DeepLiftRule::RevealCancel] {
            let method = DeepLift::new().with_rule(rule);
            let result = method.attribute(&net, x.clone(), TopClass).unwrap();
            let changes = result
                .scores()
                .iter()
                .zip(result.baseline_scores().unwrap());
            let changes = changes.map(|(end, start)| f64::from(end - start).abs());
            for ((change, size), gap) in changes
                .zip(result.absolute_sums())
                .zip(result.gap().unwrap())
            {
                assert!(size < 10.0 * change, "{rule}: {size} for {change}");
                assert!(gap.relative.unwrap().abs() < 1e-3, "{rule}: {gap:?}");
            }
        }
    }

    fn deviation(centered: &Tensor<2>) -> Tensor<2> {
        (centered.clone().powi_scalar(2).mean_dim(1) + 1e-5).sqrt()
    }

    #[test]
    fn four_blocks_with_layer_norm_are_bounded() {
        assert_bounded(|model, x| model.layer_norm.forward(x));
    }

    #[test]
    fn four_blocks_with_layer_norm_by_hand_are_bounded() {
        assert_bounded(|_, x| {
            let centered = x.clone() - x.mean_dim(1);
            centered.clone() / deviation(&centered)
        });
        assert_bounded(|_, x| {
            let centered = x.clone() - x.clone().mean_dim(1);
            (x.var(1) + 1e-5).powf_scalar(-0.5) * centered
        });
    }

    #[test]
    fn four_blocks_with_rms_norm_are_bounded() {
        assert_bounded(|model, x| model.rms_norm.forward(x));
    }

    #[test]
    fn four_blocks_with_rms_norm_by_hand_are_bounded() {
        assert_bounded(|_, x| x.clone() * deviation(&x).recip());
    }

    /// From any reference, the multipliers of a norm have at most five times the smaller factor as their norm.
    #[test]
    fn a_norm_is_bounded_and_complete_from_any_reference() {
        type Function = fn(Tensor<2>) -> Tensor<2>;
        let functions: [(&str, Function, bool); 3] = [
            (
                "fused",
                |x| layer_norm(x.clone(), Tensor::ones([WIDTH], &x.device()), None, 1e-5),
                true,
            ),
            (
                "by hand",
                |x| {
                    let centered = x.clone() - x.mean_dim(1);
                    centered.clone() / deviation(&centered)
                },
                true,
            ),
            ("rms", |x| x.clone() / deviation(&x), false),
        ];
        let x = values([1, WIDTH], 1);
        for (name, function, is_centered) in functions {
            let forward = move |_: &Vec<Linear>, x: Tensor<2>| function(x);
            let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
            let factor = |x: &Tensor<2>| {
                let mean = x.clone().mean_dim(1) * f64::from(u8::from(is_centered));
                deviation(&(x.clone() - mean)).recip().into_scalar::<f64>()
            };
            for scale in [0.0, 1e-4, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 1e2, 1e4] {
                let reference = values([1, WIDTH], 2) * scale;
                let method = DeepLift::new().with_baseline(Baseline::tensor(reference.clone()));
                let result = method.attribute(&net, x.clone(), Class(2)).unwrap();
                let difference = x.clone() - reference.clone();
                let multipliers = result.tensor::<2>().unwrap() / difference;
                let size = multipliers.powi_scalar(2).sum().sqrt().into_scalar::<f64>();
                let bound = 5.0 * factor(&x).min(factor(&reference));
                assert!(size <= bound, "{name} {scale}: {size} of {bound}");
                let lost = result.gap().unwrap()[0].absolute.abs();
                assert!(
                    lost < 1e-5 * result.absolute_sums()[0],
                    "{name} {scale}: {lost}"
                );
            }
        }
    }
}
