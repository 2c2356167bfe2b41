//! Channels and positions, wherever a network has them.

use backdraft::{
    Baseline, Class, GradCam, GuidedGradCam, InputXGradient, IntegratedGradients, Method, Network,
    Saliency, Upsampling,
};
use backdraft_tests::tiny::{assert_close, capture, tensor, values};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// One channel to two, with weights 1 and -1.
fn signs(x: Tensor<4>) -> Tensor<4> {
    let weight = Tensor::<1>::from_data([1.0, -1.0], &x.device()).reshape([2, 1, 1, 1]);
    conv2d(x, weight, None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1))
}

fn picture() -> Tensor<4> {
    tensor([[[[1.0, 2.0, 3.0], [4.0, -5.0, 6.0f32]]]])
}

#[test]
fn a_map_of_channels_last_is_no_transposed_one() {
    let net = capture(picture(), |x: Tensor<4>| {
        let x = relu(signs(x).permute([0, 2, 3, 1]));
        x.mean_dim(1).mean_dim(2).reshape([-1, 2])
    });
    assert_eq!(net.last_spatial_layer().unwrap().name(), "relu");
    let map = GradCam::new().attribute(&net, picture(), Class(0)).unwrap();
    assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 3]);
    let sixth = 1.0 / 6.0;
    let expected = [sixth, 2.0 * sixth, 3.0 * sixth, 4.0 * sixth, 0.0, 1.0];
    assert_close(&values(&map.values()[0]), &expected, 1e-5);
    assert!(map.heatmap(0).is_ok());
}

/// A picture whose channels come last, summed after a convolution with two channels.
fn channels_last() -> (Network, Tensor<4>) {
    let x = tensor::<4>([[
        [[1.0, -1.0], [2.0, 0.0], [3.0, 1.0f32]],
        [[4.0, 2.0], [-5.0, 0.0], [6.0, 1.0]],
    ]]);
    let net = capture(x.clone(), |x: Tensor<4>| {
        let weight = Tensor::<2>::from_data([[1.0, 2.0], [-1.0, 1.0]], &x.device());
        let weight = weight.reshape([2, 2, 1, 1]);
        let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
        let x = relu(conv2d(x.permute([0, 3, 1, 2]), weight, None, options));
        x.mean_dim(2).mean_dim(3).reshape([-1, 2])
    });
    (net, x)
}

#[test]
fn channels_of_an_input_are_summed_wherever_they_are() {
    let (net, x) = channels_last();
    let products = InputXGradient::new()
        .attribute(&net, x.clone(), Class(0))
        .unwrap();
    assert_eq!(products.values()[0].shape().as_slice(), [1, 2, 3, 2]);
    // Channel 0 is relu(a + 2 b) / 6: its positions are -1, 2, 5; 8, -5, 8.
    let sixths = [0.0, 2.0, 5.0, 8.0, 0.0, 8.0].map(|it| it / 6.0);
    let sums = products.clone().sum_channels();
    assert_eq!(sums.values()[0].shape().as_slice(), [1, 1, 2, 3]);
    assert_close(&values(&sums.values()[0]), &sixths, 1e-5);
    assert!(sums.heatmap(0).is_ok());
    let absolute = products.abs();
    assert_eq!(absolute.values()[0].shape().as_slice(), [1, 2, 3, 2]);
    let largest = absolute.max_channels();
    assert_close(
        &values(&largest.values()[0]),
        &[0.0, 2.0, 3.0, 4.0, 0.0, 6.0].map(|it| it / 6.0),
        1e-5,
    );
}

#[test]
fn guided_grad_cam_multiplies_a_picture_with_channels_last() {
    let (net, x) = channels_last();
    let guided = GuidedGradCam::new().with_upsampling(Upsampling::Nearest);
    let guided = guided.attribute(&net, x.clone(), Class(0)).unwrap();
    let map = GradCam::new().attribute(&net, x.clone(), Class(0)).unwrap();
    let map = values(&map.values()[0]);
    let gradient = values(
        &Saliency::new()
            .attribute(&net, x, Class(0))
            .unwrap()
            .values()[0],
    );
    let expected: Vec<f32> = gradient
        .iter()
        .enumerate()
        .map(|(it, g)| g * map[it / 2])
        .collect();
    assert_eq!(guided.values()[0].shape().as_slice(), [1, 2, 3, 2]);
    assert_close(&values(&guided.values()[0]), &expected, 1e-5);
}

