//! Both directions against Burn's own, and small sums done by hand.

use backdraft_kernels::{Activation, conv2d, conv2d_input_gradient, is_supported};
use burn::backend::ops::{ActivationOps, ConvOptions, FloatTensorOps, ModuleOps};
use burn::backend::{Slice, TensorData, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

/// Values between -1 and 1 without a pattern.
fn noise(shape: [usize; 4], seed: u32) -> FlexTensor {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        })
        .collect();
    tensor(values, &shape)
}

fn tensor(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

fn values(tensor: &FlexTensor) -> Vec<f32> {
    tensor.clone().into_data().try_into_vec().expect("f32")
}

/// Equal to 1e-5 of the largest value.
#[track_caller]
fn assert_close(ours: &FlexTensor, theirs: &FlexTensor, case: &str) {
    assert_eq!(ours.shape(), theirs.shape(), "{case}");
    let (ours, theirs) = (values(ours), values(theirs));
    let scale = theirs
        .iter()
        .fold(1e-3_f32, |scale, value| scale.max(value.abs()));
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!(
            (ours - theirs).abs() <= 1e-5 * scale,
            "{case}: {ours} instead of {theirs} at {index}"
        );
    }
}

fn activate(x: FlexTensor, activation: Activation) -> FlexTensor {
    match activation {
        Activation::Identity => x,
        Activation::Relu => Flex::relu(x),
        Activation::Clamp { min, max } => Flex::float_clamp(x, min.into(), max.into()),
    }
}

/// The gradient before the activation, from the output after it.
fn deactivate(gradient: &FlexTensor, output: &FlexTensor, activation: Activation) -> FlexTensor {
    let passes = |output: f32| match activation {
        Activation::Identity => true,
        Activation::Relu => output > 0.0,
        Activation::Clamp { min, max } => min < output && output < max,
    };
    let masked = values(gradient).into_iter().zip(values(output));
    let masked = masked.map(|(gradient, output)| if passes(output) { gradient } else { 0.0 });
    tensor(masked.collect(), gradient.shape().as_slice())
}

/// Checks both directions with and without bias.
#[track_caller]
fn check(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions<2>, activation: Activation) {
    let case = format!(
        "{:?} * {:?}, {options:?}, {activation:?}",
        x.shape(),
        weight.shape()
    );
    assert!(is_supported(x, weight, options), "{case}");
    let channels = weight.shape()[0];
    let bias = Flex::float_reshape(noise([channels, 1, 1, 1], 3), [channels].into());
    for bias in [None, Some(bias)] {
        let ours = conv2d(x.clone(), weight.clone(), bias.clone(), options, activation);
        let theirs = activate(
            Flex::conv2d(x.clone(), weight.clone(), bias, options.clone()),
            activation,
        );
        assert_close(&ours, &theirs, &case);
        let shape = x.shape().as_slice().try_into().expect("rank 4");
        let gradient = noise(theirs.shape().as_slice().try_into().expect("rank 4"), 4);
        let ours = conv2d_input_gradient(
            gradient.clone(),
            Some(ours.clone()),
            weight.clone(),
            shape,
            options,
            activation,
        );
        let gradient = deactivate(&gradient, &theirs, activation);
        let theirs = Flex::conv2d_x_backward(x.clone(), weight.clone(), gradient, options.clone());
        assert_close(&ours, &theirs, &format!("gradient of {case}"));
    }
}

const ACTIVATIONS: [Activation; 3] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Clamp {
        min: -0.25,
        max: 0.75,
    },
];

#[test]
fn every_kernel_stride_padding_and_dilation_agrees_with_burn() {
    let mut cases = 0;
    for kernel in [1, 3, 5, 7] {
        for stride in [1, 2, 3] {
            for padding in 0..4 {
                for dilation in [1, 2] {
                    for (groups, channels) in [(1, [3, 7]), (2, [4, 6]), (4, [4, 4]), (3, [3, 6])] {
                        let size = [[13, 9], [8, 21]][cases % 2];
                        if size
                            .iter()
                            .any(|size| size + 2 * padding < dilation * (kernel - 1) + 1)
                        {
                            continue;
                        }
                        let options =
                            ConvOptions::new([stride; 2], [padding; 2], [dilation; 2], groups);
                        let x = noise([[1, 3][cases / 2 % 2], channels[0], size[0], size[1]], 1);
                        let weight = noise([channels[1], channels[0] / groups, kernel, kernel], 2);
                        check(&x, &weight, &options, ACTIVATIONS[cases % 3]);
                        cases += 1;
                    }
                }
            }
        }
    }
    assert!(cases > 300);
}

