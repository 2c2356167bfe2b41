//! The modules of `burn::nn`, with variants wherever other operations are recorded.

mod activations;
mod attention;
mod convolutions;
mod losses;
mod normalisations;
mod others;
mod pooling;
mod recurrent;
mod transformers;

use crate::case::Case;
pub use others::TextClassifier;

pub fn cases() -> Vec<Case> {
    let families = [
        convolutions::cases(),
        pooling::cases(),
        normalisations::cases(),
        activations::cases(),
        attention::cases(),
        transformers::cases(),
        recurrent::cases(),
        others::cases(),
        losses::cases(),
    ];
    families.into_iter().flatten().collect()
}
