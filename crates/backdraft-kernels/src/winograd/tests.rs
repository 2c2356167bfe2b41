//! Both directions against plain sums in double precision.

use crate::Activation;
use crate::convolution::{Convolution, Weights};
use crate::geometry::Geometry;
use crate::panel::UNBOUNDED;
use crate::planes::{Mask, Source};
use crate::shifts::Axis;
use crate::winograd::choice::kernels;
use crate::winograd::filter::{Four, Two};
use crate::winograd::products::compute;
use burn::backend::ops::ConvOptions;

const ACTIVATIONS: [Activation; 3] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Clamp {
        min: -0.25,
        max: 0.75,
    },
];

/// Values between -1 and 1 without a pattern.
fn noise(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let values = (0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 2.0 - 1.0
    });
    values.collect()
}

fn length(shape: [usize; 4]) -> usize {
    shape.iter().product()
}

/// A convolution, what goes in and what comes back.
struct Case {
    geometry: Geometry,
    activation: Activation,
    input: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    gradient: Vec<f32>,
}

impl Case {
    fn new(
        input: [usize; 4],
        channels: usize,
        padding: [usize; 2],
        groups: usize,
        activation: Activation,
    ) -> Self {
        let options = ConvOptions::new([1; 2], padding, [1; 2], groups);
        let weight = [channels, input[1] / groups, 3, 3];
        let geometry = Geometry::new(input, weight, &options).expect("shapes that fit");
        Self {
            geometry,
            activation,
            input: noise(length(input), 1),
            weights: noise(length(weight), 2),
            bias: noise(channels, 3),
            gradient: noise(length(geometry.output_shape()), 4),
        }
    }

