//! Smooth Grad-CAM++.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::attribution::batch_channels_positions;
use crate::cam::evidence::{evidence, evidence_plan};
use crate::cam::grad_cam_plus_plus::weighted;
use crate::cam::layer_map::{LayerMap, layer_map_options};
use crate::inputs::rows::{map, zip, zip_all};
use crate::noise::check_draws;
use crate::run::batching::{Work, copies_plan};
use crate::run::budget;
use crate::targets::ResolvedTarget;
use crate::{
    AnyTensor, Attribution, Error, Inputs, Method, Network, NoiseLevel, Plan, Target, Tensors,
};

/// Smooth Grad-CAM++: Grad-CAM++ whose higher derivatives are means over noisy copies of the input.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`, and with means over `n` draws of
/// noise,
///
/// ```text
/// a_k = mean(g_k²) / (2 mean(g_k²) + sum over positions of mean(g_k³) A_k + 1e-8)
/// w_k = sum over positions of a_k relu(g_k)
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Omeiza et al., [*Smooth Grad-CAM++: An Enhanced Inference Level Visualization Technique for Deep Convolutional Neural Network
/// Models*](https://arxiv.org/abs/1908.01224), 2019, with the first derivative and the activation of the input itself. (torch-cam
/// means the same, but takes both from the last noisy copy.) As in [`GradCamPlusPlus`](crate::GradCamPlusPlus), higher derivatives
/// are powers of the first, and the layer should have no negative activations.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
/// | [`with_draws`](Self::with_draws) | 25 draws |
/// | [`with_noise`](Self::with_noise) | 0.15 of each sample's range |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_given_noise`](Self::with_given_noise) | none: it is drawn |
///
/// Noise depends on the seed alone: all samples of a batch share it, and the result doesn't depend on how many are computed
/// at once.
///
/// ```
/// use backdraft::{Class, Method, Network, SmoothGradCamPlusPlus};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let method = SmoothGradCamPlusPlus::at("relu").with_draws(5);
/// let map = method.attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SmoothGradCamPlusPlus(LayerMap, Noise);

/// The noise of all draws.
#[derive(Clone, Debug)]
struct Noise {
    draws: usize,
    level: NoiseLevel,
    seed: u64,
    given: Option<Arc<[Vec<AnyTensor>]>>,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            draws: 25,
            level: NoiseLevel::Relative(0.15),
            seed: 0,
            given: None,
        }
    }
}

layer_map_options!(SmoothGradCamPlusPlus);

impl SmoothGradCamPlusPlus {
    /// How many noisy copies there are.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.1.draws = draws;
        self
    }

    /// How strong the noise is.
    #[must_use]
    pub fn with_noise(mut self, noise: NoiseLevel) -> Self {
        self.1.level = noise;
        self
    }

    /// What the noise depends on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.1.seed = seed;
        self
    }

    /// The noise itself, a draw after the other: what is added to the explained inputs, of their shapes.
    #[must_use]
    pub fn with_given_noise(mut self, noise: impl IntoIterator<Item = impl Tensors>) -> Self {
        let draws = noise.into_iter().map(Tensors::into_tensors);
        let given: Arc<[Vec<AnyTensor>]> = draws.collect();
        self.1.draws = given.len();
        self.1.given = Some(given);
        self
    }

    /// How many noisy copies are computed at once.
    fn copies(&self, net: &Network, inputs: &Inputs) -> Result<usize, Error> {
        budget::copies(inputs, || {
            let tokens = self.0.tokens.as_ref();
            let plan = |layer: &crate::Layer| evidence_plan(net, inputs, layer.name(), tokens);
            self.0.planned(net, inputs, plan)
        })
    }
}

/// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions after batch and channels.
impl Method for SmoothGradCamPlusPlus {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        self.1.check(inputs)?;
        let layer = self.0.layer(net, inputs, target)?;
        let resolved = ResolvedTarget::at(net, inputs, target)?;
        let clean = resolved.target();
        let (name, tokens) = (layer.name(), self.0.tokens.as_ref());
        let seen = evidence(net, inputs, clean, name, tokens)?;
        let mut powers = Powers::default();
        let copies = self.copies(net, inputs)?;
        let mut work = Work::new(inputs, copies, self.1.draws);
        for draws in work.chunks() {
            let versions = draws.clone().map(|draw| self.1.add(inputs, draw));
            let stacked = inputs.stacked(&versions.collect::<Result<Vec<_>, Error>>()?);
            let noisy = evidence(net, &stacked.without_progress(), clean, name, tokens)?;
            powers.add(&noisy.gradient, draws.len());
            work.advance(draws.len())?;
        }
        let shape = batch_channels_positions(&seen.gradient.shape());
        let [squares, cubes] = powers.means().map(|mean| mean.reshape(shape));
        let weighted = self.0.weighted(&seen, |activation, gradient| {
            combined(activation, gradient, squares, cubes)
        });
        let found = seen.activation;
        let result = self
            .0
            .attribution("smooth-grad-cam++", name, inputs, weighted, found)?;
        Ok(self.1.recorded(result))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let copies = self.copies(net, inputs)?;
        self.0.planned(net, inputs, |layer| {
            let tokens = self.0.tokens.as_ref();
            let clean = evidence_plan(net, inputs, layer.name(), tokens)?;
            let noisy = copies_plan(inputs, copies, self.1.draws, 1, |stacked| {
                evidence_plan(net, stacked, layer.name(), tokens)
            })?;
            Ok(clean.then(noisy))
        })
    }
}

impl Noise {
    fn check(&self, inputs: &Inputs) -> Result<(), Error> {
        check_draws(self.draws)?;
        self.level.check()?;
        let shapes = |tensors: &[AnyTensor]| {
            let shapes = tensors
                .iter()
                .map(|tensor| format!("{:?}", tensor.shape().as_slice()));
            shapes.collect::<Vec<_>>().join(", ")
        };
        let needed = shapes(&inputs.floats()?);
        for draw in self.given.iter().flat_map(|given| given.iter()) {
            if shapes(draw) != needed || !draw.iter().all(AnyTensor::is_float) {
                return Err(Error::WrongShape {
                    what: "noise",
                    needs: "a float tensor of the shape of every explained input",
                    shape: shapes(draw),
                    help: "",
                });
            }
        }
        Ok(())
    }

    /// The explained inputs with the noise of a draw.
    fn add(&self, inputs: &Inputs, draw: usize) -> Result<Vec<AnyTensor>, Error> {
        let floats = inputs.floats()?;
        Ok(match &self.given {
            Some(given) => {
                let noise = given[draw].iter().zip(&floats);
                let noise: Vec<_> = noise
                    .map(|(noise, x)| noise.to_device(&x.device()))
                    .collect();
                zip_all(&floats, &noise, |x, noise| x + noise)
            }
            None => self.level.add(&floats, inputs, self.seed, draw),
        })
    }

    fn recorded(&self, result: Attribution) -> Attribution {
        let result = result.with_option("draws", self.draws);
        match self.given {
            Some(_) => result.with_option("noise", "given"),
            None => result
                .with_option("noise", self.level)
                .with_option("seed", self.seed),
        }
    }
}

/// Sums over draws of the squares and cubes of gradients.
#[derive(Default)]
struct Powers {
    sums: Option<[AnyTensor; 2]>,
    draws: usize,
}

impl Powers {
    /// Adds gradients with the rows of several draws, one after the other.
    fn add(&mut self, gradients: &AnyTensor, draws: usize) {
        let rows = gradients.shape()[0] / draws;
        for draw in 0..draws {
            let gradient = gradients.rows(draw * rows..(draw + 1) * rows);
            let squares = zip(&gradient, &gradient, |a, b| a * b);
            let new = [squares.clone(), zip(&squares, &gradient, |a, b| a * b)];
            self.sums = Some(match self.sums.take() {
                Some(sums) => {
                    let [squares, cubes] = [0, 1].map(|it| zip(&sums[it], &new[it], |a, b| a + b));
                    [squares, cubes]
                }
                None => new,
            });
        }
        self.draws += draws;
    }

    fn means(self) -> [AnyTensor; 2] {
        let draws = self.draws as f64;
        let sums = self.sums.expect("there is a draw");
        sums.map(|sum| map(&sum, |sum| sum / draws))
    }
}

