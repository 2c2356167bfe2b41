//! What a visitor does with a photo.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::page::Page;

pub async fn the_five_likeliest_classes_are_buttons(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let script = "return [...document.querySelectorAll('#top button[data-class]')]
        .map(button => [Number(button.dataset.class), button.ariaPressed === 'true'])";
    let buttons: Vec<(usize, bool)> = serde_json::from_value(page.js(script, json!([])).await?)?;
    ensure!(buttons.len() == 5, "there are {} buttons", buttons.len());
    ensure!(
        (281..=285).contains(&buttons[0].0),
        "the likeliest class is no cat: {}",
        buttons[0].0
    );
    let pressed = buttons.iter().filter(|(_, pressed)| *pressed).count();
    ensure!(pressed == 1, "{pressed} classes are chosen");
    Ok(())
}

pub async fn the_map_changes_with_the_class(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let first = page.picture("#map").await?;
    page.click("#top button[aria-pressed=false]").await?;
    page.find("#top button[aria-pressed=true]").await?;
    page.explain().await?;
    page.picture_other_than("#map", &first).await?;
    Ok(())
}

pub async fn the_map_changes_with_the_layer(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let first = page.picture("#map").await?;
    let chosen = page.property("#layer", "value").await?;
    let layers = page.options("#layer").await?;
    // The last one may be what is chosen by default.
    let middle = layers
        .get(layers.len() / 2)
        .filter(|&layer| chosen != *layer);
    let other = middle.context("there is one layer only")?;
    page.choose("#layer", other).await?;
    page.explain().await?;
    page.picture_other_than("#map", &first).await?;
    Ok(())
}

pub async fn sliders_change_the_picture(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    for slider in ["#opacity", "#clip"] {
        let script = "const {min, max, value} = document.querySelector(arguments[0]);
            const low = Number(min || 0), high = Number(max || 100);
            return value - low > high - value ? low + (value - low) / 2 : high - (high - value) / 2";
        let before = page.picture("#map").await?;
        let other = page.js(script, json!([slider])).await?;
        page.set(slider, other).await?;
        page.picture_other_than("#map", &before)
            .await
            .context(slider)?;
    }
    Ok(())
}

pub async fn the_value_under_the_pointer_is_shown(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    page.picture("#map").await?;
    let map = page.find("#map").await?;
    map.scroll_into_view().await?;
    page.browser
        .action_chain()
        .move_to_element_center(&map)
        .perform()
        .await?;
    page.wait("a value is shown", async || {
        Ok(page
            .text("#value")
            .await?
            .contains(|c: char| c.is_ascii_digit()))
    })
    .await?;
    let center = page.text("#value").await?;
    let aside = page.browser.action_chain().move_by_offset(-60, -40);
    aside.perform().await?;
    page.wait("another place has another value", async || {
        Ok(page.text("#value").await? != center)
    })
    .await
}

pub async fn gap_sums_and_time_are_shown(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    page.choose("#method", "integrated-gradients").await?;
    page.set("#steps", 4).await?;
    page.explain().await?;
    for number in ["#gap", "#sums", "#time"] {
        let text = page.text(number).await?;
        ensure!(
            text.contains(|c: char| c.is_ascii_digit()),
            "{number} says {text:?}"
        );
        ensure!(!text.contains("NaN"), "{number} says {text:?}");
    }
    Ok(())
}

pub async fn relevance_follows_the_rules_that_are_chosen(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    ensure!(
        !page.shows("#composite").await?,
        "Grad-CAM offers rules of relevance"
    );
    page.choose("#method", "lrp").await?;
    page.explain().await?;
    let first = page.picture("#map").await?;
    page.choose("#composite", "epsilon-gamma-box").await?;
    page.explain().await?;
    page.picture_other_than("#map", &first).await?;
    let text = page.text("#conservation").await?;
    ensure!(
        text.ends_with("% of the score"),
        "conservation says {text:?}"
    );
    Ok(())
}

pub async fn each_method_says_what_it_does(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let methods = page.options("#method").await?;
    ensure!(methods.len() > 10, "there are {} methods", methods.len());
    let mut said = Vec::new();
    for method in &methods {
        page.choose("#method", method).await?;
        page.wait("another method is summed up", async || {
            let summary = page.text("#method-summary").await?;
            Ok(!summary.is_empty() && said.last() != Some(&summary))
        })
        .await
        .with_context(|| method.clone())?;
        said.push(page.text("#method-summary").await?);
    }
    page.choose("#method", "guided-backprop").await?;
    page.explain().await?;
    ensure!(
        page.shows(".warning").await?,
        "guided backprop comes without a warning"
    );
    page.choose("#method", "grad-cam").await?;
    page.explain().await?;
    ensure!(
        !page.shows(".warning").await?,
        "so does Grad-CAM: {}",
        page.text(".warning").await?
    );
    Ok(())
}

pub async fn each_method_gives_a_map(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    page.set("#steps", 4).await?;
    // The average of three takes three times as long.
    page.js(
        "document.querySelector('#baseline').value = 'black'",
        json!([]),
    )
    .await?;
    let mut errors = Vec::new();
    for method in page.options("#method").await? {
        page.choose("#method", &method).await?;
        match page.explain().await {
            Ok(_) => drop(page.picture("#map").await.context(method)?),
            Err(error) => errors.push(format!("{method}: {error:#}")),
        }
    }
    ensure!(errors.is_empty(), "{}", errors.join("; "));
    Ok(())
}

pub async fn a_class_is_found_by_typing(page: &Page) -> Result<()> {
    page.explain_cat("classify").await?;
    let cat = page.picture("#map").await?;
    let script =
        "return [...document.querySelectorAll('#classes option')].map(option => option.value)";
    let classes: Vec<String> = serde_json::from_value(page.js(script, json!([])).await?)?;
    ensure!(
        classes.len() == 1000,
        "{} classes are offered",
        classes.len()
    );
    let cup = classes.iter().find(|class| class.contains("espresso"));
    let cup = cup.context("no class is called espresso")?;
    page.click("#class").await?;
    page.js("document.querySelector('#class').select()", json!([]))
        .await?;
    page.press(cup).await?;
    page.result_of(page.press("\u{e007}")).await?;
    page.picture_other_than("#map", &cat).await?;
    Ok(())
}
