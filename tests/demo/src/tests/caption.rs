//! A caption, word for word.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn each_word_has_its_map(page: &Page) -> Result<()> {
    page.open("caption").await?;
    page.result_after(None).await?;
    page.result_of(page.click("button[data-scene='1']")).await?;
    ensure!(
        !page.text("#caption").await?.is_empty(),
        "there is no caption"
    );
    let script = "return document.querySelectorAll('#words button[data-word]').length";
    let words = page
        .js(script, json!([]))
        .await?
        .as_u64()
        .unwrap_or_default();
    ensure!(words >= 2, "the caption has {words} words");
    page.click("#words button[data-word='0']").await?;
    page.find("#words button[data-word='0'][aria-pressed=true]")
        .await?;
    let first = page.picture("#map").await?;
    let last = words - 1;
    page.click(&format!("#words button[data-word='{last}']"))
        .await?;
    page.find(&format!(
        "#words button[data-word='{last}'][aria-pressed=true]"
    ))
    .await?;
    page.picture_other_than("#map", &first).await?;
    Ok(())
}
