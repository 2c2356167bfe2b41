//! What can go wrong: an attribution that was stopped, or doesn't fit into memory.

use thiserror::Error;

use crate::run::units::scaled;

/// An attribution that was stopped, or doesn't fit into memory.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// Not even one version of the inputs fits into the memory budget.
    #[error(
        "the memory budget of {} is too small: {} are in use already, and one version of the inputs needs about \
         {} more, with a fifth of what is left in reserve. Raise the budget, or explain fewer samples at once",
        scaled(*.budget, "B"), scaled(*.held, "B"), scaled(*.need, "B")
    )]
    OverBudget {
        /// The budget in bytes.
        budget: u64,
        /// Bytes that are in use.
        held: u64,
        /// Bytes that are needed.
        need: u64,
    },

    /// The progress callback asked to stop.
    #[error("cancelled after {done} of {total} units of work")]
    Cancelled {
        /// Units done.
        done: usize,
        /// Units there were.
        total: usize,
    },
}
