//! Computing again only what a local change of an input reaches.
//!
//! A change inside of an [`Area`] of an input reaches a known area of every later activation, up to the first operation
//! that mixes or rearranges space. [`Steps`] are the operations before that. A batch of changed inputs is computed on
//! patches: [`Places`] says where the patches of a tensor lie, all of one size; an operation on them reads what
//! lies around from the activations of the unchanged input. [`Steps::cut`] chooses after which step whole
//! tensors are cheaper, and [`patches`] computes the steps before.

mod area;
mod effort;
mod patches;
#[cfg(test)]
pub(crate) mod random_network;
mod reach;
mod step;
mod steps;
mod window;

pub(crate) use area::Area;
pub(crate) use patches::{Kept, Patches};
pub(crate) use steps::Steps;
