//! Explanations that take long.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn a_long_one_shows_its_progress_and_is_stopped(page: &Page) -> Result<()> {
    page.explain_cat().await?;
    let before = page.result().await?;
    start_a_long_one(page).await?;
    page.wait("progress is shown", async || {
        Ok(page.shows("#progress").await?
            && page.property("#progress", "value").await?.as_f64() > Some(0.0))
    })
    .await?;
    page.click("#stop").await?;
    page.wait("it has stopped", async || Ok(!page.shows("#stop").await?))
        .await?;
    ensure!(
        page.result().await? == before,
        "what was stopped has a result"
    );
    ensure!(
        page.error().await?.is_empty(),
        "stopping is an error: {}",
        page.error().await?
    );
    page.choose("#method", "grad-cam").await?;
    page.explain().await?;
    Ok(())
}

pub async fn a_newer_one_replaces_the_older(page: &Page) -> Result<()> {
    page.explain_cat().await?;
    let cat = page.picture("#map").await?;
    let before = page.result().await?;
    start_a_long_one(page).await?;
    page.click("button[data-sample=cup]").await?;
    page.choose("#method", "grad-cam").await?;
    page.click("#explain").await?;
    page.result_after(before.as_deref()).await?;
    let cup = page.picture_other_than("#map", &cat).await?;
    ensure!(!page.shows("#stop").await?, "the older one still runs");
    page.choose("#method", "grad-cam").await?;
    page.explain().await?;
    ensure!(
        page.picture("#map").await? == cup,
        "the older one's map came after the newer one's"
    );
    Ok(())
}

/// Asks for as many steps as the page allows, and waits until they are under way.
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
    page.wait("it can be stopped", async || page.shows("#stop").await)
        .await
}