#[test]
fn a_baseline_of_channels_knows_which_they_are() {
    let (net, x) = channels_last();
    let baseline = Baseline::channels([1.0, -1.0]);
    let path = IntegratedGradients::new().with_baseline(baseline);
    let path = path.attribute(&net, x, Class(0)).unwrap();
    // relu(1 - 2) is nothing, so the change is the score.
    let gap = path.gap().unwrap()[0];
    assert!(
        (path.sums()[0] - 23.0 / 6.0).abs() < 0.05,
        "{:?} {gap:?}",
        path.sums()
    );
    assert_eq!(path.baseline_scores().unwrap(), [0.0]);
}

/// Three patches of a picture as tokens, after a class token, each with two features.
fn tokens() -> (Network, Tensor<4>) {
    let x = tensor::<4>([[[[1.0, 2.0, 3.0], [0.0, -1.0, 1.0f32]]]]);
    let net = capture(x.clone(), |x: Tensor<4>| {
        let patches = relu(signs(x)).flatten::<3>(2, 3).swap_dims(1, 2);
        let class = Tensor::zeros([patches.dims()[0], 1, 2], &patches.device());
        let tokens = Tensor::cat(vec![class, patches], 1) * 2.0;
        tokens.mean_dim(1).reshape([-1, 2])
    });
    (net, x)
}

#[test]
fn patches_of_a_token_sequence_find_their_places() {
    let (net, x) = tokens();
    let layer = net.last_spatial_layer().unwrap();
    assert_eq!(layer.name(), "mul_scalar");
    assert_eq!(
        layer.axes().to_string(),
        "[samples, tokens = 1 + 2 y · 3 x, features]"
    );
    let map = GradCam::new().attribute(&net, x, Class(0)).unwrap();
    assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 3]);
    // The gradient is a seventh everywhere, the activation twice the patch.
    let expected = [1.0, 2.0, 3.0, 0.0, 0.0, 1.0].map(|it| it * 2.0 / 7.0);
    assert_close(&values(&map.values()[0]), &expected, 1e-5);
}

#[test]
fn rolled_windows_are_put_back() {
    let x = tensor::<4>([[[
        [1.0, 2.0, 3.0, 4.0],
        [5.0, 6.0, 7.0, 8.0],
        [9.0, 10.0, 11.0, 12.0],
        [13.0, 14.0, 15.0, 16.0f32],
    ]]]);
    let net = capture(x.clone(), |x: Tensor<4>| {
        let [samples, ..] = x.dims();
        let x = signs(x).permute([0, 2, 3, 1]).roll(&[-1, -1], &[1, 2]);
        let windows = x
            .reshape([samples, 2, 2, 2, 2, 2])
            .permute([0, 1, 3, 2, 4, 5]);
        let windows = relu(windows.reshape([samples * 4, 4, 2]));
        windows
            .mean_dim(1)
            .reshape([samples, 4, 2])
            .mean_dim(1)
            .reshape([samples, 2])
    });
    let map = GradCam::at("relu")
        .attribute(&net, x.clone(), Class(0))
        .unwrap();
    assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 4, 4]);
    let expected: Vec<f32> = values(&x.into()).iter().map(|it| it / 16.0).collect();
    assert_close(&values(&map.values()[0]), &expected, 1e-5);
}

#[test]
fn an_output_with_positions_has_no_default_layer() {
    let net = capture(picture(), |x: Tensor<4>| {
        signs(relu(signs(x).slice([0..1, 0..1])))
    });
    let error = GradCam::new()
        .attribute(&net, picture(), Class(0))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("positions itself") && error.contains("such as `conv2d`"),
        "{error}"
    );
}

#[test]
fn several_scales_are_no_map() {
    let net = capture(picture(), |x: Tensor<4>| {
        let coarse = x.clone().slice([0..1, 0..1, 0..2, 0..2]);
        let scales = [x, coarse].map(|x| signs(x).flatten::<3>(2, 3));
        let all = relu(Tensor::cat(scales.to_vec(), 2));
        all.mean_dim(2).reshape([-1, 2])
    });
    let error = GradCam::at("relu")
        .attribute(&net, picture(), Class(0))
        .unwrap_err()
        .to_string();
    assert!(error.contains("fill no grid"), "{error}");
}
