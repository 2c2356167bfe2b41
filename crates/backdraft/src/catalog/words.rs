//! The words in which methods are described.

use std::fmt::{self, Display, Formatter};

/// A group of methods that work alike, each a module of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// [`cam`](crate::cam): where a layer holds evidence.
    Cam,
    /// [`backprop`](crate::backprop): the backward pass changed by rules.
    Backprop,
    /// [`gradient`](crate::gradient): one ordinary backward pass.
    Gradient,
    /// [`noise`](crate::noise): any method over noisy copies of the input.
    Noise,
    /// [`path`](crate::path): gradients integrated from a baseline to the input.
    Path,
    /// [`shap`](crate::shap): SHAP values, approximated by gradients and references.
    Shap,
    /// [`perturbation`](crate::perturbation): what the score loses without a part of the input.
    Perturbation,
    /// [`attention`](crate::attention): what a transformer attends to.
    Attention,
    /// [`layer`](crate::layer): a layer in place of the inputs.
    Layer,
}

/// The module's name.
impl Display for Family {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cam => "cam",
            Self::Backprop => "backprop",
            Self::Gradient => "gradient",
            Self::Noise => "noise",
            Self::Path => "path",
            Self::Shap => "shap",
            Self::Perturbation => "perturbation",
            Self::Attention => "attention",
            Self::Layer => "layer",
        })
    }
}

/// How much of a model a method sees. Who sees more can do all that needs less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Access {
    /// The outputs for some inputs: any function has them.
    Outputs,
    /// Outputs and gradients with respect to the inputs: any [`Differentiable`](crate::Differentiable) model.
    Gradients,
    /// Layers and gradient rules: a captured [`Network`](crate::Network).
    Graph,
}

/// What a method needs besides [`Access`], of the network, its inputs, or the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Need {
    /// Inputs of float type. A method without this need explains integer tokens as they are.
    FloatInputs,
    /// Rectifiers: ReLU or one of its variants.
    Rectifiers,
    /// Attention.
    Attention,
    /// A layer with spatial extent, or one of tokens where their layout is given.
    SpatialLayer,
    /// Global average pooling and one linear layer at the end.
    PooledHead,
    /// The name of a layer.
    LayerName,
    /// The index of a neuron.
    Neuron,
    /// Channels and space in the only input that is explained.
    Space,
    /// Several samples at once.
    SeveralSamples,
}

/// As in "the method needs attention".
impl Display for Need {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FloatInputs => "float inputs",
            Self::Rectifiers => "rectifiers",
            Self::Attention => "attention",
            Self::SpatialLayer => "a layer with spatial extent",
            Self::PooledHead => "global average pooling and one linear layer at the end",
            Self::LayerName => "the name of a layer",
            Self::Neuron => "the index of a neuron",
            Self::Space => "one input with channels and space",
            Self::SeveralSamples => "several samples at once",
        })
    }
}

/// What the values of an attribution are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Gives {
    /// Every feature of the inputs.
    Features,
    /// Every position of a layer: a coarse map.
    Map,
    /// Every token.
    Tokens,
    /// Every element of a layer's output.
    Layer,
    /// Every pair of regions: a matrix.
    Pairs,
}
