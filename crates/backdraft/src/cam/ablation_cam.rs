//! Ablation-CAM.

use burn::tensor::{Int, Tensor};

use crate::attribution::batch_channels_positions;
use crate::cam::evidence::{Activation, Layout};
use crate::cam::layer_map::{LayerMap, weighing_method};
use crate::inputs::rows::flat_integers;
use crate::layer::open::open;
use crate::run::batching::outputs_plan;
use crate::{
    AnyTensor, Attribution, Baseline, Error, FeatureAblation, Inputs, Method, Network, Plan,
    Regions, Target,
};

/// Ablation-CAM: channels weighted with what the score loses without them.
///
/// With activations `A` of shape `[batch, channels, positions...]` of a layer,
///
/// ```text
/// w_k = F - F( channel k of the layer set to zero )
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Desai & Ramaswamy, [*Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free
/// Localization*](https://doi.org/10.1109/WACV45572.2020.9093360), WACV 2020. There the weight is divided by `F`, which
/// turns the map's sign with that of the score and makes it grow without bound as the score comes near zero; without
/// the division the weight is in units of the score. No gradient is needed, so saturation doesn't matter.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// It takes one evaluation for each channel, of the network from the layer on alone. What isn't on the map, such as a class
/// token, stays as it is.
///
/// ```
/// use backdraft::{AblationCam, Class, Method, Network};
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
/// let map = AblationCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct AblationCam(LayerMap);

weighing_method!(AblationCam, "ablation-cam", weights, scores_plan);

/// What the scores without each of so many channels take: of the network from the layer on alone.
fn scores_plan(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    channels: usize,
) -> Result<Plan, Error> {
    let (head, at_layer) = open(net, &[layer.to_owned()], inputs, false)?;
    let whole = Plan::outputs(&head, &at_layer)?;
    Ok(whole.then(outputs_plan(&head, &at_layer, channels, 1)?))
}

fn weights(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    seen: &Activation,
    targets: &[&dyn Target],
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let (head, at_layer) = open(net, &[layer.to_owned()], inputs, false)?;
    let ablation = without_channels(&at_layer, &seen.layout)?;
    let losses = ablation.compute_each(&head, &at_layer, targets)?;
    let of_target = |lost: Attribution| {
        let regions = lost.regions().expect("an ablation has regions");
        let of_sample = |sample| regions.values(sample).iter().copied().map(f64::from);
        let samples = 0..lost.scores().len();
        samples.map(|sample| of_sample(sample).collect()).collect()
    };
    Ok(losses.into_iter().map(of_target).collect())
}

/// The ablation of every channel of a layer, whose output is what is explained.
fn without_channels(at_layer: &Inputs, layout: &Layout) -> Result<FeatureAblation, Error> {
    let output = &at_layer.floats()?[0];
    let mut shape = output.shape().to_vec();
    let labels = channel_of_elements(at_layer, layout, &shape)?;
    shape[0] = 1;
    let labels = Tensor::<1, Int>::from_data(labels.as_slice(), &output.device());
    let labels = AnyTensor::from(labels).reshape_to(shape);
    // A layer that is silent already loses nothing.
    let silent = Baseline::absence();
    Ok(FeatureAblation::new()
        .with_regions(Regions::labels(vec![labels]))
        .with_baseline(silent))
}

/// The channel that each element of a sample belongs to; -1 for what isn't on the map. It is read off the elements'
/// numbers, brought into the order of the map.
fn channel_of_elements(
    at_layer: &Inputs,
    layout: &Layout,
    shape: &[usize],
) -> Result<Vec<i64>, Error> {
    let elements: usize = shape.iter().product();
    let input = at_layer.explained().next().expect("a layer is explained");
    let device = at_layer.tensors()[input].device();
    let numbers = Tensor::<1, Int>::arange(0..elements as i64, &device);
    let numbers = AnyTensor::from(numbers).reshape_to(shape.to_vec());
    let on_map = layout.arrange(&at_layer.as_given(input, &numbers))?;
    let [_, channels, positions] = batch_channels_positions(&on_map.shape());
    let on_map = flat_integers(&on_map).expect("numbers are integers");
    let mut labels = vec![-1; elements / shape[0]];
    for (place, number) in on_map.into_data().iter::<i64>().enumerate() {
        // All samples are alike, so the first one tells.
        if let Some(label) = labels.get_mut(number as usize) {
            *label = (place / positions % channels) as i64;
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map as map_of};
    use crate::{Class, Classes, TokenLayout};
    use burn::nn::Linear;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Distribution};

    #[test]
    fn channels_count_as_much_as_the_score_loses() {
        // Of 1 · 1 - 2 · 2 = -3 and 3 · 4 - 2 · 1 = 10: -3 · 1 + 10 · 4 and -3 · 2 - 10 · 1.
        assert_close(
            &map_of(AblationCam::at(LAYER).with_relu(false)),
            [37.0, -16.0],
        );
        assert_close(&map_of(AblationCam::at(LAYER)), [37.0, 0.0]);
    }

    fn net<const D: usize>(x: &Tensor<D>, forward: fn(Tensor<D>) -> Tensor<2>) -> Network {
        let forward = move |_: &Vec<Linear>, x| forward(x);
        Network::capture(&Vec::new(), x.clone(), forward).unwrap()
    }

    fn values(attribution: &Attribution) -> Vec<f32> {
        attribution.values()[0].flat().into_data().iter().collect()
    }

    /// Two numbers of `[batch, channels, height, width]` that depend on products of channels.
    fn products(x: Tensor<4>) -> Tensor<2> {
        let [batch, ..] = x.dims();
        let means = x.clone().mean_dim(1);
        let x = (x * means).sum_dim(2).sum_dim(1);
        x.reshape([batch, 2])
    }

    #[test]
    fn channels_last_are_the_same_channels() {
        let device = Device::flex();
        let x = Tensor::<4>::random([2, 3, 4, 2], Distribution::Default, &device);
        device.seed(7);
        let conv: Conv2d = Conv2dConfig::new([3, 3], [1, 1]).init(&device);
        let first = |m: &Conv2d, x| products(relu(m.forward(x)));
        let first = Network::capture(&conv, x.clone(), first).unwrap();
        let last = |m: &Conv2d, x: Tensor<4>| {
            let x = relu(m.forward(x).permute([0, 2, 3, 1]));
            products(x.permute([0, 3, 1, 2]))
        };
        let last = Network::capture(&conv, x.clone(), last).unwrap();
        let map = |net: &Network| {
            let method = AblationCam::at("relu");
            values(
                &method
                    .attribute(net, x.clone(), Classes(vec![0, 1]))
                    .unwrap(),
            )
        };
        let (first, last) = (map(&first), map(&last));
        assert!(first.iter().any(|value| *value != 0.0));
        for (first, last) in first.iter().zip(last) {
            assert!((first - last).abs() < 1e-5, "{first} {last}");
        }
    }

    #[test]
    fn a_token_that_is_no_patch_stays() {
        // A token of ones, and two patches: the score is (1 + 2 + 4) · (1 + 3 + 5).
        let x = Tensor::<2>::from_data([[2.0, 3.0], [4.0, 5.0]], &Device::flex()).unsqueeze();
        let net = net(&x, |x: Tensor<3>| {
            let [batch, _, features] = x.dims();
            let class = Tensor::ones([batch, 1, features], &x.device());
            let tokens = Tensor::cat(vec![class, x], 1) * 1.0;
            tokens.sum_dim(1).prod_dim(2).reshape([batch, 1])
        });
        let tokens = TokenLayout::new().with_leading(1).with_grid(1, 2);
        let method = AblationCam::at("mul_scalar").with_tokens(tokens);
        let map = method.attribute(&net, x, Class(0)).unwrap();
        // Without a feature its sum is the one of the first token: 63 - 9 and 63 - 7.
        assert_close(
            &values(&map),
            [54.0 * 2.0 + 56.0 * 3.0, 54.0 * 4.0 + 56.0 * 5.0],
        );
    }

    #[test]
    fn where_a_layer_is_silent_its_map_is_flat() {
        let x = Tensor::<1>::from_floats([1.0, 1.0, -1.0, -1.0], &Device::flex());
        let x = x.reshape([2, 1, 1, 2]);
        let net = net(&x, |x: Tensor<4>| relu(x).sum_dim(3).reshape([2, 1]));
        let map = AblationCam::at("relu")
            .attribute(&net, x, Class(0))
            .unwrap();
        // The score of 2 is lost, times 1 and 1.
        assert_close(&values(&map), [2.0, 2.0]);
        assert_eq!(values(&map)[2..], [0.0, 0.0]);
    }

    #[test]
    fn only_what_comes_after_the_layer_is_computed_for_every_channel() {
        let x = Tensor::<4>::ones([1, 3, 4, 2], &Device::flex());
        let net = net(&x, |x| products(relu(x - 0.5)));
        let plan = AblationCam::at("relu").plan(&net, x.clone()).unwrap();
        // The whole network, what comes after the layer, and that once for each of three channels.
        assert_eq!(
            (plan.forward_evaluations(), plan.backward_evaluations()),
            (1 + 1 + 3, 0)
        );
        let method = AblationCam::at("relu");
        let each = method
            .attribute_each(&net, x.clone(), [Class(0), Class(1)])
            .unwrap();
        let alone = method.attribute(&net, x, Class(1)).unwrap();
        assert_eq!(values(&each[1]), values(&alone));
        assert_eq!(each[1].target(), "class 1");
    }
}
