//! Explanations, one after the other, and what visitors hear of them.

mod events;
mod job;
mod queue;

pub use events::events;
pub use job::{Job, Ticket};
pub use queue::Queue;
