//! bunsen's language models.

use backdraft::Error;
use bunsen::burner::module::ModuleInit;
use bunsen::kits::gpts::nanochat::{NanoChatGpt, NanoChatGptContractConfig};
use bunsen::kits::gpts::qwen3::{Qwen3Config, Qwen3Model};
use burn::tensor::{Int, Tensor};

use crate::Entry;
use crate::record::Record;
use crate::stranger::{Stranger, device};

pub fn all() -> Vec<Entry> {
    vec![
        (
            nanochat,
            Record {
                layer: "h.1.add#2",
                named: true,
                axes: "[samples, tokens, features]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            qwen3,
            Record {
                layer: "layers.1.add#2",
                named: true,
                axes: "[samples, tokens, features]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            qwen3_last,
            Record {
                layer: "layers.1.attn_norm.Rms",
                named: false,
                axes: "[samples, tokens, features]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
    ]
}

fn tokens() -> Tensor<2, Int> {
    Tensor::from_data([[3, 1, 4, 1, 5]], &device())
}

fn nanochat() -> Result<Stranger, Error> {
    let config = NanoChatGptContractConfig::new()
        .with_init_seq_len(8)
        .with_max_seq_len_factor(2)
        .with_vocab_size(11)
        .with_n_layer(2)
        .with_n_head(4)
        .with_n_kv_head(2)
        .with_n_embed(16);
    let model: NanoChatGpt = config.init(&device());
    let forward = |model: &NanoChatGpt, tokens| model.forward(tokens, &mut None);
    Stranger::new("bunsen: nanochat", model, tokens(), forward, [4, 7])?.from_layer("wte")
}

fn small_qwen3() -> Qwen3Model {
    Qwen3Config::new(11, 16, 2, 4, 2, 4, 24).init(&device())
}

fn qwen3_logits(model: &Qwen3Model, tokens: Tensor<2, Int>) -> Tensor<3> {
    let [_, length] = tokens.dims();
    let rotary = model.rotary(length, &tokens.device());
    model.logits(model.forward_hidden(model.embed(tokens), &rotary, None))
}

fn qwen3() -> Result<Stranger, Error> {
    let name = "bunsen: Qwen3";
    Stranger::new(name, small_qwen3(), tokens(), qwen3_logits, [4, 7])?.from_layer("embed_tokens")
}

/// What a text generator computes: the next token's logits only.
fn qwen3_last() -> Result<Stranger, Error> {
    let name = "bunsen: Qwen3, next token";
    let forward = |model: &Qwen3Model, tokens: Tensor<2, Int>| {
        let logits = qwen3_logits(model, tokens);
        let [_, length, _] = logits.dims();
        logits.slice_dim(1, length - 1..length).squeeze_dim::<2>(1)
    };
    Stranger::new(name, small_qwen3(), tokens(), forward, [7])?.from_layer("embed_tokens")
}
