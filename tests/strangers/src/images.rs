//! bunsen's image classifiers.

use backdraft::Error;
use bunsen::burner::module::ModuleInit;
use bunsen::kits::images::resnet::blocks::BottleneckPolicyConfig;
use bunsen::kits::images::resnet::{ResNet, ResNetContractConfig};
use bunsen::kits::images::swin::v2::{
    LayerConfig, SwinTransformerV2, SwinTransformerV2ContractConfig,
};
use burn::tensor::{Distribution, Tensor};

use crate::Entry;
use crate::record::Record;
use crate::stranger::{Stranger, device};

pub fn all() -> Vec<Entry> {
    vec![
        (
            basic_resnet,
            Record {
                layer: "layers.3.blocks.0.Basic.relu",
                named: false,
                axes: "[samples, channels, y/32, x/32]",
                integrated: 1e-2,
                deep_lift: Some(1e-3),
            },
        ),
        (
            dilated_resnet,
            Record {
                layer: "layers.3.blocks.0.Bottleneck.relu",
                named: false,
                axes: "[samples, channels, y/8, x/8]",
                integrated: 1e-2,
                deep_lift: Some(1e-3),
            },
        ),
        (
            swin,
            Record {
                layer: "grid_output_norm",
                named: false,
                axes: "[samples, tokens = 8 y · 8 x, features]",
                integrated: 1e-1,
                deep_lift: None,
            },
        ),
    ]
}

fn images(size: usize) -> Tensor<4> {
    Tensor::random(
        [1, 3, size, size],
        Distribution::Normal(0.0, 1.0),
        &device(),
    )
}

fn basic_resnet() -> Result<Stranger, Error> {
    let config = ResNetContractConfig::new(vec![1, 1, 1, 1], 5).with_stem_width(4);
    let model: ResNet = config.init(&device());
    Stranger::new(
        "bunsen: ResNet of basic blocks",
        model,
        images(96),
        ResNet::forward,
        [2],
    )
}

fn dilated_resnet() -> Result<Stranger, Error> {
    let config = ResNetContractConfig::new(vec![1, 1, 1, 1], 5)
        .with_stem_width(4)
        .with_output_stride(8)
        .with_bottleneck_policy(Some(BottleneckPolicyConfig::default()));
    let model: ResNet = config.init(&device());
    Stranger::new(
        "bunsen: ResNet of bottlenecks, dilated",
        model,
        images(32),
        ResNet::forward,
        [2],
    )
}

fn swin() -> Result<Stranger, Error> {
    let layers = vec![LayerConfig::new(2, 2), LayerConfig::new(2, 4)];
    let config =
        SwinTransformerV2ContractConfig::new([32, 32], 2, 3, 5, 8, layers).with_window_size(4);
    let model: SwinTransformerV2 = config.init(&device());
    Stranger::new(
        "bunsen: Swin Transformer V2",
        model,
        images(32),
        SwinTransformerV2::forward,
        [2],
    )
}
