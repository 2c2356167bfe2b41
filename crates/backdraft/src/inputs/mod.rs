//! The inputs of an explanation, and what is known of them.

pub(crate) mod inputs;
pub(crate) mod layer_inputs;
pub(crate) mod memo;
pub(crate) mod rows;
pub(crate) mod token_layout;

pub use inputs::Inputs;
pub use token_layout::TokenLayout;
