//! Questions about a scene.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn the_answer_follows_the_question(page: &Page) -> Result<()> {
    page.open("ask").await?;
    for scene in 0..6 {
        page.find(&format!("button[data-scene='{scene}']")).await?;
    }
    page.result_after(None).await?;
    page.result_of(page.click("button[data-scene='1']")).await?;
    let first = page.picture("#map").await?;
    ensure!(
        !page.text("#answer").await?.is_empty(),
        "there is no answer"
    );
    let words = words(page).await?;
    ensure!(words.len() > 1, "the question has {} words", words.len());

    let chosen = page.property("#question", "value").await?;
    let questions = page.options("#question").await?;
    let other = questions.iter().rfind(|&question| chosen != *question);
    let other = other.context("there is one question only")?;
    page.result_of(page.choose("#question", other)).await?;
    page.picture_other_than("#map", &first).await?;
    ensure!(
        self::words(page).await? != words,
        "the words are those of the former question"
    );
    Ok(())
}

async fn words(page: &Page) -> Result<Vec<String>> {
    let script =
        "return [...document.querySelectorAll('#words [data-token]')].map(word => word.innerText)";
    Ok(serde_json::from_value(page.js(script, json!([])).await?)?)
}
