//! Epsilon for dense layers, z-plus for convolutions.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::{epsilon, flat, z_plus};

impl Composite {
    /// [`z_plus`] for convolutions and [`epsilon`] for dense layers.
    pub fn epsilon_plus() -> Self {
        Self::named("EpsilonPlus")
            .with_convolutions(z_plus())
            .with_dense(epsilon(1e-6))
    }

    /// The same with [`flat`] for the first layer.
    ///
    /// Lapuschkin et al., 2019; what Kohlbrenner et al., [*Towards Best Practice in Explaining Neural Network Decisions with
    /// LRP*](https://arxiv.org/abs/1910.09840), 2020, found to find objects best.
    pub fn epsilon_plus_flat() -> Self {
        let flat_first = Self::epsilon_plus().with_first(flat());
        flat_first.with_name("EpsilonPlusFlat")
    }
}
