//! Networks that were trained with this crate's examples, and their sizes.

mod games;
mod scenes;
