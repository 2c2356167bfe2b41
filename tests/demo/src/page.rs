//! What a visitor sees and does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::extensions::query::ElementQueryable;
use thirtyfour::prelude::*;
use tokio::time::{Instant, sleep};

use crate::photos::Photos;

/// How long a visitor waits for anything: as long as the demo computes, and a little longer.
const PATIENCE: Duration = Duration::from_secs(70);

/// A page of the demo, open in a browser of its own.
pub struct Page {
    pub browser: WebDriver,
    pub server: String,
    pub photos: Photos,
    pub screenshots: PathBuf,
}

impl Page {
    /// Goes to a tab by its address.
    pub async fn open(&self, tab: &str) -> Result<()> {
        self.browser.goto(format!("{}/{tab}", self.server)).await?;
        self.arrive(tab).await
    }

    /// Waits until a tab is there.
    pub async fn arrive(&self, tab: &str) -> Result<()> {
        self.find(&format!("main[data-page={tab}]")).await?;
        self.wait("the page is loaded", async || {
            Ok(self.js("return document.readyState", json!([])).await? == "complete")
        })
        .await
    }

    /// Waits until something holds.
    pub async fn wait(&self, what: &str, holds: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await? {
            ensure!(
                Instant::now() < deadline,
                "after {PATIENCE:?} it isn't so that {what}"
            );
            sleep(Duration::from_millis(25)).await;
        }
        Ok(())
    }

    /// The first element of a selector, once there is one.
    pub async fn find(&self, selector: &str) -> Result<WebElement> {
        let query = self.browser.query(By::Css(selector));
        query.first().await.with_context(|| selector.to_owned())
    }

