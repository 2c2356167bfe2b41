//! What is explained: captured networks, models that can't be captured, and several copies of one.

pub(crate) mod differentiable;
mod error;
pub(crate) mod leaves;
mod opaque;
mod replicas;

pub use differentiable::{Differentiable, Differentiated};
pub use error::ModelError;
pub use opaque::Opaque;
pub use replicas::Replicas;
