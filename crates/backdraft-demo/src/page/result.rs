//! The HTML of a result.

use backdraft::TokenRelevance;
use maud::{Markup, html};

use crate::map::{CLIP, Map};
use crate::outcome::{Facts, Outcome};

/// What takes the place of the last result.
pub fn result(id: &str, outcome: &Outcome) -> Markup {
    let is_pair = outcome.maps.len() == 2 && outcome.facts.score.is_none();
    html! {
        section #result data-result=(id) aria-label="Result" {
            (outcome.above)
            @match (outcome.maps.as_slice(), is_pair) {
                ([], _) => {},
                ([left, right], true) => (pair(id, left, right)),
                ([first, rest @ ..], _) => {
                    div .maps {
                        (map(id, 0, first, "map"))
                        @for (index, other) in rest.iter().enumerate() {
                            (map(id, index + 1, other, &format!("map-{}", index + 1)))
                        }
                    }
                },
            }
            @if !outcome.maps.is_empty() { (sliders()) }
            (outcome.below)
            (facts(&outcome.facts))
            @if !outcome.maps.is_empty() { (downloads(id, outcome.report.is_some())) }
        }
    }
}

/// A map, with what the page needs to draw it.
fn map(id: &str, index: usize, map: &Map, canvas: &str) -> Markup {
    html! {
        figure {
            figcaption { (map.title) }
            (drawn(id, index, map, canvas))
        }
    }
}

fn drawn(id: &str, index: usize, map: &Map, canvas: &str) -> Markup {
    html! {
        canvas id=(canvas) tabindex="0" role="img" width=(map.width()) height=(map.height())
            data-values=(format!("/results/{id}/{index}/values"))
            data-background=(format!("/results/{id}/{index}/background.png"))
            data-signed=(map.is_signed) data-seen=(map.seen().map(|it| it.to_string()).join(" "))
            aria-label=(format!("{}. Arrow keys read values.", map.title)) {}
    }
}

/// Two maps, one above the other, of which a slider shows more or less.
fn pair(id: &str, left: &Map, right: &Map) -> Markup {
    html! {
        figure .pair {
            figcaption { span { (left.title) } span { (right.title) } }
            div .stack {
                (drawn(id, 0, left, "left-map"))
                (drawn(id, 1, right, "right-map"))
            }
            p .field {
                label for="swipe" { "Left or right" } " "
                input #swipe type="range" min="0" max="100" value="50";
            }
        }
    }
}

fn sliders() -> Markup {
    html! {
        div .sliders {
            p .field {
                label for="opacity" { "Opacity" } " "
                input #opacity type="range" min="0" max="100" value="70";
            }
            p .field {
                label for="clip" { "Drawn alike beyond the percentile" } " "
                input #clip type="range" min="50" max="100" step="0.5" value=(CLIP);
            }
            p { "Value: " output #value { "point at the map" } }
        }
    }
}

fn facts(facts: &Facts) -> Markup {
    html! {
        @for warning in &facts.warnings { p .warning { (warning) } }
        dl .facts {
            dt { "Explained" } dd { (facts.target) @if let Some(score) = facts.score { " = " (format!("{score:.4}")) } }
            @if let Some(sums) = &facts.sums { dt { "Sum of the values" } dd #sums { (sums) } }
            @if let Some(gap) = &facts.gap { dt { "Completeness gap" } dd #gap { (gap) } }
            @if let Some(conservation) = &facts.conservation { dt { "Conservation of relevance" } dd #conservation { (conservation) } }
            @if let Some(time) = &facts.time { dt { "Time" } dd #time { (time) } }
        }
    }
}

fn downloads(id: &str, has_report: bool) -> Markup {
    html! {
        p .downloads {
            "Download: "
            a #download-png href=(format!("/results/{id}/0/overlay.png")) download="explanation.png" { "picture" } " "
            a #download-values href=(format!("/results/{id}/0/attribution.safetensors"))
                download="attribution.safetensors" { "raw values" }
            @if has_report {
                " " a #download-report href=(format!("/results/{id}/report.html")) download="report.html" { "report" }
            }
        }
    }
}

/// Words, each with its score from -1 to 1, which the page colors, without those that stand for nothing.
pub fn tokens(text: &TokenRelevance, special: &[&str]) -> Markup {
    let scale = text.scale().max(f64::MIN_POSITIVE);
    html! {
        @let words = text.iter().filter(|(token, _)| !special.contains(token));
        @for (position, (token, score)) in words.enumerate() {
            span data-token=(position) data-score=(format!("{:.4}", score / scale))
                title=(format!("{score:+.3}")) { (token) }
            " "
        }
    }
}
