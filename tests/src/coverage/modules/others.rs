use burn::module::{Initializer, Module, Param, ParamId};
use burn::nn::interpolate::{
    Interpolate1d, Interpolate1dConfig, Interpolate2d, Interpolate2dConfig, InterpolateMode,
};
use burn::nn::{
    CosineSimilarity, CosineSimilarityConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig,
    Fold4d, Fold4dConfig, GaussianNoise, GaussianNoiseConfig, Identity, Linear, LinearConfig,
    LinearLayout, PairwiseDistance, PairwiseDistanceConfig, PixelShuffle, PixelShuffleConfig,
    PixelUnshuffle, PixelUnshuffleConfig, PositionalEncoding, PositionalEncodingConfig,
    RotaryEncoding, RotaryEncodingConfig, Unfold4d, Unfold4dConfig,
};
use burn::tensor::activation::tanh;
use burn::tensor::{Bool, Device, Int, Tensor};

use crate::coverage::case::Case;
use crate::coverage::inputs::{float, int};

const UNMOVABLE: &str = "Burn can't move boolean parameters from Flex to CubeCL";

pub fn cases() -> Vec<Case> {
    [
        linear(),
        embeddings(),
        weights(),
        positions(),
        regularization(),
        interpolation(),
        rearranging(),
        distances(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn linear() -> Vec<Case> {
    let config = || LinearConfig::new(4, 3);
    let model = |config: LinearConfig| config.init(&Device::flex());
    vec![
        Case::new(
            "Linear",
            model(config()),
            [float([2, 4])],
            |m: &Linear, x: Tensor<2>| m.forward(x),
        ),
        Case::new(
            "Linear, no bias",
            model(config().with_bias(false)),
            [float([2, 4])],
            |m: &Linear, x: Tensor<2>| m.forward(x),
        ),
        Case::new(
            "Linear, column layout",
            model(config().with_layout(LinearLayout::Col)),
            [float([2, 4])],
            |m: &Linear, x: Tensor<2>| m.forward(x),
        ),
        Case::new(
            "Linear of one vector",
            model(config()),
            [float([4]).fixed()],
            |m: &Linear, x: Tensor<1>| m.forward(x),
        ),
        Case::new(
            "Linear of images",
            model(config()),
            [float([2, 2, 3, 4])],
            |m: &Linear, x: Tensor<4>| m.forward(x),
        ),
    ]
}

/// Logits of two classes for sentences.
#[derive(Module, Debug)]
pub struct TextClassifier {
    /// Tokens to vectors.
    pub embedding: Embedding,
    head: Linear,
}

impl TextClassifier {
    /// With random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            embedding: EmbeddingConfig::new(7, 4).init(device),
            head: LinearConfig::new(4, 2).init(device),
        }
    }

    /// Logits of shape `[batch, 2]` of tokens of shape `[batch, length]`.
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        self.classify(self.embedding.forward(tokens))
    }

    /// The same, of embedded tokens.
    pub fn classify(&self, embedded: Tensor<3>) -> Tensor<2> {
        self.head.forward(tanh(embedded).mean_dim(1).squeeze_dim(1))
    }
}

fn embeddings() -> Vec<Case> {
    let device = Device::flex();
    let tokens = || int([2, 5], 0, 7);
    vec![
        Case::new(
            "Embedding",
            EmbeddingConfig::new(7, 4).init(&device),
            [tokens()],
            |m: &Embedding, tokens: Tensor<2, Int>| m.forward(tokens),
        ),
        Case::new(
            "Embedding of one input, product with another",
            TextClassifier::new(&device),
            [tokens(), float([2, 5, 4])],
            |m: &TextClassifier, (tokens, image): (Tensor<2, Int>, Tensor<3>)| {
                m.classify(m.embedding.forward(tokens) * image)
            },
        ),
    ]
}

/// What a module can hold apart from float parameters.
#[derive(Module, Debug)]
struct Buffers {
    weight: Param<Tensor<2>>,
    order: Param<Tensor<1, Int>>,
    mask: Param<Tensor<2, Bool>>,
    scale: Tensor<1>,
}

impl Buffers {
    fn new(device: &Device) -> Self {
        Self {
            weight: Initializer::Ones.init([3, 3], device),
            order: Param::initialized(ParamId::new(), Tensor::from_data([2, 0, 1], device)),
            mask: Param::initialized(
                ParamId::new(),
                Tensor::from_data([[true, false, true]], device),
            ),
            scale: Tensor::from_data([0.5, 2.0, -1.0], device),
        }
    }
}

/// Weights used in unusual ways.
fn weights() -> Vec<Case> {
    let device = Device::flex();
    vec![
        Case::new(
            "integer and boolean parameters, a constant",
            Buffers::new(&device),
            [float([2, 3])],
            |m: &Buffers, x: Tensor<2>| {
                let batch = x.dims()[0];
                let mask = m.mask.val().expand([batch, 3]);
                let x = x.matmul(m.weight.val()).select(1, m.order.val());
                x.mask_fill(mask, 0.3) * m.scale.clone().unsqueeze()
            },
        )
        .unmovable_to("cubecl", UNMOVABLE),
        Case::new(
            "weights shared by two operations",
            TextClassifier::new(&device),
            [int([2, 5], 0, 7), float([2, 5, 4])],
            |m: &TextClassifier, (tokens, image): (Tensor<2, Int>, Tensor<3>)| {
                let table = m.embedding.weight.val().transpose().unsqueeze::<3>();
                (m.embedding.forward(tokens) * image).matmul(table)
            },
        ),
        Case::new(
            "a weight among the outputs",
            Buffers::new(&device),
            [float([2, 3])],
            |m: &Buffers, x: Tensor<2>| (x.matmul(m.weight.val()), m.weight.val()),
        )
        .unmovable_to("cubecl", UNMOVABLE),
        Case::new(
            "one layer called twice",
            LinearConfig::new(4, 4).init(&device),
            [float([2, 4])],
            |m: &Linear, x: Tensor<2>| m.forward(m.forward(x).tanh()),
        ),
    ]
}

