//! Networks with random layers, for tests.

use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Distribution, Tensor};

/// Reproducible numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Layers one after the other, and the mean over space at the end.
#[derive(Clone, Debug)]
pub(crate) struct RandomNetwork(Vec<Layer>);

#[derive(Clone, Debug)]
enum Layer {
    Convolution(Convolution),
    Maxima(MaxPoolOptions<2>),
    Means(AvgPoolOptions<2>),
    Relu,
    Sigmoid,
    Clamp,
    /// `x + layer(x)`
    Residual(Convolution),
    /// `[x, layer(x)]`
    Beside(Convolution),
    /// `x * position`
    Fixed,
}

#[derive(Clone)]
struct Convolution {
    weight: Tensor<4>,
    options: ConvOptions<2>,
}

impl std::fmt::Debug for Convolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.weight.dims(), self.options)
    }
}

impl Convolution {
    fn new(random: &mut Random, [channels, out]: [usize; 2], keeps: bool) -> Self {
        let groups = [1, 1, 3, channels][random.below(4)];
        let kernel = [(); 2].map(|()| if keeps { 3 } else { 1 + random.below(4) });
        let dilation = [(); 2].map(|()| 1 + random.below(2));
        let padding = |axis: usize, random: &mut Random| {
            if keeps {
                (dilation[axis], dilation[axis])
            } else {
                (random.below(kernel[axis]), random.below(kernel[axis]))
            }
        };
        let padding = [padding(0, random), padding(1, random)];
        let stride = [(); 2].map(|()| if keeps { 1 } else { 1 + random.below(4) / 2 });
        let shape = [out, channels / groups, kernel[0], kernel[1]];
        Self {
            weight: Tensor::random(shape, Distribution::Uniform(-0.5, 0.5), &Device::flex()),
            options: ConvOptions::new_with_padding(stride, padding, dilation, groups),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let weight = self.weight.clone().to_device(&x.device());
        conv2d(x, weight, None, self.options.clone())
    }
}

impl RandomNetwork {
    /// For images of three channels, as many layers as leave something of them.
    pub(crate) fn new(random: &mut Random, side: usize) -> Self {
        let mut layers = Vec::new();
        let mut x = Tensor::<4>::zeros([1, 3, side, side], &Device::flex());
        for _ in 0..9 {
            let layer = Layer::new(random, x.dims()[1]);
            x = layer.forward(x);
            layers.push(layer);
            let [_, _, height, width] = x.dims();
            if height.min(width) < 8 {
                break;
            }
        }
        Self(layers)
    }

    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let maps = self.0.iter().fold(x, |x, layer| layer.forward(x));
        maps.mean_dims(&[2, 3])
    }
}

impl Layer {
    fn new(random: &mut Random, channels: usize) -> Self {
        match random.below(11) {
            0..3 => Self::Convolution(Convolution::new(random, [channels, 6], false)),
            3 => {
                let kernel = [2 + random.below(2), 2];
                Self::Maxima(MaxPoolOptions {
                    stride: [1 + random.below(2), 2],
                    ceil_mode: random.below(2) == 1,
                    ..MaxPoolOptions::new(kernel).with_padding([random.below(2), 1])
                })
            }
            4 => Self::Means(AvgPoolOptions {
                stride: [1 + random.below(2), 1],
                count_include_pad: random.below(3) > 0,
                ..AvgPoolOptions::new([3, 2]).with_padding([random.below(2), 1])
            }),
            5 => Self::Relu,
            6 => Self::Sigmoid,
            7 => Self::Clamp,
            8 => Self::Residual(Convolution::new(random, [channels; 2], true)),
            9 => Self::Beside(Convolution::new(random, [channels, 6], true)),
            _ => Self::Fixed,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Convolution(layer) => layer.forward(x),
            Self::Maxima(options) => max_pool2d(x, options.clone()),
            Self::Means(options) => avg_pool2d(x, options.clone()),
            Self::Relu => relu(x),
            Self::Sigmoid => sigmoid(x),
            Self::Clamp => x.clamp(-0.2, 0.4),
            Self::Residual(layer) => x.clone() + relu(layer.forward(x)),
            Self::Beside(layer) => Tensor::cat(vec![x.clone(), layer.forward(x)], 1),
            Self::Fixed => {
                let [_, _, height, _] = x.dims();
                let rows = Tensor::<1, burn::tensor::Int>::arange(0..height as i64, &x.device());
                x * (rows.float().reshape([1, 1, height as i32, 1]) / 10.0)
            }
        }
    }
}
