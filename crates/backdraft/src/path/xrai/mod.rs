//! XRAI: segments, ranked by any method's values.

mod ranking;
mod segmentation;
mod xrai;

pub use ranking::Ranking;
pub use xrai::Xrai;
