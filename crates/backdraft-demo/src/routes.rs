//! What is answered to each request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::DemoError;
use crate::jobs::{Job, events};
use crate::page::{self, Tab};
use crate::photo::Shown;
use crate::tabs::Request;
use crate::visitor::Visitor;

type Shared = State<Arc<App>>;

/// The first tab.
pub async fn index(app: Shared, visitor: Visitor) -> Result<Response, DemoError> {
    show(app, visitor, Tab::Classify).await
}

pub async fn tab(
    app: Shared,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, DemoError> {
    let tab = Tab::find(&name).ok_or(DemoError::Unknown { what: "page", name })?;
    show(app, visitor, tab).await
}

async fn show(State(app): Shared, visitor: Visitor, tab: Tab) -> Result<Response, DemoError> {
    let body = blocking(move || page::body(tab, &app)).await?;
    let mut response = page::page(tab, &body).into_response();
    if let Some(cookie) = visitor.cookie() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes a photo and says under which name it is kept.
pub async fn upload(State(app): Shared, mut form: Multipart) -> Result<Response, DemoError> {
    let file = photo_in(&mut form).await?;
    let turn = Arc::clone(&app.decoding).acquire_owned().await;
    let kept = blocking(move || {
        // Held until the work ends, also if the visitor has left.
        let _turn = turn;
        let shown = Shown::decode(&file, app.models.device())?;
        let bytes = shown.bytes();
        Ok(app.photos.keep(shown, bytes))
    });
    Ok(json_of(&json!({ "photo": kept.await? })))
}

async fn photo_in(form: &mut Multipart) -> Result<Bytes, DemoError> {
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() == Some("photo") {
            return field.bytes().await.map_err(unreadable);
        }
    }
    Err(DemoError::NoFile)
}

/// Why a form can't be read.
fn unreadable(error: MultipartError) -> DemoError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => DemoError::TooLarge,
        _ => DemoError::NoFile,
    }
}

/// Puts an explanation into the queue.
pub async fn submit(
    State(app): Shared,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, DemoError> {
    let request = request_in(&headers, &body)?;
    let shared = Arc::clone(&app);
    let task = blocking(move || request.task(&shared)).await?;
    let shared = Arc::clone(&app);
    let job = Job::new(&visitor.id, move |ticket| {
        let outcome = task(&shared, ticket)?;
        let bytes = outcome.bytes();
        // The name is part of the page, so it's kept first.
        let id = shared.results.keep(outcome, bytes);
        let outcome = shared
            .results
            .get(&id)
            .ok_or(DemoError::Expired("result"))?;
        Ok(page::result(&id, &outcome).into_string())
    });
    let job = app.queue.add(job)?;
    let mut response = json_of(&json!({ "job": job.id }));
    if let Some(cookie) = visitor.cookie() {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What a visitor asks for. Only a page of ours may send this type without asking first, so no other page can.
fn request_in(headers: &HeaderMap, body: &[u8]) -> Result<Request, DemoError> {
    let invalid = |requirement: String| DemoError::Invalid {
        what: "A request",
        value: "read".into(),
        requirement,
    };
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if kind.is_none_or(|kind| !kind.starts_with("application/json")) {
        return Err(invalid("its type must be application/json".into()));
    }
    serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))
}

fn json_of(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// Tells how far a job is, until it ends.
pub async fn listen(
    State(app): Shared,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, DemoError> {
    let job = job(&app, &visitor, &id)?;
    Ok(events(job).into_response())
}

/// Ends a job.
pub async fn stop(
    State(app): Shared,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<StatusCode, DemoError> {
    let job = job(&app, &visitor, &id)?;
    app.queue.stop(&job);
    Ok(StatusCode::NO_CONTENT)
}

/// A visitor's own job.
fn job(app: &App, visitor: &Visitor, id: &str) -> Result<Arc<Job>, DemoError> {
    let job = app.queue.find(&visitor.id, id);
    job.ok_or(DemoError::Expired("job"))
}

/// A file of one map of a result.
pub async fn map_file(
    State(app): Shared,
    Path((id, index, name)): Path<(String, usize, String)>,
) -> Result<Response, DemoError> {
    let outcome = app.results.get(&id).ok_or(DemoError::Expired("result"))?;
    let map = outcome
        .maps
        .get(index)
        .ok_or(DemoError::Expired("result"))?;
    let (kind, file) = match name.as_str() {
        "values" => ("application/octet-stream", map.values()),
        "background.png" => ("image/png", map.background.clone()),
        "overlay.png" => ("image/png", map.overlay.clone()),
        "attribution.safetensors" => ("application/octet-stream", map.attribution.clone()),
        _ => return Err(DemoError::Unknown { what: "file", name }),
    };
    Ok(kept(kind, file))
}

/// The report of a result.
pub async fn report(State(app): Shared, Path(id): Path<String>) -> Result<Response, DemoError> {
    let outcome = app.results.get(&id).ok_or(DemoError::Expired("result"))?;
    let report = outcome.report.clone().ok_or(DemoError::Unknown {
        what: "report of result",
        name: id,
    })?;
    Ok(kept("text/html; charset=utf-8", report.into_bytes()))
}

/// A file that never changes under its name.
fn kept(kind: &'static str, file: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=3600, immutable"),
        ),
    ];
    (headers, file).into_response()
}

pub async fn not_found(address: Uri) -> DemoError {
    DemoError::Unknown {
        what: "page",
        name: address.path().to_owned(),
    }
}

/// Work that would hold up other requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DemoError> + Send + 'static,
) -> Result<T, DemoError> {
    let result = tokio::task::spawn_blocking(work).await;
    result.unwrap_or(Err(DemoError::Internal))
}
