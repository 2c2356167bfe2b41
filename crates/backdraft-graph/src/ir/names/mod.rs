//! Names for operations: the module paths that users know from their structs.
//!
//! An operation that reads a parameter belongs to the parameter's module: reading `head.fc1.weight`
//! makes it layer `head.fc1`. A module that also contains other layers is more than such an operation, which
//! is then named as its part: `block.mul`. The model itself has no name, so an operation that reads a parameter of its
//! own is named after the parameter: `pos_embed`. Operations without parameters are named by place and kind
//! (`blocks.2.relu`). A name that would repeat gets a number: `fc`, `fc#2`.
//!
//! A recording doesn't say where the forward pass entered and left a module, but modules are called one inside the
//! other: between two operations of a module the forward pass was in this module. So every operation is inside what the
//! layers before and after it have in common (`places`). Activations and residual sums are taken to belong further in,
//! to the layer before, and what computes the statistics of a normalization to the layer after (`norms`).

mod assign;
mod norms;
mod path;
mod places;
mod readings;

pub(crate) use assign::assign;
