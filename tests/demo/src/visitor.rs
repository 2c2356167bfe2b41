//! A visitor without a browser: what the page's scripts send, sent by hand.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, Response, StatusCode};
use serde_json::{Value, json};

/// A visitor with a cookie of its own.
pub struct Visitor {
    client: Client,
    server: String,
}

impl Visitor {
    /// Opens the page.
    pub async fn new(server: &str) -> Result<Self> {
        let client = Client::builder()
            .cookie_store(true)
            .timeout(Duration::from_secs(180))
            .build()?;
        let visitor = Self {
            client,
            server: server.to_owned(),
        };
        ensure!(
            visitor.status("classify").await?.is_success(),
            "the page isn't there"
        );
        Ok(visitor)
    }

    /// The status of a page.
    pub async fn status(&self, path: &str) -> Result<StatusCode> {
        let answer = self.client.get(format!("{}/{path}", self.server));
        Ok(answer.send().await?.status())
    }

    /// Sends a photo and says under which name it is kept.
    pub async fn upload(&self, photo: &[u8]) -> Result<String> {
        let answer = self.send_photo(photo.to_vec()).await?;
        let answer: Value = successful(answer).await?.json().await?;
        Ok(answer["photo"]
            .as_str()
            .context("the photo has no name")?
            .to_owned())
    }

    /// Sends what may be no photo.
    pub async fn send_photo(&self, photo: impl Into<Body>) -> Result<Response> {
        let part = Part::stream(photo).file_name("photo.jpg");
        let post = self.client.post(format!("{}/photos", self.server));
        Ok(post
            .multipart(Form::new().part("photo", part))
            .send()
            .await?)
    }

    /// Asks for an explanation: its number.
    pub async fn submit(&self, photo: &str, method: &str, steps: usize) -> Result<String> {
        let request = json!({"tab": "classify", "photo": photo, "method": method, "steps": steps.to_string()});
        let answer = self.ask(&request).await?;
        let answer: Value = successful(answer).await?.json().await?;
        Ok(answer["job"]
            .as_str()
            .context("the job has no name")?
            .to_owned())
    }

    /// Asks for what may not exist.
    pub async fn ask(&self, request: &Value) -> Result<Response> {
        let post = self.client.post(format!("{}/jobs", self.server));
        Ok(post.json(request).send().await?)
    }

    /// Listens to an explanation.
    pub async fn listen(&self, job: &str) -> Result<Response> {
        let events = self
            .client
            .get(format!("{}/jobs/{job}/events", self.server));
        successful(events.send().await?).await
    }

    /// Asks for an explanation, waits for it, and fetches its values.
    pub async fn explain(&self, photo: &str, method: &str) -> Result<()> {
        let job = self.submit(photo, method, 10).await?;
        let result = result_of(self.listen(&job).await?).await?;
        let values = self
            .client
            .get(format!("{}/results/{result}/0/values", self.server));
        let values = successful(values.send().await?).await?.bytes().await?;
        ensure!(!values.is_empty(), "the map is empty");
        Ok(())
    }
}

/// Follows a stream until a result, as the page does, which then hangs up.
async fn result_of(mut events: Response) -> Result<String> {
    let mut heard = String::new();
    while let Some(part) = events.chunk().await? {
        heard += &String::from_utf8_lossy(&part);
        let id = heard
            .split_once("data-result=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        if let Some((id, _)) = id {
            return Ok(id.to_owned());
        }
        if let Some((_, failure)) = heard.split_once("event: failure") {
            bail!("no result:{}", failure.replace("\ndata:", "").trim_end());
        }
    }
    bail!("the stream ends without a result")
}

/// An answer that says yes; what it says otherwise becomes the error.
async fn successful(answer: Response) -> Result<Response> {
    let status = answer.status();
    if !status.is_success() {
        bail!("{status}: {}", answer.text().await?);
    }
    Ok(answer)
}
