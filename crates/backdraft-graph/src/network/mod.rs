//! A captured model: its layers, what one run of it is asked, and what comes out.

mod attention;
mod axes;
mod batch;
pub(crate) mod device;
mod doubling;
mod input_error;
pub(crate) mod input_spec;
pub(crate) mod layer;
mod layers;
mod lookup_error;
mod map_layout;
mod network;
mod not_finite;
pub(crate) mod pass;
mod pass_error;
mod planes;
pub(crate) mod probes;
mod run;
mod samples;
pub(crate) mod sites;
mod suggestion;
mod supplied;
mod traced;
pub(crate) mod weights;

pub use axes::Axes;
pub use batch::Batch;
pub use input_error::InputError;
pub use layer::Layer;
pub use lookup_error::{LookupError, NoMapReason};
pub use map_layout::{MapLayout, Positions};
pub use network::Network;
pub use pass::{Gradients, Pass};
pub use pass_error::PassError;
pub use planes::Planes;
pub use probes::Probes;
pub use supplied::Supplied;