    /// Clicks, once that is possible.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let query = self.browser.query(By::Css(selector)).and_clickable();
        let element = query.first().await.with_context(|| selector.to_owned())?;
        element.click().await.with_context(|| selector.to_owned())
    }

    /// Whether an element is there to be seen.
    pub async fn shows(&self, selector: &str) -> Result<bool> {
        let script = "return [...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility({visibilityProperty: true}))";
        Ok(self.js(script, json!([selector])).await? == true)
    }

    /// What an element says, without the space around it; nothing where there is none.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let script = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''";
        Ok(text_of(&self.js(script, json!([selector])).await?))
    }

    /// A property of an element.
    pub async fn property(&self, selector: &str, name: &str) -> Result<Value> {
        let script = "return document.querySelector(arguments[0])[arguments[1]]";
        self.js(script, json!([selector, name]))
            .await
            .with_context(|| selector.to_owned())
    }

    /// Runs a script.
    pub async fn js(&self, script: &str, arguments: Value) -> Result<Value> {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        Ok(self
            .browser
            .execute(script, arguments)
            .await?
            .json()
            .clone())
    }

    /// Runs a script that calls its last argument when it is done.
    pub async fn js_later(&self, script: &str, arguments: Value) -> Result<Value> {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        Ok(self
            .browser
            .execute_async(script, arguments)
            .await?
            .json()
            .clone())
    }

    /// Sets a field or slider, as a hand does.
    pub async fn set(&self, selector: &str, value: impl Into<Value>) -> Result<()> {
        let script = "const [selector, value] = arguments, element = document.querySelector(selector);
            element.value = value;
            for (const type of ['input', 'change']) element.dispatchEvent(new Event(type, {bubbles: true}));";
        self.find(selector).await?;
        self.js(script, json!([selector, value.into()])).await?;
        Ok(())
    }

    /// Chooses an option of a `select` by its value.
    pub async fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.find(&format!("{selector} option[value='{value}']"))
            .await?;
        self.set(selector, value).await
    }

    /// The values that a `select` offers.
    pub async fn options(&self, selector: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0] + ' option')].map(option => option.value)";
        let options = self.js(script, json!([selector])).await?;
        Ok(serde_json::from_value(options)?)
    }

    /// Presses keys one after another, wherever the focus is.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self
            .browser
            .action_chain()
            .send_keys(keys)
            .perform()
            .await?)
    }

    /// Gives a photo to the page.
    pub async fn upload(&self, photo: &Path) -> Result<()> {
        let photo = photo.to_str().context("a path in Unicode")?;
        Ok(self.find("#photo").await?.send_keys(photo).await?)
    }

    /// The number of the result on the page.
    pub async fn result(&self) -> Result<Option<String>> {
        let script = "return document.querySelector('#result')?.dataset.result ?? null";
        Ok(self
            .js(script, json!([]))
            .await?
            .as_str()
            .map(str::to_owned))
    }

    /// Waits for a result other than this one, until nothing runs any more.
    pub async fn result_after(&self, before: Option<&str>) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = self.result().await?;
            if now.as_deref() != before && !self.shows("#stop").await? {
                return now.ok_or_else(|| anyhow!("the result went away"));
            }
            let error = self.error().await?;
            ensure!(error.is_empty(), "instead of a result: {error}");
            ensure!(
                Instant::now() < deadline,
                "no result other than {before:?} after {PATIENCE:?}; it says {:?}",
                self.text("#status").await?
            );
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits for the result of what a visitor does.
    pub async fn result_of(&self, deed: impl Future<Output = Result<()>>) -> Result<String> {
        let before = self.result().await?;
        deed.await?;
        self.result_after(before.as_deref()).await
    }

    /// Opens a tab that explains a photo, and has it explain the sample of a cat.
    pub async fn explain_cat(&self, tab: &str) -> Result<String> {
        self.open(tab).await?;
        self.result_after(None).await?;
        self.result_of(self.click("button[data-sample=cat]")).await
    }

    /// Asks for an explanation and waits for it.
    pub async fn explain(&self) -> Result<String> {
        self.result_of(self.click("#explain")).await
    }

    /// The sentence about what went wrong; empty when nothing did.
    pub async fn error(&self) -> Result<String> {
        if self.shows("#error").await? {
            self.text("#error").await
        } else {
            Ok(String::new())
        }
    }

    /// Waits for a sentence about what went wrong.
    pub async fn refusal(&self) -> Result<String> {
        self.wait("an error is shown", async || {
            Ok(!self.error().await?.is_empty())
        })
        .await?;
        self.error().await
    }

    /// What a canvas shows, once it is drawn.
    pub async fn picture(&self, canvas: &str) -> Result<String> {
        self.picture_other_than(canvas, "").await
    }

    /// What a canvas shows, once that is something else.
    pub async fn picture_other_than(&self, canvas: &str, before: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        self.find(canvas).await?;
        let mut last = String::new();
        loop {
            let now = text_of(&self.js(PIXELS, json!([canvas])).await?);
            if !now.is_empty() && now == last && now != before {
                return Ok(now);
            }
            if Instant::now() > deadline {
                bail!(
                    "{canvas} is {} after {PATIENCE:?}",
                    if now.is_empty() { "empty" } else { "as before" }
                );
            }
            last = now;
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Fails where the browser logged an error.
    pub async fn check_console(&self) -> Result<()> {
        let errors = self.console_errors().await?;
        ensure!(
            errors.is_empty(),
            "the browser logged: {}",
            errors.join("; ")
        );
        Ok(())
    }

    /// Forgets that the server refused something or hung up, which the browser logs as an error too; other errors stay.
    pub async fn expect_refusals(&self) -> Result<()> {
        const REFUSALS: [&str; 2] = [
            "the server responded with a status of 4",
            "Failed to load resource: net::ERR_CONNECTION_",
        ];
        let mut errors = self.console_errors().await?;
        errors.retain(|error| !REFUSALS.iter().any(|refusal| error.contains(refusal)));
        ensure!(
            errors.is_empty(),
            "the browser logged: {}",
            errors.join("; ")
        );
        Ok(())
    }

    /// The errors in the browser's log since it was read last.
    async fn console_errors(&self) -> Result<Vec<String>> {
        let log = self.browser.browser_log().await?;
        let errors = log.into_iter().filter(|entry| entry.level == "SEVERE");
        Ok(errors.map(|entry| entry.message).collect())
    }

    /// Shows the page in a window of another size.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let emulation = self.browser.cdp();
        let emulation = emulation.emulation();
        Ok(emulation
            .set_device_metrics_override(width, height, 1.0, false)
            .await?)
    }

    /// Keeps a picture of the window.
    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let path = self.screenshots.join(format!("{name}.png"));
        Ok(self.browser.screenshot(&path).await?)
    }
}

/// The pixels of a canvas; nothing where all are the same.
const PIXELS: &str = "const canvas = document.querySelector(arguments[0]);
    if (!canvas || !canvas.width || !canvas.height) return '';
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return pixels.every(pixel => pixel === pixels[0]) ? '' : canvas.toDataURL()";

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
