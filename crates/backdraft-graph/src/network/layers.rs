//! The layers of a network: all of them, by name, and those that methods look at by default.

use crate::analysis::map_layer::{self, MapLayer};
use crate::analysis::{last_convolution, pooling};
use crate::ir::node::Node;
use crate::network::layer;
use crate::{Error, Layer, LookupError, Network};

impl Network {
    /// Every layer, in order of execution, with shapes for the example input.
    pub fn layers(&self) -> Vec<Layer> {
        let sizes = self.parameter_sizes();
        let named = self
            .0
            .example
            .nodes
            .iter()
            .filter(|node| !node.name.is_empty());
        let traced = self.example_traced();
        let axes = traced.axes_by_layer();
        let axes = |node: &Node| axes.get(&*node.name).cloned().unwrap_or_default();
        named
            .map(|node| Layer::new(node, axes(node), &sizes))
            .collect()
    }

    /// A layer as users see it.
    pub(super) fn described(&self, node: &Node) -> Layer {
        let axes = self.example_traced().axes(&node.name);
        Layer::new(node, axes, &self.parameter_sizes())
    }

    /// The layer of this name, or the last operation of the module with this path: the last that reads a parameter of
    /// the module, or the activations and residual sums after it. A module that is called several
    /// times has the layers of each call: `words` is the first one's, `words#2` the second's. A path that is no layer's
    /// own name stands for the last operation of the last call.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`], with the names that are most similar. A field without parameters (an activation,
    /// a pooling) is unknown; the error lists the layers of its kind.
    pub fn layer(&self, name: &str) -> Result<Layer, Error> {
        let (node, _) = layer::find(&self.0.example, name)?;
        Ok(self.described(node))
    }

    /// The layer that class activation maps look at by default: the last one with positions from which the first
    /// output is computed by losing them, by pooling, flattening, or an attention from which a class token is taken.
    /// Positions are those in space, or the tokens of a network without space.
    ///
    /// # Errors
    ///
    /// [`LookupError::NoSpatialLayer`] if there is none, [`LookupError::DensePrediction`] if the output has positions
    /// itself.
    pub fn last_spatial_layer(&self) -> Result<Layer, Error> {
        match self.spatial_layers()?.as_slice() {
            [layer] => Ok(layer.clone()),
            scales => Err(Error::Lookup(LookupError::DensePrediction {
                layers: scales.iter().map(|layer| layer.name().into()).collect(),
            })),
        }
    }

    /// The [last spatial layer](Self::last_spatial_layer); of a detector whose outputs list the boxes of several scales
    /// one after the other, the last layer of each scale before those that predict, in the order of the forward pass.
    ///
    /// # Errors
    ///
    /// As for [`last_spatial_layer`](Self::last_spatial_layer), but not for several scales.
    pub fn spatial_layers(&self) -> Result<Vec<Layer>, Error> {
        let traced = self.example_traced();
        let named = |nodes: Vec<&Node>| {
            let layers = nodes.into_iter().map(|node| self.layer(&node.name));
            layers.collect()
        };
        match map_layer::find(&traced.program) {
            MapLayer::Last(node) => named(vec![node]),
            MapLayer::Scales(nodes) => named(nodes),
            MapLayer::Missing => Err(Error::Lookup(LookupError::NoSpatialLayer)),
            MapLayer::Dense(nodes) => Err(Error::Lookup(LookupError::DensePrediction {
                layers: nodes.into_iter().map(|node| node.name.clone()).collect(),
            })),
        }
    }

    /// Whether a layer is computed from another one.
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`].
    pub fn is_computed_from(&self, layer: &str, earlier: &str) -> Result<bool, Error> {
        let program = &self.0.example;
        let (_, source) = layer::find(program, earlier)?;
        let (_, output) = layer::find(program, layer)?;
        let needed = program.needed(&[output.id], |_| false).tensors;
        Ok(source.id != output.id && needed.contains(&source.id))
    }

    /// What the last convolution larger than one position becomes through normalization, activation and residual sums.
    pub fn last_convolution_layer(&self) -> Option<Layer> {
        let node = last_convolution::find(&self.0.example)?;
        Some(self.described(node))
    }

    /// The activation that class activation mapping (CAM, [Zhou et al.,
    /// 2016](https://arxiv.org/abs/1512.04150)) looks at: the one whose global average pooling, followed by one
    /// linear layer and nothing else, is the first output.
    ///
    /// The activation has the shape `[batch, channels, ...]`. Pooling may be an average pooling that covers it
    /// or means over all its dimensions but the first two; reshapes don't matter.
    ///
    /// ```
    /// use backdraft_graph::Network;
    /// use burn::module::Module;
    /// use burn::nn::conv::{Conv2d, Conv2dConfig};
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::activation::relu;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// #[derive(Module, Debug)]
    /// struct Model {
    ///     conv: Conv2d,
    ///     fc: Linear,
    /// }
    ///
    /// impl Model {
    ///     fn forward(&self, images: Tensor<4>) -> Tensor<2> {
    ///         let features = relu(self.conv.forward(images));
    ///         self.fc.forward(features.mean_dims(&[2, 3]).flatten(1, 3))
    ///     }
    /// }
    ///
    /// let device = Device::default();
    /// let model = Model {
    ///     conv: Conv2dConfig::new([3, 4], [3, 3]).init(&device),
    ///     fc: LinearConfig::new(4, 10).init(&device),
    /// };
    /// let net = Network::capture(&model, Tensor::zeros([1, 3, 8, 8], &device), Model::forward)?;
    /// assert_eq!(net.pooled_layer()?.name(), "relu");
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LookupError::NoPooledLayer`] if the output is computed in another way, with the layer that is in the way.
    pub fn pooled_layer(&self) -> Result<Layer, Error> {
        let node = pooling::pooled(&self.0.example)?;
        Ok(self.described(node))
    }
}
