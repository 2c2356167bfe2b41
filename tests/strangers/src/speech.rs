//! bunsen's models of speech.

use backdraft::Error;
use bunsen::blocks::signals::DwStridingSubsamplingConfig;
use bunsen::blocks::transformers::encoders::conformer::{
    ConformerBlockConfig, ConformerEncoderConfig,
};
use bunsen::burner::module::ModuleInit;
use bunsen::kits::speech::parakeet::blocks::{ParakeetTdt, ParakeetTdtConfig};
use bunsen::kits::speech::qwen3_asr::blocks::{Qwen3AsrAudioEncoder, Qwen3AsrAudioEncoderConfig};
use bunsen::kits::speech::silero_vad::{SileroVad, SileroVadSignalConfig};
use bunsen::kits::speech::sortformer::blocks::{
    NemotronDiarizationConfig, Sortformer, SortformerV2Config,
};
use bunsen::kits::speech::whisper::blocks::{Whisper, WhisperApiConfig};
use burn::tensor::{Distribution, Int, Tensor};

use crate::Entry;
use crate::record::Record;
use crate::stranger::{Stranger, device};

pub fn all() -> Vec<Entry> {
    vec![
        (
            whisper,
            Record {
                layer: "encoder.ln_post",
                named: false,
                axes: "[samples, x/2, channels]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            silero,
            Record {
                layer: "encoder.blocks.1.relu",
                named: false,
                axes: "[samples, channels, x/32]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            nemotron,
            Record {
                layer: "encoder.transformer.Rope.final_norm.Layer",
                named: true,
                axes: "[samples, x/4, channels]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            sortformer,
            Record {
                layer: "encoder.transformer.Conformer.layers.0.out_norm.Layer",
                named: true,
                axes: "[samples, y/8, channels]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            parakeet,
            Record {
                layer: "encoder.transformer.Conformer.layers.0.out_norm.Layer",
                named: true,
                axes: "[samples, x/8, channels]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
        (
            qwen3_asr,
            Record {
                layer: "ln_post",
                named: true,
                axes: "[1, x, channels]",
                integrated: 1e-2,
                deep_lift: None,
            },
        ),
    ]
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device())
}

fn whisper() -> Result<Stranger, Error> {
    let config = WhisperApiConfig::new(6, 11, 8, 24, 2, 8, 2).with_d_head(4);
    let model: Whisper = config.init(&device());
    let tokens = Tensor::<2, Int>::from_data([[3, 1, 4, 1]], &device());
    let forward =
        |model: &Whisper, (mel, tokens): (Tensor<3>, Tensor<2, Int>)| model.forward(mel, tokens);
    let example = (random([1, 6, 24]), tokens);
    Stranger::new("bunsen: Whisper", model, example, forward, [3, 7])
}

fn small_silero() -> SileroVad {
    let config = SileroVadSignalConfig::new(16000, 17)
        .with_d_hidden(8)
        .with_d_bottleneck(4);
    config.init(&device())
}

/// One chunk, and the state of two rows that it meets.
fn silero() -> Result<Stranger, Error> {
    let forward = |model: &SileroVad, (chunk, state)| model.forward(chunk, state);
    let example = (random([1, 64]), random([2, 1, 8]));
    Stranger::new("bunsen: Silero VAD", small_silero(), example, forward, [])
}

fn nemotron() -> Result<Stranger, Error> {
    let config = NemotronDiarizationConfig::new()
        .with_n_mels(6)
        .with_d_model(16)
        .with_n_layers(2)
        .with_n_heads(2)
        .with_ff_expansion(2)
        .with_d_hidden(8)
        .with_n_speakers(3)
        .with_subsampling_factor(4);
    let model: Sortformer = config.init(&device());
    let forward = |model: &Sortformer, mels| model.forward(mels, None).output;
    let example = random([1, 20, 6]);
    Stranger::new(
        "bunsen: Nemotron diarization",
        model,
        example,
        forward,
        [7, 1],
    )
}

fn sortformer() -> Result<Stranger, Error> {
    let config = SortformerV2Config::new()
        .with_n_mels(16)
        .with_d_model(16)
        .with_n_layers(1)
        .with_n_heads(2)
        .with_ff_expansion(2)
        .with_subsampling_channels(4)
        .with_conv_kernel_size(3)
        .with_d_hidden(8)
        .with_transformer_layers(1)
        .with_transformer_heads(2)
        .with_transformer_ff_expansion(2)
        .with_n_speakers(3);
    let model: Sortformer = config.init(&device());
    let forward = |model: &Sortformer, mels| model.forward(mels, None).output;
    let example = random([1, 40, 16]);
    Stranger::new("bunsen: Sortformer v2", model, example, forward, [3, 1])
}

fn parakeet() -> Result<Stranger, Error> {
    let encoder = ConformerEncoderConfig::new(
        DwStridingSubsamplingConfig::new(16, 4, 16),
        ConformerBlockConfig::new(16, 2, 32, 5)
            .with_bias(false)
            .with_conv_bias(false),
        1,
    );
    let model: ParakeetTdt = ParakeetTdtConfig::new(encoder, 11, 12).init(&device());
    let tokens = Tensor::<2, Int>::from_data([[3, 1]], &device());
    let forward = |model: &ParakeetTdt, (mels, tokens): (Tensor<3>, Tensor<2, Int>)| {
        let (frames, _) = model.encode(mels, None);
        let words = model.decoder.forward(tokens);
        let pairs = frames.unsqueeze_dim::<4>(2).repeat_dim(2, 2);
        let times = pairs.dims()[1];
        let words = words.unsqueeze_dim::<4>(1).repeat_dim(1, times);
        model.joint.forward(pairs, words)
    };
    let example = (random([1, 16, 40]), tokens);
    Stranger::new("bunsen: Parakeet TDT", model, example, forward, [3, 1, 7])
}

/// It takes one utterance without a batch, and cuts it into chunks that become the rows of its convolutions.
fn qwen3_asr() -> Result<Stranger, Error> {
    let config = Qwen3AsrAudioEncoderConfig::new(16, 8, 2, 16, 1, 4)
        .with_n_window(8)
        .with_n_window_infer(16);
    let model: Qwen3AsrAudioEncoder = config.init(&device());
    let forward = |model: &Qwen3AsrAudioEncoder, features: Tensor<3>| {
        model.forward(features.squeeze_dim(0), 40).unsqueeze::<3>()
    };
    let example = random([1, 16, 40]);
    let name = "bunsen: Qwen3 ASR, audio encoder";
    Stranger::new(name, model, example, forward, [3, 5])
}