/// Keeps a position without gradient from a division by zero.
const EPSILON: f64 = 1e-8;

fn combined(
    activation: Tensor<3>,
    gradient: Tensor<3>,
    squares: Tensor<3>,
    cubes: Tensor<3>,
) -> Tensor<3> {
    let sums = (cubes * activation.clone()).sum_dim(2);
    let denominators = squares.clone() * 2.0 + sums + EPSILON;
    weighted(activation, gradient, squares / denominators)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map as map_of};
    use crate::{Class, Inputs};
    use burn::nn::Linear;
    use burn::tensor::Device;

    #[test]
    fn where_gradients_are_constant_noise_changes_nothing() {
        // Gradients [1, -2] and [3, 2], activations [1, 2] and [4, -1]: sums of g³ A are -15 and 100.
        let first = 1.0 / (2.0 - 15.0);
        let second = 9.0 / (18.0 + 100.0) * 3.0 + 4.0 / (8.0 + 100.0) * 2.0;
        let method = SmoothGradCamPlusPlus::at(LAYER)
            .with_relu(false)
            .with_draws(3);
        assert_close(
            &map_of(method),
            [first + 4.0 * second, 2.0 * first - second],
        );
    }

    fn x() -> Tensor<3> {
        Tensor::from_data(
            [[[1.0, 2.0], [3.0, 0.5]], [[0.5, 1.0], [2.0, 4.0]]],
            &Device::flex(),
        )
    }

    /// The sum of squares.
    fn net() -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<3>| {
            let [batch, ..] = x.dims();
            let x = x * 1.0;
            (x.clone() * x).reshape([batch, 4]).sum_dim(1)
        };
        Network::capture(&Vec::new(), x(), forward).unwrap()
    }

    fn values(method: &SmoothGradCamPlusPlus, inputs: Inputs) -> Vec<f32> {
        let map = method.attribute(&net(), inputs, Class(0)).unwrap();
        map.values()[0].flat().into_data().iter().collect()
    }

    #[test]
    fn higher_derivatives_are_means_over_the_noise() {
        let x = x().narrow(0, 0, 1);
        let noise = [x.clone() * 0.5, x.clone() * -0.5];
        let method = SmoothGradCamPlusPlus::at("mul_scalar").with_given_noise(noise);
        let found = values(&method, x.into());
        // Gradients are 2 A. Means of their squares are 4 A² (1.5² + 0.5²) / 2 = 5 A², of their cubes
        // 8 A³ (1.5³ + 0.5³) / 2 = 14 A³.
        let channel = |a: [f64; 2]| {
            let sum = a.map(|a| 14.0 * a.powi(4)).iter().sum::<f64>();
            let weights = a.map(|a| 5.0 * a * a / (10.0 * a * a + sum) * 2.0 * a);
            weights.iter().sum::<f64>()
        };
        let (first, second) = (channel([1.0, 2.0]), channel([3.0, 0.5]));
        assert_close(&found, [first + 3.0 * second, 2.0 * first + 0.5 * second]);
    }

    #[test]
    fn the_internal_batch_and_the_other_samples_change_nothing() {
        let method = SmoothGradCamPlusPlus::at("mul_scalar").with_draws(7);
        let with = |x: Tensor<3>, rows| values(&method, Inputs::new(x).with_batch_size(rows));
        let expected = with(x(), 1);
        for rows in [3, 8] {
            for (found, expected) in with(x(), rows).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
        let alone = with(x().narrow(0, 1, 1), 8);
        for (found, expected) in alone.iter().zip(&expected[2..]) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn noise_that_does_not_fit_is_refused() {
        let refused = |method: SmoothGradCamPlusPlus| {
            let error = method.attribute(&net(), x(), Class(0)).unwrap_err();
            error.to_string()
        };
        let method = || SmoothGradCamPlusPlus::at("mul_scalar");
        assert!(refused(method().with_draws(0)).contains("draws can't be 0"));
        let noise = Tensor::<3>::zeros([1, 2, 2], &Device::flex());
        assert!(refused(method().with_given_noise([noise])).contains("[1, 2, 2]"));
        let level = NoiseLevel::Absolute(-1.0);
        assert!(refused(method().with_noise(level)).contains("noise can't be -1"));
    }
}
