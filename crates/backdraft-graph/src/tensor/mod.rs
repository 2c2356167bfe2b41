//! Tensors of any rank and kind.

pub(crate) mod any_tensor;
pub(crate) mod arrangement;
pub(crate) mod parts;
mod rows;
pub(crate) mod tensors;
