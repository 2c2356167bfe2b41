//! What a layer computes.

use backdraft_graph::Probes;

use crate::finite::check;
use crate::layer::rows::layer_rows;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// The output of a layer, as the values of an [`Attribution`].
///
/// ```text
/// A = layer(x)
/// ```
///
/// No attribution by itself: the target is only recorded. It serves where values and pictures of a layer are
/// compared with those of [`AtLayer`](crate::AtLayer).
///
/// ```
/// use backdraft::{LayerActivation, Method, Network, TopClass};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0, -3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x) * 5.0;
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let activation = LayerActivation::at("relu").attribute(&net, x, TopClass)?;
/// assert_eq!(activation.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [2.0, 0.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerActivation {
    layer: String,
}

impl LayerActivation {
    /// The output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            layer: layer.into(),
        }
    }
}

/// Values have the shape of the layer's output, with the samples first.
impl Method for LayerActivation {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let probes = Probes::new().with_activation(&self.layer);
        let pass = net.run(inputs.tensors().to_vec(), &probes)?;
        let explained = inputs.scores(target, pass.outputs())?;
        let activation = pass.activation(&self.layer)?.upcast();
        let scores = check::scores(net, inputs, &explained)?;
        check::activations(net, inputs, &[(&self.layer, &activation)])?;
        let values = vec![layer_rows(net, &self.layer, inputs, &activation)?];
        let result = Attribution::new("layer-activation", explained.name, values, scores)?;
        let planes = net.layer_planes(&self.layer, inputs.tensors().to_vec())?;
        Ok(result.with_layer(&self.layer).with_planes(vec![planes]))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let probes = Probes::new().with_activation(&self.layer);
        Ok(Plan::run(net, inputs, &probes)?.forward_only())
    }
}
