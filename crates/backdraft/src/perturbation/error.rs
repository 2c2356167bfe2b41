//! What can go wrong with regions.

use thiserror::Error;

/// Regions that don't fit the inputs, or the method.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegionError {
    /// There is nothing to replace.
    #[error("there is no region to replace: {help}")]
    None {
        /// What to do.
        help: &'static str,
    },

    /// A description that doesn't fit an input.
    #[error("the regions for input {input} must be {expected}, got {actual}")]
    WrongRegions {
        /// Position among the inputs that are explained.
        input: usize,
        /// What fits.
        expected: String,
        /// What was given.
        actual: String,
    },

    /// Names that don't go with the regions.
    #[error(
        "there are {names} names for {regions} regions: give one for each region, or one for each region of every sample"
    )]
    Names {
        /// How many names there are.
        names: usize,
        /// How many regions there are.
        regions: usize,
    },

    /// Regions that a coalition can't hold and lack at once.
    #[error(
        "regions {first} and {second} overlap, but {method} puts each of them back alone: give every element to at \
         most one region"
    )]
    Overlap {
        /// One region.
        first: usize,
        /// Another one.
        second: usize,
        /// The method.
        method: &'static str,
    },

    /// More regions than coalitions can be enumerated for.
    #[error(
        "{method} looks at every coalition, which for {regions} regions are 2^{regions}: give it at most {most} regions, or \
         take `ShapleySampling` or `KernelShap`, which look at some of them"
    )]
    TooMany {
        /// How many there are.
        regions: usize,
        /// How many there may be.
        most: usize,
        /// The method.
        method: &'static str,
    },

    /// Inputs of integers, where only a part of a region's value is to stay.
    #[error(
        "{method} blends regions with a baseline, and input {input} is of integers, which can't be blended: hold it by \
         `with_constant`, explain an embedding by `AtLayer`, or take `Hsic`, which replaces regions as a whole"
    )]
    NotBlended {
        /// Position among the inputs that are explained.
        input: usize,
        /// The method.
        method: &'static str,
    },

    /// A batch of one sample, where values come from other samples.
    #[error(
        "{method} takes values from other rows of the batch, and there is one row: give several, or take \
         `FeatureAblation`, which takes them from a baseline"
    )]
    OneRow {
        /// The method.
        method: &'static str,
    },

    /// Coalitions that don't tell the regions apart.
    #[error(
        "{coalitions} coalitions don't tell {regions} regions apart: allow more evaluations, or make fewer regions"
    )]
    TooFew {
        /// How many different ones there are.
        coalitions: usize,
        /// How many regions there are.
        regions: usize,
    },
}
