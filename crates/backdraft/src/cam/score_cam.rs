//! Score-CAM.

use std::ops::Range;

use burn::tensor::Tensor;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use crate::cam::evidence::Activation;
use crate::cam::layer_map::{LayerMap, weighing_method};
use crate::cam::upsample::upsampled;
use crate::finite::check;
use crate::inputs::rows::{map, to_vec};
use crate::layer::LayerError;
use crate::run::batching::{Work, outputs_plan};
use crate::run::budget::copies;
use crate::targets::ResolvedTarget;
use crate::{AnyTensor, Error, Inputs, Model, Network, Plan, Target};

/// Score-CAM: channels weighted with the score of the input where they are active.
///
/// With activations `A` of shape `[batch, channels, positions...]` of a layer,
///
/// ```text
/// mask_k = ( U_k - min U_k ) / ( max U_k - min U_k + 1e-8 ),   U_k = A_k at the size of the input
/// w      = softmax over channels of F( x · mask_k )
/// map    = relu( sum over channels of w_k A_k )
/// ```
///
/// Wang et al., [*Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
/// Networks*](https://arxiv.org/abs/1910.01279), CVPR Workshops 2020, as pytorch-grad-cam computes it: activations are
/// resized linearly, with the outermost positions at the borders of the input. Weights are positive and sum to one, whatever
/// the score's size, so the map has the activation's units, and tells classes apart only as far as their best channels
/// differ.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// It takes one evaluation of the network for each channel, and one for all channels that are zero everywhere, as many
/// after rectifiers are: their masks hide everything. An input is masked if the layer's positions are those of the
/// input, and as many dimensions of them; others stay as they are.
///
/// ```
/// use backdraft::{Class, Method, Network, ScoreCam};
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
/// let map = ScoreCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ScoreCam(LayerMap);

weighing_method!(ScoreCam, "score-cam", weights, scores_plan);

/// Keeps a channel that is the same everywhere from a division by zero.
const EPSILON: f64 = 1e-8;

/// What the scores under so many masks take.
fn scores_plan(net: &Network, inputs: &Inputs, _: &str, channels: usize) -> Result<Plan, Error> {
    outputs_plan(net, inputs, channels, 1)
}

fn weights(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    seen: &Activation,
    targets: &[&dyn Target],
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let scores = Masks::new(inputs, layer, seen)?.scores(net, targets)?;
    let of_target = |scores: Vec<Vec<f64>>| scores.iter().map(|it| softmax(it)).collect();
    Ok(scores.into_iter().map(of_target).collect())
}

/// The channels of a layer as masks of the inputs.
struct Masks<'a> {
    inputs: &'a Inputs,
    layer: &'a str,
    activation: &'a AnyTensor,
    values: Vec<AnyTensor>,
    /// For each of the values whether it is masked.
    masked: Vec<bool>,
}

impl<'a> Masks<'a> {
    fn new(inputs: &'a Inputs, layer: &'a str, seen: &'a Activation) -> Result<Self, Error> {
        let values = inputs.floats()?;
        let space = seen.values.shape().num_dims() - 2;
        let masked: Vec<bool> = (inputs.explained().zip(&values).zip(inputs.planes()))
            .map(|((input, value), planes)| {
                let frames = planes.map_or(0, |planes| planes.frames);
                seen.layout.is_of(input) && value.shape().num_dims() == 2 + frames + space
            })
            .collect();
        if !masked.contains(&true) {
            return Err(Error::Layer(LayerError::LayerShape {
                layer: layer.into(),
                shape: format!("{:?}", seen.values.shape().as_slice()),
                needs: "Score-CAM masks an input that is explained and has as many dimensions of space: name a layer \
                     whose positions are those of such an input",
            }));
        }
        Ok(Self {
            inputs,
            layer,
            activation: &seen.values,
            values,
            masked,
        })
    }

    /// For each target and sample the scores of all channels.
    fn scores(&self, net: &Network, targets: &[&dyn Target]) -> Result<Vec<Vec<Vec<f64>>>, Error> {
        let inputs = self.inputs;
        let outputs = net.outputs(inputs)?;
        let targets = targets
            .iter()
            .map(|target| ResolvedTarget::of(net, &outputs, inputs, *target));
        let targets: Vec<ResolvedTarget<'_>> = targets.collect::<Result<_, _>>()?;
        let copies = copies(inputs, || Plan::outputs(net, inputs))?;
        let silent = self.silent();
        let channels = evaluated(&silent);
        let mut work = Work::new(inputs, copies, channels.len());
        let mut found = vec![vec![Vec::new(); inputs.rows()]; targets.len()];
        for chunk in work.chunks() {
            let stacked = self.versions(&channels[chunk])?;
            let outputs = net.outputs(&stacked)?;
            for (target, found) in targets.iter().zip(&mut found) {
                let explained = stacked.scores(target.target(), &outputs)?;
                let scores = check::scores(net, &stacked, &explained)?;
                for scores in scores.chunks(inputs.rows()) {
                    for (row, &score) in found.iter_mut().zip(scores) {
                        row.push(f64::from(score));
                    }
                }
            }
            work.advance(stacked.copies())?;
        }
        let of_all = |rows: Vec<Vec<f64>>| rows.iter().map(|row| of_all(row, &silent)).collect();
        Ok(found.into_iter().map(of_all).collect())
    }

