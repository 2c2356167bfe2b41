//! Two maps side by side.

use anyhow::{Context, Result, ensure};

use crate::page::Page;

pub async fn two_methods_stand_side_by_side(page: &Page) -> Result<()> {
    page.explain_cat("compare").await?;
    page.choose("#left-method", "grad-cam").await?;
    page.choose("#right-method", "saliency").await?;
    page.explain().await?;
    let left = page.picture("#left-map").await?;
    page.picture_other_than("#right-map", &left).await?;

    let result = page.find("#result").await?;
    page.set("#swipe", 15).await?;
    let narrow = result.screenshot_as_png().await?;
    page.set("#swipe", 85).await?;
    page.wait("the swipe moves", async || {
        Ok(result.screenshot_as_png().await? != narrow)
    })
    .await
}

pub async fn two_classes_stand_side_by_side(page: &Page) -> Result<()> {
    page.explain_cat("compare").await?;
    page.choose("#left-method", "grad-cam").await?;
    page.choose("#right-method", "grad-cam").await?;
    page.explain().await?;
    let right = page.picture("#right-map").await?;
    let left_class = page.property("#left-class", "value").await?;
    let left = left_class.as_str().unwrap_or_default().to_owned();
    let script =
        "return [...document.querySelectorAll('#classes option')].map(option => option.value)";
    let classes: Vec<String> =
        serde_json::from_value(page.js(script, serde_json::json!([])).await?)?;
    let other = classes
        .iter()
        .find(|class| class.contains("espresso") && **class != left);
    page.set(
        "#right-class",
        other.context("no class is called espresso")?.as_str(),
    )
    .await?;
    page.explain().await?;
    let other = page.picture_other_than("#right-map", &right).await?;
    ensure!(
        page.picture("#left-map").await? != other,
        "both classes have one map"
    );
    Ok(())
}
