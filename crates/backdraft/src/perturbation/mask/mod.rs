//! Soft masks of an image, and how they are found.

mod enlargement;
mod meaningful_perturbation;
mod penalty;

pub use meaningful_perturbation::{MaskGame, MeaningfulPerturbation};
