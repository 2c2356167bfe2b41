//! What is replaced together.

mod columns;
mod dilation;
mod felzenszwalb;
mod grid;
mod image;
mod labels;
mod layout;
mod pieces;
mod place;
mod regions;
mod resolved;
mod slic;
mod superpixels;
mod windows;

pub(crate) use dilation::dilated;
pub(crate) use felzenszwalb::segments;
pub(crate) use image::Image;
pub(crate) use layout::Layout;
pub use regions::Regions;
pub(crate) use resolved::{Center, ResolvedRegions};
