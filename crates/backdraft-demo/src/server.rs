//! The server.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::routing::{delete, get, post};
use burn::tensor::Device;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::limits::{self, Options};
use crate::{assets, routes};

/// Nothing from elsewhere, and no script or style that isn't a file of ours.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Answers on a listener, until `stop` is ready. Networks run on the device.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    device: Device,
    options: &Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = router(device, options);
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
}

/// All pages.
pub fn router(device: Device, options: &Options) -> Router {
    let app = Arc::new(App::new(device, options));
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let stream = Router::new().route("/jobs/{id}/events", get(routes::listen));
    Router::new()
        .route("/", get(routes::index))
        .route("/{tab}", get(routes::tab))
        .route("/assets/{file}", get(assets::asset))
        .route("/photos", post(routes::upload))
        .route("/jobs", post(routes::submit))
        .route("/jobs/{id}", delete(routes::stop))
        .route("/results/{id}/report.html", get(routes::report))
        .route("/results/{id}/{index}/{file}", get(routes::map_file))
        .fallback(routes::not_found)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            limits::REQUEST,
        ))
        .merge(stream)
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(CatchPanicLayer::new())
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .with_state(app)
}
