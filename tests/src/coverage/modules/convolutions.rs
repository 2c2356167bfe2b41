use burn::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d,
    ConvTranspose1dConfig, ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d,
    ConvTranspose3dConfig, DeformConv2d, DeformConv2dConfig,
};
use burn::nn::{PaddingConfig1d, PaddingConfig2d, PaddingConfig3d};
use burn::tensor::{Device, Tensor};

use crate::coverage::case::Case;
use crate::coverage::inputs::float;

pub fn cases() -> Vec<Case> {
    [
        one_dimension(),
        two_dimensions(),
        three_dimensions(),
        transposed(),
        deformable(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn one_dimension() -> Vec<Case> {
    let plain = || Conv1dConfig::new(4, 6, 3);
    [
        ("Conv1d", plain()),
        ("Conv1d, no bias", plain().with_bias(false)),
        (
            "Conv1d, groups, stride",
            plain().with_groups(2).with_stride(2),
        ),
        (
            "Conv1d, dilation, same",
            plain()
                .with_dilation(2)
                .with_padding(PaddingConfig1d::Explicit(2, 2)),
        ),
        (
            "Conv1d, same padding",
            plain().with_padding(PaddingConfig1d::Same),
        ),
        (
            "Conv1d, asymmetric padding",
            plain().with_padding(PaddingConfig1d::Explicit(2, 0)),
        ),
    ]
    .map(|(name, config)| {
        let model = config.init(&Device::flex());
        Case::new(
            name,
            model,
            [float([2, 4, 9])],
            |m: &Conv1d, x: Tensor<3>| m.forward(x),
        )
    })
    .into()
}

fn two_dimensions() -> Vec<Case> {
    let plain = || Conv2dConfig::new([4, 6], [3, 3]);
    [
        ("Conv2d", plain()),
        ("Conv2d, no bias", plain().with_bias(false)),
        ("Conv2d, 1 x 1", Conv2dConfig::new([4, 6], [1, 1])),
        (
            "Conv2d, groups, stride",
            plain().with_groups(2).with_stride([2, 2]),
        ),
        (
            "Conv2d, depthwise",
            Conv2dConfig::new([4, 4], [3, 3]).with_groups(4),
        ),
        ("Conv2d, dilation", plain().with_dilation([2, 2])),
        (
            "Conv2d, same padding",
            plain().with_padding(PaddingConfig2d::Same),
        ),
        (
            "Conv2d, same padding, even kernel",
            Conv2dConfig::new([4, 6], [2, 4]).with_padding(PaddingConfig2d::Same),
        ),
        (
            "Conv2d, symmetric padding",
            plain().with_padding(PaddingConfig2d::Explicit(1, 2, 1, 2)),
        ),
        (
            "Conv2d, asymmetric padding",
            plain()
                .with_padding(PaddingConfig2d::Explicit(0, 1, 2, 1))
                .with_stride([2, 1]),
        ),
    ]
    .map(|(name, config)| {
        let model = config.init(&Device::flex());
        Case::new(
            name,
            model,
            [float([2, 4, 7, 6])],
            |m: &Conv2d, x: Tensor<4>| m.forward(x),
        )
    })
    .into()
}

fn three_dimensions() -> Vec<Case> {
    let plain = || Conv3dConfig::new([2, 4], [2, 3, 2]);
    [
        ("Conv3d", plain()),
        ("Conv3d, no bias", plain().with_bias(false)),
        (
            "Conv3d, groups, stride",
            plain().with_groups(2).with_stride([2, 1, 2]),
        ),
        ("Conv3d, dilation", plain().with_dilation([1, 1, 2])),
        (
            "Conv3d, padding",
            plain().with_padding(PaddingConfig3d::Explicit(1, 1, 1)),
        ),
        (
            "Conv3d, same padding",
            Conv3dConfig::new([2, 4], [3, 3, 3]).with_padding(PaddingConfig3d::Same),
        ),
    ]
    .map(|(name, config)| {
        let model = config.init(&Device::flex());
        Case::new(
            name,
            model,
            [float([2, 2, 4, 5, 4])],
            |m: &Conv3d, x: Tensor<5>| m.forward(x),
        )
    })
    .into()
}

fn transposed() -> Vec<Case> {
    let device = Device::flex();
    let one = || ConvTranspose1dConfig::new([4, 6], 3);
    let two = || ConvTranspose2dConfig::new([4, 6], [3, 2]);
    let three = || ConvTranspose3dConfig::new([2, 4], [2, 2, 2]);
    let one = [
        ("ConvTranspose1d", one()),
        (
            "ConvTranspose1d, stride, paddings",
            one().with_stride(2).with_padding(1).with_padding_out(1),
        ),
        (
            "ConvTranspose1d, groups, dilation, no bias",
            one().with_groups(2).with_dilation(2).with_bias(false),
        ),
    ]
    .map(|(name, config)| {
        let input = [float([2, 4, 5])];
        Case::new(
            name,
            config.init(&device),
            input,
            |m: &ConvTranspose1d, x: Tensor<3>| m.forward(x),
        )
    });
    let two = [
        ("ConvTranspose2d", two()),
        (
            "ConvTranspose2d, stride, paddings",
            two()
                .with_stride([2, 2])
                .with_padding([1, 0])
                .with_padding_out([1, 1]),
        ),
        (
            "ConvTranspose2d, groups, dilation, no bias",
            two().with_groups(2).with_dilation([2, 1]).with_bias(false),
        ),
    ]
    .map(|(name, config)| {
        let input = [float([2, 4, 4, 3])];
        Case::new(
            name,
            config.init(&device),
            input,
            |m: &ConvTranspose2d, x: Tensor<4>| m.forward(x),
        )
    });
    let three = [
        ("ConvTranspose3d", three()),
        (
            "ConvTranspose3d, stride, groups, no bias",
            three()
                .with_stride([2, 1, 2])
                .with_groups(2)
                .with_bias(false),
        ),
    ]
    .map(|(name, config)| {
        let input = [float([2, 2, 3, 3, 2])];
        Case::new(
            name,
            config.init(&device),
            input,
            |m: &ConvTranspose3d, x: Tensor<5>| m.forward(x),
        )
    });
    one.into_iter().chain(two).chain(three).collect()
}

/// The offsets and the mask are inputs, and have gradients.
fn deformable() -> Vec<Case> {
    let device = Device::flex();
    let plain = || DeformConv2dConfig::new([2, 4], [2, 2]);
    let image = || float([2, 2, 5, 5]);
    vec![
        Case::new(
            "DeformConv2d",
            plain().init(&device),
            [image(), float([2, 8, 4, 4])],
            |m: &DeformConv2d, (x, offset): (Tensor<4>, Tensor<4>)| m.forward(x, offset, None),
        )
        .wrong_on("cubecl", "CubeCL's gradient is wrong"),
        Case::new(
            "DeformConv2d, mask, groups",
            plain()
                .with_weight_groups(2)
                .with_offset_groups(2)
                .with_bias(false)
                .init(&device),
            [image(), float([2, 16, 4, 4]), float([2, 8, 4, 4])],
            |m: &DeformConv2d, (x, offset, mask): (Tensor<4>, Tensor<4>, Tensor<4>)| {
                m.forward(x, offset, Some(mask))
            },
        )
        .wrong_on("ndarray", "NdArray's gradient is wrong with groups")
        .wrong_on("cubecl", "CubeCL's gradient is wrong"),
        Case::new(
            "DeformConv2d, padding, stride",
            plain()
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_stride([2, 2])
                .init(&device),
            [image(), float([2, 8, 3, 3])],
            |m: &DeformConv2d, (x, offset): (Tensor<4>, Tensor<4>)| m.forward(x, offset, None),
        )
        .wrong_on("cubecl", "CubeCL's gradient is wrong"),
    ]
}
