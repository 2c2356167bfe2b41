//! A captured model: its layers, what one run of it is asked, and what comes out.

pub(crate) mod device;
pub(crate) mod input_spec;
pub(crate) mod layer;
mod network;
pub(crate) mod pass;
pub(crate) mod probes;
pub(crate) mod sites;
pub(crate) mod weights;

pub use layer::Layer;
pub use network::Network;
pub use pass::{Gradients, Pass};
pub use probes::Probes;
