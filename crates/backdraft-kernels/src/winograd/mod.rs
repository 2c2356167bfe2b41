//! Convolutions with a kernel of 3 x 3 by minimal filtering.
//!
//! A direct sum takes 9 products for each result and channel of the source. Neighboring results share work if the
//! products are made of sums of values and sums of weights instead: with the matrices of [`filter`] on both axes, the
//! results of a tile are
//!
//! `Rᵧ · [Σ over channels: (Wᵧ · kernel · Wₓᵀ) ⊙ (Sᵧ · values · Sₓᵀ)] · Rₓᵀ`
//!
//! which takes `points` products for each channel, whatever the number of results of the tile that they serve: 16 for
//! 2 x 2 results, 24 for 4 rows of 2. For each point the sums over the channels, of many tiles and all channels of
//! the result, are a product of matrices.
//!
//! Weights are transformed once in each call ([`weights`]). Then each task transforms the values of a block of tiles
//! ([`source`]), multiplies a few channels of the result at a time ([`products`]), and transforms these into results
//! ([`result`]). [`choice`] says where all this is less work than the direct sum.
//!
//! A tile that holds NaN, an infinity or values near the largest float has no finite results, though in a direct sum
//! some of them would be. Tiles share nothing: others, also those of other images, aren't touched.
//!
//! Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016.

mod choice;
mod filter;
mod grid;
mod plan;
mod products;
mod result;
mod source;
mod weights;

#[cfg(test)]
mod tests;

use crate::convolution::Convolution;
use choice::{Rows, kernels};
use filter::{Four, Two};
use products::compute;

/// The result, if this way is the shorter one.
pub(crate) fn run(work: &Convolution) -> Option<Vec<f32>> {
    let kernels = kernels(work)?;
    let result = match Rows::choose(work.result, work.channels)? {
        Rows::Two => compute(work, kernels, Two),
        Rows::Four => compute(work, kernels, Four),
    };
    Some(result)
}
