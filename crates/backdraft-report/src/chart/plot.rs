//! Rows with names, numbers and a scale: what all charts are drawn on.

use std::io;
use std::ops::Range;

use maud::html;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    BLACK, Cartesian2d, ChartBuilder, ChartContext, Circle, Color, DrawingArea,
    DrawingAreaErrorKind, IntoDrawingArea, IntoFont, PathElement, RGBColor, Rectangle, SVGBackend,
    ShapeStyle, Text, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::text::fitted;
use crate::number::number;

const WIDTH: i32 = 760;
/// Where the scale begins and ends; names are before it, numbers after it.
const SCALE: Range<i32> = 226..600;
const ROW: i32 = 26;
const HEAD: i32 = 62;
/// For the numbers of the scale and the note.
const FOOT: i32 = 64;
const MARGIN: i32 = 14;
/// Half the height of a bar, in rows.
const HALF: f64 = 0.3;

/// The font's size in the units of the library, of which 1.24 are a pixel.
const SMALL: f64 = 16.0;
const LARGE: f64 = 20.0;

const FOR: RGBColor = RGBColor(0xb2, 0x18, 0x2b);
const AGAINST: RGBColor = RGBColor(0x21, 0x66, 0xac);
const PALE: RGBColor = RGBColor(0x55, 0x55, 0x55);
const LINE: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

/// What is written around a chart.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) note: &'static str,
}

/// A chart under way.
pub(super) struct Plot<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    rows: usize,
}

pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// A chart of so many rows over these numbers.
pub(super) fn drawn(
    words: &Words,
    rows: usize,
    numbers: Range<f64>,
    draw: impl FnOnce(&mut Plot<'_>) -> Drawn,
) -> String {
    let height = HEAD + FOOT + ROW * i32::try_from(rows).unwrap_or(1 << 20);
    let mut svg = String::new();
    let written = {
        let size = (WIDTH as u32, height as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        Plot::new(area, words, height, rows, numbers).and_then(|mut plot| draw(&mut plot))
    };
    written.expect("a text in memory can be written");
    with_title(&svg, &words.title)
}

/// The picture with a title for those who can't see it.
fn with_title(svg: &str, title: &str) -> String {
    let title = html! { title { (title) } }.into_string();
    match svg.split_once('>') {
        Some((open, rest)) => format!("{open} role=\"img\">{title}{rest}"),
        None => svg.into(),
    }
}

/// These numbers with a little room on both sides.
pub(super) fn around(numbers: impl IntoIterator<Item = f64>) -> Range<f64> {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (least, most) = numbers
        .into_iter()
        .fold(start, |(least, most), it| (least.min(it), most.max(it)));
    if least < most {
        let room = 0.04 * (most - least);
        least - room..most + room
    } else {
        least - 1.0..least + 1.0
    }
}

impl<'a> Plot<'a> {
    fn new(
        area: DrawingArea<SVGBackend<'a>, Shift>,
        words: &Words,
        height: i32,
        rows: usize,
        numbers: Range<f64>,
    ) -> Result<Self, DrawingAreaErrorKind<io::Error>> {
        area.fill(&WHITE)?;
        // Multiples of a step miss zero by rounding.
        let least = 1e-9 * (numbers.end - numbers.start);
        let mut chart = ChartBuilder::on(&area)
            .margin_top(HEAD)
            .margin_left(SCALE.start)
            .margin_right(WIDTH - SCALE.end)
            .margin_bottom(FOOT - 26)
            .x_label_area_size(26)
            .build_cartesian_2d(numbers, 0.0..rows as f64)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(WHITE)
            .bold_line_style(LINE)
            .axis_style(LINE)
            .x_labels(6)
            .x_label_formatter(&|value| number(if value.abs() < least { 0.0 } else { *value }))
            .label_style(("sans-serif", SMALL).into_font().color(&PALE))
            .draw()?;
        let plot = Self { area, chart, rows };
        let room = f64::from(WIDTH - 2 * MARGIN);
        plot.write(
            &fitted(&words.title, room / 1.2),
            (MARGIN, 24),
            HPos::Left,
            LARGE,
            BLACK,
        )?;
        plot.write(
            &fitted(&words.subtitle, room),
            (MARGIN, 46),
            HPos::Left,
            SMALL,
            PALE,
        )?;
        plot.write(words.note, (MARGIN, height - 14), HPos::Left, SMALL, PALE)?;
        Ok(plot)
    }

    /// Where the middle of a row is on the chart, the first row on top.
    fn middle(&self, row: usize) -> f64 {
        self.rows as f64 - row as f64 - 0.5
    }

    fn pixel(&self, row: usize, value: f64) -> (i32, i32) {
        self.chart.backend_coord(&(value, self.middle(row)))
    }

    fn write(
        &self,
        text: &str,
        place: (i32, i32),
        anchor: HPos,
        size: f64,
        color: RGBColor,
    ) -> Drawn {
        let style = ("sans-serif", size).into_font().color(&color);
        let style = style.pos(Pos::new(anchor, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), place, style))
    }

    /// A row's name before the scale, and what is said of it behind.
    pub(super) fn words(&self, row: usize, name: &str, value: &str) -> Drawn {
        let (_, y) = self.pixel(row, 0.0);
        let room = f64::from(SCALE.start - 2 * MARGIN);
        self.write(
            &fitted(name, room),
            (SCALE.start - 8, y),
            HPos::Right,
            SMALL,
            BLACK,
        )?;
        self.write(value, (WIDTH - MARGIN, y), HPos::Right, SMALL, BLACK)
    }

    /// From one number to another: full if it goes up, hollow if it goes down.
    pub(super) fn bar(&self, row: usize, from: f64, to: f64) -> Drawn {
        let middle = self.middle(row);
        let corners = [(from, middle - HALF), (to, middle + HALF)];
        let [color, inside] = if to < from {
            [AGAINST, WHITE]
        } else {
            [FOR, FOR]
        };
        self.chart
            .plotting_area()
            .draw(&Rectangle::new(corners, inside.filled()))?;
        let edge = ShapeStyle::from(color).stroke_width(2);
        self.chart
            .plotting_area()
            .draw(&Rectangle::new(corners, edge))
    }

    /// A range with ends, over a bar.
    pub(super) fn range(&self, row: usize, range: Range<f64>) -> Drawn {
        let middle = self.middle(row);
        let line = |from: (f64, f64), to: (f64, f64)| {
            let path = |color: RGBColor, width| {
                let style = ShapeStyle::from(color).stroke_width(width);
                self.chart
                    .plotting_area()
                    .draw(&PathElement::new([from, to], style))
            };
            path(WHITE, 4)?;
            path(BLACK, 2)
        };
        line((range.start, middle), (range.end, middle))?;
        for end in [range.start, range.end] {
            line((end, middle - HALF / 2.0), (end, middle + HALF / 2.0))?;
        }
        Ok(())
    }

    /// A thick line at a number, as high as a bar.
    pub(super) fn mark(&self, row: usize, at: f64) -> Drawn {
        let middle = self.middle(row);
        let ends = [(at, middle - HALF), (at, middle + HALF)];
        let line = PathElement::new(ends, ShapeStyle::from(BLACK).stroke_width(4));
        self.chart.plotting_area().draw(&line)
    }

    /// A line from a row's bar down to the next one's.
    pub(super) fn step(&self, row: usize, at: f64) -> Drawn {
        let ends = [
            (at, self.middle(row) - HALF),
            (at, self.middle(row + 1) + HALF),
        ];
        let line = PathElement::new(ends, ShapeStyle::from(PALE));
        self.chart.plotting_area().draw(&line)
    }

    /// A line at a number through all rows.
    pub(super) fn upright(&self, at: f64) -> Drawn {
        let ends = [(at, 0.0), (at, self.rows as f64)];
        let line = PathElement::new(ends, ShapeStyle::from(PALE));
        self.chart.plotting_area().draw(&line)
    }

    /// A dot so many pixels off the middle of its row, as dark as `shade` says, from 0 to 1.
    pub(super) fn dot(&self, row: usize, value: f64, off: i32, shade: f64) -> Drawn {
        let (x, y) = self.pixel(row, value);
        let gray = (255.0 * (1.0 - shade.clamp(0.0, 1.0))).round() as u8;
        let fill = RGBColor(gray, gray, gray).filled();
        self.area.draw(&Circle::new((x, y + off), 4, fill))?;
        self.area
            .draw(&Circle::new((x, y + off), 4, ShapeStyle::from(BLACK)))
    }

    /// The pixel along the scale at which a number lies.
    pub(super) fn along(&self, value: f64) -> i32 {
        self.pixel(0, value).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_number_has_room() {
        assert_eq!(around([5.0]), 4.0..6.0);
        let range = around([0.0, 10.0]);
        assert!(range.start < 0.0 && range.end > 10.0);
    }

    #[test]
    fn titles_are_text() {
        let svg = with_title("<svg width=\"1\"><g/></svg>", "a < b");
        assert_eq!(
            svg,
            "<svg width=\"1\" role=\"img\"><title>a &lt; b</title><g/></svg>"
        );
    }
}
