//! Tokens or features as a list of bars.

use maud::{Markup, html};

use crate::Explanation;
use crate::number::{count, signed};
use crate::shown::{Bar, Bars};

pub(super) fn of(bars: &Bars, explanation: &Explanation) -> Markup {
    let hidden = bars.total - bars.shown.len();
    html! {
        figure.bars {
            div.table {
                table {
                    caption { "Values of " (explanation.label) " for " (explanation.attribution.target()) }
                    thead {
                        tr {
                            th scope="col" { "What" }
                            th.number scope="col" { "Value" }
                            td aria-hidden="true" {}
                        }
                    }
                    tbody {
                        @for bar in &bars.shown {
                            tr {
                                th scope="row" { (bar.name) }
                                td.number { (signed(bar.value)) }
                                td.bar aria-hidden="true" { (drawn(bar, bars.largest)) }
                            }
                        }
                    }
                }
            }
            @if hidden > 0 {
                figcaption { (count(hidden, "smaller value")) " of " (bars.total) " left out; all are in the evidence." }
            }
        }
    }
}

/// To the right what speaks for the target, to the left what speaks against it.
fn drawn(bar: &Bar, largest: f64) -> Markup {
    let part = if largest > 0.0 {
        100.0 * bar.value / largest
    } else {
        0.0
    };
    let class = if part < 0.0 { "against" } else { "for" };
    html! {
        svg viewBox="-100 0 200 8" preserveAspectRatio="none" {
            rect class=(class) x=(format!("{:.1}", part.min(0.0))) width=(format!("{:.1}", part.abs())) height="8" {}
            path.zero d="M0 0v8" {}
        }
    }
}
