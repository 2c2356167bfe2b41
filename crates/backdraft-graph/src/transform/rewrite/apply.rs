//! Applying rewrites to a graph.

use burn::tensor::Device;

use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::network::weights::Weights;
use crate::transform::cleanup::dead_code;
use crate::transform::rewrite::draft::Draft;
use crate::transform::rewrite::{
    fold_batch_norm, permute_channels, relu_as_product, rescale_channels, shift_input,
    split_attention, split_linear,
};
use crate::{AnyTensor, Error, Rewrite, RewriteError};

/// Applies a rewrite; `inputs` are of the shapes for which the graph was recorded.
pub(crate) fn apply(
    rewrite: Rewrite,
    graph: &mut Graph,
    inputs: &[AnyTensor],
    weights: &Weights,
    device: &Device,
) -> Result<(), Error> {
    let mut draft = Draft {
        depends: Dependencies::of(graph),
        graph,
        inputs,
        weights,
        device,
    };
    if !change(rewrite, &mut draft)? {
        return Err(Error::Rewrite(RewriteError::NothingToRewrite { rewrite }));
    }
    dead_code::remove(draft.graph);
    Ok(())
}

/// Whether the rewrite found a place.
fn change(rewrite: Rewrite, draft: &mut Draft<'_>) -> Result<bool, Error> {
    match rewrite {
        Rewrite::FoldBatchNorm => fold_batch_norm::apply(draft),
        Rewrite::ReluAsProduct => Ok(relu_as_product::apply(draft)),
        Rewrite::RescaleChannels { seed } => rescale_channels::apply(draft, seed),
        Rewrite::PermuteChannels { seed } => permute_channels::apply(draft, seed),
        Rewrite::SplitLinear { seed } => split_linear::apply(draft, seed),
        Rewrite::SplitAttention => Ok(split_attention::apply(draft)),
        Rewrite::ShiftInput { by } => shift_input::apply(draft, by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::rewrite::testing::{Model, both, capture, images, layers, output};
    use burn::tensor::activation::relu;
    use burn::tensor::{Tensor, Tolerance};

    fn forward(m: &Model, x: Tensor<4>) -> Tensor<2> {
        let x = relu(m.norm.forward(m.conv.forward(x)));
        m.head.forward(x.mean_dims(&[2, 3]).flatten(1, 3))
    }

    #[test]
    fn rewrites_can_be_chained() {
        let net = capture(forward);
        let permute = Rewrite::PermuteChannels { seed: 1 };
        assert!(
            net.rewritten(permute).is_err(),
            "normalization is in the way"
        );
        let chain = [
            Rewrite::FoldBatchNorm,
            permute,
            Rewrite::RescaleChannels { seed: 1 },
            Rewrite::SplitLinear { seed: 1 },
            Rewrite::SplitLinear { seed: 2 },
            Rewrite::ReluAsProduct,
            Rewrite::ShiftInput { by: 0.5 },
            Rewrite::ShiftInput { by: -0.5 },
        ];
        let mut rewritten = net.clone();
        for rewrite in chain {
            rewritten = rewritten.rewritten(rewrite).unwrap();
        }
        for batch in [1, 3] {
            output(&rewritten, images(batch)).assert_approx_eq::<f32>(
                &output(&net, images(batch)),
                Tolerance::rel_abs(1e-4, 1e-4),
            );
        }
        let mut names: Vec<String> = layers(&rewritten)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        for name in ["input_shift#2", "conv", "relu", "head.first.second", "head"] {
            assert!(names.contains(&name.to_string()), "{name} not in {names:?}");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "names are unique");
    }

    #[test]
    fn another_device_keeps_the_rewrites() {
        let (_, rewritten) = both(forward, Rewrite::FoldBatchNorm);
        let moved = rewritten.to_device(rewritten.device()).unwrap();
        assert_eq!(layers(&moved), layers(&rewritten));
        #[cfg(feature = "ndarray")]
        #[allow(
            deprecated,
            reason = "Burn deprecates NdArray, but runs it, and so do we"
        )]
        {
            let device = Device::ndarray();
            let moved = rewritten.to_device(&device).unwrap();
            assert_eq!(layers(&moved), layers(&rewritten));
            output(&moved, images(3).to_device(&device)).assert_approx_eq::<f32>(
                &output(&rewritten, images(3)),
                Tolerance::rel_abs(1e-5, 1e-5),
            );
        }
    }

    #[test]
    fn the_network_before_is_untouched() {
        let net = capture(forward);
        let (before, shape) = (layers(&net), output(&net, images(2)));
        net.rewritten(Rewrite::FoldBatchNorm).unwrap();
        assert_eq!(layers(&net), before);
        assert_eq!(output(&net, images(2)), shape);
    }
}
