//! What is explained. Models are told apart by what they can do: every [`Model`] computes outputs, a
//! [`Differentiable`] one gradients with respect to its inputs too, and a captured [`Network`](crate::Network) shows its
//! layers and takes gradient rules. A method says by its bound which of them it needs. Besides networks there are an
//! [`Opaque`] model of Burn that can't be captured, a [`BlackBox`] of any engine, and [`Replicas`], which are several
//! copies of one network that share the work.

pub(crate) mod black_box;
pub(crate) mod black_box_error;
mod checks;
pub(crate) mod differentiable;
mod error;
pub(crate) mod leaves;
mod model;
mod opaque;
mod replicas;

pub use black_box::BlackBox;
pub use black_box_error::BlackBoxError;
pub use differentiable::{Differentiable, Differentiated};
pub use error::ModelError;
pub use model::Model;
pub use opaque::Opaque;
pub use replicas::Replicas;
