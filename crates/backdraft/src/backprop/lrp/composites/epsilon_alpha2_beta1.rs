//! Epsilon for dense layers, alpha-beta for convolutions.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::{alpha_beta, epsilon, flat};

impl Composite {
    /// [`alpha_beta`] with 2 and 1 for convolutions and [`epsilon`] for dense layers: what speaks against the target is seen
    /// too.
    pub fn epsilon_alpha2_beta1() -> Self {
        Self::named("EpsilonAlpha2Beta1")
            .with_convolutions(alpha_beta(2.0, 1.0))
            .with_dense(epsilon(1e-6))
    }

    /// The same with [`flat`] for the first layer.
    pub fn epsilon_alpha2_beta1_flat() -> Self {
        let flat_first = Self::epsilon_alpha2_beta1().with_first(flat());
        flat_first.with_name("EpsilonAlpha2Beta1Flat")
    }
}
