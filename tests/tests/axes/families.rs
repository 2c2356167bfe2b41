//! Networks of the shapes that people build, small, and what each layer's dimensions are.

use backdraft::{Network, Tensors};
use backdraft_tests::tiny::capture;
use burn::nn::gru::GruConfig;
use burn::nn::lstm::{BiLstmConfig, LstmConfig};
use burn::nn::transformer::{TransformerEncoderConfig, TransformerEncoderInput};
use burn::nn::{Initializer, LstmState};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::module::{
    adaptive_avg_pool2d, conv_transpose2d, embedding, interpolate, max_pool2d,
};
use burn::tensor::ops::{
    ConvTransposeOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions,
};
use burn::tensor::{Device, Int, Tensor};

use crate::blocks::{conv_1d, conv_2d, conv_3d, dense, fused_attention, written_out_attention};

/// A network, and the axes of layers.
pub struct Family {
    pub name: &'static str,
    pub net: Network,
    pub expected: &'static [(&'static str, &'static str)],
}

fn family<I: Tensors + 'static, O: Tensors + 'static>(
    name: &'static str,
    example: I,
    forward: impl Fn(I) -> O + Send + Sync + 'static,
    expected: &'static [(&'static str, &'static str)],
) -> Family {
    Family {
        name,
        net: capture(example, forward),
        expected,
    }
}

fn zeros<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::zeros(shape, &Device::flex())
}

fn tokens(shape: [usize; 2]) -> Tensor<2, Int> {
    Tensor::zeros(shape, &Device::flex())
}

fn embed(tokens: Tensor<2, Int>, features: usize) -> Tensor<3> {
    let device = tokens.device();
    embedding(Tensor::zeros([7, features], &device), tokens)
}

fn pooled(x: Tensor<4>) -> Tensor<2> {
    adaptive_avg_pool2d(x, [1, 1]).flatten(1, 3)
}

fn halved(x: Tensor<4>) -> Tensor<4> {
    max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([2, 2]))
}

fn normalized<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let centered = x.clone() - x.mean_dim(D - 1);
    let variance = centered.clone().powi_scalar(2).mean_dim(D - 1);
    centered / (variance + 1e-5).sqrt()
}

