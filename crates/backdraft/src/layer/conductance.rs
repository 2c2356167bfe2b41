//! Layer conductance.

use crate::finite::check;
use crate::inputs::rows::{map, zip};
use crate::layer::path::{GradientsAt, along, path_options, plan_along};
use crate::layer::rows::layer_rows;
use crate::path::{Along, Path};
use crate::run::batching::Work;
use crate::run::budget;
use crate::{
    AnyTensor, Attribution, Error, Inputs, IntegratedGradients, Method, Model, Network, Plan,
    Target,
};

/// Conductance of a layer: how much of the target's change flows through each of its neurons, while the inputs move
/// from a baseline to where they are.
///
/// ```text
/// A_j = integral of dF/dy_j dy_j,   y = layer(b + a (x - b)), a from 0 to 1
/// ```
///
/// Dhamdhere et al., [*How Important Is a Neuron?*](https://arxiv.org/abs/1805.12233), ICLR 2019. Where everything
/// passes through the layer, the values sum to `F(x) - F(b)`, and the [gap](Attribution::gap) shows how far the
/// finite sum is off; where something passes by, the gap is what passes by.
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_steps`](Self::with_steps) | 50 |
/// | [`with_quadrature`](Self::with_quadrature) | Gauss-Legendre |
///
/// The path is cut where the weights of the quadrature add up: each point stands for a piece of the path, and its
/// gradient is multiplied with what the layer's output changes by over this piece, from end to end. The ends of
/// the path are always included. Captum multiplies with the change between one point and the next: with equal steps
/// that is [`Quadrature::Left`](crate::Quadrature::Left), and with Gauss-Legendre it leaves a sliver of the path
/// out at both ends.
///
/// ```
/// use backdraft::{Class, LayerConductance, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// // y = relu(x): only the first neuron opens, and what it contributes is its share of F = 5 y_0 + 7 y_1.
/// let x = Tensor::<2>::from_data([[2.0, -3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| {
///     let y = relu(x);
///     y.clone().narrow(1, 0, 1) * 5.0 + y.narrow(1, 1, 1) * 7.0
/// };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let conductance = LayerConductance::at("relu").attribute(&net, x, Class(0))?;
/// assert_eq!(conductance.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap()[1], 0.0);
/// assert!(conductance.gap().unwrap()[0].absolute.abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerConductance {
    layer: String,
    path: IntegratedGradients,
}

impl LayerConductance {
    /// At the output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            layer: layer.into(),
            path: IntegratedGradients::new(),
        }
    }

    path_options!();
}

/// Values have the shape of the layer's output, with the samples first.
impl Method for LayerConductance {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let below = Below {
            net,
            trunk: net.with_output_at(&self.layer)?,
            layer: &self.layer,
            inputs,
        };
        let model = GradientsAt {
            net,
            layer: &self.layer,
        };
        let one = || Plan::gradients(&model, inputs);
        let chunk = budget::copies(inputs, one)?;
        let name = "layer-conductance";
        along(
            name,
            &self.path,
            net,
            &self.layer,
            inputs,
            target,
            |line, points, work| below.conductance(line, points, chunk, work),
        )
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let path = plan_along(&self.path, net, &self.layer, inputs)?;
        let pieces = self.path.path().count() * (self.path.points()?.len() + 1);
        let trunk = net.with_output_at(&self.layer)?;
        Ok(path.then(Plan::outputs(&trunk, inputs)?.times(pieces)))
    }
}

/// The network up to the layer.
struct Below<'a> {
    net: &'a Network,
    trunk: Network,
    layer: &'a str,
    inputs: &'a Inputs,
}

impl Below<'_> {
    /// The sum over pieces of the path: the gradient at a point of the piece, times what the layer's output
    /// changes by.
    fn conductance(
        &self,
        line: &Along<'_, GradientsAt<'_>>,
        points: &[(f64, f64)],
        chunk: usize,
        work: &mut Work,
    ) -> Result<AnyTensor, Error> {
        let rows = self.inputs.rows();
        let mut end = 0.0;
        let mut before = self.activations(line, &[end])?;
        let mut sum = map(&before, |before| before.zeros_like());
        for points in points.chunks(chunk) {
            let ends = points.iter().map(|&(_, weight)| {
                end += weight;
                end
            });
            let after = self.activations(line, &ends.collect::<Vec<_>>())?;
            let mut copies = 0..points.len();
            let positions = points.iter().map(|&(position, _)| position);
            line.each(work, positions, |point| {
                let copy = copies.next().expect("a piece for every point");
                let after = after.rows(copy * rows..(copy + 1) * rows);
                let change = zip(&after, &before, |after, before| after - before);
                let flow = zip(&point.gradients[0], &change, |slope, change| slope * change);
                sum = zip(&sum, &flow, |sum, flow| sum + flow);
                before = after;
            })?;
        }
        Ok(sum)
    }

    /// The layer's outputs at some positions, stacked.
    fn activations(
        &self,
        line: &Along<'_, GradientsAt<'_>>,
        positions: &[f64],
    ) -> Result<AnyTensor, Error> {
        let points: Vec<_> = positions
            .iter()
            .map(|&position| line.at(position))
            .collect();
        let stacked = self.inputs.stacked(&points);
        let outputs = self.trunk.outputs(&stacked)?;
        check::activations(&self.trunk, &stacked, &[(self.layer, &outputs[0])])?;
        layer_rows(self.net, self.layer, &stacked, &outputs[0])
    }
}