    fn forward(&self) -> Convolution<'_> {
        let Geometry {
            channels_in,
            channels_out,
            axes,
            ..
        } = self.geometry;
        Convolution {
            source: Source {
                values: &self.input,
                mask: None,
            },
            weights: self.weights(channels_in * 9, 9),
            bias: Some(&self.bias),
            bounds: self.activation.bounds(),
            batch: self.geometry.batch,
            groups: self.geometry.groups,
            channels: [channels_in, channels_out],
            axes: axes.map(Axis::forward),
            result: axes.map(|axis| axis.output),
        }
    }

    fn backward<'a>(&'a self, outputs: &'a [f32]) -> Convolution<'a> {
        let Geometry {
            channels_in,
            channels_out,
            axes,
            ..
        } = self.geometry;
        let limits = self.activation.limits();
        Convolution {
            source: Source {
                values: &self.gradient,
                mask: limits.map(|limits| Mask { outputs, limits }),
            },
            weights: self.weights(9, channels_in * 9),
            bias: None,
            bounds: Activation::Identity.bounds(),
            batch: self.geometry.batch,
            groups: self.geometry.groups,
            channels: [channels_out, channels_in],
            axes: axes.map(Axis::gradient),
            result: axes.map(|axis| axis.input),
        }
    }

    fn weights(&self, row: usize, channel: usize) -> Weights<'_> {
        Weights {
            values: &self.weights,
            group: self.geometry.channels_out * self.geometry.channels_in * 9,
            row,
            channel,
            kernel: 3,
        }
    }

    /// Calls `f` with the places of input, weight and output of each product.
    fn products(&self, mut f: impl FnMut(usize, usize, usize)) {
        let Geometry {
            groups,
            channels_in,
            channels_out,
            axes: [y, x],
            ..
        } = self.geometry;
        for image in 0..self.geometry.batch {
            for output in 0..groups * channels_out {
                for channel in 0..channels_in {
                    let plane = image * groups * channels_in
                        + output / channels_out * channels_in
                        + channel;
                    for place in 0..y.output * x.output {
                        for tap in 0..9 {
                            let row = (place / x.output + tap / 3).wrapping_sub(y.padding);
                            let column = (place % x.output + tap % 3).wrapping_sub(x.padding);
                            if row < y.input && column < x.input {
                                f(
                                    (plane * y.input + row) * x.input + column,
                                    (output * channels_in + channel) * 9 + tap,
                                    (image * groups * channels_out + output) * y.output * x.output
                                        + place,
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    /// Before the activation.
    fn exact_forward(&self) -> Vec<f64> {
        let plane = self.geometry.axes[0].output * self.geometry.axes[1].output;
        let biases =
            (0..self.gradient.len()).map(|place| self.bias[place / plane % self.bias.len()]);
        let mut sums: Vec<_> = biases.map(f64::from).collect();
        self.products(|input, weight, output| {
            sums[output] += f64::from(self.input[input]) * f64::from(self.weights[weight]);
        });
        sums
    }

    fn exact_backward(&self, outputs: &[f32]) -> Vec<f64> {
        let (min, max) = self.activation.limits().unwrap_or((f32::NAN, f32::NAN));
        let mut sums = vec![0.0; self.input.len()];
        self.products(|input, weight, output| {
            if !(outputs[output] <= min || outputs[output] >= max) {
                sums[input] += f64::from(self.gradient[output]) * f64::from(self.weights[weight]);
            }
        });
        sums
    }
}

/// By tiles with two and with four rows.
fn both(work: &Convolution) -> [Vec<f32>; 2] {
    let kernels = kernels(work).expect("a kernel of 3 x 3");
    [compute(work, kernels, Two), compute(work, kernels, Four)]
}

/// Root of the sum of squares of the differences, relative to that of what is exact.
fn lost(values: &[f32], exact: &[f64]) -> f64 {
    let differences = values
        .iter()
        .zip(exact)
        .map(|(&value, exact)| (f64::from(value) - exact).powi(2));
    let all: f64 = exact.iter().map(|value| value.powi(2)).sum();
    (differences.sum::<f64>() / all).sqrt()
}

/// Within the bounds, equal to two millionths of the largest value.
#[track_caller]
fn assert_close(values: &[f32], exact: &[f64], (min, max): (f32, f32), case: &str) {
    assert_eq!(values.len(), exact.len(), "{case}");
    let scale = exact
        .iter()
        .fold(0.1_f64, |scale, value| scale.max(value.abs()));
    for (index, (&value, &exact)) in values.iter().zip(exact).enumerate() {
        let exact = exact.clamp(min.into(), max.into());
        let difference = (f64::from(value) - exact).abs();
        assert!(
            difference <= 2e-6 * scale,
            "{case}: {value} instead of {exact} at {index}"
        );
    }
}

#[test]
fn every_shape_agrees_with_plain_sums() {
    let sizes = [[1, 1], [3, 2], [4, 33], [7, 7], [9, 14], [17, 5], [28, 31]];
    let mut cases = 0;
    for size in sizes {
        for padding in [[0, 0], [1, 1], [2, 2], [0, 1], [2, 1]] {
            for (groups, channels) in [
                (1, [1, 1]),
                (1, [5, 13]),
                (2, [6, 8]),
                (3, [24, 21]),
                (1, [35, 6]),
            ] {
                let [height, width] = [0, 1].map(|axis| size[axis] + 2 * padding[axis]);
                if height < 3 || width < 3 {
                    continue;
                }
                let input = [1 + cases % 9, channels[0], size[0], size[1]];
                let activation = ACTIVATIONS[cases % 3];
                let case = Case::new(input, channels[1], padding, groups, activation);
                let name = format!(
                    "{input:?}, {channels:?}, {padding:?}, {groups} groups, {activation:?}"
                );
                let exact = case.exact_forward();
                for outputs in both(&case.forward()) {
                    assert_close(&outputs, &exact, activation.bounds(), &name);
                    let exact = case.exact_backward(&outputs);
                    for gradient in both(&case.backward(&outputs)) {
                        assert_close(&gradient, &exact, UNBOUNDED, &format!("gradient of {name}"));
                    }
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 100);
}

#[test]
fn long_sums_lose_little() {
    let case = Case::new([1, 512, 12, 12], 16, [0, 0], 1, Activation::Identity);
    let exact = case.exact_forward();
    let [two, four] = both(&case.forward()).map(|values| lost(&values, &exact));
    // A direct sum loses 2e-7.
    assert!(two < 4e-7, "{two:.1e}");
    assert!(four < 8e-7, "{four:.1e}");
}

#[test]
fn images_do_not_touch_each_other() {
    let mut case = Case::new([3, 8, 7, 7], 9, [1, 1], 1, Activation::Relu);
    let clean = both(&case.forward());
    let (image, result) = (8 * 7 * 7, 9 * 7 * 7);
    case.input[image + 3 * 49 + 25] = f32::NAN;
    case.input[image + 4 * 49 + 10] = f32::INFINITY;
    case.input[image + 5 * 49 + 48] = f32::MAX;
    for (clean, touched) in clean.into_iter().zip(both(&case.forward())) {
        assert_eq!(clean[..result], touched[..result]);
        assert_eq!(clean[2 * result..], touched[2 * result..]);
        assert!(
            touched[result..2 * result]
                .iter()
                .any(|value| value.is_nan())
        );
    }
}

#[test]
fn an_image_has_the_same_results_in_any_batch() {
    let mut case = Case::new([5, 20, 9, 6], 7, [1, 0], 1, Activation::Identity);
    let image = 20 * 9 * 6;
    for index in 1..5 {
        case.input.copy_within(..image, index * image);
    }
    for outputs in both(&case.forward()) {
        let (first, others) = outputs.split_at(outputs.len() / 5);
        assert!(others.chunks(first.len()).all(|other| other == first));
    }
}
