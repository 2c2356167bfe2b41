//! Losses, as functions of float tensors or of logits and classes.
//!
//! `PoissonNllLoss` is missing: it reads its targets' values to check them, so it can't be captured.

use burn::nn::loss::{
    CTCLossConfig, CosineEmbeddingLossConfig, CrossEntropyLossConfig, GaussianNLLLossConfig,
    HingeEmbeddingLossConfig, HuberLossConfig, KLDivLossConfig, LpLossConfig,
    MarginRankingLossConfig, MseLoss, Reduction, SmoothL1LossConfig, SoftMarginLoss,
    TripletMarginLossConfig,
};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};

use crate::coverage::case::{Case, op};
use crate::coverage::inputs::{float, float_in, int};

type Pair = (Tensor<2>, Tensor<2>);
type Triple = (Tensor<2>, Tensor<2>, Tensor<2>);

pub fn cases() -> Vec<Case> {
    [of_pairs(), of_triples(), with_classes()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_pairs() -> Vec<Case> {
    let pair = || [float([2, 4]), float([2, 4])];
    let positive = || [float_in([2, 4], 0.1, 2.0), float_in([2, 4], 0.1, 2.0)];
    let mean = || Reduction::Mean;
    vec![
        op("MseLoss", pair(), move |(a, b): Pair| {
            MseLoss::new().forward(a, b, mean())
        }),
        op("HuberLoss", pair(), move |(a, b): Pair| {
            HuberLossConfig::new(0.5).init().forward(a, b, mean())
        }),
        op("SmoothL1Loss", pair(), |(a, b): Pair| {
            SmoothL1LossConfig::new().init().forward(a, b)
        }),
        op("KLDivLoss", positive(), move |(a, b): Pair| {
            KLDivLossConfig::new()
                .init()
                .forward(a, b, Reduction::BatchMean)
        }),
        op("LpLoss", pair(), move |(a, b): Pair| {
            LpLossConfig::new(3.0).init().forward(a, b, mean())
        }),
        op("HingeEmbeddingLoss", pair(), move |(a, b): Pair| {
            HingeEmbeddingLossConfig::new()
                .init()
                .forward(a, b.sign(), mean())
        }),
        op("SoftMarginLoss", pair(), move |(a, b): Pair| {
            SoftMarginLoss::new().forward(a, b, mean())
        }),
    ]
}

fn of_triples() -> Vec<Case> {
    let inputs = || [float([2, 4]), float([2, 4]), float_in([2, 4], 0.1, 2.0)];
    vec![
        op("GaussianNLLLoss", inputs(), |(a, b, c): Triple| {
            GaussianNLLLossConfig::new()
                .with_full(true)
                .init()
                .forward(a, b, c, Reduction::Mean)
        }),
        op("MarginRankingLoss", inputs(), |(a, b, c): Triple| {
            MarginRankingLossConfig::new()
                .init()
                .forward(a, b, c, Reduction::Mean)
        }),
        op("TripletMarginLoss", inputs(), |(a, b, c): Triple| {
            TripletMarginLossConfig::new()
                .init()
                .forward(a, b, c, Reduction::Mean)
        }),
    ]
}

fn with_classes() -> Vec<Case> {
    vec![
        Case::new(
            "CrossEntropyLoss, smoothed",
            CrossEntropyLossConfig::new()
                .with_smoothing(Some(0.1))
                .init(&Device::flex()),
            [float([2, 4]), int([2], 0, 4)],
            |m: &burn::nn::loss::CrossEntropyLoss,
             (logits, classes): (Tensor<2>, Tensor<1, Int>)| {
                m.forward(logits, classes)
            },
        ),
        op(
            "CTCLoss",
            [
                float([6, 2, 4]).batch_at(1),
                int([2, 3], 1, 4),
                int([2], 6, 7),
                int([2], 1, 4),
            ],
            |(x, targets, lengths, target_lengths): (
                Tensor<3>,
                Tensor<2, Int>,
                Tensor<1, Int>,
                Tensor<1, Int>,
            )| {
                let log_probabilities = log_softmax(x, 2);
                CTCLossConfig::new().init().forward(
                    log_probabilities,
                    targets,
                    lengths,
                    target_lengths,
                )
            },
        )
        .not_as_recorded_on(
            "wgpu",
            "Burn records it with booleans of 8 bits, which WGSL lacks",
        ),
        op(
            "CosineEmbeddingLoss",
            [float([2, 4]), float([2, 4]), int([2], 0, 2)],
            |(a, b, target): (Tensor<2>, Tensor<2>, Tensor<1, Int>)| {
                CosineEmbeddingLossConfig::new()
                    .init()
                    .forward(a, b, target * 2 - 1)
            },
        ),
    ]
}
