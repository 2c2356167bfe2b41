//! How an attribution is run, which travels with its inputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::run::progress::Progress;

/// What decides how many rows a model sees at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Budget {
    /// A share of the memory that is free.
    #[default]
    Share,
    /// So many bytes, for the whole process on a CPU, and for weights and activations on a GPU.
    Bytes(u64),
    /// So many rows, whatever they take.
    Rows(usize),
}

/// How to run, whatever the method.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptions {
    pub(crate) budget: Budget,
    pub(crate) progress: Progress,
    taken: Arc<AtomicU64>,
}

impl RunOptions {
    /// The most bytes that methods with these options took so far. When they were freed the allocator may have kept
    /// them, to use them again.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn take(&self, bytes: u64) {
        self.taken.fetch_max(bytes, Ordering::Relaxed);
    }
}
