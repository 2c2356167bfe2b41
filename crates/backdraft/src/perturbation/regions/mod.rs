//! What is replaced together.

mod columns;
mod grid;
mod labels;
mod pieces;
mod place;
mod regions;
mod resolved;
mod slic;
mod superpixels;
mod windows;

pub use regions::Regions;
pub(crate) use resolved::ResolvedRegions;