#[test]
fn axes_may_differ() {
    let options = ConvOptions::new_with_padding([1, 2], [(1, 2), (0, 3)], [2, 1], 1);
    check(
        &noise([2, 5, 11, 10], 1),
        &noise([4, 5, 3, 4], 2),
        &options,
        Activation::Relu,
    );
    let options = ConvOptions::new_with_padding([3, 1], [(0, 1), (2, 0)], [1, 3], 5);
    check(
        &noise([1, 5, 7, 12], 1),
        &noise([10, 1, 2, 3], 2),
        &options,
        Activation::Identity,
    );
}

#[test]
fn the_output_may_be_one_pixel() {
    for kernel in [1, 3, 7] {
        let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
        check(
            &noise([3, 4, kernel, kernel], 1),
            &noise([9, 4, kernel, kernel], 2),
            &options,
            Activation::Relu,
        );
    }
    let options = ConvOptions::new([5; 2], [0; 2], [1; 2], 1);
    check(
        &noise([1, 2, 4, 4], 1),
        &noise([3, 2, 3, 3], 2),
        &options,
        Activation::Identity,
    );
}

#[test]
fn windows_may_lie_in_the_padding() {
    let options = ConvOptions::new([2; 2], [5; 2], [1; 2], 1);
    check(
        &noise([1, 2, 3, 3], 1),
        &noise([3, 2, 2, 2], 2),
        &options,
        Activation::Identity,
    );
    let options = ConvOptions::new([1; 2], [3; 2], [1; 2], 1);
    check(
        &noise([1, 2, 9, 9], 1),
        &noise([3, 2, 1, 1], 2),
        &options,
        Activation::Relu,
    );
}

#[test]
fn large_layers_are_cut_into_blocks() {
    let options = ConvOptions::new([1; 2], [1; 2], [1; 2], 1);
    check(
        &noise([1, 70, 60, 61], 1),
        &noise([33, 70, 3, 3], 2),
        &options,
        Activation::Relu,
    );
    let options = ConvOptions::new([2; 2], [3; 2], [1; 2], 1);
    check(
        &noise([2, 3, 100, 90], 1),
        &noise([20, 3, 7, 7], 2),
        &options,
        Activation::Relu,
    );
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    check(
        &noise([2, 50, 61, 57], 1),
        &noise([40, 50, 1, 1], 2),
        &options,
        Activation::Relu,
    );
    let options = ConvOptions::new([2; 2], [2; 2], [1; 2], 40);
    check(
        &noise([2, 40, 61, 57], 1),
        &noise([40, 1, 5, 5], 2),
        &options,
        Activation::Relu,
    );
}

#[test]
fn an_image_has_the_same_results_in_any_batch() {
    // By minimal filtering, and by a direct sum.
    for shape in [[5, 64, 28, 29], [5, 64, 7, 7]] {
        let (batch, weight) = (noise(shape, 1), noise([70, 64, 3, 3], 2));
        let one = Flex::float_slice(batch.clone(), &[Slice::from(3..4)]);
        let options = ConvOptions::new([1; 2], [1; 2], [1; 2], 1);
        let [all, one] = [batch, one].map(|x| {
            let output = conv2d(x, weight.clone(), None, &options, Activation::Relu);
            values(&output)
        });
        assert_eq!(one, all.chunks(one.len()).nth(3).expect("an image"));
    }
}

#[test]
fn many_channels_by_minimal_filtering_agree_with_burn() {
    for (groups, channels, size) in [(1, [64, 66], [30, 27]), (2, [128, 96], [21, 40])] {
        // Clamped outputs are small beside the sums, and so beside their errors.
        for activation in [Activation::Identity, Activation::Relu] {
            let options = ConvOptions::new([1; 2], [1; 2], [1; 2], groups);
            let x = noise([2, channels[0], size[0], size[1]], 1);
            let weight = noise([channels[1], channels[0] / groups, 3, 3], 2);
            check(&x, &weight, &options, activation);
        }
    }
}

#[test]
fn long_sums_lose_little() {
    let channels = 4608;
    let (x, weight) = (noise([1, channels, 6, 7], 1), noise([8, channels, 1, 1], 2));
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    let (pixels, weights) = (values(&x), values(&weight));
    let bias = tensor(vec![0.5; 8], &[8]);
    let output = conv2d(x, weight, Some(bias), &options, Activation::Identity);
    let (mut lost, mut all) = (0.0, 0.0);
    for (index, value) in values(&output).into_iter().enumerate() {
        let (row, position) = (index / 42 * channels, index % 42);
        let products = (0..channels).map(|channel| {
            f64::from(weights[row + channel]) * f64::from(pixels[channel * 42 + position])
        });
        let exact = products.sum::<f64>() + 0.5;
        lost += (f64::from(value) - exact).powi(2);
        all += exact.powi(2);
    }
    // Summed one after the other, the products lose more than a millionth.
    let lost = (lost / all).sqrt();
    assert!(lost < 6e-7, "{lost:.1e}");
}

