//! Where the model comes from that a recording runs.

use std::sync::{Mutex, PoisonError};

use burn::module::Module;
use burn::tensor::Device;

type Build<M> = Box<dyn Fn(&Device) -> M + Send + Sync>;

/// Gives each recording a model of its own.
pub(crate) enum Source<M> {
    /// Copies of the captured model, which share its weights.
    ///
    /// Modules need not be `Sync`; recordings only copy it, so the lock is held briefly.
    Copies(Mutex<M>),
    /// Models made on the device for recording.
    Built(Build<M>),
}

impl<M: Module> Source<M> {
    /// Copies of `model`, which must share nothing that moves with the user's model: a result of `Module::valid`.
    pub(crate) fn copies_of(model: M) -> Self {
        Self::Copies(Mutex::new(model))
    }

    /// Models that `build` makes on the device that it is given.
    pub(crate) fn built_by(build: impl Fn(&Device) -> M + Send + Sync + 'static) -> Self {
        Self::Built(Box::new(build))
    }

    /// Whether the models are made anew, so that they may differ from the captured one.
    pub(super) fn is_built(&self) -> bool {
        matches!(self, Self::Built(_))
    }

    /// A model for a recording on `device`, which may still be elsewhere.
    pub(super) fn model(&self, device: &Device) -> M {
        match self {
            Self::Copies(model) => {
                let model = model.lock().unwrap_or_else(PoisonError::into_inner);
                model.valid()
            }
            Self::Built(build) => build(device),
        }
    }
}
