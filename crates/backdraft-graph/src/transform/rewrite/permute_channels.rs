//! Hidden channels in another order.

use burn::tensor::{Int, Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::transform::rewrite::draft::Draft;
use crate::transform::rewrite::{channel_pairs, channels};
use crate::{Error, OpKind};

pub(super) fn apply(draft: &mut Draft<'_>, seed: u64) -> Result<bool, Error> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut layers = channel_pairs::layers(draft.graph, &draft.depends, is_elementwise);
    layers.retain(|layer| layer.channels() > 1);
    for &layer in &layers {
        let order = order(layer.channels(), &mut rng);
        let order = TensorData::new(order, [layer.channels()]);
        let order = Tensor::<1, Int>::from_data(order, draft.device);
        let reorder = |weight: Tensor<3>| weight.select(1, order.clone());
        channels::change(draft, layer, reorder, reorder)?;
    }
    Ok(!layers.is_empty())
}

fn is_elementwise(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::Relu | OpKind::Relu6 | OpKind::LeakyRelu | OpKind::Activation
    )
}

/// A random order in which nothing is at its place (Sattolo's algorithm).
fn order(count: usize, rng: &mut StdRng) -> Vec<i32> {
    let mut order: Vec<i32> = (0..count as i32).collect();
    for last in (1..count).rev() {
        order.swap(last, rng.random_range(0..last));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::rewrite::testing::{Model, activation, both, capture};
    use crate::{Rewrite, RewriteError};
    use burn::tensor::activation::sigmoid;

    #[test]
    fn nothing_keeps_its_place() {
        let order = order(20, &mut StdRng::seed_from_u64(3));
        assert!(
            (0..20)
                .zip(&order)
                .all(|(place, &channel)| place != channel)
        );
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn channels_change_places_through_any_activation() {
        for forward in [
            |m: &Model, x| {
                let x = m.conv.forward(x).clamp(0.0, 6.0).mean_dims(&[2, 3]);
                m.head.forward(x.flatten(1, 3))
            },
            |m: &Model, x| {
                let x = sigmoid(m.conv.forward(x)).mean_dims(&[2, 3]);
                m.head.forward(x.flatten(1, 3))
            },
        ] {
            let (net, permuted) = both(forward, Rewrite::PermuteChannels { seed: 1 });
            let (before, after) = (activation(&net, "conv"), activation(&permuted, "conv"));
            let (before, after): (Vec<_>, Vec<_>) =
                (before.chunks(9).collect(), after.chunks(9).collect());
            for (channel, values) in after.iter().enumerate() {
                assert!(
                    before.contains(values),
                    "channel {channel} is a channel of before"
                );
                assert_ne!(
                    &before[channel], values,
                    "channel {channel} is at another place"
                );
            }
        }
    }

    #[test]
    fn softmax_over_channels_or_a_single_channel_is_no_place() {
        let net = capture(|m: &Model, x| {
            let x = burn::tensor::activation::softmax(m.conv.forward(x), 1).mean_dims(&[2, 3]);
            m.head.forward(x.flatten(1, 3))
        });
        let error = net
            .rewritten(Rewrite::PermuteChannels { seed: 1 })
            .unwrap_err();
        assert!(
            matches!(error, Error::Rewrite(RewriteError::NothingToRewrite { .. })),
            "{error}"
        );
    }
}