pub fn all() -> Vec<Family> {
    [
        convolutional(),
        signals_volumes_and_frames(),
        transformers(),
        maps_as_tokens(),
        sequences(),
        several_inputs(),
        dense_outputs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn convolutional() -> Vec<Family> {
    vec![
        family(
            "convolutional network",
            zeros([1, 3, 32, 48]),
            |x: Tensor<4>| {
                let x = relu(conv_2d(x, 8, 3, 2, 1));
                let x = halved(x);
                dense(pooled(conv_2d(x, 16, 3, 1, 1)), 5)
            },
            &[
                ("conv2d", "[samples, channels, y/2, x/2]"),
                ("max_pool2d", "[samples, channels, y/4, x/4]"),
                ("conv2d#2", "[samples, channels, y/4, x/4]"),
                ("adaptive_avg_pool2d", "[samples, features, 1, 1]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "channels last (TensorFlow-born ONNX)",
            zeros([2, 8, 12, 3]),
            |x: Tensor<4>| {
                let x = relu(conv_2d(x.permute([0, 3, 1, 2]), 4, 3, 1, 1));
                let x = relu(x.permute([0, 2, 3, 1]));
                dense(x.mean_dim(1).mean_dim(2).reshape([2, 4]), 5)
            },
            &[
                ("conv2d", "[samples, channels, y, x]"),
                ("relu#2", "[samples, y, x, channels]"),
                ("mean_dim", "[samples, 1, x, channels]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "ConvNeXt block",
            zeros([1, 3, 16, 24]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 8, 4, 4, 0);
                let y = dense(normalized(x.clone().permute([0, 2, 3, 1])), 32);
                let y = dense(relu(y), 8).permute([0, 3, 1, 2]);
                dense(pooled(x + y), 5)
            },
            &[
                ("div", "[samples, y/4, x/4, channels]"),
                ("linear", "[samples, y/4, x/4, channels]"),
                ("add_scalar", "[samples, y/4, x/4, 1]"),
                ("add", "[samples, channels, y/4, x/4]"),
            ],
        ),
        family(
            "group normalization and channel shuffle",
            zeros([3, 3, 8, 8]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 6, 3, 1, 1);
                let groups = x.reshape([3, 2, 3 * 64]);
                let x = (groups.clone() - groups.mean_dim(2)).reshape([3, 6, 8, 8]);
                let x = x
                    .reshape([3, 2, 3, 8, 8])
                    .swap_dims(1, 2)
                    .reshape([3, 6, 8, 8]);
                dense(pooled(relu(x)), 5)
            },
            &[
                ("sub", "[samples, groups, features · y · x]"),
                ("reshape#2", "[samples, channels, y, x]"),
                ("relu", "[samples, channels · groups, y, x]"),
            ],
        ),
    ]
}

fn signals_volumes_and_frames() -> Vec<Family> {
    vec![
        family(
            "signal",
            zeros([1, 1, 100]),
            |x: Tensor<3>| {
                let x = relu(conv_1d(x, 4, 5, 2, 0));
                dense(x.mean_dim(2).reshape([1, 4]), 3)
            },
            &[
                ("relu", "[samples, channels, x/2]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "volume",
            zeros([2, 1, 8, 10, 12]),
            |x: Tensor<5>| dense(relu(conv_3d(x, 4, 2, 2)).flatten::<2>(1, 4), 3),
            &[
                ("relu", "[samples, channels, z/2, y/2, x/2]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "frames folded into the batch",
            zeros([2, 5, 3, 8, 8]),
            |x: Tensor<5>| {
                let x = relu(conv_2d(x.reshape([10, 3, 8, 8]), 4, 3, 1, 1));
                let x = dense(pooled(x), 6).reshape([2, 5, 6]);
                dense(x.mean_dim(1).reshape([2, 6]), 3)
            },
            &[
                ("relu", "[samples · frames, channels, y, x]"),
                ("linear", "[samples · frames, features]"),
                ("reshape#3", "[samples, frames, features]"),
                ("linear#2", "[samples, features]"),
            ],
        ),
        family(
            "pixel shuffle",
            zeros([1, 3, 4, 4]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 8, 3, 1, 1).reshape([1, 2, 2, 2, 4, 4]);
                let x = x.permute([0, 1, 4, 2, 5, 3]).reshape([1, 2, 8, 8]);
                dense(pooled(relu(conv_2d(x, 4, 3, 1, 1))), 2)
            },
            &[("relu", "[samples, channels, y·2, x·2]")],
        ),
    ]
}

fn transformers() -> Vec<Family> {
    vec![
        family(
            "vision transformer with a class token",
            zeros([1, 3, 8, 12]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 6, 4, 4, 0).flatten::<3>(2, 3).swap_dims(1, 2);
                let device = x.device();
                let class = Tensor::zeros([1, 1, 6], &device);
                let x = Tensor::cat(vec![class, x], 1) + Tensor::ones([1, 7, 6], &device);
                let x = x.clone() + written_out_attention(normalized(x), 2);
                dense(normalized(x).slice([0..1, 0..1]).reshape([1, 6]), 5)
            },
            &[
                ("conv2d", "[samples, channels, y/4, x/4]"),
                ("swap_dims", "[samples, tokens = 2 y · 3 x, features]"),
                ("cat", "[samples, tokens = 1 + 2 y · 3 x, features]"),
                (
                    "softmax",
                    "[samples, heads, tokens = 1 + 2 y · 3 x, tokens = 1 + 2 y · 3 x]",
                ),
                ("add", "[samples, tokens = 1 + 2 y · 3 x, features]"),
                ("div#2", "[samples, tokens = 1 + 2 y · 3 x, features]"),
                ("slice", "[samples, 1, features]"),
            ],
        ),
        family(
            "DINO: registers, fused attention, patches by reshape",
            zeros([2, 3, 8, 12]),
            |x: Tensor<4>| {
                let x = x.reshape([2, 3, 2, 4, 3, 4]).permute([0, 2, 4, 3, 5, 1]);
                let x = dense(x.reshape([2, 6, 48]), 8);
                let registers = Tensor::zeros([2, 3, 8], &x.device());
                let x = Tensor::cat(vec![registers, x], 1);
                let x = x.clone() + fused_attention(normalized(x), 2);
                dense(x.slice([0..2, 3..9]).mean_dim(1).reshape([2, 8]), 5)
            },
            &[
                ("linear", "[samples, tokens = 2 y · 3 x, features]"),
                ("cat", "[samples, tokens = 3 + 2 y · 3 x, features]"),
                (
                    "attention",
                    "[samples, heads, tokens = 3 + 2 y · 3 x, features]",
                ),
                ("add", "[samples, tokens = 3 + 2 y · 3 x, features]"),
                ("slice#4", "[samples, tokens = 2 y · 3 x, features]"),
            ],
        ),
        family(
            "a convolution inside of windows",
            zeros([2, 3, 8, 8]),
            |x: Tensor<4>| {
                let windows = x.reshape([2, 3, 2, 4, 2, 4]).permute([0, 2, 4, 1, 3, 5]);
                let x = conv_2d(windows.reshape([8, 3, 4, 4]), 4, 3, 1, 1);
                dense(pooled(relu(x)).reshape([2, 16]), 5)
            },
            &[
                (
                    "reshape#2",
                    "[samples · windows y · windows x, channels, y in windows, x in windows]",
                ),
                ("relu", "[samples · y/4 · x/4, features, unknown, unknown]"),
            ],
        ),
        family(
            "Swin: shifted windows",
            zeros([2, 3, 16, 16]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 8, 2, 2, 0).permute([0, 2, 3, 1]);
                let rolled = x.clone().roll(&[-2, -2], &[1, 2]);
                let windows = rolled
                    .reshape([2, 2, 4, 2, 4, 8])
                    .permute([0, 1, 3, 2, 4, 5]);
                let windows = written_out_attention(windows.reshape([8, 16, 8]), 2);
                let back = windows
                    .reshape([2, 2, 2, 4, 4, 8])
                    .permute([0, 1, 3, 2, 4, 5]);
                let x = x + back.reshape([2, 8, 8, 8]).roll(&[2, 2], &[1, 2]);
                // Patch merging.
                let merged = x.reshape([2, 4, 2, 4, 2, 8]).permute([0, 1, 3, 2, 4, 5]);
                let x = dense(normalized(merged.reshape([2, 4, 4, 32])), 16);
                dense(x.reshape([2, 16, 16]).mean_dim(1).reshape([2, 16]), 5)
            },
            &[
                (
                    "linear",
                    "[samples · windows y · windows x, tokens = 4 y in windows · 4 x in windows, features]",
                ),
                ("add", "[samples, y/2, x/2, channels]"),
                ("linear#5", "[samples, y/4, x/4, channels]"),
            ],
        ),
    ]
}

fn maps_as_tokens() -> Vec<Family> {
    vec![
        family(
            "DETR: a convolutional network's map as tokens, and queries",
            zeros([1, 3, 8, 12]),
            |x: Tensor<4>| {
                let x = relu(conv_2d(x, 6, 2, 2, 0))
                    .reshape([1, 6, 24])
                    .permute([2, 0, 1]);
                let memory = dense(x, 6).swap_dims(0, 1);
                let queries = Tensor::<3>::zeros([1, 4, 6], &memory.device());
                let scores = softmax(queries.matmul(memory.clone().swap_dims(1, 2)), 2);
                dense(scores.matmul(memory), 3)
            },
            &[
                ("linear", "[tokens = 4 y · 6 x, samples, features]"),
                ("softmax", "[samples, constant, tokens = 4 y · 6 x]"),
                ("matmul#2", "[samples, constant, features]"),
            ],
        ),
        family(
            "mixer: a layer over tokens",
            zeros([2, 3, 8, 8]),
            |x: Tensor<4>| {
                let x = conv_2d(x, 6, 4, 4, 0).flatten::<3>(2, 3);
                let x = x.clone() + dense(relu(dense(x, 5)), 4);
                dense(x.mean_dim(2).reshape([2, 6]), 3)
            },
            &[
                ("linear", "[samples, features, features]"),
                ("add", "[samples, features, tokens = 2 y · 2 x]"),
            ],
        ),
    ]
}

fn sequences() -> Vec<Family> {
    vec![
        family(
            "text encoder",
            tokens([2, 5]),
            |x: Tensor<2, Int>| {
                let encoder = TransformerEncoderConfig::new(4, 8, 2, 1)
                    .with_initializer(Initializer::Zeros)
                    .init(&x.device());
                let x = encoder.forward(TransformerEncoderInput::new(embed(x, 4)));
                dense(x.mean_dim(1).reshape([2, 4]), 3)
            },
            &[
                ("embedding", "[samples, tokens, features]"),
                ("layer_norm#2", "[samples, tokens, features]"),
                ("linear", "[samples, tokens, features]"),
            ],
        ),
        family(
            "documents whose sentences are folded into the batch",
            Tensor::<3, Int>::zeros([2, 3, 5], &Device::flex()),
            |x: Tensor<3, Int>| {
                let words = embed(x.reshape([6, 5]), 4);
                let sentences = relu(dense(words.mean_dim(1).reshape([6, 4]), 4));
                let document = sentences.reshape([2, 3, 4]).mean_dim(1);
                dense(document.reshape([2, 4]), 3)
            },
            &[
                ("embedding", "[samples · tokens, tokens, features]"),
                ("relu", "[samples · tokens, features]"),
                ("reshape#3", "[samples, tokens, features]"),
            ],
        ),
        family(
            "recurrent network, batch first",
            tokens([2, 5]),
            |x: Tensor<2, Int>| {
                let x = embed(x, 4);
                let lstm = LstmConfig::new(4, 6, true)
                    .with_initializer(Initializer::Zeros)
                    .init(&x.device());
                let (hidden, _): (Tensor<3>, LstmState<2>) = lstm.forward(x, None);
                dense(hidden.slice([0..2, 4..5]).reshape([2, 6]), 3)
            },
            &[
                ("embedding", "[samples, tokens, features]"),
                ("slice_assign#5", "[samples, tokens, features]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "recurrent network, time first, two directions",
            zeros([5, 2, 4]),
            |x: Tensor<3>| {
                let lstm = BiLstmConfig::new(4, 6, true)
                    .with_batch_first(false)
                    .with_initializer(Initializer::Zeros)
                    .init(&x.device());
                let (hidden, _) = lstm.forward(x, None);
                dense(hidden.mean_dim(0).reshape([2, 12]), 3)
            },
            &[
                ("swap_dims#2", "[tokens, samples, features]"),
                ("linear", "[samples, features]"),
            ],
        ),
        family(
            "gated recurrent units over a picture's columns",
            zeros([2, 1, 4, 10]),
            |x: Tensor<4>| {
                let x = relu(conv_2d(x, 3, 2, 2, 0))
                    .permute([0, 3, 1, 2])
                    .reshape([2, 5, 6]);
                let gru = GruConfig::new(6, 7, true)
                    .with_initializer(Initializer::Zeros)
                    .init(&x.device());
                dense(gru.forward(x, None), 4).mean_dim(1).reshape([2, 4])
            },
            &[
                ("reshape", "[samples, x/2, channels · y/2]"),
                ("slice_assign#5", "[samples, x/2, channels]"),
            ],
        ),
    ]
}

fn several_inputs() -> Vec<Family> {
    vec![
        family(
            "images and texts (CLIP)",
            (zeros([2, 3, 4, 4]), tokens([2, 5])),
            |(images, texts): (Tensor<4>, Tensor<2, Int>)| {
                let images = dense(images.flatten::<2>(1, 3), 6);
                let texts = dense(embed(texts, 6).mean_dim(1).reshape([2, 6]), 6);
                images.matmul(texts.transpose())
            },
            &[
                ("linear", "[samples, features]"),
                ("matmul", "[samples, tokens]"),
            ],
        ),
        family(
            "graph network",
            (zeros([4, 3]), zeros([4, 4])),
            |(nodes, adjacency): (Tensor<2>, Tensor<2>)| {
                let nodes = relu(dense(adjacency.clone().matmul(nodes), 5));
                dense(adjacency.matmul(nodes), 2)
            },
            &[("relu", "[samples, features]")],
        ),
        family(
            "pointwise mask beside a sequence",
            (zeros([3, 3, 2]), zeros([3, 3])),
            |(x, mask): (Tensor<3>, Tensor<2>)| {
                let mixed = mask.unsqueeze::<3>().matmul(x);
                dense(mixed.mean_dim(1).reshape([3, 2]), 4)
            },
            &[
                ("matmul", "[samples, tokens, features]"),
                ("linear", "[samples, features]"),
            ],
        ),
    ]
}

fn dense_outputs() -> Vec<Family> {
    vec![
        family(
            "U-Net",
            zeros([1, 1, 8, 8]),
            |x: Tensor<4>| {
                let first = relu(conv_2d(x, 4, 3, 1, 1));
                let deep = relu(conv_2d(halved(first.clone()), 8, 3, 1, 1));
                let weight = Tensor::zeros([8, 4, 2, 2], &deep.device());
                let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
                let up = conv_transpose2d(deep, weight, None, options);
                let both = Tensor::cat(vec![first, up], 1);
                conv_2d(relu(conv_2d(both, 4, 3, 1, 1)), 2, 1, 1, 0)
            },
            &[
                ("relu#2", "[samples, channels, y/2, x/2]"),
                ("conv_transpose2d", "[samples, channels, y, x]"),
                ("cat", "[samples, channels, y, x]"),
                ("conv2d#4", "[samples, channels, y, x]"),
            ],
        ),
        family(
            "detector with two scales",
            zeros([1, 3, 8, 8]),
            |x: Tensor<4>| {
                let fine = relu(conv_2d(x, 4, 2, 2, 0));
                let coarse = relu(conv_2d(fine.clone(), 4, 2, 2, 0));
                let options = InterpolateOptions::new(InterpolateMode::Nearest);
                let up = interpolate(coarse.clone(), options.with_output_size([4, 4]));
                let scales = [fine + up, coarse].map(|x| conv_2d(x, 6, 1, 1, 0).flatten::<3>(2, 3));
                Tensor::cat(scales.to_vec(), 2).swap_dims(1, 2)
            },
            &[
                ("interpolate", "[samples, channels, y/2, x/2]"),
                ("add", "[samples, channels, y/2, x/2]"),
                ("swap_dims", "[samples, tokens = 20 places, features]"),
            ],
        ),
    ]
}
