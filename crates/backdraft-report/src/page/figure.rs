//! The picture of an explanation.

use maud::{Markup, html};

use crate::page::panel::{Panel, RegionChart};
use crate::page::{bars, map};
use crate::shown::Shown;

pub(super) fn of(panel: &Panel) -> Markup {
    let explanation = panel.explanation;
    match &panel.shown {
        Shown::Map(it) => map::figure(it, panel),
        Shown::Bars(it) => bars::of(it, explanation),
        Shown::Picture(url, (width, height)) => {
            let target = explanation.attribution.target();
            let alt = format!(
                "Picture of {} for {target}, as it was given.",
                explanation.label
            );
            html! {
                figure { img src=(url) width=(width) height=(height) alt=(alt); }
            }
        }
        Shown::Nothing(shape) => html! {
            p.figure {
                "Values of shape " (shape) " aren't drawn here: they are in the evidence, or give the explanation a picture."
            }
        },
    }
}

/// A chart below the picture.
pub(super) fn chart(chart: &RegionChart) -> Markup {
    html! {
        figure.chart {
            img src=(chart.url) alt=(chart.description);
        }
    }
}
