//! The epsilon rule everywhere.

use backdraft_graph::RuleMap;

use crate::backprop::lrp::rules::epsilon;
use crate::backprop::lrp::{Composite, is_weighted};

impl Composite {
    /// The [epsilon rule](crate::lrp::rules::epsilon) for every layer with weights.
    pub fn epsilon(stabilizer: f64) -> Self {
        let rules = RuleMap::new().by(is_weighted, epsilon(stabilizer));
        Self::new("epsilon", rules)
    }
}
