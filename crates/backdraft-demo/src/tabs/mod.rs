//! The tabs: what each of them asks, and how it is explained.

pub mod ask;
pub mod caption;
pub mod classify;
pub mod compare;
pub mod methods;
pub mod play;
pub mod read;
mod scene;

pub use scene::SCENES;

use serde::Deserialize;

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::Ticket;
use crate::outcome::Outcome;

/// What a visitor asks for.
#[derive(Deserialize)]
#[serde(tag = "tab", rename_all = "lowercase")]
pub enum Request {
    Classify(classify::Request),
    Ask(ask::Request),
    Caption(caption::Request),
    Play(play::Request),
    Read(read::Request),
    Compare(compare::Request),
}

/// An explanation that can be made: nothing that it needs can get lost while it waits.
pub type Task = Box<dyn FnOnce(&App, &Ticket) -> Result<Outcome, DemoError> + Send>;

impl Request {
    /// Refuses what can be seen to be wrong at once.
    pub fn task(self, app: &App) -> Result<Task, DemoError> {
        Ok(match self {
            Self::Classify(request) => {
                let photo = request.check(app)?;
                Box::new(move |app, ticket| request.explain(app, ticket, &photo))
            }
            Self::Compare(request) => {
                let photo = request.check(app)?;
                Box::new(move |app, ticket| request.explain(app, ticket, &photo))
            }
            Self::Ask(request) => {
                request.check()?;
                Box::new(move |app, ticket| request.explain(app, ticket))
            }
            Self::Caption(request) => {
                request.check()?;
                Box::new(move |app, ticket| request.explain(app, ticket))
            }
            Self::Play(request) => {
                request.check()?;
                Box::new(move |app, ticket| request.explain(app, ticket))
            }
            Self::Read(request) => {
                request.check()?;
                Box::new(move |app, ticket| request.explain(app, ticket))
            }
        })
    }
}
