//! Hidden channels in other units: rectifiers scale with their input, so factors cancel.

use burn::tensor::{Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::transform::rewrite::draft::Draft;
use crate::transform::rewrite::{channel_pairs, channels};
use crate::{Error, OpKind};

pub(super) fn apply(draft: &mut Draft<'_>, seed: u64) -> Result<bool, Error> {
    let mut rng = StdRng::seed_from_u64(seed);
    let layers = channel_pairs::layers(draft.graph, &draft.depends, scales_with_input);
    for &layer in &layers {
        let factors = factors(draft, layer.channels(), &mut rng);
        let multiply = |weight: Tensor<3>| weight.clone() * factors.clone().cast(weight.dtype());
        let divide = |weight: Tensor<3>| weight.clone() / factors.clone().cast(weight.dtype());
        channels::change(draft, layer, multiply, divide)?;
    }
    Ok(!layers.is_empty())
}

fn scales_with_input(kind: OpKind) -> bool {
    matches!(kind, OpKind::Relu | OpKind::LeakyRelu)
}

/// Factors from a half to two, `[1, channels, 1]`.
fn factors(draft: &Draft<'_>, channels: usize, rng: &mut StdRng) -> Tensor<3> {
    let factors: Vec<f32> = (0..channels)
        .map(|_| rng.random_range(-1.0f32..1.0).exp2())
        .collect();
    Tensor::from_data(TensorData::new(factors, [1, channels, 1]), draft.device)
}

#[cfg(test)]
mod tests {
    use crate::transform::rewrite::testing::{Model, activation, both, capture, layers};
    use crate::{Error, Rewrite, RewriteError};
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;
    use burn::tensor::module::max_pool2d;
    use burn::tensor::ops::MaxPoolOptions;

    fn forward(m: &Model, x: Tensor<4>) -> Tensor<2> {
        let x = relu(m.conv.forward(x));
        let x = max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([1, 1]));
        m.wide.forward(x.flatten(1, 3))
    }

    /// By how much each channel of nine pixels is larger, for each image.
    fn factors(seed: u64) -> Vec<f32> {
        let (net, rescaled) = both(forward, Rewrite::RescaleChannels { seed });
        assert_eq!(layers(&rescaled), layers(&net));
        let (before, after) = (activation(&net, "conv"), activation(&rescaled, "conv"));
        let channels = before.chunks(9).zip(after.chunks(9));
        channels
            .map(|(before, after)| {
                let factor = after[0] / before[0];
                for (before, after) in before.iter().zip(after) {
                    assert!(
                        (before * factor - after).abs() < 1e-4,
                        "one factor a channel"
                    );
                }
                factor
            })
            .collect()
    }

    #[test]
    fn each_hidden_channel_has_a_factor_from_a_half_to_two() {
        let factors = factors(1);
        assert!(
            factors.iter().all(|factor| (0.5..=2.0).contains(factor)),
            "{factors:?}"
        );
        assert!(
            factors.iter().any(|factor| (factor - 1.0).abs() > 0.1),
            "{factors:?}"
        );
    }

    #[test]
    fn the_seed_chooses_the_factors() {
        assert_eq!(factors(1), factors(1));
        assert_ne!(factors(1), factors(2));
    }

    #[test]
    fn units_matter_to_relu6() {
        let net = capture(|m: &Model, x| {
            let x = m.conv.forward(x).clamp(0.0, 6.0).mean_dims(&[2, 3]);
            m.head.forward(x.flatten(1, 3))
        });
        let error = net
            .rewritten(Rewrite::RescaleChannels { seed: 1 })
            .unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
    }
}