fn positions() -> Vec<Case> {
    let device = Device::flex();
    vec![
        Case::new(
            "PositionalEncoding",
            PositionalEncodingConfig::new(6)
                .with_max_sequence_size(9)
                .init(&device),
            [float([2, 4, 6])],
            |m: &PositionalEncoding, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "RotaryEncoding",
            RotaryEncodingConfig::new(9, 6).init(&device),
            [float([2, 2, 4, 6])],
            |m: &RotaryEncoding, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "RotaryEncoding, from position 2",
            RotaryEncodingConfig::new(9, 6).init(&device),
            [float([2, 4, 6])],
            |m: &RotaryEncoding, x: Tensor<3>| m.apply(x, 2),
        ),
    ]
}

/// They do nothing in inference; a network needs an operation, so one follows.
fn regularization() -> Vec<Case> {
    vec![
        Case::new(
            "Dropout, in inference",
            DropoutConfig::new(0.5).init(),
            [float([2, 4])],
            |m: &Dropout, x: Tensor<2>| m.forward(x).exp(),
        ),
        Case::new(
            "GaussianNoise, in inference",
            GaussianNoiseConfig::new(0.5).init(),
            [float([2, 4])],
            |m: &GaussianNoise, x: Tensor<2>| m.forward(x).exp(),
        ),
        Case::new(
            "Identity",
            Identity::new(),
            [float([2, 4])],
            |m: &Identity, x: Tensor<2>| m.forward(x),
        ),
    ]
}

/// Without `NearestExact`, which neither Flex nor NdArray knows.
fn interpolation() -> Vec<Case> {
    let modes = [
        InterpolateMode::Nearest,
        InterpolateMode::Linear,
        InterpolateMode::Cubic,
        InterpolateMode::Lanczos,
    ];
    modes.iter().flat_map(interpolations).collect()
}

fn interpolations(mode: &InterpolateMode) -> Vec<Case> {
    let one = Interpolate1dConfig::new()
        .with_output_size(Some(7))
        .with_mode(mode.clone());
    let two = |align_corners| {
        Interpolate2dConfig::new()
            .with_scale_factor(Some([1.5, 2.0]))
            .with_align_corners(align_corners)
            .with_mode(mode.clone())
            .init()
    };
    let image = || [float([2, 2, 4, 3])];
    let forward = |m: &Interpolate2d, x: Tensor<4>| m.forward(x);
    let cases = [
        Case::new(
            format!("Interpolate1d, {mode:?}"),
            one.init(),
            [float([2, 2, 4])],
            |m: &Interpolate1d, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            format!("Interpolate2d, {mode:?}"),
            two(false),
            image(),
            forward,
        ),
        Case::new(
            format!("Interpolate2d, {mode:?}, corners"),
            two(true),
            image(),
            forward,
        ),
    ];
    let limited = |case: Case| match mode {
        InterpolateMode::Nearest | InterpolateMode::NearestExact => case,
        InterpolateMode::Linear | InterpolateMode::Cubic => case
            .forward_only_on("ndarray", "NdArray has no backward pass for it")
            .forward_only_on("cubecl", "CubeCL has no backward pass for it"),
        InterpolateMode::Lanczos => case.without_gradient("Burn has no backward pass for it"),
    };
    cases.map(limited).into()
}

fn rearranging() -> Vec<Case> {
    let unfold = || {
        Unfold4dConfig::new([2, 3])
            .with_stride([1, 2])
            .with_padding([1, 0])
    };
    vec![
        Case::new(
            "PixelShuffle",
            PixelShuffleConfig::new(2).init(),
            [float([2, 8, 2, 3])],
            |m: &PixelShuffle, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "PixelUnshuffle",
            PixelUnshuffleConfig::new(2).init(),
            [float([2, 2, 4, 6])],
            |m: &PixelUnshuffle, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "Unfold4d",
            unfold().init(),
            [float([2, 2, 4, 5])],
            |m: &Unfold4d, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "Unfold4d, dilation",
            unfold().with_dilation([2, 1]).init(),
            [float([2, 2, 4, 5])],
            |m: &Unfold4d, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "Fold4d",
            Fold4dConfig::new([4, 4], [2, 2]).with_stride([2, 2]).init(),
            [float([2, 8, 4])],
            |m: &Fold4d, x: Tensor<3>| m.forward(x),
        ),
    ]
}

fn distances() -> Vec<Case> {
    let pair = || [float([2, 4]), float([2, 4])];
    vec![
        Case::new(
            "CosineSimilarity",
            CosineSimilarityConfig::new().init(),
            pair(),
            |m: &CosineSimilarity, (a, b): (Tensor<2>, Tensor<2>)| m.forward(a, b),
        ),
        Case::new(
            "PairwiseDistance",
            PairwiseDistanceConfig::new().init(),
            pair(),
            |m: &PairwiseDistance, (a, b): (Tensor<2>, Tensor<2>)| m.forward(a, b),
        ),
        Case::new(
            "PairwiseDistance, third power",
            PairwiseDistanceConfig::new().with_p(3.0).init(),
            pair(),
            |m: &PairwiseDistance, (a, b): (Tensor<2>, Tensor<2>)| m.forward(a, b),
        ),
    ]
}
