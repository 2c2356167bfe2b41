//! Excitation Backprop.

use backdraft_graph::{Derivative, OpKind, RuleMap};

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::rules::z_plus;

impl Composite {
    /// [`z_plus`] for every layer with weights, and the derivative for activations.
    ///
    /// Zhang et al., [*Top-Down Neural Attention by Excitation Backprop*](https://arxiv.org/abs/1608.00507), 2016: the
    /// probability that a random walk from the output comes by, which goes on to inputs in proportion to how much they excite.
    pub fn excitation_backprop() -> Self {
        let activations = RuleMap::new().rectifiers(Derivative);
        let activations = activations.by_kind(OpKind::Activation, Derivative);
        Self::new("ExcitationBackprop", activations).with_weighted(z_plus())
    }
}