    /// For each channel whether it is zero everywhere in every sample, so that its mask hides everything.
    fn silent(&self) -> Vec<bool> {
        let most = self.planes().abs().max_dim(2).max_dim(0);
        to_vec(most.flatten(0, 2))
            .iter()
            .map(|&most| most == 0.0)
            .collect()
    }

    /// The inputs where each of some channels is active, one copy for each.
    fn versions(&self, channels: &[usize]) -> Result<Inputs, Error> {
        let copies = vec![self.values.clone(); channels.len()];
        let stacked = self.inputs.stacked(&copies);
        let maps = self.maps(channels);
        let values = stacked.floats()?.into_iter().zip(&self.masked);
        let values = values.zip(stacked.planes());
        let values = values.map(|((value, is_masked), planes)| {
            if !is_masked {
                return Ok(value);
            }
            let channels = planes.map_or(1, |planes| planes.channels);
            let one = first_of(&value, channels);
            let mask = upsampled(&maps, &one, planes, self.layer, &corners())?;
            Ok(masked(&value, &map(&mask, between_zero_and_one), channels))
        });
        Ok(stacked.with_floats(values.collect::<Result<_, Error>>()?))
    }

    /// Some channels, of shape `[channels * rows, 1, positions...]`.
    fn maps(&self, channels: &[usize]) -> AnyTensor {
        let mut shape = self.activation.shape().to_vec();
        shape[0] *= channels.len();
        shape[1] = 1;
        let planes = self.planes();
        let each = channels
            .iter()
            .map(|&channel| planes.clone().narrow(1, channel, 1));
        AnyTensor::from(Tensor::cat(each.collect(), 0)).reshape_to(shape)
    }

    /// `[rows, channels, positions]`
    fn planes(&self) -> Tensor<3> {
        let shape = self.activation.shape();
        let positions = shape.iter().skip(2).product();
        self.activation.reshape([shape[0], shape[1], positions])
    }
}

/// The channels to mask with: of those that are silent one is enough, which comes last.
fn evaluated(silent: &[bool]) -> Vec<usize> {
    let channels = 0..silent.len();
    let first = silent.iter().position(|&is_silent| is_silent);
    channels
        .filter(|&channel| !silent[channel])
        .chain(first)
        .collect()
}

/// The scores of all channels, given those of the channels to mask with.
fn of_all(scores: &[f64], silent: &[bool]) -> Vec<f64> {
    let mut each = scores.iter().copied();
    let score = |&is_silent: &bool| {
        if is_silent {
            scores.last().copied()
        } else {
            each.next()
        }
    };
    silent.iter().filter_map(score).collect()
}

/// The first channel alone: masks are the same for all.
fn first_of(value: &AnyTensor, channels: usize) -> AnyTensor {
    let sizes = value.shape();
    let mut ranges: Vec<Range<usize>> = sizes.iter().map(|&size| 0..size).collect();
    ranges[channels] = 0..1;
    value.part(&ranges)
}

/// All channels, which are this dimension, times a mask of one.
fn masked(value: &AnyTensor, mask: &AnyTensor, channels: usize) -> AnyTensor {
    let shape = value.shape();
    let outer = shape[..channels].iter().product();
    let inner = shape[channels + 1..].iter().product();
    let value = value.reshape([outer, shape[channels], inner]);
    AnyTensor::from(value * mask.reshape([outer, 1, inner])).reshape_to(shape)
}

/// Linear, with the outermost positions at the borders.
fn corners() -> InterpolateOptions {
    InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(true)
}

