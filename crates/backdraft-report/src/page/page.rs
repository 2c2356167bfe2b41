//! The whole page.

use maud::{DOCTYPE, Markup, html};

use crate::page::panel::Panel;
use crate::page::{checks, head, map, opening, overview, provenance, section};
use crate::shown::Backdrop;
use crate::{Report, ReportError};

/// The page of a report.
pub(crate) fn of(report: &Report) -> Result<String, ReportError> {
    let backdrop = report.photo.as_ref();
    let backdrop = backdrop.map(|photo| Backdrop::new(photo, report.view));
    let backdrop = backdrop.transpose()?;
    let panels = (1..).zip(&report.explanations);
    let panels = panels.map(|(number, it)| Panel::new(number, it, backdrop.as_ref()));
    let panels = panels.collect::<Result<Vec<_>, _>>()?;
    let opening = opening::of(report)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head::of(&report.title))
            body {
                @if let Some(backdrop) = &backdrop {
                    (map::shared_photo(backdrop))
                }
                main {
                    (opening)
                    (overview::of(&panels))
                    @for panel in &panels {
                        (section::of(panel))
                    }
                    (how_to_read(&panels))
                    (checks::of(&report.checks))
                    (provenance::of(&report.provenance))
                }
                (head::script())
            }
        }
    };
    Ok(page.into_string())
}

fn how_to_read(panels: &[Panel]) -> Markup {
    if panels.is_empty() {
        return Markup::default();
    }
    html! {
        section id="reading" {
            h2 { "How to read this" }
            p {
                "Every method splits or ranks one number, the " strong { "score" } " of the class or output that it explains, over what "
                "the network was given. Positive values speak for it, negative ones against it. Methods differ in what their values "
                "mean, so compare where maps are strong, not how strong they are."
            }
            p {
                "The " strong { "completeness gap" } " is the sum of all values less what the score changes from the method's baseline to "
                "the input. Where it is near zero, amounts on the map can be taken at their word."
            }
            p {
                "A map says what the network used, not what is in the photo, and not whether the network is right."
            }
        }
    }
}
