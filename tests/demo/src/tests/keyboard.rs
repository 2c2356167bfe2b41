//! The page without a mouse.

use anyhow::{Result, bail, ensure};
use serde_json::json;

use crate::page::Page;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

pub async fn a_photo_is_explained_without_a_mouse(page: &Page) -> Result<()> {
    page.open("classify").await?;
    page.result_after(None).await?;
    tab_to(page, "button[data-sample=cat]").await?;
    page.result_of(page.press(ENTER)).await?;

    let method = page.property("#method", "value").await?;
    tab_to(page, "#method").await?;
    page.press(DOWN).await?;
    ensure!(
        page.property("#method", "value").await? != method,
        "the arrow key chooses no method"
    );
    tab_to(page, "#explain").await?;
    page.result_of(page.press(ENTER)).await?;
    let picture = page.picture("#map").await?;

    tab_to(page, "#map").await?;
    page.press(RIGHT).await?;
    page.wait("a value is shown", async || {
        Ok(page
            .text("#value")
            .await?
            .contains(|c: char| c.is_ascii_digit()))
    })
    .await?;
    let value = page.text("#value").await?;
    page.press(DOWN).await?;
    page.wait("the next value is shown", async || {
        Ok(page.text("#value").await? != value)
    })
    .await?;

    tab_to(page, "#opacity").await?;
    page.press(DOWN).await?;
    page.picture_other_than("#map", &picture).await?;
    Ok(())
}

pub async fn tabs_open_without_a_mouse(page: &Page) -> Result<()> {
    page.open("classify").await?;
    tab_to(page, "nav a[data-tab=caption]").await?;
    page.press(ENTER).await?;
    page.arrive("caption").await
}

/// Presses the tabulator until an element has the focus, and shows it.
async fn tab_to(page: &Page, selector: &str) -> Result<()> {
    let focused = "return document.activeElement.matches(arguments[0])";
    page.find(selector).await?;
    for _ in 0..80 {
        if page.js(focused, json!([selector])).await? == true {
            let outlined = "const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== 'none' || style.boxShadow !== 'none'";
            ensure!(
                page.js(outlined, json!([])).await? == true,
                "{selector} doesn't show that it has the focus"
            );
            return Ok(());
        }
        page.press(TAB).await?;
    }
    bail!("the tabulator doesn't come to {selector}")
}
