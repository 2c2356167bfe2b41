//! The full gradients of a score.

use backdraft_graph::Probes;

use crate::gradient::full_grad::bias_gradient::BiasGradient;
use crate::gradient::full_grad::bias_rules::Notes;
use crate::inputs::rows::{sum_per_row, sums_of_all, to_vec, zip_all};
use crate::layer::LayerError;
use crate::method::prepared;
use crate::model::differentiable::{input_gradients, run_for_gradients, with_gradients};
use crate::{AnyTensor, Error, Gap, Inputs, Network, Plan, Target};

/// A score as the sum of what every feature of the inputs and every bias of the network contribute.
///
/// ```text
/// F(x) = sum over features of x_i dF/dx_i + sum over biases of b_j dF/db_j
/// ```
///
/// Srinivas & Fleuret, [*Full-Gradient Representation for Neural Network
/// Visualization*](https://arxiv.org/abs/1905.00780), `NeurIPS` 2019. Between biases a network of convolutions, rectifiers and
/// pooling is linear at a point, so the sum is exact; [`gap`](Self::gap) says how exact. Biases are found in the captured
/// graph: of layers with weights, of batch normalization, constants that are added or joined, and what bends
/// a bounded rectifier or a smooth activation away from the origin. A target that isn't a sum of outputs, such as
/// [`LogProbability`](crate::LogProbability), has a part of its own, which is the gap.
///
/// ```
/// use backdraft::{Class, FullGradients, Network};
/// use burn::module::{Module, Param};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let device = Device::default();
/// // relu(2 x_0 - x_1 + 3)
/// let model = Linear {
///     weight: Param::from_data([[2.0], [-1.0]], &device),
///     bias: Some(Param::from_data([3.0], &device)),
/// };
/// let x = Tensor::<2>::from_data([[1.0, 4.0]], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| relu(m.forward(x)))?;
///
/// let full = FullGradients::of(&net, x, Class(0))?;
/// assert_eq!(full.scores(), [1.0]);
/// let values = |tensor: &backdraft::AnyTensor| -> Vec<f32> { tensor.flat().into_data().iter().collect() };
/// assert_eq!(values(&full.inputs()[0]), [2.0, -4.0]);
/// assert_eq!(values(full.biases()[0].contribution()), [3.0]);
/// assert_eq!(full.gap()[0].absolute, 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FullGradients {
    target: String,
    scores: Vec<f32>,
    inputs: Vec<AnyTensor>,
    biases: Vec<BiasGradient>,
}

impl FullGradients {
    /// The full gradients of a target.
    ///
    /// # Errors
    ///
    /// [`FullGradError::NotLinear`](crate::gradient::FullGradError::NotLinear) where an operation has no bias of its own,
    /// such as a softmax, a layer normalization or a product of what two layers compute; otherwise as for
    /// [`Method::attribute`](crate::Method::attribute).
    pub fn of(
        net: &Network,
        inputs: impl Into<Inputs>,
        target: impl Target,
    ) -> Result<Self, Error> {
        Self::compute(net, &prepared(net, inputs)?, &target)
    }

