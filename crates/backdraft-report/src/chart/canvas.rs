//! Where charts are drawn.

use maud::{PreEscaped, Render};
use plotters::prelude::{
    BLACK, Circle, Color, DrawingArea, IntoDrawingArea, PathElement, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, Text, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle};

/// Width of every chart in pixels.
pub(super) const WIDTH: i32 = 760;
/// Where names end and where values begin to be written.
pub(super) const LEFT: i32 = 230;
pub(super) const RIGHT: i32 = WIDTH - 150;
/// Height of a row.
pub(super) const ROW: i32 = 26;
/// Where the first row begins.
pub(super) const TOP: i32 = 64;
/// What is left below the last row.
const BOTTOM: i32 = 62;

const FOR: RGBColor = RGBColor(0xb2, 0x18, 0x2b);
const AGAINST: RGBColor = RGBColor(0x21, 0x66, 0xac);
const PALE: RGBColor = RGBColor(0x55, 0x55, 0x55);
const LINE: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// A chart under way.
pub(super) struct Canvas<'a> {
    area: Area<'a>,
    pub(super) rows: i32,
}

/// Which side of a place a text is on.
#[derive(Clone, Copy)]
pub(super) enum Side {
    LeftOf,
    At,
    RightOf,
}

/// Draws a chart of so many rows with a title, a line below it, and a note at the end.
pub(super) fn drawn(
    [title, subtitle, note]: [&str; 3],
    rows: usize,
    draw: impl FnOnce(&Canvas<'_>),
) -> String {
    let rows = i32::try_from(rows).unwrap_or(i32::MAX / ROW - TOP);
    let height = TOP + rows * ROW + BOTTOM;
    let mut svg = String::new();
    {
        let size = (WIDTH as u32, height as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area, rows };
        canvas.rectangle([0, 0, WIDTH, height], WHITE.filled());
        let whole = f64::from(WIDTH - 32);
        canvas.write(&super::text::fitted(title, whole), [16, 22], Side::RightOf, true);
        canvas.pale(&super::text::fitted(subtitle, whole), [16, 44]);
        canvas.pale(note, [16, height - 14]);
        draw(&canvas);
    }
    named(&svg, title)
}

/// The picture with its title for those who can't see it.
fn named(svg: &str, title: &str) -> String {
    let title = title.render().into_string();
    let PreEscaped(title) = PreEscaped(title);
    match svg.split_once('>') {
        Some((open, rest)) => format!("{open} role=\\"img\\"><title>{title}</title>{rest}"),
        None => svg.into(),
    }
}
