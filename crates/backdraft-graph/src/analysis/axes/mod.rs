//! What the dimensions of every tensor stand for: samples, space, tokens, features.
//!
//! The inputs' dimensions are followed through all operations. A dimension is an ordered product of factors, outermost
//! first, which is what a reshape keeps; a factor is a digit of a line, whose indices know where on an axis they lie.
//! Nothing is concluded from sizes, except where a reshape cuts factors.

mod feature_map;
mod ops;
mod reshape;
mod rows;
mod trace;
mod window;
mod words;

pub(crate) use feature_map::{FeatureMap, holds_computed_features};
pub(crate) use rows::{Place, Rows};
pub(crate) use trace::trace;
pub(crate) use words::words;
