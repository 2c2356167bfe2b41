//! What can go wrong: a layer that can't be explained, or whose output has another form than the method needs.

use thiserror::Error;

/// A layer that can't be explained, or whose output has another form than the method needs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The layer's output has another form than the method needs.
    #[error("layer `{layer}` has output shape {shape}, but {needs}")]
    LayerShape {
        /// The layer.
        layer: String,
        /// Its output's shape.
        shape: String,
        /// What the method needs, and which layers have it.
        needs: &'static str,
    },

    /// The layer's tokens aren't the grid of patches that the layout describes.
    #[error(
        "layer `{layer}` has {tokens} tokens; without {leading} leading and {trailing} trailing ones {patches} \
         are left, which aren't a grid {wanted}. Grids of {patches}: {candidates}. Pass one to \
         `TokenLayout::with_grid`, or another number of leading or trailing tokens"
    )]
    TokenGrid {
        /// The layer.
        layer: String,
        /// How many tokens it has.
        tokens: usize,
        /// How many in front are no patches.
        leading: usize,
        /// How many at the end are no patches.
        trailing: usize,
        /// How many are left.
        patches: usize,
        /// The grid asked for or inferred, in words.
        wanted: String,
        /// The grids of as many patches.
        candidates: String,
    },

    /// The layer's map can't get the input's size.
    #[error(
        "the map of layer `{layer}` has shape {map} and can't be brought to the input's shape {input}: both \
         need the same one to three spatial dimensions behind batch and channels"
    )]
    NotUpsampled {
        /// The layer.
        layer: String,
        /// The map's shape.
        map: String,
        /// The input's shape.
        input: String,
    },

    /// A layer's output without a row for each sample.
    #[error(
        "the output of layer `{layer}` is a {kind} of shape {shape}, but needs to be float with a row for each of the \
         {samples} samples: name a layer that keeps the batch as its first dimension"
    )]
    LayerRows {
        /// The layer.
        layer: String,
        /// The kind of its elements.
        kind: &'static str,
        /// The output's shape.
        shape: String,
        /// How many samples there are.
        samples: usize,
    },

    /// A layer that is explained together with one that it is needed for.
    #[error(
        "layer `{layer}` has no influence once `{others}` is explained in its place: explain them one at a time"
    )]
    HiddenLayer {
        /// The layer.
        layer: String,
        /// Those before it.
        others: String,
    },

    /// A target of a detector that reads several of its scales, or none.
    #[error(
        "the network predicts at several scales, and the target reads several of them or none: explain one box of one \
         sample, or name a layer, such as `{}`", .layers.join("`, `")
    )]
    SeveralScales {
        /// The last layer of each scale that is read; of every scale, if none is.
        layers: Vec<String>,
    },
}
