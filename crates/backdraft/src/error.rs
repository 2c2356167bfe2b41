//! Everything that can go wrong with an explanation, with what to do about it.

use thiserror::Error;

use crate::attention::AttentionError;
use crate::attribution::{AttributionError, FileError};
use crate::backprop::BackpropError;
use crate::baseline::BaselineError;
use crate::evaluation::EvaluationError;
use crate::finite::NotFinite;
use crate::gradient::FullGradError;
use crate::layer::LayerError;
use crate::model::ModelError;
use crate::perturbation::RegionError;
use crate::run::RunError;
use crate::targets::TargetError;

/// An error of an attribution method.
///
/// What several families have in common is a variant of its own: a shape, a count or an option that doesn't fit, and a
/// thing that doesn't exist. Everything else is an enum of the family that it belongs to.
///
/// ```
/// use backdraft::targets::TargetError;
/// use backdraft::{Class, Error, Method, Network, Neuron, Saliency};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let model: Linear = LinearConfig::new(3, 5).init(&device);
/// let x = Tensor::<2>::ones([1, 3], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x))?;
///
/// let error = Saliency::new().attribute(&net, x.clone(), Class(7)).unwrap_err();
/// assert!(matches!(error, Error::Unknown { what: "class", .. }));
/// assert_eq!(error.to_string(), "class 7 doesn't exist: the network has classes 0 to 4");
///
/// let error = Saliency::new().attribute(&net, x, Neuron::new([7])).unwrap_err();
/// match error {
///     Error::Target(TargetError::UnknownNeuron { index, .. }) => assert_eq!(index, "[7]"),
///     other => panic!("{other}"),
/// }
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The network couldn't be captured or run.
    #[error(transparent)]
    Graph(#[from] backdraft_graph::Error),

    /// A picture couldn't be read, drawn or saved.
    #[cfg(feature = "image")]
    #[error(transparent)]
    Image(#[from] backdraft_image::ImageError),

    /// A black box failed, or its outputs don't fit.
    #[error(transparent)]
    BlackBox(#[from] crate::model::BlackBoxError),

    /// An attribution couldn't be saved or loaded.
    #[error(transparent)]
    File(#[from] FileError),

    /// No method has this name.
    #[error("no method is called `{name}`; {}", suggestion(.nearest))]
    UnknownMethod {
        /// The name asked for.
        name: String,
        /// The most similar names there are.
        nearest: Vec<&'static str>,
    },

    /// A target that doesn't fit the outputs of the network.
    #[error(transparent)]
    Target(#[from] TargetError),

    /// A baseline that doesn't fit the inputs.
    #[error(transparent)]
    Baseline(#[from] BaselineError),

    /// Regions that don't fit the inputs, or the method.
    #[error(transparent)]
    Region(#[from] RegionError),

    /// A layer that can't be explained, or whose output has another form than the method needs.
    #[error(transparent)]
    Layer(#[from] LayerError),

    /// A network without the attention that a method reads.
    #[error(transparent)]
    Attention(#[from] AttentionError),

    /// A network for which a rule of the backward pass is undefined.
    #[error(transparent)]
    Backprop(#[from] BackpropError),

    /// A network whose score isn't the sum of full gradients.
    #[error(transparent)]
    FullGrad(#[from] FullGradError),

    /// A model whose outputs can't be explained.
    #[error(transparent)]
    Model(#[from] ModelError),

    /// An attribution that was stopped, or doesn't fit into memory.
    #[error(transparent)]
    Run(#[from] RunError),

    /// Values that don't make an attribution, or that it doesn't have.
    #[error(transparent)]
    Attribution(#[from] AttributionError),

    /// A method, target or network that can't be checked.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),

    /// A score, gradient, activation or attribution that is NaN or infinite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),

    /// A tensor of another shape than is needed: the output for a target, or the attribution for a picture or text.
    #[error("{what} needs {needs}, got {shape}{help}")]
    WrongShape {
        /// What needs it: `a heat map`.
        what: &'static str,
        /// What is needed: `an attribution of shape [batch, 1, height, width]`.
        needs: &'static str,
        /// The shape that there is.
        shape: String,
        /// What to do.
        help: &'static str,
    },

    /// Something by a name or number that doesn't exist.
    #[error("{what} {name} doesn't exist: {known}")]
    Unknown {
        /// What was asked for: `class`, `sample`, `token`, `feature`.
        what: &'static str,
        /// Its name or number.
        name: String,
        /// What there is.
        known: String,
    },

    /// More or fewer things than they are for.
    #[error("{given} {what} were given for {}{help}", counted(*.expected, .each))]
    WrongCount {
        /// How many were given.
        given: usize,
        /// What was given: `classes`.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// What each of them is for: `samples`.
        each: &'static str,
        /// What to do.
        help: &'static str,
    },

    /// An option of a method has a value that can't be used.
    #[error("{option} can't be {value}: {requirement}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is needed instead.
        requirement: &'static str,
    },
}

impl Error {
    /// A class that the network doesn't have.
    pub fn unknown_class(class: usize, classes: usize) -> Self {
        Self::Unknown {
            what: "class",
            name: class.to_string(),
            known: format!("the network has classes 0 to {}", classes.saturating_sub(1)),
        }
    }
}

/// So many samples, which are a batch, or other things.
fn counted(number: usize, each: &str) -> String {
    let batch = if each == "samples" { "a batch of " } else { "" };
    format!("{batch}{number} {each}")
}

fn suggestion(nearest: &[&str]) -> String {
    match nearest {
        [] => "`catalog::METHODS` lists them all".into(),
        _ => format!("did you mean `{}`?", nearest.join("`, `")),
    }
}
