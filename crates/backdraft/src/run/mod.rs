//! How an attribution is run: internal batches, memory budgets, progress, and plans of what it takes.

pub(crate) mod batching;
pub(crate) mod budget;
mod error;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod units;

pub use error::RunError;
pub use plan::Plan;