/// Every row from zero to one.
fn between_zero_and_one(rows: Tensor<2>) -> Tensor<2> {
    let least = rows.clone().min_dim(1);
    let range = rows.clone().max_dim(1) - least.clone() + EPSILON;
    (rows - least) / range
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribution, Class, Method};
    use burn::nn::Linear;
    use burn::tensor::Device;
    use burn::tensor::activation::relu;
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const X: [[f32; 2]; 2] = [[1.0, 3.0], [4.0, 2.0]];

    /// The score is `2 x_00 + x_11` of the two channels of two positions; a second one their sum.
    fn net(x: &Tensor<3>) -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<3>| {
            let [batch, ..] = x.dims();
            let weights = Tensor::<2>::from_data([[2.0, 0.0], [0.0, 1.0]], &x.device());
            let active = relu(x);
            let first = (active.clone() * weights.unsqueeze())
                .reshape([batch, 4])
                .sum_dim(1);
            Tensor::cat(vec![first, active.reshape([batch, 4]).sum_dim(1)], 1)
        };
        Network::capture(&Vec::new(), x.clone(), forward).unwrap()
    }

    fn x() -> Tensor<3> {
        Tensor::<2>::from_data(X, &Device::flex()).unsqueeze()
    }

    fn values(attribution: &Attribution) -> Vec<f32> {
        attribution.values()[0].flat().into_data().iter().collect()
    }

    fn assert_close(values: &[f32], expected: [f64; 2]) {
        for (value, expected) in values.iter().zip(expected) {
            assert!(
                (f64::from(*value) - expected).abs() < 1e-5,
                "{values:?} {expected}"
            );
        }
    }

    #[test]
    fn channels_are_weighted_with_the_score_of_what_they_leave() {
        // The first channel is active at the second position, which leaves x_11 = 2, and the second at the first one,
        // which leaves 2 x_00 = 2 as well: both get a half. Their sums are 3 + 2 and 1 + 4.
        let method = ScoreCam::at("relu");
        let each = method
            .attribute_each(&net(&x()), x(), [Class(0), Class(1)])
            .unwrap();
        assert_close(&values(&each[0]), [2.5, 2.5]);
        assert_close(&values(&each[1]), [2.5, 2.5]);
        // Of -x_00 the first leaves nothing, and the second 1 less.
        let positions =
            x() * Tensor::<2>::from_data([[0.5, 1.0], [1.0, 1.0]], &Device::flex()).unsqueeze();
        let map = method
            .attribute(&net(&positions), positions, Class(0))
            .unwrap();
        // Scores 2 and 1.
        let first = 1.0_f64.exp() / (1.0 + 1.0_f64.exp());
        let second = 1.0 - first;
        assert_close(
            &values(&map),
            [0.5 * first + 4.0 * second, 3.0 * first + 2.0 * second],
        );
    }

    #[test]
    fn a_channel_that_is_the_same_everywhere_masks_everything() {
        let rows = Tensor::<2>::from_data([[2.0, 2.0], [1.0, 3.0]], &Device::flex());
        let masks: Vec<f32> = between_zero_and_one(rows).into_data().iter().collect();
        assert_eq!(masks, [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn one_evaluation_is_enough_for_all_silent_channels() {
        let silent = [false, true, false, true, true];
        assert_eq!(evaluated(&silent), [0, 2, 1]);
        assert_eq!(of_all(&[5.0, 6.0, 7.0], &silent), [5.0, 7.0, 6.0, 7.0, 7.0]);
        assert_eq!(evaluated(&[false, false]), [0, 1]);
        assert_eq!(of_all(&[5.0, 6.0], &[false, false]), [5.0, 6.0]);
    }

    #[test]
    fn a_channel_is_silent_if_it_is_so_in_every_sample() {
        let evaluations = |x: Tensor<3>| {
            let total = Arc::new(AtomicUsize::new(0));
            let counted = total.clone();
            let inputs = Inputs::new(x.clone()).with_progress(move |_, total| {
                counted.store(total, Ordering::Relaxed);
                ControlFlow::Continue(())
            });
            let map = ScoreCam::at("relu").attribute(&net(&x), inputs, Class(1));
            assert!(map.is_ok(), "{map:?}");
            total.load(Ordering::Relaxed)
        };
        let silent = [[-1.0, -3.0], [-2.0, 0.0]];
        let tensor = |samples: &[[[f32; 2]; 2]]| {
            let values: Vec<f32> = samples.iter().flatten().flatten().copied().collect();
            Tensor::<1>::from_data(&values[..], &Device::flex()).reshape([samples.len(), 2, 2])
        };
        assert_eq!(evaluations(tensor(&[silent])), 1);
        assert_eq!(evaluations(tensor(&[silent, X])), 2);
    }

    #[test]
    fn large_scores_have_weights_too() {
        assert_eq!(softmax(&[1e5, 1e5]), [0.5, 0.5]);
        assert_eq!(softmax(&[1e5, -1e5]), [1.0, 0.0]);
    }

    #[test]
    fn every_channel_is_looked_at_once_for_all_targets() {
        let plan = ScoreCam::at("relu").plan(&net(&x()), x()).unwrap();
        assert_eq!(
            (plan.forward_evaluations(), plan.backward_evaluations()),
            (1 + 2, 0)
        );
    }

    #[test]
    fn an_input_without_the_layers_positions_is_refused() {
        let x = Tensor::<2>::ones([1, 4], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| {
            relu(x.reshape([1, 2, 2])).sum_dim(2).squeeze_dim::<2>(2)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let error = ScoreCam::at("relu")
            .attribute(&net, x, Class(0))
            .unwrap_err();
        assert!(error.to_string().contains("relu"), "{error}");
    }
}
