//! All explanations in a table, to compare and to go to.

use maud::{Markup, html};

use crate::number::{duration, number, percent, signed};
use crate::page::panel::Panel;
use crate::shown::Shown;

pub(super) fn of(panels: &[Panel]) -> Markup {
    if panels.len() < 2 {
        return Markup::default();
    }
    let has_relevance = panels
        .iter()
        .any(|panel| panel.facts.conservation.is_some());
    html! {
        section id="overview" {
            h2 { "The methods at a glance" }
            div.table.wide tabindex="0" role="region" aria-label="The methods at a glance" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Method" }
                            th scope="col" { "Explains" }
                            th scope="col" { "Strongest at" }
                            th.number scope="col" { "Sum" }
                            th.number scope="col" { "Gap" }
                            @if has_relevance { th.number scope="col" { "Relevance lost" } }
                            th.number scope="col" { "Time" }
                        }
                    }
                    tbody {
                        @for panel in panels {
                            (row(panel, has_relevance))
                        }
                    }
                }
            }
        }
    }
}

fn row(panel: &Panel, has_relevance: bool) -> Markup {
    let explanation = panel.explanation;
    html! {
        tr {
            th scope="row" { a href=(format!("#{}", panel.id())) { (explanation.label) } }
            td { (explanation.attribution.target()) }
            td { (strongest(&panel.shown)) }
            td.number { (signed(panel.facts.sum)) }
            td.number { (gap(panel)) }
            @if has_relevance { td.number { (lost(panel)) } }
            td.number { (explanation.duration.map_or_else(|| "–".into(), duration)) }
        }
    }
}

fn gap(panel: &Panel) -> String {
    match panel.facts.gap {
        None => "–".into(),
        Some(gap) if gap.cancellation.is_some() => "cancellation".into(),
        Some(gap) => gap
            .relative
            .map_or_else(|| number(gap.absolute), |relative| percent(relative.abs())),
    }
}

fn lost(panel: &Panel) -> String {
    panel.facts.conservation.map_or_else(
        || "–".into(),
        |it| it.relative().map_or_else(|| number(it.lost()), percent),
    )
}

/// Where the largest value is.
pub(super) fn strongest(shown: &Shown) -> String {
    match shown {
        Shown::Map(map) => match map.largest {
            Some(largest) => place(largest.place),
            None => "nowhere: flat".into(),
        },
        Shown::Bars(bars) => {
            let largest = bars.shown.iter().max_by(|a, b| a.value.total_cmp(&b.value));
            largest.map_or_else(|| "–".into(), |bar| bar.name.clone())
        }
        Shown::Picture(..) | Shown::Nothing(_) => "–".into(),
    }
}

/// A place, given as fractions of width and height, in words.
pub(super) fn place((x, y): (f64, f64)) -> String {
    format!(
        "{:.0}% from the left, {:.0}% from the top",
        100.0 * x,
        100.0 * y
    )
}
