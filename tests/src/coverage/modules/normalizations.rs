use burn::nn::norm::{Normalization, NormalizationConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig, InstanceNorm, InstanceNormConfig,
    LayerNorm, LayerNormConfig, LocalResponseNorm, LocalResponseNormConfig, RmsNorm, RmsNormConfig,
};
use burn::tensor::{Device, Tensor};

use crate::coverage::case::Case;
use crate::coverage::inputs::float;

pub fn cases() -> Vec<Case> {
    [batch_norms(), channel_norms(), feature_norms()]
        .into_iter()
        .flatten()
        .collect()
}

/// With running statistics that aren't the initial zeros and ones.
fn batch_norms() -> Vec<Case> {
    let norm = || BatchNormConfig::new(4).init(&Device::flex());
    vec![
        Case::new(
            "BatchNorm of vectors",
            norm(),
            [float([2, 4])],
            |m: &BatchNorm, x: Tensor<2>| m.forward(x),
        ),
        Case::new(
            "BatchNorm of sequences",
            norm(),
            [float([2, 4, 5])],
            |m: &BatchNorm, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "BatchNorm of images",
            norm(),
            [float([2, 4, 3, 3])],
            |m: &BatchNorm, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "BatchNorm, large epsilon",
            BatchNormConfig::new(4)
                .with_epsilon(0.1)
                .init(&Device::flex()),
            [float([2, 4, 2, 2, 2])],
            |m: &BatchNorm, x: Tensor<5>| m.forward(x),
        ),
        Case::new(
            "Normalization",
            NormalizationConfig::Batch(BatchNormConfig::new(4)).init(&Device::flex()),
            [float([2, 4, 3, 3])],
            |m: &Normalization, x: Tensor<4>| m.forward(x),
        ),
    ]
}

fn channel_norms() -> Vec<Case> {
    let device = Device::flex();
    let image = || [float([2, 4, 3, 3])];
    let mut cases: Vec<Case> = Vec::new();
    for (name, affine) in [("", true), (", not affine", false)] {
        let group = GroupNormConfig::new(2, 4).with_affine(affine).init(&device);
        cases.push(Case::new(
            format!("GroupNorm{name}"),
            group,
            image(),
            |m: &GroupNorm, x: Tensor<4>| m.forward(x),
        ));
        let instance = InstanceNormConfig::new(4).with_affine(affine).init(&device);
        cases.push(Case::new(
            format!("InstanceNorm{name}"),
            instance,
            image(),
            |m: &InstanceNorm, x: Tensor<4>| m.forward(x),
        ));
    }
    cases.push(Case::new(
        "LocalResponseNorm",
        LocalResponseNormConfig::new(3).with_alpha(0.5).init(),
        image(),
        |m: &LocalResponseNorm, x: Tensor<4>| m.forward(x),
    ));
    cases
}

fn feature_norms() -> Vec<Case> {
    let device = Device::flex();
    let sequence = || [float([2, 3, 4])];
    vec![
        Case::new(
            "LayerNorm",
            LayerNormConfig::new(4).init(&device),
            sequence(),
            |m: &LayerNorm, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "LayerNorm, large epsilon",
            LayerNormConfig::new(4).with_epsilon(0.1).init(&device),
            sequence(),
            |m: &LayerNorm, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "LayerNorm, no bias",
            LayerNormConfig::new(4).with_bias(false).init(&device),
            sequence(),
            |m: &LayerNorm, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "RmsNorm",
            RmsNormConfig::new(4).init(&device),
            sequence(),
            |m: &RmsNorm, x: Tensor<3>| m.forward(x),
        ),
    ]
}
