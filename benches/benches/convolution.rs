//! Our convolutions against those of Burn's Flex backend, for layers of ResNet-18 and EfficientNet-Lite0.

use std::hint::black_box;

use backdraft_benches::Ratios;
use backdraft_kernels::{Activation, conv2d, conv2d_input_gradient};
use burn::backend::TensorData;
use burn::backend::ops::{ActivationOps, ConvOptions, ModuleOps};
use burn_flex::{Flex, FlexTensor};
use criterion::{Criterion, criterion_group, criterion_main};

/// Channels in and out, height and width of the input, kernel, stride.
const DENSE: [(usize, usize, usize, usize, usize); 14] = [
    (3, 64, 224, 7, 2),
    (64, 64, 56, 3, 1),
    (64, 128, 56, 3, 2),
    (64, 128, 56, 1, 2),
    (128, 128, 28, 3, 1),
    (256, 256, 14, 3, 1),
    (512, 512, 7, 3, 1),
    (3, 32, 224, 3, 2),
    (16, 96, 112, 1, 1),
    (96, 24, 56, 1, 1),
    (32, 192, 56, 1, 1),
    (80, 480, 14, 1, 1),
    (672, 112, 14, 1, 1),
    (192, 1152, 7, 1, 1),
];

/// Channels, height and width of the input, kernel, stride.
const DEPTHWISE: [(usize, usize, usize, usize); 9] = [
    (32, 112, 3, 1),
    (96, 112, 3, 2),
    (144, 56, 3, 1),
    (144, 56, 5, 2),
    (240, 28, 5, 1),
    (480, 14, 3, 1),
    (672, 14, 5, 1),
    (672, 14, 5, 2),
    (1152, 7, 5, 1),
];

/// A convolution with bias and ReLU, and its gradient.
struct Layer {
    name: String,
    x: FlexTensor,
    weight: FlexTensor,
    bias: FlexTensor,
    options: ConvOptions<2>,
    output: FlexTensor,
    gradient: FlexTensor,
}

impl Layer {
    fn new(name: String, x: [usize; 4], weight: [usize; 4], stride: usize, groups: usize) -> Self {
        let options = ConvOptions::new([stride; 2], [weight[2] / 2; 2], [1; 2], groups);
        let (x, weight, bias) = (noise(&x), noise(&weight), noise(&weight[..1]));
        let activation = Activation::Relu;
        let output = conv2d(
            x.clone(),
            weight.clone(),
            Some(bias.clone()),
            &options,
            activation,
        );
        let gradient = noise(output.layout().shape().as_slice());
        Self {
            name,
            x,
            weight,
            bias,
            options,
            output,
            gradient,
        }
    }

    fn forward(&self) {
        let (x, weight, bias) = (self.x.clone(), self.weight.clone(), self.bias.clone());
        black_box(conv2d(
            x,
            weight,
            Some(bias),
            &self.options,
            Activation::Relu,
        ));
    }

    fn forward_by_burn(&self) {
        let (x, weight, bias) = (self.x.clone(), self.weight.clone(), self.bias.clone());
        black_box(Flex::relu(Flex::conv2d(
            x,
            weight,
            Some(bias),
            self.options.clone(),
        )));
    }

    fn gradient(&self) {
        let shape = self
            .x
            .layout()
            .shape()
            .as_slice()
            .try_into()
            .expect("rank 4");
        black_box(conv2d_input_gradient(
            self.gradient.clone(),
            Some(self.output.clone()),
            self.weight.clone(),
            shape,
            &self.options,
            Activation::Relu,
        ));
    }

    fn gradient_by_burn(&self) {
        let gradient = Flex::relu_backward(self.output.clone(), self.gradient.clone());
        let (x, weight) = (self.x.clone(), self.weight.clone());
        black_box(Flex::conv2d_x_backward(
            x,
            weight,
            gradient,
            self.options.clone(),
        ));
    }
}

/// Values between -0.5 and 0.5 without a pattern.
fn noise(shape: &[usize]) -> FlexTensor {
    let mut state = 1_u32;
    let values: Vec<_> = (0..shape.iter().product())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        })
        .collect();
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

fn layers(batch: usize) -> impl Iterator<Item = Layer> {
    let dense = DENSE
        .into_iter()
        .map(move |(input, output, size, kernel, stride)| {
            let name =
                format!("{input} to {output}, {kernel}x{kernel}/{stride} at {size}, batch {batch}");
            Layer::new(
                name,
                [batch, input, size, size],
                [output, input, kernel, kernel],
                stride,
                1,
            )
        });
    let depthwise = DEPTHWISE
        .into_iter()
        .map(move |(channels, size, kernel, stride)| {
            let name = format!(
                "depthwise {channels}, {kernel}x{kernel}/{stride} at {size}, batch {batch}"
            );
            Layer::new(
                name,
                [batch, channels, size, size],
                [channels, 1, kernel, kernel],
                stride,
                channels,
            )
        });
    dense.chain(depthwise)
}

fn ratios(_: &mut Criterion) {
    let mut ratios = Ratios::default();
    for layer in [1, 8].into_iter().flat_map(layers) {
        let name = format!("forward, {}", layer.name);
        ratios.add(name, 1.0, || layer.forward(), || layer.forward_by_burn());
        let name = format!("gradient, {}", layer.name);
        ratios.add(name, 1.0, || layer.gradient(), || layer.gradient_by_burn());
    }
    println!("{ratios}");
}

criterion_group!(benches, ratios);
criterion_main!(benches);
