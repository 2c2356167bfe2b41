//! The way from tab to tab.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

/// What there is to see.
pub const TABS: [&str; 6] = ["classify", "ask", "caption", "play", "read", "compare"];

pub async fn each_opens_by_a_click(page: &Page) -> Result<()> {
    page.open("classify").await?;
    for tab in TABS {
        page.click(&format!("nav a[data-tab={tab}]")).await?;
        page.arrive(tab).await?;
        is_current(page, tab).await?;
    }
    Ok(())
}

pub async fn the_bare_address_is_that_of_classify(page: &Page) -> Result<()> {
    page.browser.goto(&page.server).await?;
    page.arrive("classify").await?;
    is_current(page, "classify").await
}

pub async fn nothing_comes_from_another_host(page: &Page) -> Result<()> {
    for tab in TABS {
        page.open(tab).await?;
        if tab != "read" {
            page.result_after(None).await?;
        }
        let script = "return performance.getEntries()
            .filter(entry => ['navigation', 'resource'].includes(entry.entryType))
            .map(entry => entry.name)
            .filter(name => !['data:', 'blob:'].includes(new URL(name).protocol) && new URL(name).origin !== location.origin)";
        let elsewhere = page.js(script, json!([])).await?;
        ensure!(elsewhere == json!([]), "{tab} asks {elsewhere}");
    }
    Ok(())
}

/// One tab is marked as the current one, and it is this.
async fn is_current(page: &Page, tab: &str) -> Result<()> {
    let script =
        "return [...document.querySelectorAll('nav a[aria-current=page]')].map(a => a.dataset.tab)";
    let current = page.js(script, json!([])).await?;
    ensure!(current == json!([tab]), "on {tab}, {current} is marked");
    Ok(())
}
