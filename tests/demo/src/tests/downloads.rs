//! What a visitor takes home.

use anyhow::{Context, Result, ensure};
use image::GenericImageView;
use serde_json::{Map, Value, json};

use crate::page::Page;

pub async fn the_picture_is_a_png(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let picture = image::load_from_memory_with_format(
        &download(page, "#download-png").await?,
        image::ImageFormat::Png,
    )?;
    let (width, height) = picture.dimensions();
    ensure!(width >= 200 && height >= 100, "it is {width} by {height}");
    Ok(())
}

pub async fn the_values_are_safetensors(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let file = download(page, "#download-values").await?;
    let (length, rest) = file
        .split_first_chunk()
        .context("the file ends within its length")?;
    let length = u64::from_le_bytes(*length) as usize;
    let header = rest
        .get(..length)
        .context("the file ends within its header")?;
    let header: Map<String, Value> = serde_json::from_slice(header)?;
    let tensors = header.iter().filter(|(name, _)| *name != "__metadata__");
    let mut end = 0;
    for (name, tensor) in tensors {
        ensure!(
            tensor["dtype"].is_string() && tensor["shape"].is_array(),
            "{name}: {tensor}"
        );
        end = end.max(tensor["data_offsets"][1].as_u64().context("no offsets")?);
    }
    ensure!(end > 0, "no tensor has values");
    ensure!(
        end as usize == rest.len() - length,
        "{end} bytes are promised, {} are there",
        rest.len() - length
    );
    Ok(())
}

pub async fn the_report_stands_alone(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let report = String::from_utf8(download(page, "#download-report").await?)?;
    ensure!(
        report
            .trim_start()
            .to_lowercase()
            .starts_with("<!doctype html"),
        "it isn't HTML"
    );
    for elsewhere in ["src=\"http", "src=\"/", "<link rel=\"stylesheet\""] {
        ensure!(
            !report.contains(elsewhere),
            "it needs other files: {elsewhere}"
        );
    }
    Ok(())
}

/// What a link leads to.
async fn download(page: &Page, link: &str) -> Result<Vec<u8>> {
    page.find(&format!("{link}[href]")).await?;
    let script = "const [link, done] = arguments;
        fetch(document.querySelector(link).href)
            .then(async response => done([response.status, [...new Uint8Array(await response.arrayBuffer())]]))
            .catch(error => done([String(error), []]))";
    let answer = page.js_later(script, json!([link])).await?;
    let (status, bytes): (Value, Vec<u8>) = serde_json::from_value(answer)?;
    ensure!(status == 200, "{link} is answered by {status}");
    Ok(bytes)
}
