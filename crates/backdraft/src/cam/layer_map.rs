//! What Grad-CAM and its variants have in common.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::attribution::batch_channels_positions;
use crate::cam::evidence::{Evidence, evidence, evidence_plan};
use crate::inputs::token_layout::TokenLayout;
use crate::{AnyTensor, Attribution, Error, Inputs, Layer, Network, Plan, Target};

/// A map of a layer, and its options.
#[derive(Clone, Debug)]
pub(super) struct LayerMap {
    pub(super) layer: Option<String>,
    pub(super) relu: bool,
    pub(super) tokens: Option<TokenLayout>,
}

/// What tells the methods apart: from activation and gradient, `[batch, channels, positions]`, to the map
/// `[batch, 1, positions]`.
pub(super) type Combination = fn(Tensor<3>, Tensor<3>) -> Tensor<3>;

impl Default for LayerMap {
    fn default() -> Self {
        Self {
            layer: None,
            relu: true,
            tokens: None,
        }
    }
}

impl LayerMap {
    pub(super) fn at(layer: impl Into<String>) -> Self {
        Self {
            layer: Some(layer.into()),
            ..Self::default()
        }
    }

    /// The map for a target.
    pub(super) fn compute(
        &self,
        method: &str,
        combine: Combination,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let layer = self.layer(net)?;
        let evidence = evidence(net, inputs, target, layer.name(), self.tokens.as_ref())?;
        let map = self.map(&evidence, combine);
        let result = Attribution::new(method, evidence.target, vec![map], evidence.scores)?
            .with_layer(layer.name())
            .with_option("relu", self.relu);
        Ok(match evidence.grid {
            Some(grid) => result.with_option("tokens", grid),
            None => result,
        })
    }

    /// What the map of one target takes.
    pub(super) fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        evidence_plan(net, inputs, self.layer(net)?.name(), self.tokens.as_ref())
    }

    pub(super) fn layer(&self, net: &Network) -> Result<Layer, Error> {
        Ok(match (&self.layer, self.tokens) {
            (Some(name), _) => net.layer(name)?,
            (None, Some(_)) => net.last_token_layer()?,
            (None, None) => net.last_spatial_layer()?,
        })
    }

    pub(super) fn map(&self, evidence: &Evidence, combine: Combination) -> AnyTensor {
        let mut shape = evidence.activation.shape().to_vec();
        let flat = batch_channels_positions(&shape);
        let map = combine(
            evidence.activation.reshape(flat),
            evidence.gradient.reshape(flat),
        );
        let map = if self.relu { relu(map) } else { map };
        shape[1] = 1;
        AnyTensor::from(map).reshape_to(shape)
    }
}

/// Everything but the documentation and the [`Combination`] of a method around a [`LayerMap`].
macro_rules! layer_map_method {
    ($method:ident, $name:literal, $combine:path) => {
        impl $method {
            /// At the last activation with spatial extent; with [tokens](Self::with_tokens) at the
            /// [last token layer](crate::Network::last_token_layer).
            pub fn new() -> Self {
                Self::default()
            }

            /// At the output of a layer, or of the module with this path.
            pub fn at(layer: impl Into<String>) -> Self {
                Self($crate::cam::layer_map::LayerMap::at(layer))
            }

            /// Whether to keep only the map's positive part; without, negative values are evidence against the
            /// target.
            #[must_use]
            pub fn with_relu(mut self, relu: bool) -> Self {
                self.0.relu = relu;
                self
            }

            /// Reads the layer as a token sequence `[batch, tokens, features]`: features are the channels,
            /// and the map has the shape `[batch, 1, height, width]` of the patches.
            #[must_use]
            pub fn with_tokens(mut self, tokens: $crate::TokenLayout) -> Self {
                self.0.tokens = Some(tokens);
                self
            }
        }

        /// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions after batch
        /// and channels. For several targets, the network below the layer is computed once.
        impl $crate::Method for $method {
            fn compute(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
                target: &dyn $crate::Target,
            ) -> Result<$crate::Attribution, $crate::Error> {
                self.0.compute($name, $combine, net, inputs, target)
            }

            fn cost(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
            ) -> Result<$crate::Plan, $crate::Error> {
                self.0.cost(net, inputs)
            }
        }
    };
}

pub(super) use layer_map_method;
