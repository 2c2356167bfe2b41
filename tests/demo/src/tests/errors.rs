//! What a page says of what it can't take, and that it goes on.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn a_file_that_is_no_image_is_refused(page: &Page) -> Result<()> {
    let file = page
        .photos
        .file("letter.jpg", b"Dear reader, this is no photo.")?;
    page.explain_cat("classify").await?;
    page.upload(&file).await?;
    says_a_sentence(page).await?;
    goes_on(page).await
}

pub async fn a_photo_that_is_too_large_is_refused(page: &Page) -> Result<()> {
    let file = page.photos.file("large.png", &vec![0; 100 << 20])?;
    page.explain_cat("classify").await?;
    page.upload(&file).await?;
    says_a_sentence(page).await?;
    goes_on(page).await
}

pub async fn an_unknown_class_is_refused(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    page.set("#class", "<b>no such animal</b>").await?;
    page.click("#explain").await?;
    says_a_sentence(page).await?;
    let script = "return document.querySelectorAll('#error b').length";
    ensure!(
        page.js(script, json!([])).await? == 0,
        "what is typed becomes part of the page"
    );
    goes_on(page).await
}

/// An error is shown that a reader can make something of.
async fn says_a_sentence(page: &Page) -> Result<()> {
    let sentence = page.refusal().await?;
    ensure!(
        sentence.split_whitespace().count() >= 4,
        "that isn't a sentence: {sentence:?}"
    );
    println!("it says: {sentence}");
    page.expect_refusals().await
}

/// A photo is explained as if nothing had been, and the error is gone.
async fn goes_on(page: &Page) -> Result<()> {
    let before = page.result().await?;
    page.upload(&page.photos.cup()).await?;
    page.wait("the error is gone", async || {
        Ok(page.error().await?.is_empty())
    })
    .await?;
    page.result_after(before.as_deref()).await?;
    Ok(())
}
