//! Which of the tensors that a run is given is meant.

use std::fmt;

/// A tensor that a run is given, for [`InputError`](crate::InputError).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Supplied {
    /// The input at this position.
    Input(usize),
    /// The output of this layer, which is an input of a network that begins there.
    Layer(String),
    /// What is put in place of the output of this layer.
    Replacement(String),
    /// The reference for the input at this position.
    Reference(usize),
    /// The references for all inputs.
    References,
}

impl Supplied {
    /// What else it is compared with, for messages.
    pub(crate) fn like(&self) -> &'static str {
        match self {
            Self::Reference(_) | Self::References => ", like the input",
            Self::Input(_) | Self::Layer(_) | Self::Replacement(_) => "",
        }
    }

    /// What to do if it doesn't fit, for messages.
    pub(crate) fn help_to_fit(&self) -> &'static str {
        match self {
            Self::Reference(_) | Self::References => {
                ": pass a reference of the same shape and type, one for each sample"
            }
            Self::Input(_) | Self::Layer(_) | Self::Replacement(_) => "",
        }
    }

    /// What follows if it isn't finite, for messages.
    pub(crate) fn help_if_not_finite(&self) -> &'static str {
        match self {
            Self::Input(_) => {
                ": an explanation of them would be meaningless, so clean the input first"
            }
            Self::Layer(_) | Self::Replacement(_) => ", so nothing behind it can be explained",
            Self::Reference(_) | Self::References => ": choose another",
        }
    }
}

/// As messages begin: `the reference for input 0`.
impl fmt::Display for Supplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(input) => write!(f, "input {input}"),
            Self::Layer(layer) => write!(f, "the output of layer `{layer}`"),
            Self::Replacement(layer) => {
                write!(f, "the value in place of the output of `{layer}`")
            }
            Self::Reference(input) => write!(f, "the reference for input {input}"),
            Self::References => write!(f, "the reference for the inputs"),
        }
    }
}