#[test]
fn tensors_may_be_views() {
    let options = ConvOptions::new([1; 2], [1; 2], [1; 2], 1);
    let x = Flex::float_permute(noise([2, 9, 8, 5], 1), &[0, 3, 1, 2]);
    let weight = Flex::float_flip(noise([4, 5, 3, 3], 2), &[2, 3]);
    check(&x, &weight, &options, Activation::Relu);
    let x = Flex::float_slice(noise([4, 5, 9, 8], 1), &[Slice::from(1..3)]);
    check(&x, &weight, &options, Activation::Identity);
    let gradient = noise([1, 9, 8, 4], 3);
    let moved = Flex::float_permute(gradient, &[0, 3, 1, 2]);
    let copied = tensor(values(&moved), moved.shape().as_slice());
    let [ours, theirs] = [moved, copied].map(|gradient| {
        conv2d_input_gradient(
            gradient,
            None,
            weight.clone(),
            [1, 5, 9, 8],
            &options,
            Activation::Identity,
        )
    });
    assert_eq!(values(&ours), values(&theirs));
}

#[test]
fn a_sum_by_hand() {
    let x = tensor(
        vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        &[1, 1, 3, 3],
    );
    let weight = tensor(vec![1.0, 0.0, 0.0, -1.0], &[1, 1, 2, 2]);
    let bias = tensor(vec![5.0], &[1]);
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    // Each value minus the one below to its right is -4.
    let output = conv2d(
        x,
        weight.clone(),
        Some(bias),
        &options,
        Activation::Identity,
    );
    assert_eq!(values(&output), [1.0; 4]);
    let gradient = tensor(vec![1.0, 2.0, 3.0, 4.0], &[1, 1, 2, 2]);
    let input = conv2d_input_gradient(
        gradient,
        None,
        weight,
        [1, 1, 3, 3],
        &options,
        Activation::Identity,
    );
    assert_eq!(
        values(&input),
        [1.0, 2.0, 0.0, 3.0, 3.0, -2.0, 0.0, -3.0, -4.0]
    );
}

#[test]
fn the_gradient_stops_at_the_ends_of_an_activation() {
    let weight = tensor(vec![2.0], &[1, 1, 1, 1]);
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    let gradient = |outputs: [f32; 5], activation| {
        let output = tensor(outputs.to_vec(), &[1, 1, 1, 5]);
        let ones = tensor(vec![1.0; 5], &[1, 1, 1, 5]);
        values(&conv2d_input_gradient(
            ones,
            Some(output),
            weight.clone(),
            [1, 1, 1, 5],
            &options,
            activation,
        ))
    };
    let outputs = [0.0, 3.0, 6.0, f32::NAN, f32::INFINITY];
    assert_eq!(
        gradient(outputs, Activation::Relu),
        [0.0, 2.0, 2.0, 2.0, 2.0]
    );
    assert_eq!(
        gradient(outputs, Activation::Clamp { min: 0.0, max: 6.0 }),
        [0.0, 2.0, 0.0, 2.0, 0.0]
    );
    assert_eq!(gradient(outputs, Activation::Identity), [2.0; 5]);
}

#[test]
fn nan_is_not_hidden_by_an_activation() {
    let x = tensor(vec![f32::NAN, -1.0, 7.0], &[1, 1, 1, 3]);
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    for activation in [Activation::Relu, Activation::Clamp { min: 0.0, max: 6.0 }] {
        let weight = tensor(vec![1.0], &[1, 1, 1, 1]);
        let output = values(&conv2d(x.clone(), weight, None, &options, activation));
        assert!(output[0].is_nan());
        assert!(output[1].abs() < 1e-9);
    }
}

#[test]
fn what_does_not_fit_is_not_supported() {
    let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
    let x = noise([1, 4, 5, 5], 1);
    let supported = |x: &FlexTensor, weight: [usize; 4], options: &ConvOptions<2>| {
        is_supported(x, &noise(weight, 2), options)
    };
    assert!(supported(&x, [2, 4, 3, 3], &options));
    assert!(!supported(&x, [2, 3, 3, 3], &options), "channels");
    assert!(
        !supported(&x, [2, 4, 6, 3], &options),
        "a kernel larger than the image"
    );
    assert!(
        !supported(
            &x,
            [3, 2, 3, 3],
            &ConvOptions::new([1; 2], [0; 2], [1; 2], 2)
        ),
        "channels of a group"
    );
    assert!(
        !supported(&noise([0, 4, 5, 5], 1), [2, 4, 3, 3], &options),
        "no image"
    );
    let flat = Flex::float_reshape(x.clone(), [4, 25].into());
    assert!(!supported(&flat, [2, 4, 3, 3], &options), "rank");
    let double = FlexTensor::from_data(TensorData::new(vec![0.0_f64; 100], [1, 4, 5, 5]));
    assert!(!supported(&double, [2, 4, 3, 3], &options), "type");
}
