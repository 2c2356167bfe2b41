use image::RgbImage;

use crate::text::{Align, Pen};
use crate::{ImageError, Picture, grid::Grid};

/// A picture on a contact sheet, in the size that it has there, and what is written about it.
pub(crate) struct Panel<'a> {
    pub(crate) title: &'a str,
    pub(crate) caption: Option<&'a str>,
    pub(crate) picture: &'a Picture,
    pub(crate) image: RgbImage,
}

/// The fonts of a contact sheet, and the distances that go with them.
pub(crate) struct Style {
    title: Pen,
    caption: Pen,
    /// An em of a title, in pixels.
    em: u32,
    gap: u32,
}

impl Style {
    /// For so many columns of pictures of this width. Where a sheet is shown 800 pixels wide, a title of a 60th of it
    /// can still be read; an 11th of a picture leaves room for some words.
    pub(crate) fn new(background: [u8; 3], columns: u32, width: u32, gap: Option<u32>) -> Self {
        let em = (columns.saturating_mul(width) / 60)
            .min(width / 11)
            .clamp(16, 64);
        Self {
            title: Pen::for_titles(background, em),
            caption: Pen::for_captions(background, em * 4 / 5),
            em,
            gap: gap.unwrap_or(em),
        }
    }

    /// Room for some words, and for a color bar with its numbers.
    fn least_width(&self) -> u32 {
        10 * self.em
    }

    /// Between text, picture and color bar, in pixels.
    fn space(&self) -> u32 {
        self.em / 4
    }
}

/// Where everything is on a contact sheet.
pub(crate) struct Layout {
    style: Style,
    columns: usize,
    headings: Vec<Heading>,
    /// Height of the highest heading of each row, so that its pictures are level.
    rows: Vec<u32>,
    /// What every picture fits into.
    frame: (u32, u32),
    with_bars: bool,
    grid: Grid,
}

impl Layout {
    /// Lines of a title, and of a caption.
    const LINES: usize = 2;

    /// The sheet of at least one panel, in so many columns or the best number of them, in the style for that number and
    /// the width of the widest picture.
    pub(crate) fn new(
        panels: &[Panel],
        columns: Option<u32>,
        with_bars: bool,
        style: impl Fn(u32, u32) -> Style,
    ) -> Result<Self, ImageError> {
        let count = panels.len() as u32;
        let (width, height) = largest(panels);
        let frame = |style: &Style| (style.least_width().max(width), height);
        let columns = columns.map_or_else(
            || {
                Grid::best_columns(count, |columns| {
                    let style = style(columns, width);
                    let (width, height) = frame(&style);
                    let text = Heading::least(panels, &style) + footer(panels, with_bars, &style);
                    ((width, height + text), style.gap)
                })
            },
            |columns| columns.min(count),
        );

        let style = style(columns, width);
        let frame = frame(&style);
        let headings: Vec<_> = (panels.iter())
            .map(|panel| Heading::new(panel, &style, frame.0))
            .collect();
        let in_row = columns as usize;
        let highest = |row: &[Heading]| row.iter().map(|heading| heading.height(&style)).max();
        let rows: Vec<u32> = headings.chunks(in_row).filter_map(highest).collect();
        let heights = (rows.iter().zip(panels.chunks(in_row)))
            .map(|(heading, row)| heading + frame.1 + footer(row, with_bars, &style));
        Ok(Self {
            grid: Grid::new(columns, frame.0, heights.collect(), style.gap)?,
            columns: in_row,
            headings,
            rows,
            frame,
            with_bars,
            style,
        })
    }

    /// Width and height of the sheet.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.grid.size()
    }

    /// Draws a panel in its cell.
    pub(crate) fn draw(&self, sheet: &mut RgbImage, cell: u32, panel: &Panel) {
        let corner @ (left, top) = self.grid.corner(cell);
        let (width, height) = self.frame;
        let cell = cell as usize;
        self.headings[cell].write(sheet, &self.style, corner, width);

        let image = &panel.image;
        let top = top + self.rows[cell / self.columns];
        let x = left + (width - image.width()) / 2;
        let y = top + (height - image.height()) / 2;
        image::imageops::replace(sheet, image, x.into(), y.into());
        if self.with_bars
            && let Some(bar) = panel.picture.color_bar()
        {
            let bar_width = image.width().max(self.style.least_width());
            let left = left + (width - bar_width) / 2;
            let top = top + height + self.style.space();
            bar.draw(sheet, &self.style.caption, (left, top), bar_width);
        }
    }
}

/// What stands above a picture, in lines that fit.
struct Heading {
    title: Vec<String>,
    caption: Vec<String>,
}

impl Heading {
    fn new(panel: &Panel, style: &Style, width: u32) -> Self {
        let caption = panel
            .caption
            .map(|caption| style.caption.wrap(caption, width, Layout::LINES));
        Self {
            title: style.title.wrap(panel.title, width, Layout::LINES),
            caption: caption.unwrap_or_default(),
        }
    }

    /// The height of the highest heading if no text is wrapped.
    fn least(panels: &[Panel], style: &Style) -> u32 {
        let captions = panels.iter().any(|panel| panel.caption.is_some());
        let caption = if captions {
            style.caption.line_height()
        } else {
            0
        };
        style.title.line_height() + caption + style.space()
    }

    /// With the distance to the picture.
    fn height(&self, style: &Style) -> u32 {
        let lines = |lines: &[String], pen: &Pen| lines.len() as u32 * pen.line_height();
        lines(&self.title, &style.title) + lines(&self.caption, &style.caption) + style.space()
    }

    fn write(&self, sheet: &mut RgbImage, style: &Style, (left, mut top): (u32, u32), width: u32) {
        for (lines, pen) in [(&self.title, &style.title), (&self.caption, &style.caption)] {
            for line in lines {
                pen.write(sheet, line, (left, top), width, Align::Center);
                top += pen.line_height();
            }
        }
    }
}

/// Width and height that every picture fits into.
fn largest(panels: &[Panel]) -> (u32, u32) {
    let most = |side: fn(&RgbImage) -> u32| panels.iter().map(|panel| side(&panel.image)).max();
    (
        most(RgbImage::width).unwrap_or(0),
        most(RgbImage::height).unwrap_or(0),
    )
}

/// Height of the color bars below a row, with their distance to the pictures, if there are any.
fn footer(row: &[Panel], with_bars: bool, style: &Style) -> u32 {
    if with_bars && row.iter().any(|panel| panel.picture.color_bar().is_some()) {
        style.space() + style.caption.line_height()
    } else {
        0
    }
}
