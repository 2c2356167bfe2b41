//! How a photo comes to the page.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

/// Makes a file of the page's own from the bytes that it is given.
const FILE: &str =
    "const file = new File([new Uint8Array(arguments[0])], 'photo.jpg', {type: 'image/jpeg'});
    const data = new DataTransfer();
    data.items.add(file);";

pub async fn one_is_uploaded(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let cat = page.picture("#map").await?;
    let start = Instant::now();
    page.result_of(page.upload(&page.photos.cup())).await?;
    let time = start.elapsed();
    println!("upload to map: {:.2} s", time.as_secs_f64());
    ensure!(time < Duration::from_secs(10), "the result took {time:?}");
    page.picture_other_than("#map", &cat).await?;
    Ok(())
}

pub async fn one_is_dropped(page: &Page) -> Result<()> {
    let drop = "for (const type of ['dragenter', 'dragover', 'drop']) {
        const options = {dataTransfer: data, bubbles: true, cancelable: true};
        document.querySelector('#drop').dispatchEvent(new DragEvent(type, options));
    }";
    comes_by(page, drop).await
}

pub async fn one_is_pasted(page: &Page) -> Result<()> {
    let paste = "const options = {clipboardData: data, bubbles: true, cancelable: true};
        document.body.dispatchEvent(new ClipboardEvent('paste', options));";
    comes_by(page, paste).await
}

pub async fn a_sample_is_a_photo_too(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let cat = page.picture("#map").await?;
    page.result_of(page.click("button[data-sample=cup]"))
        .await?;
    page.picture_other_than("#map", &cat).await?;
    Ok(())
}

/// A script hands a photo of a cup to the page.
async fn comes_by(page: &Page, script: &str) -> Result<()> {
    page.explain_cat("classify").await?;
    let cat = page.picture("#map").await?;
    let script = format!("{FILE} {script}");
    let photo = json!([fs::read(page.photos.cup())?]);
    page.result_of(async { page.js(&script, photo).await.map(drop) })
        .await?;
    page.picture_other_than("#map", &cat).await?;
    Ok(())
}
