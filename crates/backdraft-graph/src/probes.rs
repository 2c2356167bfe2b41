//! What to observe and to change in one run of a network.

use crate::{AnyTensor, Rules};

/// What one [run](crate::Network::run) reads, differentiates and replaces, and by which rules.
///
/// ```
/// use backdraft_graph::{GuidedRectifier, Probes, Rules};
///
/// let probes = Probes::new()
///     .with_activation("features.3")
///     .with_input_gradients()
///     .with_rules(Rules::new().with_rectifier_rule(GuidedRectifier));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Probes {
    pub(crate) activations: Vec<String>,
    pub(crate) layer_gradients: Vec<String>,
    pub(crate) input_gradients: bool,
    pub(crate) replacements: Vec<(String, AnyTensor)>,
    pub(crate) rules: Rules,
}

impl Probes {
    /// Nothing but the outputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the output of a layer.
    #[must_use]
    pub fn with_activation(mut self, layer: impl Into<String>) -> Self {
        self.activations.push(layer.into());
        self
    }

    /// Makes the gradient with respect to a layer's output available after the backward pass. Where
    /// only layers' gradients are asked for, everything below the layers runs without a tape.
    #[must_use]
    pub fn with_layer_gradient(mut self, layer: impl Into<String>) -> Self {
        self.layer_gradients.push(layer.into());
        self
    }

    /// Makes the gradient with respect to every float input available after the backward pass.
    #[must_use]
    pub fn with_input_gradients(mut self) -> Self {
        self.input_gradients = true;
        self
    }

    /// Puts `value` in the place of a layer's output: an intervention. What only the replaced output
    /// needs isn't computed. The value must have the shape, element type and device of the layer's output
    /// for the inputs of the run.
    #[must_use]
    pub fn with_replacement(
        mut self,
        layer: impl Into<String>,
        value: impl Into<AnyTensor>,
    ) -> Self {
        self.replacements.push((layer.into(), value.into()));
        self
    }

    /// The gradient rules of the backward pass; none by default.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }
}
