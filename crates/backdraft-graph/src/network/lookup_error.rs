//! What can go wrong: a layer or input that the network doesn't have.

use thiserror::Error;

/// A layer or input that the network doesn't have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The network has no such input.
    #[error("input {input} doesn't exist: the network has {inputs}")]
    UnknownInput {
        /// The input asked for.
        input: usize,
        /// How many there are.
        inputs: usize,
    },

    /// No layer has this name.
    #[error("no layer is called `{name}`{}{}", suggestion(.nearest), explanation(.of_kind))]
    UnknownLayer {
        /// The name asked for.
        name: String,
        /// The most similar names there are.
        nearest: Vec<String>,
        /// Layers that may be meant if the name is that of a field without parameters.
        of_kind: Vec<String>,
    },

    /// The network has no activation with spatial extent.
    #[error(
        "the network has no activation with spatial extent (a convolution's output larger than one \
         position): name a layer of shape [batch, channels, ...]"
    )]
    NoSpatialLayer,

    /// The network has no token sequence before an attention.
    #[error(
        "the network has no layer normalization of shape [batch, tokens, features] before an attention: \
         name a layer of this shape"
    )]
    NoTokenLayer,

    /// The network doesn't end in global average pooling and one linear layer.
    #[error(
        "the output isn't computed by global average pooling of an activation [batch, channels, ...] and \
         one linear layer: {found} is in the way. Use Grad-CAM, which needs no such head"
    )]
    NoPooledLayer {
        /// The layer and operation that was found instead.
        found: String,
    },
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "; print the network to see its layers".into();
    }
    format!("; did you mean `{}`?", nearest.join("`, `"))
}

fn explanation(of_kind: &[String]) -> String {
    if of_kind.is_empty() {
        return String::new();
    }
    format!(
        "; a field without parameters leaves no name; of its kind: `{}`",
        of_kind.join("`, `")
    )
}
