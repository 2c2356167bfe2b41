//! A map with its controls.

use maud::{Markup, html};

use crate::number::{number, signed};
use crate::page::legend;
use crate::page::overview::place;
use crate::page::panel::Panel;
use crate::shown::{Backdrop, Extreme, Map};

/// How opaque maps are at first, in percent.
const OPACITY: u32 = 80;
/// The radius of the ring around the largest value, as a part of the picture's longer side.
const RADIUS: f64 = 0.02;

/// The photo, once, for all maps to lie on.
pub(super) fn shared_photo(backdrop: &Backdrop) -> Markup {
    let (width, height) = backdrop.view.photo_size();
    html! {
        svg.shared width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                image id="photo" width=(width) height=(height) href=(backdrop.url) {}
            }
        }
    }
}

/// A map over the photo, its legend, and what can be switched.
pub(super) fn figure(map: &Map, panel: &Panel) -> Markup {
    let layers = format!("{}-layers", panel.id());
    html! {
        figure.map {
            (picture(map, &layers, &description(map, panel)))
            figcaption {
                @if let Some(drawing) = &map.drawing {
                    (legend::of(&drawing.range, &format!("{}-colors", panel.id())))
                    (controls(&layers, drawing.range.signed))
                }
                (extremes(map))
                @if let Some(rows) = &map.rows {
                    (values(rows))
                }
            }
        }
    }
}

fn picture(map: &Map, layers: &str, description: &str) -> Markup {
    let (width, height) = map.size;
    let [x, y, across, down] = map.area;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(description) {
            title { (description) }
            @if map.on_photo {
                use href="#photo" {}
            } @else {
                rect.blank width=(width) height=(height) {}
            }
            @if let Some(drawing) = &map.drawing {
                g.layers id=(layers) {
                    @for (class, url) in [("for", Some(&drawing.for_it)), ("against", drawing.against.as_ref())] {
                        @if let Some(url) = url {
                            image class=(class) x=(x) y=(y) width=(across) height=(down) preserveAspectRatio="none" href=(url) {}
                        }
                    }
                }
                @if let Some(marks) = &drawing.marks {
                    g.marks { (twice(marks)) }
                }
            }
            @if map.on_photo && (across, down) != map.size {
                rect.view x=(x) y=(y) width=(across) height=(down) {}
            }
            @if let Some(largest) = map.largest {
                g.largest { (twice(&ring(largest, map.size))) }
            }
        }
    }
}

/// Lines that can be seen on dark and on light.
fn twice(path: &str) -> Markup {
    html! {
        path.halo d=(path) {}
        path.line d=(path) {}
    }
}

/// A ring around a place, which no plus or minus sign looks like.
fn ring(extreme: Extreme, (width, height): (f64, f64)) -> String {
    let (x, y) = (extreme.place.0 * width, extreme.place.1 * height);
    let radius = RADIUS * width.max(height);
    let half = |across: f64| format!("a{radius:.1} {radius:.1} 0 0 0 {across:.1} 0");
    let (there, back) = (half(2.0 * radius), half(-2.0 * radius));
    format!("M{:.1} {y:.1}{there}{back}", x - radius)
}

/// The picture in words.
fn description(map: &Map, panel: &Panel) -> String {
    let explanation = panel.explanation;
    let over = if map.on_photo { " over the photo" } else { "" };
    let of = format!(
        "Map of {} for {}{over}.",
        explanation.label,
        explanation.attribution.target()
    );
    let Some(largest) = map.largest else {
        let value = number(map.any_value.into());
        return format!("{of} It is flat: {value} everywhere.");
    };
    let smallest = map.smallest.map_or_else(String::new, |smallest| {
        format!("; most negative value {}", at(smallest))
    });
    format!("{of} Largest value {}{smallest}.", at(largest))
}

fn at(extreme: Extreme) -> String {
    format!("{}, {}", signed(extreme.value.into()), place(extreme.place))
}

fn extremes(map: &Map) -> Markup {
    html! {
        @if let Some(largest) = map.largest {
            p { "Largest value (ring): " (at(largest)) "." }
        } @else {
            p { "Flat: the value is " (number(map.any_value.into())) " everywhere." }
        }
        @if let Some(smallest) = map.smallest {
            p { "Most negative value: " (at(smallest)) "." }
        }
    }
}

/// What works without script is there at once; the script shows the slider, and all of it where there is nothing else.
fn controls(layers: &str, signed: bool) -> Markup {
    html! {
        fieldset.controls hidden[!signed] {
            legend { "Show" }
            @if signed {
                @for (class, name) in [("show-for", "+ for"), ("show-against", "− against")] {
                    label { input class=(class) type="checkbox" checked autocomplete="off"; " " (name) }
                }
                label { input.show-marks type="checkbox" autocomplete="off"; " + and − signs" }
            }
            label.slider hidden {
                "Opacity "
                input type="range" min="0" max="100" value=(OPACITY) autocomplete="off" data-layers=(layers);
                " " output { (OPACITY) "%" }
            }
        }
    }
}

/// A coarse map's values, for those who want to see the numbers.
fn values(rows: &[Vec<f32>]) -> Markup {
    html! {
        details.values {
            summary { "The map's values" }
            div.table {
                table {
                    caption { "As the method gave them, from the top left" }
                    tbody {
                        @for row in rows {
                            tr {
                                @for &value in row {
                                    td.number { (number(value.into())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
