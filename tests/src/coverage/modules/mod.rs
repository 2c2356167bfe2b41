//! The modules of `burn::nn`, with variants wherever other operations are recorded.

mod activations;
mod attention;
mod convolutions;
mod losses;
mod normalizations;
mod others;
mod pooling;
mod recurrent;
mod transformers;

use super::Family;
pub use others::TextClassifier;

/// The modules of `burn::nn`, by family.
pub fn cases() -> Vec<Family> {
    let families = [
        ("convolutions", convolutions::cases()),
        ("pooling", pooling::cases()),
        ("normalizations", normalizations::cases()),
        ("activations", activations::cases()),
        ("attention", attention::cases()),
        ("transformers", transformers::cases()),
        ("recurrent", recurrent::cases()),
        ("other modules", others::cases()),
        ("losses", losses::cases()),
    ];
    families.map(|(name, cases)| Family { name, cases }).into()
}
