//! The rewrites by name.

use std::fmt;

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
use crate::{AnyTensor, Error};

/// Another implementation of a network's function, for [`Network::rewritten`](crate::Network::rewritten).
///
/// Each is made everywhere where it applies. All but [`ShiftInput`](Self::ShiftInput) keep the function, up to
/// rounding. Random numbers depend on the seed alone: the same seed gives the same weights on every device
/// and for every batch size (with the same version of this crate).
///
/// ```
/// use backdraft_graph::Rewrite;
///
/// let rewrite = Rewrite::RescaleChannels { seed: 7 };
/// assert_eq!(rewrite.to_string(), "rescale hidden channels (seed 7)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rewrite {
    /// Batch normalization becomes part of the layer before it: a convolution, a transposed convolution without
    /// groups, or a linear layer on `[batch, features]`, that nothing else reads. The convolution keeps its name.
    FoldBatchNorm,

    /// `relu(x)` becomes `x * (x > 0)`, which is the same for finite `x`. The product has the name of the rectifier.
    ReluAsProduct,

    /// The channels of a hidden layer are multiplied by random factors from 0.5 to 2, and who reads them divides
    /// by the same factors, both in their weights.
    ///
    /// A hidden layer is a linear layer, or a convolution without groups, that is read by only one other such
    /// layer; in between may be rectifiers that scale with their input (ReLU and leaky ReLU), pooling,
    /// reductions that keep the channels, and flattening, each read once.
    RescaleChannels {
        /// Chooses the factors.
        seed: u64,
    },

    /// The channels of a hidden layer change places, and who reads them looks for them there.
    ///
    /// Hidden layers as for [`RescaleChannels`](Self::RescaleChannels), with any activation function of single
    /// elements in between. No channel keeps its place.
    PermuteChannels {
        /// Chooses the places.
        seed: u64,
    },

    /// A linear layer `x W + b` becomes `(x V + b) + x (W - V)`, where the elements of `V` are those of `W`
    /// times random numbers from 0 to 1. The sum has the name of the layer.
    SplitLinear {
        /// Chooses the random numbers.
        seed: u64,
    },

    /// Burn's fused attention becomes products, masks and a softmax, so that its weights are a layer that
    /// [`Network::attention_layers`](crate::Network::attention_layers) finds. The last product has the name of
    /// the attention.
    SplitAttention,

    /// The network computes `f(x - by)`, for each float input: given inputs that are shifted by the same
    /// constant, it computes the same function.
    ///
    /// This is the test of input invariance in [Kindermans et al., 2019](https://arxiv.org/abs/1711.00867).
    /// The difference is a layer, `input_shift`, and nothing else changes.
    ShiftInput {
        /// What the inputs are shifted by, in their own units.
        by: f64,
    },
}

impl Rewrite {
    /// What it takes to apply, for messages.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::FoldBatchNorm => {
                "batch normalization that alone reads a convolution or a linear layer"
            }
            Self::ReluAsProduct => "a ReLU",
            Self::RescaleChannels { .. } => {
                "a convolution without groups or a linear layer that is read by one other such layer, with \
                 only ReLU, leaky ReLU, pooling and flattening in between"
            }
            Self::PermuteChannels { .. } => {
                "a convolution without groups or a linear layer of two channels or more that is read by one \
                 other such layer, with only activations, pooling and flattening in between (fold batch \
                 normalization first)"
            }
            Self::SplitLinear { .. } => "a linear layer",
            Self::SplitAttention => "a fused attention",
            Self::ShiftInput { .. } => "a float input",
        }
    }

    /// Whether it found a place.
    fn apply(self, draft: &mut Draft<'_>) -> Result<bool, Error> {
        match self {
            Self::FoldBatchNorm => fold_batch_norm::apply(draft),
            Self::ReluAsProduct => Ok(relu_as_product::apply(draft)),
            Self::RescaleChannels { seed } => rescale_channels::apply(draft, seed),
            Self::PermuteChannels { seed } => permute_channels::apply(draft, seed),
            Self::SplitLinear { seed } => split_linear::apply(draft, seed),
            Self::SplitAttention => Ok(split_attention::apply(draft)),
            Self::ShiftInput { by } => shift_input::apply(draft, by),
        }
    }
}

/// In words that follow "to": `split linear layers (seed 7)`.
impl fmt::Display for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FoldBatchNorm => write!(f, "fold batch normalization"),
            Self::ReluAsProduct => write!(f, "write relu(x) as x * (x > 0)"),
            Self::RescaleChannels { seed } => write!(f, "rescale hidden channels (seed {seed})"),
            Self::PermuteChannels { seed } => write!(f, "permute hidden channels (seed {seed})"),
            Self::SplitLinear { seed } => write!(f, "split linear layers (seed {seed})"),
            Self::SplitAttention => write!(f, "split fused attention"),
            Self::ShiftInput { by } => write!(f, "shift the input by {by}"),
        }
    }
}

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
    if !rewrite.apply(&mut draft)? {
        return Err(Error::NothingToRewrite { rewrite });
    }
    dead_code::remove(draft.graph);
    Ok(())
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
