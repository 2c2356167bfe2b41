//! One explanation on its way.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use backdraft::Error;
use backdraft::run::RunError;
use tokio::sync::watch;

use crate::error::DemoError;
use crate::limits;
use crate::store::new_name;

/// How far a job is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// So many are before it.
    Waiting(usize),
    /// This part of it is done, from 0 to 1.
    Running(f64),
    /// The result as HTML.
    Done(String),
    /// What went wrong, in a sentence.
    Failed(String),
}

impl State {
    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }
}

/// What a job does: it gives HTML.
type Task = Box<dyn FnOnce(&Ticket) -> Result<String, DemoError> + Send>;

pub struct Job {
    pub id: String,
    pub visitor: String,
    task: Mutex<Option<Task>>,
    ticket: Ticket,
}

/// What a running job needs to know of itself.
#[derive(Clone)]
pub struct Ticket {
    state: watch::Sender<State>,
    is_stopped: Arc<AtomicBool>,
    start: Option<Instant>,
}

impl Ticket {
    fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Waiting(0)),
            is_stopped: Arc::default(),
            start: None,
        }
    }

    /// For [`Inputs::with_progress`](backdraft::Inputs::with_progress): tells how far the job is, and ends one that was
    /// stopped or takes too long.
    pub fn progress(&self) -> impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static {
        let ticket = self.clone();
        move |done, total| {
            ticket.tell(State::Running(done as f64 / total.max(1) as f64));
            match ticket.reason_to_stop() {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            }
        }
    }

    /// Ends a job between two parts of its work.
    pub fn check(&self) -> Result<(), DemoError> {
        self.reason_to_stop().map_or(Ok(()), Err)
    }

    fn reason_to_stop(&self) -> Option<DemoError> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Some(DemoError::Stopped);
        }
        let is_late = self
            .start
            .is_some_and(|start| start.elapsed() > limits::TIME);
        is_late.then_some(DemoError::TooLong)
    }

    fn tell(&self, state: State) {
        self.state.send_replace(state);
    }
}

impl Job {
    pub fn new(
        visitor: &str,
        task: impl FnOnce(&Ticket) -> Result<String, DemoError> + Send + 'static,
    ) -> Self {
        Self {
            id: new_name(),
            visitor: visitor.to_owned(),
            task: Mutex::new(Some(Box::new(task))),
            ticket: Ticket::new(),
        }
    }

    /// What happens to it from now on.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.ticket.state.subscribe()
    }

    /// Ends it as soon as that is possible.
    pub fn stop(&self) {
        self.ticket.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Says how many are before it.
    pub fn waits(&self, before: usize) {
        self.ticket.tell(State::Waiting(before));
    }

    /// It never began.
    pub fn was_left_out(&self) {
        self.ticket
            .tell(State::Failed(DemoError::Stopped.to_string()));
    }

    /// Does the work.
    pub fn run(&self) {
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(task) = task else { return };
        let ticket = Ticket {
            start: Some(Instant::now()),
            ..self.ticket.clone()
        };
        ticket.tell(State::Running(0.0));
        let work = || {
            ticket.check()?;
            task(&ticket)
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        self.ticket.tell(match result {
            Ok(Ok(html)) => State::Done(html),
            Ok(Err(error)) => State::Failed(in_place(error, &ticket).to_string()),
            Err(_) => State::Failed(DemoError::Internal.to_string()),
        });
    }
}

/// Why the work ended, in place of the method's own words for it.
fn in_place(error: DemoError, ticket: &Ticket) -> DemoError {
    match error {
        DemoError::Explain(Error::Run(RunError::Cancelled { .. })) => {
            ticket.reason_to_stop().unwrap_or(DemoError::Stopped)
        }
        error => error,
    }
}
