//! The files that pages load.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::error::DemoError;

const FILES: [(&str, &str, &str); 7] = [
    ("style.css", "text/css", include_str!("../assets/style.css")),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../assets/icon.svg"),
    ),
    (
        "page.js",
        "text/javascript",
        include_str!("../assets/page.js"),
    ),
    (
        "jobs.js",
        "text/javascript",
        include_str!("../assets/jobs.js"),
    ),
    (
        "map.js",
        "text/javascript",
        include_str!("../assets/map.js"),
    ),
    (
        "photo.js",
        "text/javascript",
        include_str!("../assets/photo.js"),
    ),
    (
        "colors.js",
        "text/javascript",
        include_str!("../assets/colors.js"),
    ),
];

pub async fn asset(Path(name): Path<String>) -> Result<Response, DemoError> {
    let file = FILES.iter().find(|(known, ..)| *known == name);
    let (_, kind, content) = file.ok_or(DemoError::Unknown { what: "file", name })?;
    let kind = format!("{kind}; charset=utf-8");
    Ok((
        [(CONTENT_TYPE, kind.as_str()), (CACHE_CONTROL, "no-cache")],
        *content,
    )
        .into_response())
}
