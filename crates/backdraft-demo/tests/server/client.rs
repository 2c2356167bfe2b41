//! A visitor.

use std::io::Cursor;
use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use backdraft_demo::{Options, router};
use burn::tensor::Device;
use http_body_util::BodyExt;
use image::{ImageFormat, RgbImage};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Networks are loaded once for all tests.
fn server() -> Router {
    static SERVER: OnceLock<Router> = OnceLock::new();
    let server = SERVER.get_or_init(|| router(Device::flex(), &Options::default()));
    server.clone()
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Who keeps a cookie.
pub struct Client {
    cookie: String,
}

impl Client {
    pub async fn new() -> Self {
        let request = Request::get("/ask").body(Body::empty()).unwrap();
        let answer = send(request).await;
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(COOKIE, &self.cookie);
        send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        let request = Request::delete(path).header(COOKIE, &self.cookie);
        send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a photo's file.
    pub async fn upload(&self, file: &[u8]) -> Answer {
        const BOUNDARY: &str = "a-line-that-no-file-has";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), file, tail.as_bytes()].concat();
        let request = Request::post("/photos")
            .header(COOKIE, &self.cookie)
            .header(
                CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        send(request.body(body.into()).unwrap()).await
    }

    /// Asks for an explanation.
    pub async fn submit(&self, asked: Value) -> Answer {
        let request = Request::post("/jobs")
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/json");
        send(request.body(asked.to_string().into()).unwrap()).await
    }

    /// The events of a job, from first to last.
    pub async fn events(&self, job: &str) -> String {
        self.get(&format!("/jobs/{job}/events")).await.text()
    }

    /// The HTML of a result.
    pub async fn explain(&self, asked: Value) -> Html {
        let answer = self.submit(asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let events = self.events(answer.json()["job"].as_str().unwrap()).await;
        let (_, result) = events
            .split_once("event: result\n")
            .unwrap_or_else(|| panic!("{events}"));
        let lines = result
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        Html::parse_fragment(&lines.collect::<Vec<_>>().join("\n"))
    }
}

async fn send(request: Request<Body>) -> Answer {
    let answer = server().oneshot(request).await.unwrap();
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    }
}

/// What is asked of the tab with photos.
pub fn classify(photo: &str) -> Value {
    json!({ "tab": "classify", "photo": photo })
}

/// The elements that fit a selector.
pub fn select<'a>(html: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// The text of the only element that fits.
pub fn text(html: &Html, selector: &str) -> String {
    let found = select(html, selector);
    assert_eq!(found.len(), 1, "{selector} in {}", html.html());
    found[0].text().collect()
}

/// A file of a picture.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]));
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}
