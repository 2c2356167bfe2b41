use burn::nn::{
    BiGru, BiGruConfig, BiLstm, BiLstmConfig, BiRnn, BiRnnConfig, Gru, GruConfig, Lstm, LstmConfig,
    LstmState, Rnn, RnnConfig, RnnState,
};
use burn::tensor::{Device, Tensor};

use crate::coverage::case::Case;
use crate::coverage::inputs::{Input, float};

pub fn cases() -> Vec<Case> {
    [rnns(), grus(), lstms()].into_iter().flatten().collect()
}

/// `[batch, time, features]`.
fn sequence() -> Input {
    float([2, 4, 3])
}

/// `[time, batch, features]`.
fn time_first() -> Input {
    float([4, 2, 3]).batch_at(1)
}

fn rnns() -> Vec<Case> {
    let device = Device::flex();
    let forward = |m: &Rnn, x: Tensor<3>| m.forward(x, None).0;
    let both = |m: &BiRnn, x: Tensor<3>| {
        let (output, state) = m.forward(x, None);
        (output, state.hidden)
    };
    let config = || RnnConfig::new(3, 5, true);
    vec![
        Case::new("Rnn", config().init(&device), [sequence()], forward),
        Case::new(
            "Rnn, time first, reverse, clipped, no bias",
            RnnConfig::new(3, 5, false)
                .with_batch_first(false)
                .with_reverse(true)
                .with_clip(Some(0.3))
                .init(&device),
            [time_first()],
            forward,
        ),
        Case::new(
            "Rnn, initial state",
            config().init(&device),
            [sequence(), float([2, 5])],
            |m: &Rnn, (x, state): (Tensor<3>, Tensor<2>)| {
                let (output, state) = m.forward(x, Some(RnnState::new(state)));
                (output, state.hidden)
            },
        ),
        Case::new(
            "BiRnn",
            BiRnnConfig::new(3, 5, true).init(&device),
            [sequence()],
            both,
        ),
        Case::new(
            "BiRnn, time first",
            BiRnnConfig::new(3, 5, true)
                .with_batch_first(false)
                .init(&device),
            [time_first()],
            both,
        ),
    ]
}

fn grus() -> Vec<Case> {
    let device = Device::flex();
    let both = |m: &BiGru, x: Tensor<3>| m.forward(x, None);
    vec![
        Case::new(
            "Gru",
            GruConfig::new(3, 5, true).init(&device),
            [sequence()],
            |m: &Gru, x: Tensor<3>| m.forward(x, None),
        ),
        Case::new(
            "Gru, reset before, clipped, initial state",
            GruConfig::new(3, 5, false)
                .with_reset_after(false)
                .with_clip(Some(0.3))
                .init(&device),
            [sequence(), float([2, 5])],
            |m: &Gru, (x, state): (Tensor<3>, Tensor<2>)| m.forward(x, Some(state)),
        ),
        Case::new(
            "BiGru",
            BiGruConfig::new(3, 5, true).init(&device),
            [sequence()],
            both,
        ),
        Case::new(
            "BiGru, time first",
            BiGruConfig::new(3, 5, true)
                .with_batch_first(false)
                .init(&device),
            [time_first()],
            both,
        ),
    ]
}

fn lstms() -> Vec<Case> {
    let device = Device::flex();
    let forward = |m: &Lstm, x: Tensor<3>| {
        let (output, state) = m.forward(x, None);
        (output, state.hidden, state.cell)
    };
    let both = |m: &BiLstm, x: Tensor<3>| {
        let (output, state) = m.forward(x, None);
        (output, state.hidden, state.cell)
    };
    let config = || LstmConfig::new(3, 5, true);
    vec![
        Case::new("Lstm", config().init(&device), [sequence()], forward),
        Case::new(
            "Lstm, time first, reverse, clipped, no bias",
            LstmConfig::new(3, 5, false)
                .with_batch_first(false)
                .with_reverse(true)
                .with_clip(Some(0.3))
                .init(&device),
            [time_first()],
            forward,
        ),
        Case::new(
            "Lstm, coupled input and forget gates",
            config().with_input_forget(true).init(&device),
            [sequence()],
            forward,
        ),
        Case::new(
            "Lstm, initial state",
            config().init(&device),
            [sequence(), float([2, 5]), float([2, 5])],
            |m: &Lstm, (x, cell, hidden): (Tensor<3>, Tensor<2>, Tensor<2>)| {
                m.forward(x, Some(LstmState::new(cell, hidden))).0
            },
        ),
        Case::new(
            "BiLstm",
            BiLstmConfig::new(3, 5, true).init(&device),
            [sequence()],
            both,
        ),
        Case::new(
            "BiLstm, time first",
            BiLstmConfig::new(3, 5, true)
                .with_batch_first(false)
                .init(&device),
            [time_first()],
            both,
        ),
    ]
}
