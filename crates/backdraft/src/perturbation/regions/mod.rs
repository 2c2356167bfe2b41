//! What is replaced together.

mod grid;
mod labels;
mod regions;
mod resolved;
mod windows;

pub use regions::Regions;
pub(crate) use resolved::ResolvedRegions;
