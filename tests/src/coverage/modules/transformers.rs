use burn::nn::activation::ActivationConfig;
use burn::nn::attention::generate_autoregressive_mask;
use burn::nn::transformer::{
    PositionWiseFeedForward, PositionWiseFeedForwardConfig, TransformerDecoder,
    TransformerDecoderConfig, TransformerDecoderInput, TransformerEncoder,
    TransformerEncoderConfig, TransformerEncoderInput,
};
use burn::tensor::{Bool, Device, Tensor};

use crate::coverage::case::{Case, DETACHED};
use crate::coverage::inputs::{bool, float};

pub fn cases() -> Vec<Case> {
    [feed_forward(), encoders(), decoders()]
        .into_iter()
        .flatten()
        .collect()
}

fn feed_forward() -> Vec<Case> {
    let config = || PositionWiseFeedForwardConfig::new(6, 8);
    [
        ("PositionWiseFeedForward", config()),
        (
            "PositionWiseFeedForward, relu",
            config().with_activation(ActivationConfig::Relu),
        ),
    ]
    .map(|(name, config)| {
        let model = config.init(&Device::flex());
        Case::new(
            name,
            model,
            [float([2, 3, 6])],
            |m: &PositionWiseFeedForward, x: Tensor<3>| m.forward(x),
        )
    })
    .into()
}

fn encoders() -> Vec<Case> {
    let device = Device::flex();
    let config = || TransformerEncoderConfig::new(6, 8, 2, 2);
    let sequence = || float([2, 4, 6]);
    vec![
        Case::new(
            "TransformerEncoder",
            config().init(&device),
            [sequence()],
            |m: &TransformerEncoder, x: Tensor<3>| m.forward(TransformerEncoderInput::new(x)),
        ),
        Case::new(
            "TransformerEncoder, norm first, quiet",
            config()
                .with_norm_first(true)
                .with_quiet_softmax(true)
                .init(&device),
            [sequence()],
            |m: &TransformerEncoder, x: Tensor<3>| m.forward(TransformerEncoderInput::new(x)),
        )
        .within(1e-5, DETACHED),
        Case::new(
            "TransformerEncoder, causal mask",
            config().init(&device),
            [sequence()],
            |m: &TransformerEncoder, x: Tensor<3>| {
                let [batch, length, _] = x.dims();
                let mask = generate_autoregressive_mask(batch, length, &x.device());
                m.forward(TransformerEncoderInput::new(x).mask_attn(mask))
            },
        ),
        Case::new(
            "TransformerEncoder, padding mask",
            config().init(&device),
            [sequence(), bool([2, 4])],
            |m: &TransformerEncoder, (x, pad): (Tensor<3>, Tensor<2, Bool>)| {
                m.forward(TransformerEncoderInput::new(x).mask_pad(pad))
            },
        ),
    ]
}

fn decoders() -> Vec<Case> {
    let device = Device::flex();
    let config = || TransformerDecoderConfig::new(6, 8, 2, 2);
    let inputs = || vec![float([2, 4, 6]), float([2, 3, 6])];
    vec![
        Case::new(
            "TransformerDecoder",
            config().init(&device),
            inputs(),
            |m: &TransformerDecoder, (target, memory): (Tensor<3>, Tensor<3>)| {
                m.forward(TransformerDecoderInput::new(target, memory))
            },
        ),
        Case::new(
            "TransformerDecoder, norm first",
            config().with_norm_first(true).init(&device),
            inputs(),
            |m: &TransformerDecoder, (target, memory): (Tensor<3>, Tensor<3>)| {
                m.forward(TransformerDecoderInput::new(target, memory))
            },
        ),
        Case::new(
            "TransformerDecoder, causal and padding masks",
            config().init(&device),
            [inputs(), vec![bool([2, 4]), bool([2, 3])]].concat(),
            |m: &TransformerDecoder,
             (target, memory, target_pad, memory_pad): (
                Tensor<3>,
                Tensor<3>,
                Tensor<2, Bool>,
                Tensor<2, Bool>,
            )| {
                let [batch, length, _] = target.dims();
                let causal = generate_autoregressive_mask(batch, length, &target.device());
                m.forward(
                    TransformerDecoderInput::new(target, memory)
                        .target_mask_attn(causal)
                        .target_mask_pad(target_pad)
                        .memory_mask_pad(memory_pad),
                )
            },
        ),
    ]
}
