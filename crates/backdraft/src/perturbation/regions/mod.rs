//! What is replaced together.

mod columns;
mod grid;
mod labels;
mod layout;
mod pieces;
mod place;
mod regions;
mod resolved;
mod slic;
mod superpixels;
mod windows;

pub(crate) use layout::Layout;
pub use regions::Regions;
pub(crate) use resolved::{Center, ResolvedRegions};
