//! The inputs of an explanation: the tensors, which of them are explained, how to run, and what is known of networks at
//! these inputs. [`Inputs`] is what every method gets; tensors become inputs by themselves, so it is needed only where
//! there is more to say. [`TokenLayout`] says where the patches of an image are in a sequence of tokens.

mod copies;
pub(crate) mod inputs;
pub(crate) mod layer_inputs;
pub(crate) mod lines;
pub(crate) mod memo;
pub(crate) mod rows;
mod samples;
pub(crate) mod space;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod token_layout;

pub use inputs::Inputs;
pub use token_layout::TokenLayout;
