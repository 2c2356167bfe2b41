//! A policy at play.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn frames_go_by(page: &Page) -> Result<()> {
    page.open("play").await?;
    let first = page.picture("#map").await?;
    let number = page.text("#frame-number").await?;
    ensure!(!number.is_empty(), "the frame has no number");
    page.click("#next").await?;
    page.wait("the next frame is shown", async || {
        Ok(page.text("#frame-number").await? != number)
    })
    .await?;
    page.picture_other_than("#map", &first).await?;
    page.click("#previous").await?;
    page.wait("the former frame is shown", async || {
        Ok(page.text("#frame-number").await? == number)
    })
    .await
}

pub async fn each_action_has_its_map(page: &Page) -> Result<()> {
    page.open("play").await?;
    page.picture("#map").await?;
    let script = "return [...document.querySelectorAll('button[data-action]')].map(button => button.dataset.action)";
    let actions: Vec<String> = serde_json::from_value(page.js(script, json!([])).await?)?;
    ensure!(actions.len() >= 2, "there are {} actions", actions.len());
    let mut last = String::new();
    for action in [&actions[0], &actions[1]] {
        page.click(&format!("button[data-action='{action}']"))
            .await?;
        page.find(&format!(
            "button[data-action='{action}'][aria-pressed=true]"
        ))
        .await?;
        last = page.picture_other_than("#map", &last).await?;
    }
    Ok(())
}
