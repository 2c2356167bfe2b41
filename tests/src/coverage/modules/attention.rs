use burn::nn::attention::{
    CrossAttention, CrossAttentionConfig, MhaInput, MultiHeadAttention, MultiHeadAttentionConfig,
    generate_autoregressive_mask,
};
use burn::tensor::{Bool, Device, Tensor};

use crate::coverage::case::{Case, DETACHED};
use crate::coverage::inputs::{bool, float};

pub fn cases() -> Vec<Case> {
    [multi_head(), cross()].into_iter().flatten().collect()
}

fn multi_head() -> Vec<Case> {
    let device = Device::flex();
    let config = || MultiHeadAttentionConfig::new(6, 2);
    let sequence = || float([2, 4, 6]);
    vec![
        Case::new(
            "MultiHeadAttention",
            config().init(&device),
            [sequence()],
            |m: &MultiHeadAttention, x: Tensor<3>| {
                let output = m.forward(MhaInput::self_attn(x));
                (output.context, output.weights)
            },
        ),
        Case::new(
            "MultiHeadAttention, quiet softmax, no biases",
            config()
                .with_quiet_softmax(true)
                .with_query_bias(false)
                .with_key_bias(false)
                .with_value_bias(false)
                .with_output_bias(false)
                .init(&device),
            [sequence()],
            |m: &MultiHeadAttention, x: Tensor<3>| m.forward(MhaInput::self_attn(x)).context,
        )
        .within(1e-5, DETACHED),
        Case::new(
            "MultiHeadAttention, other keys and values",
            config().init(&device),
            [sequence(), float([2, 5, 6]), float([2, 5, 6])],
            |m: &MultiHeadAttention, (q, k, v): (Tensor<3>, Tensor<3>, Tensor<3>)| {
                m.forward(MhaInput::new(q, k, v)).context
            },
        ),
        Case::new(
            "MultiHeadAttention, causal mask",
            config().init(&device),
            [sequence()],
            |m: &MultiHeadAttention, x: Tensor<3>| {
                let [batch, length, _] = x.dims();
                let mask = generate_autoregressive_mask(batch, length, &x.device());
                m.forward(MhaInput::self_attn(x).mask_attn(mask)).context
            },
        ),
        Case::new(
            "MultiHeadAttention, padding mask",
            config().init(&device),
            [sequence(), bool([2, 4])],
            |m: &MultiHeadAttention, (x, pad): (Tensor<3>, Tensor<2, Bool>)| {
                m.forward(MhaInput::self_attn(x).mask_pad(pad)).context
            },
        ),
    ]
}

fn cross() -> Vec<Case> {
    let device = Device::flex();
    let config = || CrossAttentionConfig::new(6, 5, 4, 2, 3);
    let inputs = || vec![float([2, 3, 6]), float([2, 4, 5])];
    vec![
        Case::new(
            "CrossAttention",
            config().init(&device),
            inputs(),
            |m: &CrossAttention, (query, context): (Tensor<3>, Tensor<3>)| {
                m.forward(query, context, None)
            },
        ),
        Case::new(
            "CrossAttention, quiet softmax",
            config().with_quiet_softmax(true).init(&device),
            inputs(),
            |m: &CrossAttention, (query, context): (Tensor<3>, Tensor<3>)| {
                m.forward(query, context, None)
            },
        )
        .within(1e-5, DETACHED),
        Case::new(
            "CrossAttention, padding mask",
            config().init(&device),
            [inputs(), vec![bool([2, 4])]].concat(),
            |m: &CrossAttention, (query, context, pad): (Tensor<3>, Tensor<3>, Tensor<2, Bool>)| {
                m.forward(query, context, Some(pad))
            },
        ),
    ]
}
