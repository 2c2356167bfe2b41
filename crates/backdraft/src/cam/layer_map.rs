//! What Grad-CAM and its variants have in common.

use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};

use crate::attribution::batch_channels_positions;
use crate::cam::default_layer;
use crate::cam::evidence::{
    Activation, Evidence, Layout, activation, activation_plan, evidence, evidence_plan,
};
use crate::inputs::token_layout::TokenLayout;
use crate::{AnyTensor, Attribution, Error, Inputs, Layer, Network, Plan, Target};

/// A map of a layer, and its options.
#[derive(Clone, Debug)]
pub(super) struct LayerMap {
    pub(super) layer: Option<String>,
    pub(super) relu: bool,
    pub(super) tokens: Option<TokenLayout>,
}

/// What tells the methods apart: how the map `[batch, 1, positions]` is computed.
#[derive(Clone, Copy)]
pub(super) enum Combination {
    /// Of the activation `[batch, channels, positions]` alone, which needs no backward pass.
    Activation(fn(Tensor<3>) -> Tensor<3>),
    /// Of the activation and the gradient.
    Gradient(fn(Tensor<3>, Tensor<3>) -> Tensor<3>),
}

/// For each target and sample a weight for every channel of a layer's activation.
pub(super) type Weigh =
    fn(&Network, &Inputs, &str, &Activation, &[&dyn Target]) -> Result<Vec<Vec<Vec<f64>>>, Error>;

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
    /// The map for a target.
    pub(super) fn compute(
        &self,
        method: &str,
        combine: Combination,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let layer = self.layer(net, inputs, target)?;
        let tokens = self.tokens.as_ref();
        let (map, seen) = match combine {
            Combination::Activation(combine) => {
                let seen = activation(net, inputs, target, layer.name(), tokens)?;
                (self.map(&seen.values, combine), seen)
            }
            Combination::Gradient(combine) => {
                let evidence = evidence(net, inputs, target, layer.name(), tokens)?;
                (self.weighted(&evidence, combine), evidence.activation)
            }
        };
        self.attribution(method, layer.name(), inputs, map, seen)
    }

    /// What a map says of a target.
    pub(super) fn attribution(
        &self,
        method: &str,
        layer: &str,
        inputs: &Inputs,
        map: AnyTensor,
        seen: Activation,
    ) -> Result<Attribution, Error> {
        let map = seen.layout.by_sample(map, seen.scores.len());
        let result = Attribution::new(method, seen.target, vec![map], seen.scores)?
            .with_layer(layer)
            .with_planes(vec![Some(seen.layout.planes())])
            .with_places(seen.layout.places(inputs))
            .with_option("relu", self.relu);
        Ok(match seen.layout {
            Layout::Tokens(grid) => result.with_option("tokens", grid),
            Layout::Known(_) => result,
        })
    }

    /// The maps of several targets, each with weights of the channels that come from evaluations which all targets
    /// share. Their layers differ only where a detector's targets read several scales.
    pub(super) fn compute_each(
        &self,
        method: &str,
        weigh: Weigh,
        net: &Network,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        let layers = targets.iter().map(|it| self.layer(net, inputs, *it));
        let layers: Vec<Layer> = layers.collect::<Result<_, _>>()?;
        let is_one = layers.windows(2).all(|it| it[0].name() == it[1].name());
        let groups = targets.chunks(if is_one { targets.len().max(1) } else { 1 });
        let each = layers.iter().zip(groups).map(|(layer, targets)| {
            self.compute_at(method, weigh, net, inputs, layer.name(), targets)
        });
        Ok(each
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn compute_at(
        &self,
        method: &str,
        weigh: Weigh,
        net: &Network,
        inputs: &Inputs,
        layer: &str,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        let tokens = self.tokens.as_ref();
        let seen = targets
            .iter()
            .map(|target| activation(net, inputs, *target, layer, tokens));
        let seen: Vec<Activation> = seen.collect::<Result<_, _>>()?;
        let weights = weigh(net, inputs, layer, &seen[0], targets)?;
        let maps = seen.into_iter().zip(weights).map(|(seen, weights)| {
            let map = self.weighted_channels(&seen, &weights);
            self.attribution(method, layer, inputs, map, seen)
        });
        maps.collect()
    }

    /// What it takes to choose a layer, and then what `plan` says of the one whose map takes most.
    pub(super) fn planned(
        &self,
        net: &Network,
        inputs: &Inputs,
        plan: impl FnOnce(&Layer) -> Result<Plan, Error>,
    ) -> Result<Plan, Error> {
        let (layer, choice) = match self.named(net)? {
            Some(layer) => (layer, None),
            None => default_layer::dearest(net, inputs)?,
        };
        let plan = plan(&layer)?;
        Ok(match choice {
            Some(choice) => choice.then(plan),
            None => plan,
        })
    }

    /// What the map of one target takes.
    pub(super) fn cost(
        &self,
        combine: Combination,
        net: &Network,
        inputs: &Inputs,
    ) -> Result<Plan, Error> {
        let tokens = self.tokens.as_ref();
        self.planned(net, inputs, |layer| match combine {
            Combination::Activation(_) => activation_plan(net, inputs, layer.name(), tokens),
            Combination::Gradient(_) => evidence_plan(net, inputs, layer.name(), tokens),
        })
    }

    /// What the maps take whose channels are weighted with scores, which `scores` plans for so many channels of a layer.
    pub(super) fn cost_of_each(
        &self,
        scores: fn(&Network, &Inputs, &str, usize) -> Result<Plan, Error>,
        net: &Network,
        inputs: &Inputs,
    ) -> Result<Plan, Error> {
        self.planned(net, inputs, |layer| {
            let channels = self.channels(net, inputs, layer)?;
            let activation = activation_plan(net, inputs, layer.name(), self.tokens.as_ref())?;
            Ok(activation.then(scores(net, inputs, layer.name(), channels)?))
        })
    }

    /// How many channels a layer's map has.
    fn channels(&self, net: &Network, inputs: &Inputs, layer: &Layer) -> Result<usize, Error> {
        Ok(match self.tokens {
            Some(_) => layer.output_shape().last().copied().unwrap_or(1),
            None => net
                .layer_map(layer.name(), inputs.tensors().to_vec())?
                .channels(),
        })
    }

    /// The layer for a target: of a detector's scales the one that the target reads.
    pub(super) fn layer(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Layer, Error> {
        match self.named(net)? {
            Some(layer) => Ok(layer),
            None => default_layer::read_by(target, net, inputs),
        }
    }

    /// The layer that the options say.
    pub(super) fn named(&self, net: &Network) -> Result<Option<Layer>, Error> {
        Ok(match (&self.layer, self.tokens) {
            (Some(name), _) => Some(net.layer(name)?),
            (None, Some(_)) => Some(net.last_token_layer()?),
            (None, None) => None,
        })
    }

    /// The map of activation and gradient.
    pub(super) fn weighted(
        &self,
        evidence: &Evidence,
        combine: impl FnOnce(Tensor<3>, Tensor<3>) -> Tensor<3>,
    ) -> AnyTensor {
        let gradient = &evidence.gradient;
        let flat = batch_channels_positions(&gradient.shape());
        self.map(&evidence.activation.values, |activation| {
            combine(activation, gradient.reshape(flat))
        })
    }

    /// The activation's channels, weighted with a number for each channel of every sample.
    fn weighted_channels(&self, seen: &Activation, weights: &[Vec<f64>]) -> AnyTensor {
        let [rows, channels, _] = batch_channels_positions(&seen.values.shape());
        let frames = rows / weights.len().max(1);
        let numbers = weights.iter().flat_map(|sample| sample.repeat(frames));
        let data = TensorData::new(numbers.collect::<Vec<f64>>(), [rows, channels, 1]);
        let dtype = seen.values.dtype();
        let device = seen.values.device();
        let weights = Tensor::from_data(data.convert_dtype(dtype), (&device, dtype));
        self.map(&seen.values, |activation| (activation * weights).sum_dim(1))
    }

    fn map(
        &self,
        activation: &AnyTensor,
        combine: impl FnOnce(Tensor<3>) -> Tensor<3>,
    ) -> AnyTensor {
        let mut shape = activation.shape().to_vec();
        let map = combine(activation.reshape(batch_channels_positions(&shape)));
        let map = if self.relu { relu(map) } else { map };
        shape[1] = 1;
        AnyTensor::from(map).reshape_to(shape)
    }
}

/// The constructors and options of a method around a [`LayerMap`].
macro_rules! layer_map_options {
    ($method:ident) => {
        impl $method {
            /// At the last activation with spatial extent; with [tokens](Self::with_tokens) at the
            /// [last token layer](crate::Network::last_token_layer).
            pub fn new() -> Self {
                Self::default()
            }

            /// At the output of a layer, or of the module with this path.
            pub fn at(layer: impl Into<String>) -> Self {
                let mut method = Self::new();
                method.0.layer = Some(layer.into());
                method
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
    };
}

pub(super) use layer_map_options;

/// Makes a method of a [`LayerMap`] whose channels are weighted with scores: how, and what those take.
macro_rules! weighing_method {
    ($method:ident, $name:literal, $weigh:path, $scores:path) => {
        $crate::cam::layer_map::layer_map_options!($method);

        /// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions after batch and channels.
        /// Several targets share the evaluations of all channels.
        impl $crate::Method for $method {
            fn compute(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
                target: &dyn $crate::Target,
            ) -> Result<$crate::Attribution, $crate::Error> {
                let mut each = self.compute_each(net, inputs, &[target])?;
                Ok(each.pop().expect("an attribution for every target"))
            }

            fn compute_each(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
                targets: &[&dyn $crate::Target],
            ) -> Result<Vec<$crate::Attribution>, $crate::Error> {
                self.0.compute_each($name, $weigh, net, inputs, targets)
            }

            fn cost(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
            ) -> Result<$crate::Plan, $crate::Error> {
                self.0.cost_of_each($scores, net, inputs)
            }
        }
    };
}

pub(super) use weighing_method;

/// Everything but the documentation and the [`Combination`] of a method around a [`LayerMap`]. With `of activation` the
/// map is a function of the activation alone.
macro_rules! layer_map_method {
    ($method:ident, $name:literal, of activation $combine:path) => {
        $crate::cam::layer_map::layer_map_method!(@ $method, $name, Activation($combine));
    };
    ($method:ident, $name:literal, $combine:path) => {
        $crate::cam::layer_map::layer_map_method!(@ $method, $name, Gradient($combine));
    };
    (@ $method:ident, $name:literal, $of:ident($combine:path)) => {
        $crate::cam::layer_map::layer_map_options!($method);

        /// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions after batch
        /// and channels. For several targets, the network below the layer is computed once.
        impl $crate::Method for $method {
            fn compute(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
                target: &dyn $crate::Target,
            ) -> Result<$crate::Attribution, $crate::Error> {
                let combine = $crate::cam::layer_map::Combination::$of($combine);
                self.0.compute($name, combine, net, inputs, target)
            }

            fn cost(
                &self,
                net: &$crate::Network,
                inputs: &$crate::Inputs,
            ) -> Result<$crate::Plan, $crate::Error> {
                let combine = $crate::cam::layer_map::Combination::$of($combine);
                self.0.cost(combine, net, inputs)
            }
        }
    };
}

pub(super) use layer_map_method;
