//! How an attribution is run: internal batches, memory budgets, progress, and plans of what it takes. Nothing here is an
//! option of a method: [`Inputs`](crate::Inputs) say how to run, for every method and every method that it wraps, and
//! [`Method::plan`](crate::Method::plan) estimates a [`Plan`] before anything is computed.

pub(crate) mod batching;
pub(crate) mod budget;
mod error;
pub(crate) mod options;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod units;

pub use error::RunError;
pub use plan::Plan;
