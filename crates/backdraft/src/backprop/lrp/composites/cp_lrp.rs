//! Conservative propagation.

use crate::backprop::lrp::attending::{attending_with_constant_weights, sums};
use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::epsilon;

impl Composite {
    /// CP-LRP, for transformers: as [`attn_lrp`](Self::attn_lrp), but attention weights are constants, so that all relevance
    /// goes through the values.
    ///
    /// Ali et al., [*XAI for Transformers: Better Explanations through Conservative
    /// Propagation*](https://arxiv.org/abs/2202.07304), 2022. Without biases it conserves relevance. It says what was read, and not why
    /// it was looked at: queries and keys have none.
    ///
    /// ```
    /// use backdraft::{Composite, Lrp};
    ///
    /// let method = Lrp::with_composite(Composite::cp_lrp(1e-6));
    /// ```
    pub fn cp_lrp(stabilizer: f64) -> Self {
        let rules = attending_with_constant_weights(stabilizer).or_else(sums(stabilizer));
        Self::new("CP-LRP", rules).with_weighted(epsilon(stabilizer))
    }
}
