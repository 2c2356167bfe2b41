//! Explanations that take long.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn a_long_one_shows_its_progress_and_is_stopped(page: &Page) -> Result<()> {
    let before = page.explain_cat("classify").await?;
    start_a_long_one(page).await?;
    page.click("#stop").await?;
    page.wait("it has stopped", async || Ok(!page.shows("#stop").await?))
        .await?;
    ensure!(
        page.result().await? == Some(before),
        "what was stopped has a result"
    );
    let error = page.error().await?;
    ensure!(
        error.is_empty() || error.contains("stopped"),
        "stopping is an error: {error}"
    );
    page.choose("#method", "grad-cam").await?;
    page.explain().await?;
    Ok(())
}

pub async fn a_newer_one_replaces_the_older(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let cat = page.picture("#map").await?;
    start_a_long_one(page).await?;
    page.choose("#method", "grad-cam").await?;
    page.result_of(page.click("button[data-sample=cup]"))
        .await?;
    let cup = page.picture_other_than("#map", &cat).await?;
    page.explain().await?;
    ensure!(
        page.picture("#map").await? == cup,
        "the older one's map came after the newer one's"
    );
    Ok(())
}

/// Asks for as many steps as the page allows, and waits until some of them are done.
async fn start_a_long_one(page: &Page) -> Result<()> {
    page.choose("#method", "integrated-gradients").await?;
    let most = page
        .js(
            "return document.querySelector('#steps').max || '1000'",
            json!([]),
        )
        .await?;
    page.set("#steps", most).await?;
    page.click("#explain").await?;
    page.wait("progress is shown, and it can be stopped", async || {
        let progress = page.property("#progress", "value").await?;
        Ok(page.shows("#stop").await?
            && page.shows("#progress").await?
            && progress.as_f64() > Some(0.0))
    })
    .await
}
