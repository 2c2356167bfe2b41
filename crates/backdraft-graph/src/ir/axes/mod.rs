//! What dimensions stand for, as data: axes, lines of indices on them, and dimensions made of lines.

pub(crate) mod axis;
pub(crate) mod dimension;
pub(crate) mod factor;
pub(crate) mod line;
pub(crate) mod map;
mod product;