    pub(super) fn compute(
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Self, Error> {
        let notes = Notes::default();
        let pass = run_for_gradients(net, inputs, Probes::new().with_rules(notes.rules()))?;
        let result = input_gradients(net, pass, inputs, target)?;
        let scores = result.values();
        let biases = notes.biases()?;
        for bias in &biases {
            check_rows(bias, inputs.rows())?;
        }
        Ok(Self {
            target: result.target,
            scores,
            inputs: zip_all(&inputs.floats()?, &result.gradients, |x, g| x * g),
            biases,
        })
    }

    /// What they take: a backward pass, of which a gradient and a contribution for every bias are kept.
    pub(super) fn plan(net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let probes = Probes::new().with_rules(Notes::default().rules());
        let run = Plan::run(net, inputs, &with_gradients(probes, inputs))?;
        let layers = net.layers();
        let elements = layers
            .iter()
            .map(|layer| layer.output_shape().num_elements());
        let floats = 2 * elements.sum::<usize>() * inputs.rows();
        Ok(run.holding(4 * floats as u64))
    }

    /// The target in words.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The target's score for each sample.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// What the features contribute: gradient times input, a tensor for each explained input, of its shape.
    pub fn inputs(&self) -> &[AnyTensor] {
        &self.inputs
    }

    /// What the biases contribute, from the last operation to the first.
    pub fn biases(&self) -> &[BiasGradient] {
        &self.biases
    }

    /// For each sample how far the sum of all contributions is from the score.
    pub fn gap(&self) -> Vec<Gap> {
        let of_biases = self.biases.iter().map(|bias| self.by_sample(bias));
        let sums = of_biases.fold(sums_of_all(&self.inputs), |sums, of_bias| {
            sums.iter().zip(of_bias).map(|(a, b)| a + b).collect()
        });
        let pairs = sums.into_iter().zip(&self.scores);
        pairs
            .map(|(sum, &score)| Gap::new(sum, f64::from(score), 0.0))
            .collect()
    }

    /// What a bias contributes to each sample. Its rows are the samples, or several of each.
    fn by_sample(&self, bias: &BiasGradient) -> Vec<f64> {
        let rows = to_vec(sum_per_row(&bias.contribution));
        let each = rows.len() / self.scores.len();
        rows.chunks(each).map(|rows| rows.iter().sum()).collect()
    }
}

/// Checks that a layer has as many rows for each sample.
fn check_rows(bias: &BiasGradient, samples: usize) -> Result<(), Error> {
    let shape = bias.contribution.shape();
    match shape.first() {
        Some(rows) if rows.is_multiple_of(samples) => Ok(()),
        _ => Err(LayerError::LayerRows {
            layer: bias.layer.clone(),
            kind: "float",
            shape: format!("{:?}", shape.as_slice()),
            samples,
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::full_grad::FullGradError;
    use crate::{Class, LogProbability};
    use burn::module::{Module, Param};
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
    use burn::tensor::activation::{gelu, relu, softmax};
    use burn::tensor::{Device, Distribution, Tensor};

    fn x() -> Tensor<2> {
        Tensor::from_data([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]], &Device::flex())
    }

    fn of(
        forward: fn(Tensor<2>) -> Tensor<2>,
        target: impl Target,
    ) -> Result<FullGradients, Error> {
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        let net = Network::capture(&Vec::new(), x(), forward).unwrap();
        FullGradients::of(&net, x(), target)
    }

    fn assert_complete(full: &FullGradients) {
        for (gap, score) in full.gap().iter().zip(full.scores()) {
            let scale = f64::from(score.abs()).max(1.0);
            assert!(gap.absolute.abs() < 1e-5 * scale, "{gap:?} of {score}");
        }
    }

    fn contributions(full: &FullGradients) -> Vec<(&str, Vec<f32>)> {
        let values = |bias: &BiasGradient| bias.contribution.flat().into_data().iter().collect();
        let biases = full.biases.iter();
        biases.map(|bias| (bias.layer(), values(bias))).collect()
    }

    #[test]
    fn constants_that_are_added_are_biases() {
        // 3 (x_0 + 1) - 2, of which the bias of the difference is -2 and that of the sum 3.
        let full = of(|x| (x + 1.0) * 3.0 - 2.0, Class(0)).unwrap();
        assert_eq!(
            contributions(&full),
            [
                ("sub_scalar", vec![-2.0, 0.0, 0.0, -2.0, 0.0, 0.0]),
                ("add_scalar", vec![3.0, 0.0, 0.0, 3.0, 0.0, 0.0]),
            ]
        );
        assert_eq!(full.scores(), [4.0, 10.0]);
        assert_complete(&full);
    }

    #[test]
    fn joined_and_chosen_constants_are_biases() {
        let joined = of(
            |x| {
                let [batch, _] = x.dims();
                Tensor::cat(vec![Tensor::ones([batch, 1], &x.device()) * 5.0, x], 1) * 2.0
            },
            Class(0),
        );
        assert_eq!(joined.as_ref().unwrap().gap()[0].absolute, 0.0);
        assert_eq!(joined.unwrap().scores(), [10.0, 10.0]);
        let chosen = of(
            |x| {
                let negative = x.clone().lower_elem(0.0);
                let sevens = x.ones_like() * 7.0;
                x.mask_where(negative, sevens)
            },
            Class(1),
        );
        assert_eq!(chosen.as_ref().unwrap().scores(), [7.0, 0.25]);
        assert_complete(&chosen.unwrap());
    }

    #[test]
    fn bounded_and_smooth_activations_have_biases_where_they_bend() {
        let bounded = of(|x| x.clamp(0.0, 2.0) * 1.5, Class(0)).unwrap();
        // At 3 it is flat: the bound is the bias. At 1 it is linear.
        assert_eq!(
            contributions(&bounded),
            [("relu6", vec![0.0, 0.0, 0.0, 3.0, 0.0, 0.0])]
        );
        assert_complete(&bounded);
        assert_complete(&of(|x| gelu(x.clone()) + x.tanh(), Class(1)).unwrap());
    }

    #[derive(Module, Debug)]
    struct Model {
        conv: Conv2d,
        norm: BatchNorm,
        fc: Linear,
    }

    #[test]
    fn layers_with_weights_and_normalization_are_complete() {
        let device = Device::flex();
        let mut norm = BatchNormConfig::new(4).init(&device);
        norm.beta = Param::from_data([0.3, -0.2, 0.1, 0.5], &device);
        norm.gamma = Param::from_data([1.5, 0.5, -1.0, 2.0], &device);
        let model = Model {
            conv: Conv2dConfig::new([2, 4], [3, 3]).init(&device),
            norm,
            fc: LinearConfig::new(4, 3).init(&device),
        };
        let x = Tensor::<4>::random([2, 2, 6, 6], Distribution::Default, &device);
        let forward = |m: &Model, x: Tensor<4>| -> Tensor<2> {
            let x = relu(m.norm.forward(m.conv.forward(x)));
            m.fc.forward(x.mean_dim(3).mean_dim(2).flatten(1, 3))
        };
        let net = Network::capture(&model, x.clone(), forward).unwrap();
        let full = FullGradients::of(&net, x, Class(2)).unwrap();
        let layers: Vec<&str> = full.biases().iter().map(BiasGradient::layer).collect();
        assert_eq!(layers, ["fc", "norm", "conv"]);
        assert_complete(&full);
    }

    #[test]
    fn what_is_not_linear_between_biases_is_refused() {
        let refused = |forward: fn(Tensor<2>) -> Tensor<2>| match of(forward, Class(0)) {
            Err(Error::FullGrad(FullGradError::NotLinear { layer, .. })) => layer,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(|x| softmax(x, 1)), "softmax");
        assert_eq!(refused(|x| x.clone() * x), "mul");
        assert_eq!(refused(|x| x.ones_like() / x), "div");
        assert_eq!(refused(|x| x.prod_dim(1)), "prod_dim");
        // Factors and divisors that are constant are weights.
        assert_complete(&of(|x| x.clone() * x.ones_like() / 2.0, Class(0)).unwrap());
    }

    #[test]
    fn a_target_that_bends_is_the_gap() {
        let full = of(|x| x * 2.0, LogProbability(0)).unwrap();
        assert!(full.gap()[0].absolute.abs() > 0.1, "{:?}", full.gap());
    }
}
