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

    /// Between text, picture and color bar, in pixels.
    fn space(&self) -> u32 {
        self.em / 4
    }
}

/// Where everything is on a contact sheet.
pub(crate) struct Layout {
    style: Style,
    headings: Vec<Heading>,
    /// Height of the highest heading, so that all pictures of a row are level.
    heading: u32,
    /// What every picture fits into.
    frame: (u32, u32),
    /// Room for a number of a color bar, if there are bars.
    label: Option<u32>,
    grid: Grid,
}

impl Layout {
    /// Lines of a title, and of a caption.
    const LINES: usize = 2;

    /// The sheet of at least one panel, in so many columns or the best number of them, in the style for that number.
    pub(crate) fn new(
        panels: &[Panel],
        columns: Option<u32>,
        with_bars: bool,
        style: impl Fn(u32, u32) -> Style,
    ) -> Result<Self, ImageError> {
        let count = panels.len() as u32;
        let largest = largest(panels);
        let style = |columns: u32| style(columns.min(count), largest.0);
        let label = |style: &Style| with_bars.then(|| label_width(panels, style)).flatten();
        let cell = |style: &Style, heading: u32| {
            let footer = label(style).map_or(0, |_| style.space() + style.caption.line_height());
            let width = largest.0.max(10 * style.em);
            (width, heading + largest.1 + footer)
        };
        let columns = columns.unwrap_or_else(|| {
            Grid::best_columns(count, |columns| {
                let style = style(columns);
                (cell(&style, Heading::least(panels, &style)), style.gap)
            })
        });

        let style = style(columns);
        let width = largest.0.max(10 * style.em);
        let headings: Vec<_> = (panels.iter())
            .map(|panel| Heading::new(panel, &style, width))
            .collect();
        let heights = headings.iter().map(|heading| heading.height(&style));
        let heading = heights.max().unwrap_or(0);
        Ok(Self {
            grid: Grid::new(count, columns, cell(&style, heading), style.gap)?,
            label: label(&style),
            frame: (width, largest.1),
            headings,
            heading,
            style,
        })
    }

    /// Width and height of the sheet.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.grid.size()
    }

    /// Draws a panel in its cell.
    pub(crate) fn draw(&self, sheet: &mut RgbImage, cell: u32, panel: &Panel) {
        let (left, top) = self.grid.corner(cell);
        self.headings[cell as usize].write(sheet, &self.style, (left, top), self.frame.0);
        let image = &panel.image;
        let x = left + (self.frame.0 - image.width()) / 2;
        let y = top + self.heading + (self.frame.1 - image.height()) / 2;
        image::imageops::replace(sheet, image, x.into(), y.into());
        if let (Some(label), Some(bar)) = (self.label, panel.picture.color_bar()) {
            let width = image.width().max(10 * self.style.em);
            let left = left + (self.frame.0 - width) / 2;
            let top = top + self.heading + self.frame.1 + self.style.space();
            bar.draw(sheet, &self.style.caption, (left, top), width, label);
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

/// Room for any number of any color bar, if there is a bar.
fn label_width(panels: &[Panel], style: &Style) -> Option<u32> {
    let bars = panels.iter().filter_map(|panel| panel.picture.color_bar());
    bars.map(|bar| bar.label_width(&style.caption)).max()
}
