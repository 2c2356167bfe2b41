use axum::http::StatusCode;
use serde_json::json;

use crate::client::{Client, classify, png};

/// The status and the sentence.
async fn uploaded(file: &[u8]) -> (StatusCode, String) {
    let answer = Client::new().await.upload(file).await;
    (answer.status, answer.text())
}

async fn asked(request: serde_json::Value) -> (StatusCode, String) {
    let answer = Client::new().await.submit(request).await;
    (answer.status, answer.text())
}

#[tokio::test]
async fn files_that_are_no_photos_are_refused() {
    let photo = png(40, 30);
    for file in [&b""[..], b"just text", &photo[..photo.len() / 2], b"GIF89a"] {
        let (status, text) = uploaded(file).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{text}");
        assert!(
            text.starts_with("This file isn't a photo that can be read"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_refused() {
    let (status, text) = uploaded(&vec![0; 100 << 20]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        text,
        "This photo has more than 16 MB: choose a smaller one."
    );
}

#[tokio::test]
async fn a_picture_that_unfolds_is_not_decoded() {
    // 8,000 x 8,000 pixels of one color are a small file.
    let mut file = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(8000, 8000)
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    assert!(file.get_ref().len() < 1 << 20);
    let (status, text) = uploaded(file.get_ref()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(text, "This photo has 64 megapixels: at most 40 are taken.");
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    for (request, sentence) in [
        (
            json!({ "tab": "classify", "photo": "cat", "class": "unicorn" }),
            "There is no class `unicorn`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "class": "1000" }),
            "There is no class `1000`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "method": "magic" }),
            "There is no method `magic`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "layer": "conv99" }),
            "There is no layer `conv99`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "baseline": "pink" }),
            "There is no baseline `pink`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "method": "kernel-shap", "regions": "pink" }),
            "There is no choice of regions `pink`.",
        ),
        (
            json!({ "tab": "classify", "photo": "cat", "method": "lrp", "composite": "pink" }),
            "There is no composite `pink`.",
        ),
        (
            json!({ "tab": "ask", "scene": "99" }),
            "There is no scene `99`.",
        ),
        (
            json!({ "tab": "ask", "question": "99" }),
            "There is no question `99`.",
        ),
        (
            json!({ "tab": "caption", "word": "9" }),
            "There is no word `9`.",
        ),
        (
            json!({ "tab": "play", "action": "9" }),
            "There is no action `9`.",
        ),
    ] {
        assert_eq!(
            asked(request).await,
            (StatusCode::NOT_FOUND, sentence.to_owned())
        );
    }
    let (status, _) = asked(classify("0123")).await;
    assert_eq!(status, StatusCode::GONE);
}

#[tokio::test]
async fn numbers_have_limits() {
    let request = json!({ "tab": "classify", "photo": "cat", "method": "smooth-grad", "steps": "1000000000" });
    let (status, text) = asked(request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("a number from 1 to 1000 is needed"), "{text}");
    let long = "a".repeat(501);
    let (status, text) = asked(json!({ "tab": "read", "first": long, "second": "b" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("1 to 500 characters"), "{text}");
}

#[tokio::test]
async fn requests_that_mean_nothing_are_refused() {
    for request in [
        json!({}),
        json!([]),
        json!({ "tab": "magic" }),
        json!({ "tab": "classify" }),
    ] {
        let (status, text) = asked(request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.starts_with("A request can't be read"), "{text}");
    }
}

#[tokio::test]
async fn what_visitors_write_is_never_a_tag() {
    // Errors are plain text, and the page writes them as text.
    let answer = Client::new()
        .await
        .submit(json!({ "tab": "classify", "photo": "cat", "class": "<script>alert(1)</script>" }))
        .await;
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn results_that_are_not_kept_are_gone() {
    let client = Client::new().await;
    for path in [
        "/results/0/0/values",
        "/results/0/report.html",
        "/jobs/0/events",
    ] {
        assert_eq!(client.get(path).await.status, StatusCode::GONE, "{path}");
    }
}
