use burn::nn::pool::{
    AdaptiveAvgPool1d, AdaptiveAvgPool1dConfig, AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig,
    AdaptiveAvgPool3d, AdaptiveAvgPool3dConfig, AvgPool1d, AvgPool1dConfig, AvgPool2d,
    AvgPool2dConfig, MaxPool1d, MaxPool1dConfig, MaxPool2d, MaxPool2dConfig,
};
use burn::nn::{PaddingConfig1d, PaddingConfig2d};
use burn::tensor::Tensor;

use crate::coverage::case::Case;
use crate::coverage::inputs::float;

pub fn cases() -> Vec<Case> {
    [average(), maximum(), adaptive()]
        .into_iter()
        .flatten()
        .collect()
}

fn average() -> Vec<Case> {
    let one = || AvgPool1dConfig::new(3).with_stride(2);
    let two = || AvgPool2dConfig::new([3, 2]).with_strides([2, 2]);
    let padded = || one().with_padding(PaddingConfig1d::Explicit(1, 1));
    let padded2 = || two().with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
    let one = [
        ("AvgPool1d", one()),
        ("AvgPool1d, padding", padded()),
        (
            "AvgPool1d, padding not counted",
            padded().with_count_include_pad(false),
        ),
        (
            "AvgPool1d, asymmetric padding",
            one().with_padding(PaddingConfig1d::Explicit(0, 2)),
        ),
        ("AvgPool1d, ceil mode", one().with_ceil_mode(true)),
    ]
    .map(|(name, config)| {
        Case::new(
            name,
            config.init(),
            [float([2, 3, 8])],
            |m: &AvgPool1d, x: Tensor<3>| m.forward(x),
        )
    });
    let two = [
        ("AvgPool2d", two()),
        ("AvgPool2d, padding", padded2()),
        (
            "AvgPool2d, padding not counted",
            padded2().with_count_include_pad(false),
        ),
        (
            "AvgPool2d, same padding",
            AvgPool2dConfig::new([3, 3])
                .with_strides([1, 1])
                .with_padding(PaddingConfig2d::Same),
        ),
        (
            "AvgPool2d, asymmetric padding",
            two().with_padding(PaddingConfig2d::Explicit(0, 1, 1, 0)),
        ),
        (
            "AvgPool2d, ceil mode, padding not counted",
            two().with_ceil_mode(true).with_count_include_pad(false),
        ),
    ]
    .map(|(name, config)| {
        Case::new(
            name,
            config.init(),
            [float([2, 3, 6, 7])],
            |m: &AvgPool2d, x: Tensor<4>| m.forward(x),
        )
    });
    one.into_iter().chain(two).collect()
}

fn maximum() -> Vec<Case> {
    let one = || MaxPool1dConfig::new(3).with_stride(2);
    let two = || MaxPool2dConfig::new([3, 2]).with_strides([2, 2]);
    let one = [
        ("MaxPool1d", one()),
        (
            "MaxPool1d, padding, dilation",
            one()
                .with_dilation(2)
                .with_padding(PaddingConfig1d::Explicit(1, 1)),
        ),
        (
            "MaxPool1d, asymmetric padding",
            one().with_padding(PaddingConfig1d::Explicit(0, 2)),
        ),
        ("MaxPool1d, ceil mode", one().with_ceil_mode(true)),
    ]
    .map(|(name, config)| {
        Case::new(
            name,
            config.init(),
            [float([2, 3, 8])],
            |m: &MaxPool1d, x: Tensor<3>| m.forward(x),
        )
    });
    let two = [
        ("MaxPool2d", two()),
        (
            "MaxPool2d, padding, dilation",
            two()
                .with_dilation([2, 1])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)),
        ),
        (
            "MaxPool2d, same padding",
            MaxPool2dConfig::new([3, 3])
                .with_strides([1, 1])
                .with_padding(PaddingConfig2d::Same),
        ),
        (
            "MaxPool2d, asymmetric padding",
            two().with_padding(PaddingConfig2d::Explicit(1, 0, 0, 1)),
        ),
        ("MaxPool2d, ceil mode", two().with_ceil_mode(true)),
    ]
    .map(|(name, config)| {
        Case::new(
            name,
            config.init(),
            [float([2, 3, 6, 7])],
            |m: &MaxPool2d, x: Tensor<4>| m.forward(x),
        )
    });
    one.into_iter().chain(two).collect()
}

fn adaptive() -> Vec<Case> {
    vec![
        Case::new(
            "AdaptiveAvgPool1d",
            AdaptiveAvgPool1dConfig::new(3).init(),
            [float([2, 3, 7])],
            |m: &AdaptiveAvgPool1d, x: Tensor<3>| m.forward(x),
        ),
        Case::new(
            "AdaptiveAvgPool2d",
            AdaptiveAvgPool2dConfig::new([3, 2]).init(),
            [float([2, 3, 7, 5])],
            |m: &AdaptiveAvgPool2d, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "AdaptiveAvgPool2d, global",
            AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            [float([2, 3, 7, 5])],
            |m: &AdaptiveAvgPool2d, x: Tensor<4>| m.forward(x),
        ),
        Case::new(
            "AdaptiveAvgPool3d",
            AdaptiveAvgPool3dConfig::new([2, 1, 2]).init(),
            [float([2, 2, 3, 3, 5])],
            |m: &AdaptiveAvgPool3d, x: Tensor<5>| m.forward(x),
        ),
    ]
}
