//! Every module of `burn::nn` and every operation of Burn's intermediate representation, as small cases.

mod by_burn;
mod case;
mod difference;
mod inputs;
mod modules;
mod operations;

pub use by_burn::score;
pub use case::{Case, DETACHED, Gradient, Limit, Subject, op};
pub use difference::Difference;
pub use inputs::{Input, bool, float, float_in, int, weights, with_spread_weights};
pub use modules::{TextClassifier, cases as modules};
pub use operations::cases as operations;

/// Cases of one kind.
pub struct Family {
    /// In words.
    pub name: &'static str,
    /// At least one.
    pub cases: Vec<Case>,
}
