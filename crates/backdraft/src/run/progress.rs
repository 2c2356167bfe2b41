//! Reports from long work, and a way to stop it.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::Error;
use crate::run::RunError;

type Callback = dyn Fn(usize, usize) -> ControlFlow<()> + Send + Sync;

/// Who hears how far a method is.
#[derive(Clone, Default)]
pub(crate) struct Progress(Option<Arc<Callback>>);

impl Progress {
    pub(crate) fn new(
        callback: impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// Reports that `done` of `total` units are finished.
    pub(crate) fn report(&self, done: usize, total: usize) -> Result<(), Error> {
        match self.0.as_ref().map(|callback| callback(done, total)) {
            Some(ControlFlow::Break(())) => Err(Error::Run(RunError::Cancelled { done, total })),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress" } else { "none" })
    }
}
