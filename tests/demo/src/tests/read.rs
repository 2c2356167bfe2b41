//! Sentences.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn a_sentence_has_a_value_for_each_word(page: &Page) -> Result<()> {
    page.open("read").await?;
    page.set("#first", "The quick brown fox jumps over the lazy dog.")
        .await?;
    page.explain().await?;
    let script = "return document.querySelectorAll('#tokens [data-token]').length";
    let tokens = page
        .js(script, json!([]))
        .await?
        .as_u64()
        .unwrap_or_default();
    ensure!(tokens >= 9, "there are {tokens} tokens");
    Ok(())
}

pub async fn two_sentences_have_a_score(page: &Page) -> Result<()> {
    page.open("read").await?;
    page.set("#first", "A cat sits on the mat.").await?;
    page.set("#second", "A kitten rests on a rug.").await?;
    page.explain().await?;
    let alike = page.text("#score").await?;
    ensure!(
        alike.contains(|c: char| c.is_ascii_digit()),
        "the score is {alike:?}"
    );
    page.set("#second", "The stock market fell on Monday.")
        .await?;
    page.explain().await?;
    ensure!(
        page.text("#score").await? != alike,
        "other sentences have the same score: {alike}"
    );
    Ok(())
}

pub async fn weights_that_are_missing_are_asked_for(page: &Page) -> Result<()> {
    page.open("read").await?;
    let sentence = page.find("p.missing").await?.text().await?;
    ensure!(
        sentence.contains("fetch-minilm"),
        "it doesn't say how to get them: {sentence:?}"
    );
    Ok(())
}
