//! What a report shows of a result: a map, bars, or a picture that was given.

mod backdrop;
mod bars;
mod extreme;
mod layer;
mod map;
mod marks;
mod range;
mod shown;

pub(crate) use backdrop::Backdrop;
pub(crate) use bars::{Bar, Bars, values_of};
pub(crate) use extreme::Extreme;
pub(crate) use map::Map;
pub(crate) use range::Range;
pub(crate) use shown::Shown;
