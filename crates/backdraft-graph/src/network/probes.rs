//! What to observe and to change in one run of a network.

use crate::{AnyTensor, RuleMap, Tensors};

/// What one [run](crate::Network::run) reads, differentiates and replaces, and by which rules.
///
/// ```
/// use backdraft_graph::{AnyTensor, Probes, Rule, RuleMap, Step};
///
/// /// Lets every gradient through.
/// #[derive(Debug)]
/// struct Straight;
///
/// impl Rule for Straight {
///     fn gradient(&self, _: &Step, _: usize, gradient: AnyTensor) -> AnyTensor {
///         gradient
///     }
/// }
///
/// let probes = Probes::new()
///     .with_activation("features.3")
///     .with_input_gradients()
///     .with_rules(RuleMap::new().rectifiers(Straight));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Probes {
    pub(crate) activations: Vec<String>,
    pub(crate) layer_gradients: Vec<String>,
    pub(crate) input_gradients: InputGradients,
    pub(crate) replacements: Vec<(String, AnyTensor)>,
    pub(crate) rules: RuleMap,
    pub(crate) reference: Option<Vec<AnyTensor>>,
}

/// Which inputs' gradients are asked for.
#[derive(Clone, Debug)]
pub(crate) enum InputGradients {
    /// Every float input's.
    All,
    Of(Vec<usize>),
}

impl Default for InputGradients {
    fn default() -> Self {
        Self::Of(Vec::new())
    }
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
        self.input_gradients = InputGradients::All;
        self
    }

    /// Makes the gradient with respect to one input available after the backward pass; for several inputs
    /// call it several times. No tape is kept of what only other inputs lead to.
    #[must_use]
    pub fn with_input_gradient(mut self, input: usize) -> Self {
        match &mut self.input_gradients {
            InputGradients::All => {}
            InputGradients::Of(inputs) => inputs.push(input),
        }
        self
    }

    /// Puts `value` in the place of a layer's output: an intervention. What only the replaced output
    /// needs isn't computed. The value must have the shape, element type and device of the layer's output
    /// for the inputs of the run. The [reference](Self::with_reference) is computed without replacements.
    #[must_use]
    pub fn with_replacement(
        mut self,
        layer: impl Into<String>,
        value: impl Into<AnyTensor>,
    ) -> Self {
        self.replacements.push((layer.into(), value.into()));
        self
    }

    /// Computes everything at `inputs` too, without gradients and in the same run, for rules that compare
    /// with a reference. The inputs must have the shapes and types of the inputs of the run.
    ///
    /// ```
    /// use backdraft_graph::{Network, Probes};
    /// use burn::nn::Linear;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let x = Tensor::<2>::ones([1, 3], &Device::default());
    /// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.exp())?;
    /// let pass = net.run(x.clone(), &Probes::new().with_reference(x.zeros_like()))?;
    /// let reference: Tensor<2> = pass.reference_outputs()[0].to_tensor()?;
    /// assert_eq!(reference.sum().into_scalar::<f32>(), 3.0);
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    #[must_use]
    pub fn with_reference(mut self, inputs: impl Tensors) -> Self {
        self.reference = Some(inputs.into_tensors());
        self
    }

    /// Whether there is a [reference](Self::with_reference).
    pub fn has_reference(&self) -> bool {
        self.reference.is_some()
    }

    /// The gradient rules of the backward pass; none by default.
    #[must_use]
    pub fn with_rules(mut self, rules: RuleMap) -> Self {
        self.rules = rules;
        self
    }
}
