//! What one run is asked, in terms of one graph.

use std::sync::Arc;

use burn::backend::ir::TensorId;

use crate::rules::{Rule, RuleMap};

/// Which tensors a run keeps, differentiates and replaces, and by which rules; values come later.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Tensors whose values are returned.
    pub(crate) keep: Vec<TensorId>,
    /// Float tensors whose gradients can be asked for.
    pub(crate) differentiate: Vec<TensorId>,
    /// Tensors whose values come from elsewhere, in place of what the graph computes.
    pub(crate) replace: Vec<TensorId>,
    pub(crate) rules: RuleMap,
    /// Whether the same is computed at a reference, without gradients.
    pub(crate) reference: bool,
    /// The rule for GELU, where the device's own derivative is approximate.
    pub(crate) gelu: Option<Arc<dyn Rule>>,
}
