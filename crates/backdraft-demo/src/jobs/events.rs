//! A job as a stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio::sync::watch;

use crate::jobs::job::{Job, State};

/// `progress` with `{"waiting": 2}` or `{"done": 0.4}`, and at last `result` with HTML or `failure` with a sentence. A job
/// whose visitor stops listening is stopped.
pub fn events(job: Arc<Job>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let states = states(job.watch());
    let listener = Listener(job);
    let events = states.map(move |state| {
        let _ = &listener;
        Ok(event(&state))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)))
}

/// The state now and every later one, up to the last.
fn states(watched: watch::Receiver<State>) -> impl Stream<Item = State> {
    let begin = (watched, None::<State>);
    stream::unfold(begin, |(mut watched, before)| async move {
        match before {
            Some(state) if state.is_last() => return None,
            Some(_) => watched.changed().await.ok()?,
            None => {}
        }
        let state = watched.borrow_and_update().clone();
        Some((state.clone(), (watched, Some(state))))
    })
}

/// Who listens to a job.
struct Listener(Arc<Job>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn event(state: &State) -> Event {
    match state {
        State::Waiting(before) => Event::default()
            .event("progress")
            .data(json!({ "waiting": before }).to_string()),
        State::Running(done) => Event::default()
            .event("progress")
            .data(json!({ "done": done }).to_string()),
        State::Done(html) => Event::default()
            .event("result")
            .data(html.replace('\r', "")),
        State::Failed(sentence) => Event::default()
            .event("failure")
            .data(sentence.replace(['\r', '\n'], " ")),
    }
}
