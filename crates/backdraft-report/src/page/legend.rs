//! What the colors of a map stand for.

use maud::{Markup, html};

use crate::number::{number, signed};
use crate::shown::Range;

/// Colors along the bar, between which a browser interpolates.
const STOPS: u32 = 16;

/// A bar of the colors, with numbers and signs under it.
pub(super) fn of(range: &Range, id: &str) -> Markup {
    let start = if range.signed { -1.0 } else { 0.0 };
    let stops = (0..=STOPS).map(|stop| f64::from(stop) / f64::from(STOPS));
    html! {
        div.legend {
            svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                defs {
                    linearGradient id=(id) {
                        @for place in stops {
                            (stop(range, place, start + (1.0 - start) * place))
                        }
                    }
                }
                rect.blank width="100" height="6" {}
                rect width="100" height="6" fill=(format!("url(#{id})")) {}
            }
            @if range.signed {
                div.ends { span { (signed(range.low)) } span { "0" } span { (signed(range.high)) } }
                div.ends { span { "− against" } span {} span { "for +" } }
            } @else {
                div.ends { span { (number(range.low)) } span { (number(range.high)) } }
            }
            @if range.clipped {
                p { "Five values in a hundred are beyond these ends and look like them." }
            }
        }
    }
}

/// A color as it looks on the map: the more intense, the more opaque.
fn stop(range: &Range, place: f64, intensity: f64) -> Markup {
    let [red, green, blue] = range.color(intensity);
    html! {
        stop offset=(format!("{:.2}%", 100.0 * place)) stop-color=(format!("#{red:02x}{green:02x}{blue:02x}")) stop-opacity=(format!("{:.2}", intensity.abs())) {}
    }
}
