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

    /// The network has no activation with positions.
    #[error(
        "the network has no layer with positions in space or in a sequence from which its output is computed by \
         losing them: name a layer"
    )]
    NoSpatialLayer,

    /// The output has positions itself.
    #[error(
        "the network's output has positions itself, as in segmentation and detection, so that no layer is the last \
         before they are lost{}", named(.layers)
    )]
    DensePrediction {
        /// Layers with ever more positions.
        layers: Vec<String>,
    },

    /// The network has no token sequence before an attention.
    #[error(
        "the network has no layer normalization of shape [batch, tokens, features] before an attention: \
         name a layer of this shape"
    )]
    NoTokenLayer,

    /// A layer is no map of channels at positions.
    #[error("layer `{layer}` {axes} is no map: {reason}")]
    NoMap {
        /// The layer.
        layer: String,
        /// What its dimensions stand for.
        axes: String,
        /// Why it is none.
        reason: NoMapReason,
    },

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

fn named(layers: &[String]) -> String {
    if layers.is_empty() {
        return ": name a layer".into();
    }
    format!(": name one, such as `{}`", layers.join("`, `"))
}

/// Why a layer is no map of channels at positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoMapReason {
    /// No dimension counts the samples.
    #[error("no dimension counts the samples of the network's output")]
    Samples,
    /// A dimension couldn't be followed.
    #[error(
        "it isn't known what dimension {dimension} stands for; name a layer before the operation that hides it"
    )]
    Unknown {
        /// The dimension.
        dimension: usize,
    },
    /// It has no positions.
    #[error("it has no positions; name a layer before they are averaged away")]
    Positions,
    /// Its positions fill no grid.
    #[error(
        "its positions fill no grid, such as those of several scales; name one of the layers that it comes from"
    )]
    Scattered,
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
