//! What can go wrong, in a sentence for the visitor, with the status of the answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

use crate::limits;

/// An error that a visitor reads.
#[derive(Debug, Error)]
pub enum DemoError {
    #[error("This file isn't a photo that can be read: {0}.")]
    NotAPhoto(String),

    #[error("This photo has {0} megapixels: at most {limit} are taken.", limit = limits::PIXELS / 1_000_000)]
    TooManyPixels(u64),

    #[error("This photo has more than {} MB: choose a smaller one.", limits::BODY >> 20)]
    TooLarge,

    #[error("A file is missing: choose a photo.")]
    NoFile,

    #[error("There is no {what} `{name}`.")]
    Unknown { what: &'static str, name: String },

    #[error("{what} can't be {value}: {requirement}.")]
    Invalid {
        what: &'static str,
        value: String,
        requirement: String,
    },

    #[error("This {0} is no longer kept: ask for it again.")]
    Expired(&'static str),

    #[error("Too many explanations are waiting: try again in a minute.")]
    Busy,

    #[error("This took longer than {} seconds and was stopped: take fewer steps, or another method.", limits::TIME.as_secs())]
    TooLong,

    #[error("It was stopped.")]
    Stopped,

    #[error("This network isn't here: who runs the server is told why.")]
    NotLoaded,

    #[error("{0}")]
    Unavailable(String),

    #[error("{}", sentence(.0))]
    Explain(#[from] backdraft::Error),

    #[error("Something went wrong on the server: this is a mistake of ours.")]
    Internal,
}

impl DemoError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotAPhoto(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyPixels(_) | Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Expired(_) => StatusCode::GONE,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::NoFile | Self::Invalid { .. } | Self::Explain(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Stopped | Self::TooLong => StatusCode::CONFLICT,
            Self::NotLoaded | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An error with a capital and a full stop.
fn sentence(error: &backdraft::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first
        .into_iter()
        .flatten()
        .chain(letters)
        .chain(['.'])
        .collect()
}

/// The sentence as plain text.
impl IntoResponse for DemoError {
    fn into_response(self) -> Response {
        (self.status(), self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sentences() {
        let error = DemoError::from(backdraft::Error::unknown_class(1000, 1000));
        assert_eq!(
            error.to_string(),
            "Class 1000 doesn't exist: the network has classes 0 to 999."
        );
        assert_eq!(
            DemoError::TooManyPixels(90).to_string(),
            "This photo has 90 megapixels: at most 40 are taken."
        );
    }
}
