//! What the page looks like, wide and narrow. The screenshots are for people to look at.

use anyhow::{Result, ensure};
use serde_json::json;

use super::tabs::TABS;
use crate::page::Page;

pub async fn all_fits_a_desktop(page: &Page) -> Result<()> {
    all_fits(page, 1280, 900).await
}

pub async fn all_fits_a_phone(page: &Page) -> Result<()> {
    all_fits(page, 390, 844).await
}

async fn all_fits(page: &Page, width: u32, height: u32) -> Result<()> {
    page.resize(width, height).await?;
    for tab in TABS {
        page.open(tab).await?;
        fits(page, tab, width).await?;
        fill(page, tab).await?;
        fits(page, tab, width).await?;
        // As high as the page, so that all of it is in the picture.
        let whole = page
            .js("return document.documentElement.scrollHeight", json!([]))
            .await?;
        page.resize(width, whole.as_u64().map_or(height, |whole| whole as u32))
            .await?;
        page.screenshot(&format!("{tab}-{width}")).await?;
        page.resize(width, height).await?;
    }
    Ok(())
}

/// Has the tab show something, unless it asks for weights.
async fn fill(page: &Page, tab: &str) -> Result<()> {
    match tab {
        "read" if page.shows(".missing").await? => return Ok(()),
        "read" => page.explain().await?,
        _ => page.result_after(None).await?,
    };
    match tab {
        "compare" => page.picture("#right-map").await?,
        "read" => page.find("#tokens [data-token]").await?.text().await?,
        _ => page.picture("#map").await?,
    };
    Ok(())
}

/// Nothing is wider than the window.
async fn fits(page: &Page, tab: &str, width: u32) -> Result<()> {
    let script = "return document.documentElement.scrollWidth";
    let wide = page.js(script, json!([])).await?;
    ensure!(
        wide.as_u64() <= Some(u64::from(width)),
        "{tab} is {wide} wide in a window of {width}"
    );
    Ok(())
}
