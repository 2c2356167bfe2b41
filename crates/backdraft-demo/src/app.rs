//! What all requests share.

use std::sync::{Arc, OnceLock};

use backdraft::Inputs;
use backdraft_models::photos;
use burn::tensor::Device;
use tokio::sync::Semaphore;

use crate::error::DemoError;
use crate::jobs::{Queue, Ticket};
use crate::limits::{self, Options};
use crate::models::Models;
use crate::outcome::Outcome;
use crate::photo::Shown;
use crate::store::Store;

/// The networks, and what is kept for visitors.
pub struct App {
    pub models: Models,
    pub photos: Store<Shown>,
    pub results: Store<Outcome>,
    pub queue: Arc<Queue>,
    /// Who may decode a photo: one at a time, since a large one takes much memory while it's unfolded.
    pub decoding: Arc<Semaphore>,
    samples: [OnceLock<Arc<Shown>>; 2],
    memory: u64,
}

impl App {
    /// On a device, with one worker for every four cores.
    pub fn new(device: Device, options: &Options) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (cores / 4).max(1);
        Self {
            models: Models::new(device),
            photos: Store::new(limits::PHOTOS),
            results: Store::new(limits::RESULTS),
            queue: Queue::new(workers),
            decoding: Arc::new(Semaphore::new(1)),
            samples: Default::default(),
            memory: options.memory,
        }
    }

    /// A photo by the name of a built-in one, or by the name that it got when it was sent.
    pub fn photo(&self, name: &str) -> Result<Arc<Shown>, DemoError> {
        let (sample, file) = match name {
            "cat" => (&self.samples[0], photos::CHELSEA),
            "cup" => (&self.samples[1], photos::COFFEE),
            name => return self.photos.get(name).ok_or(DemoError::Expired("photo")),
        };
        if let Some(known) = sample.get() {
            return Ok(Arc::clone(known));
        }
        let shown = Shown::decode(file, self.models.device())?;
        Ok(Arc::clone(sample.get_or_init(|| Arc::new(shown))))
    }

    /// Inputs that report their progress to a job, within the memory that there is.
    pub fn run(&self, inputs: impl Into<Inputs>, ticket: &Ticket) -> Inputs {
        let inputs = inputs.into().with_memory_budget(self.memory);
        inputs.with_progress(ticket.progress())
    }
}
