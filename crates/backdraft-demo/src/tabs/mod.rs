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

impl Request {
    /// Refuses what can be seen to be wrong at once.
    pub fn check(&self, app: &App) -> Result<(), DemoError> {
        match self {
            Self::Classify(request) => request.check(app),
            Self::Compare(request) => request.check(app),
            Self::Ask(request) => request.check(),
            Self::Caption(request) => request.check(),
            Self::Play(request) => request.check(),
            Self::Read(request) => request.check(),
        }
    }

    pub fn explain(&self, app: &App, ticket: &Ticket) -> Result<Outcome, DemoError> {
        match self {
            Self::Classify(request) => request.explain(app, ticket),
            Self::Compare(request) => request.explain(app, ticket),
            Self::Ask(request) => request.explain(app, ticket),
            Self::Caption(request) => request.explain(app, ticket),
            Self::Play(request) => request.explain(app, ticket),
            Self::Read(request) => request.explain(app, ticket),
        }
    }
}
