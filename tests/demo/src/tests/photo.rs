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
    page.open("classify").await?;
    ensure!(
        page.result().await?.is_none(),
        "there is a result before there is a photo"
    );
    let start = Instant::now();
    page.upload(&page.photos.cup()).await?;
    page.result_after(None).await?;
    let time = start.elapsed();
    println!("upload to map: {:.2} s", time.as_secs_f64());
    ensure!(
        time < Duration::from_secs(10),
        "the first result took {time:?}"
    );
    page.picture("#map").await?;
    Ok(())
}

pub async fn one_is_dropped(page: &Page) -> Result<()> {
    page.open("classify").await?;
    page.find("#drop").await?;
    let drop = format!(
        "{FILE} for (const type of ['dragenter', 'dragover', 'drop'])
            document.querySelector('#drop').dispatchEvent(new DragEvent(type, {{dataTransfer: data, bubbles: true, cancelable: true}}));"
    );
    page.js(&drop, json!([fs::read(page.photos.cup())?]))
        .await?;
    page.result_after(None).await?;
    page.picture("#map").await?;
    Ok(())
}

pub async fn one_is_pasted(page: &Page) -> Result<()> {
    page.open("classify").await?;
    page.find("#drop").await?;
    let paste = format!(
        "{FILE} document.body.dispatchEvent(new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}}));"
    );
    page.js(&paste, json!([fs::read(page.photos.cat())?]))
        .await?;
    page.result_after(None).await?;
    page.picture("#map").await?;
    Ok(())
}

pub async fn a_sample_is_a_photo_too(page: &Page) -> Result<()> {
    page.explain_cat().await?;
    let cat = page.picture("#map").await?;
    let before = page.result().await?;
    page.click("button[data-sample=cup]").await?;
    page.result_after(before.as_deref()).await?;
    page.picture_other_than("#map", &cat).await?;
    Ok(())
}
