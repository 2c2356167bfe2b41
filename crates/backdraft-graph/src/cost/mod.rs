//! What a run takes, known before it runs: the graph has the shape of every tensor.
//!
//! [`simulate`] goes through the tasks of a [schedule](crate::schedule) as the executor does, and counts instead of
//! computing. Three tables say
//! what single operations take: [`flops`], [`tape`] and [`scratch`].

mod buffers;
mod cost;
mod flops;
mod scratch;
mod simulate;
mod tape;

pub use cost::Cost;
pub(crate) use cost::bytes;
pub(crate) use flops::forward as flops;
pub(crate) use simulate::simulate;
