//! Conductance through one neuron.

use backdraft_graph::{Batch, Cost};

use crate::finite::Origin;
use crate::inputs::rows::map;
use crate::layer::error::LayerError;
use crate::layer::path::{GradientsAt, path_options};
use crate::{
    AnyTensor, Attribution, Differentiable, Differentiated, Error, Inputs, IntegratedGradients,
    Method, Model, Network, Neuron, Plan, Target,
};

/// Conductance through one neuron: how much each input contributes to the target by way of this neuron.
///
/// ```text
/// A_i = (x_i - b_i) · integral over a from 0 to 1 of dF/dy_j · dy_j/dx_i,   both at the input b + a (x - b)
/// ```
///
/// Dhamdhere et al., [*How Important Is a Neuron?*](https://arxiv.org/abs/1805.12233), ICLR 2019: integrated
/// gradients where only what flows through the neuron counts. Summed over the inputs they are the neuron's
/// [`LayerConductance`](super::LayerConductance), summed over the neurons of a layer that everything passes through
/// they are [`IntegratedGradients`].
///
/// What a neuron itself looks at, whatever the target, are ordinary methods on the network
/// [up to its layer](Network::with_output_at) with a [`Neuron`] as target: [`Saliency`](crate::Saliency) there is
/// what Captum calls `NeuronGradient`, [`IntegratedGradients`] is `NeuronIntegratedGradients`.
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_steps`](Self::with_steps) | 50 |
/// | [`with_quadrature`](Self::with_quadrature) | Gauss-Legendre |
///
/// ```
/// use backdraft::{Class, Method, Network, NeuronConductance};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // y = 2 x, F = y_0² + y_1: through y_0 flows all of what x_0 contributes.
/// let x = Tensor::<2>::from_data([[3.0, 5.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| {
///     let y = x * 2.0;
///     let first = y.clone().narrow(1, 0, 1);
///     first.clone() * first + y.narrow(1, 1, 1)
/// };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let through = NeuronConductance::at("mul_scalar", [0]).attribute(&net, x, Class(0))?;
/// let values = through.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap();
/// assert!((values[0] - 36.0).abs() < 1e-4 && values[1] == 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NeuronConductance {
    layer: String,
    neuron: Vec<usize>,
    path: IntegratedGradients,
}

impl NeuronConductance {
    /// Through one neuron of a layer's output, by its index without the batch.
    pub fn at(layer: impl Into<String>, neuron: impl Into<Vec<usize>>) -> Self {
        Self {
            layer: layer.into(),
            neuron: neuron.into(),
            path: IntegratedGradients::new(),
        }
    }

    path_options!();

    fn through<'a>(&'a self, net: &'a Network) -> Result<Through<'a>, Error> {
        Ok(Through {
            below: net.with_output_at(&self.layer)?,
            above: GradientsAt {
                net,
                layer: &self.layer,
            },
            neuron: Neuron::new(self.neuron.clone()),
        })
    }
}

/// Values have the inputs' shapes.
impl Method for NeuronConductance {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let result = self.path.compute(&self.through(net)?, inputs, target)?;
        Ok(result
            .with_method("neuron-conductance")
            .without_gap()
            .with_layer(&self.layer)
            .with_option("neuron", format!("{:?}", self.neuron)))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        self.path.cost(&self.through(net)?, inputs)
    }
}

/// A network whose gradients are those that flow through one neuron.
struct Through<'a> {
    below: Network,
    above: GradientsAt<'a>,
    neuron: Neuron,
}

impl Model for Through<'_> {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        self.above.outputs(inputs)
    }

    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        self.above.batch_of(inputs)
    }

    fn not_finite_at(&self, inputs: &Inputs) -> Option<Origin> {
        self.above.not_finite_at(inputs)
    }

    fn outputs_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        self.above.outputs_cost(inputs)
    }

    fn gradients_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        let below = self.below.gradients_cost(inputs)?;
        let above = self.above.gradients_cost(inputs)?;
        Ok(below.zip(above).map(|(below, above)| above.then(below)))
    }
}

/// A neuron's index is that of the layer's own dimensions, the first of which must be the batch.
fn check_first(
    layer: &GradientsAt<'_>,
    inputs: &Inputs,
    gradients: &Differentiated,
) -> Result<(), Error> {
    let arrangement = layer
        .net
        .layer_rows(layer.layer, inputs.tensors().to_vec())?;
    if arrangement.is_some_and(|arrangement| arrangement.is_identity()) {
        return Ok(());
    }
    Err(Error::Layer(LayerError::LayerRows {
        layer: layer.layer.into(),
        kind: "tensor",
        shape: format!(
            "{:?} with the samples first",
            gradients.gradients[0].shape().as_slice()
        ),
        samples: inputs.rows(),
    }))
}

impl Differentiable for Through<'_> {
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        let above = self.above.gradients(inputs, target)?;
        check_first(&self.above, inputs, &above)?;
        let batch = self.below.batch_of(inputs)?;
        let below = self
            .below
            .gradients(&inputs.clone().with_batch(batch)?, &self.neuron)?;
        let [rows] = below.scores.dims();
        let slope = self.neuron.scores(&above.gradients)?.scores;
        let slope = slope.reshape([rows, 1]);
        let through = (below.gradients.iter()).map(|g| map(g, |g| g * slope.clone()));
        Ok(Differentiated {
            gradients: through.collect(),
            ..above
        })
    }
}
