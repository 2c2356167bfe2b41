use std::path::Path;

use image::{Rgb, RgbImage};

use crate::sheet_layout::{Layout, Panel, Style};
use crate::{ImageError, Picture, shrink::shrunk};

/// Several pictures with titles in one, to compare methods on one photo.
///
/// The pictures stand in a grid, row by row, each between its title and its color bar, in the middle of a space as wide
/// as the widest picture and as high as the highest. Pictures are never enlarged: [`resize`](crate::Heatmap::resize) a
/// small heat map, or lay it over the photo.
///
/// Text is set in Inter, in a size that can be read where the whole sheet is shown about 800 pixels wide, and that is
/// at least 16 pixels for titles. The font has Latin, Greek and Cyrillic letters; other characters become question
/// marks. A title or caption that is wider than its cell is broken into two lines, and what doesn't fit there ends in
/// an ellipsis.
///
/// A color bar says which values the first and the last color of a picture stand for. A photo has none, nor has a map
/// with the same value everywhere. Over a photo, the bar shows what colors look like over the photo's average color.
///
/// | option | default |
/// |---|---|
/// | [`with_columns`](Self::with_columns) | what brings the sheet nearest to a shape of 4 to 3 |
/// | [`with_max_side`](Self::with_max_side) | 512 pixels |
/// | [`with_gap`](Self::with_gap) | the size of a title, 16 to 64 pixels |
/// | [`with_color_bars`](Self::with_color_bars) | `true` |
/// | [`with_background`](Self::with_background) | nearly white, 240 of 255 |
///
/// # Example
///
/// ```
/// use backdraft_image::{ColorMap, ContactSheet, Heatmap, Photo, RgbImage, Scaling};
///
/// let photo = Photo::from_image(RgbImage::new(451, 300))?;
/// let map = Heatmap::new(3, 2, vec![0.0, 0.2, 0.1, -0.4, 1.0, 0.0])?;
///
/// let sheet = ContactSheet::new()
///     .with_picture("photo", photo.picture())
///     .with_picture("grad-cam", map.overlay(&photo).render()?)
///     .with_captioned_picture(
///         "grad-cam",
///         "signed",
///         map.overlay(&photo).with_color_map(ColorMap::BlueRed).render()?,
///     );
/// # std::env::set_current_dir(std::env::temp_dir()).unwrap();
/// sheet.save("methods.png")?;
/// # std::fs::remove_file("methods.png").unwrap();
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ContactSheet {
    entries: Vec<Entry>,
    columns: Option<u32>,
    max_side: u32,
    gap: Option<u32>,
    color_bars: bool,
    background: [u8; 3],
}

#[derive(Debug, Clone)]
struct Entry {
    title: String,
    caption: Option<String>,
    picture: Picture,
}

impl ContactSheet {
    /// An empty sheet.
    pub fn new() -> Self {
        Self {
            entries: Vec::new(),
            columns: None,
            max_side: 512,
            gap: None,
            color_bars: true,
            background: [240; 3],
        }
    }

    /// Adds a picture with a title after the others.
    #[must_use]
    pub fn with_picture(self, title: impl Into<String>, picture: Picture) -> Self {
        self.with_entry(Entry {
            title: title.into(),
            caption: None,
            picture,
        })
    }

    /// Adds a picture with a title and below it a caption: smaller, paler text, such as a score.
    #[must_use]
    pub fn with_captioned_picture(
        self,
        title: impl Into<String>,
        caption: impl Into<String>,
        picture: Picture,
    ) -> Self {
        self.with_entry(Entry {
            title: title.into(),
            caption: Some(caption.into()),
            picture,
        })
    }

    /// Sets how many pictures stand side by side, at least 1.
    #[must_use]
    pub fn with_columns(mut self, columns: u32) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Sets the longest side that a picture may have in the sheet, at least 1 pixel. Larger
    /// pictures are scaled down and keep their shape.
    #[must_use]
    pub fn with_max_side(mut self, pixels: u32) -> Self {
        self.max_side = pixels;
        self
    }

    /// Sets the distance between cells and around them, in pixels.
    #[must_use]
    pub fn with_gap(mut self, pixels: u32) -> Self {
        self.gap = Some(pixels);
        self
    }

    /// Sets whether the values that colors stand for are shown below the pictures.
    #[must_use]
    pub fn with_color_bars(mut self, color_bars: bool) -> Self {
        self.color_bars = color_bars;
        self
    }

    /// Sets the color around the pictures, as red, green and blue. Text is black on light and
    /// white on dark.
    #[must_use]
    pub fn with_background(mut self, color: [u8; 3]) -> Self {
        self.background = color;
        self
    }

    /// Draws the sheet.
    ///
    /// # Errors
    ///
    /// When there is no picture, there are to be no columns or no pixels on a side, or the sheet
    /// would have more than 268 million pixels.
    pub fn render(&self) -> Result<Picture, ImageError> {
        self.check()?;
        let panels: Vec<Panel> = self.entries.iter().map(|entry| self.panel(entry)).collect();
        let style = |columns, width| Style::new(self.background, columns, width, self.gap);
        let layout = Layout::new(&panels, self.columns, self.color_bars, style)?;

        let (width, height) = layout.size();
        let mut sheet = RgbImage::from_pixel(width, height, Rgb(self.background));
        for (cell, panel) in (0..).zip(&panels) {
            layout.draw(&mut sheet, cell, panel);
        }
        Ok(Picture::without_scale(sheet))
    }

    /// Draws the sheet and saves it, like [`Picture::save`].
    ///
    /// # Errors
    ///
    /// Those of [`render`](Self::render) and of [`Picture::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ImageError> {
        self.render()?.save(path)
    }

    fn with_entry(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    fn panel<'a>(&self, entry: &'a Entry) -> Panel<'a> {
        Panel {
            title: &entry.title,
            caption: entry.caption.as_deref(),
            picture: &entry.picture,
            image: shrunk(entry.picture.image(), self.max_side),
        }
    }

    fn check(&self) -> Result<(), ImageError> {
        if self.entries.is_empty() {
            return Err(ImageError::EmptySheet);
        }
        if self.columns == Some(0) {
            return Err(ImageError::InvalidSheet { option: "columns" });
        }
        if self.max_side == 0 {
            return Err(ImageError::InvalidSheet { option: "max_side" });
        }
        Ok(())
    }
}

impl Default for ContactSheet {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Pen;
    use crate::{ColorMap, Heatmap, Photo, Scaling};

    const BACKGROUND: [u8; 3] = [240; 3];
    const RED: [u8; 3] = [200, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 200];
    /// Of a sheet without captions: 20 pixels of title and 4 of distance.
    const HEADING: u32 = 24;
    /// A line of it.
    const CAPTION: u32 = 15;
    /// A color bar and 4 pixels of distance.
    const FOOTER: u32 = CAPTION + 4;

    fn filled(width: u32, height: u32, color: [u8; 3]) -> Picture {
        Photo::from_image(RgbImage::from_pixel(width, height, Rgb(color)))
            .unwrap()
            .picture()
    }

    fn render(sheet: &ContactSheet) -> RgbImage {
        sheet.render().unwrap().into_image()
    }

    /// Left, top, width and height of all pixels of a color, which must form a rectangle.
    fn rectangle(image: &RgbImage, color: [u8; 3]) -> (u32, u32, u32, u32) {
        let pixels: Vec<_> = image
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel.0 == color)
            .map(|(x, y, _)| (x, y))
            .collect();
        let ((left, top), (right, bottom)) = (pixels[0], pixels[pixels.len() - 1]);
        let (width, height) = (right - left + 1, bottom - top + 1);
        assert_eq!(pixels.len() as u32, width * height);
        (left, top, width, height)
    }

    #[test]
    fn pictures_stand_side_by_side_below_their_titles() {
        let sheet = ContactSheet::new()
            .with_picture("", filled(200, 50, RED))
            .with_picture("", filled(200, 50, BLUE))
            .with_columns(2)
            .with_gap(10);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (10 + 2 * 210, 20 + HEADING + 50));
        assert_eq!(rectangle(&image, RED), (10, 10 + HEADING, 200, 50));
        assert_eq!(rectangle(&image, BLUE), (220, 10 + HEADING, 200, 50));
        // Nothing else is on the sheet.
        assert!(
            image
                .pixels()
                .all(|pixel| [RED, BLUE, BACKGROUND].contains(&pixel.0))
        );
    }

    #[test]
    fn unless_asked_the_sheet_is_about_four_by_three() {
        let sheet = (0..4).fold(ContactSheet::new().with_gap(0), |sheet, _| {
            sheet.with_picture("", filled(200, 150 - HEADING, RED))
        });
        assert_eq!(render(&sheet).dimensions(), (400, 300));
        assert_eq!(render(&sheet.with_columns(1)).dimensions(), (200, 600));
    }

    #[test]
    fn small_pictures_are_centered_and_not_enlarged() {
        let sheet = ContactSheet::new()
            .with_picture("", filled(200, 60, RED))
            .with_picture("", filled(100, 20, BLUE))
            .with_columns(1)
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (200, 2 * (HEADING + 60)));
        assert_eq!(
            rectangle(&image, BLUE),
            (50, 60 + 2 * HEADING + 20, 100, 20)
        );
    }

    #[test]
    fn large_pictures_are_scaled_down_in_their_shape() {
        let sheet = ContactSheet::new()
            .with_picture("", filled(800, 400, RED))
            .with_picture("", filled(10, 2000, BLUE))
            .with_columns(2)
            .with_max_side(200)
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (400, HEADING + 200));
        assert_eq!(rectangle(&image, RED), (0, HEADING + 50, 200, 100));
        assert_eq!(rectangle(&image, BLUE), (200 + 99, HEADING, 1, 200));
    }

    /// What differs between two pictures of the same size.
    fn changed(one: &RgbImage, other: &RgbImage) -> Vec<(u32, u32)> {
        assert_eq!(one.dimensions(), other.dimensions());
        let pixels = one.enumerate_pixels();
        pixels
            .filter(|(x, y, pixel)| other.get_pixel(*x, *y) != *pixel)
            .map(|(x, y, _)| (x, y))
            .collect()
    }

    #[test]
    fn the_titles_are_in_their_cells() {
        let titled = |title: &str| {
            let sheet = ContactSheet::new()
                .with_picture("", filled(200, 50, RED))
                .with_picture(title, filled(200, 50, BLUE))
                .with_columns(2);
            render(&sheet)
        };
        let ink = changed(&titled(""), &titled("a title of one line"));
        assert!(ink.len() > 100);
        for (x, y) in ink {
            assert!(
                (232..432).contains(&x) && (16..36).contains(&y),
                "({x}, {y})"
            );
        }
    }

    #[test]
    fn long_text_takes_a_second_line_and_never_leaves_its_cell() {
        let long = "text that is far too long for its cell ".repeat(5);
        let sheet = |title: &str, caption: &str| {
            let sheet = ContactSheet::new()
                .with_captioned_picture(title, caption, filled(200, 50, RED))
                .with_captioned_picture("", "", filled(200, 50, BLUE))
                .with_columns(2)
                .with_gap(10);
            render(&sheet)
        };
        let image = sheet(&long, &long);
        let heading = 2 * 20 + 2 * CAPTION + 4;
        assert_eq!(image.dimensions(), (430, 20 + heading + 50));
        assert_eq!(rectangle(&image, RED), (10, 10 + heading, 200, 50));
        assert_eq!(rectangle(&image, BLUE), (220, 10 + heading, 200, 50));
        let title = Pen::for_titles(BACKGROUND, 16);
        assert!(title.wrap(&long, 200, 2)[1].ends_with('…'));
        for (x, y, pixel) in image.enumerate_pixels() {
            let inside = (10..210).contains(&x) && (10..10 + heading - 4).contains(&y);
            let paper = [RED, BLUE, BACKGROUND].contains(&pixel.0);
            assert!(inside || paper, "({x}, {y})");
        }
    }

    #[test]
    fn one_caption_makes_room_above_all_pictures() {
        let sheet = |caption: &str| {
            let sheet = ContactSheet::new()
                .with_picture("a", filled(200, 50, RED))
                .with_captioned_picture("b", caption, filled(200, 50, BLUE))
                .with_columns(2)
                .with_gap(0);
            render(&sheet)
        };
        let image = sheet("0.97");
        assert_eq!(image.dimensions(), (400, HEADING + CAPTION + 50));
        assert_eq!(rectangle(&image, RED).1, HEADING + CAPTION);
        assert_eq!(rectangle(&image, BLUE).1, HEADING + CAPTION);
        let ink = changed(&image, &sheet(""));
        assert!(ink.len() > 20);
        for (x, y) in ink {
            assert!(
                (200..400).contains(&x) && (20..20 + CAPTION).contains(&y),
                "({x}, {y})"
            );
        }
    }

    #[test]
    fn a_row_has_room_for_its_own_text_alone() {
        let sheet = ContactSheet::new()
            .with_captioned_picture("a", "0.97", filled(200, 50, RED))
            .with_picture("b", filled(200, 50, BLUE))
            .with_columns(1)
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (200, 2 * (HEADING + 50) + CAPTION));
        assert_eq!(rectangle(&image, BLUE).1, 2 * HEADING + CAPTION + 50);
    }

    #[test]
    fn text_grows_with_the_sheet() {
        let height = |columns: u32, side: u32| {
            let sheet = (0..columns).fold(ContactSheet::new(), |sheet, _| {
                sheet.with_picture("", filled(side, 10, RED))
            });
            let sheet = sheet.with_columns(columns).with_gap(0).with_max_side(side);
            render(&sheet).height() - 10
        };
        assert_eq!(height(1, 300), HEADING);
        // 2400 / 60 = 40: a line of 50 pixels, and 10 of distance.
        assert_eq!(height(5, 480), 60);
        // But not more than an 11th of a picture: 20, so 25 and 5.
        assert_eq!(height(10, 220), 30);
    }

    #[test]
    fn a_color_bar_stands_below_its_picture() {
        let map = Heatmap::new(200, 50, (0..10_000).map(|v| v as f32).collect()).unwrap();
        let scaled = map.render(ColorMap::Viridis, Scaling::MinMax).unwrap();
        let sheet = ContactSheet::new()
            .with_picture("", filled(200, 50, RED))
            .with_picture("", scaled)
            .with_columns(2)
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (400, HEADING + 50 + FOOTER));
        let bare = render(&sheet.clone().with_color_bars(false));
        assert_eq!(bare.dimensions(), (400, HEADING + 50));

        let top = HEADING + 50;
        for (x, y, pixel) in image.enumerate_pixels() {
            let bar = (200..400).contains(&x) && (top + 4..top + FOOTER).contains(&y);
            let paper = y < top || pixel.0 == BACKGROUND;
            assert!(bar || paper, "({x}, {y})");
        }
        // Half way between the numbers.
        let caption = Pen::for_captions(BACKGROUND, 12);
        let x = 300 + caption.width("0") / 2 - caption.width("9999") / 2;
        let middle = image.get_pixel(x, top + 4 + CAPTION / 2).0;
        let expected = ColorMap::Viridis.color(0.5);
        for (channel, expected) in middle.into_iter().zip(expected) {
            assert!(channel.abs_diff(expected) < 8, "{middle:?}");
        }
    }

    #[test]
    fn photos_alone_have_no_room_for_bars() {
        let sheet = ContactSheet::new().with_picture("", filled(200, 50, RED));
        let without = sheet.clone().with_color_bars(false);
        assert_eq!(render(&sheet), render(&without));
    }

    #[test]
    fn tiny_pictures_leave_room_for_titles() {
        let sheet = ContactSheet::new()
            .with_picture("guided grad-cam", filled(28, 28, RED))
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (160, HEADING + 28));
        assert_eq!(rectangle(&image, RED), (66, HEADING, 28, 28));
    }

    #[test]
    fn the_background_is_as_asked() {
        let sheet = ContactSheet::new()
            .with_picture("t", filled(200, 50, RED))
            .with_background([10, 20, 30]);
        let image = render(&sheet);
        assert_eq!(image.get_pixel(0, 0).0, [10, 20, 30]);
        assert!(image.pixels().any(|pixel| pixel.0 == [255; 3]));
    }

    #[test]
    fn a_sheet_of_nothing_is_refused() {
        let empty = ContactSheet::new();
        assert!(matches!(empty.render(), Err(ImageError::EmptySheet)));
        assert!(matches!(empty.save("x.png"), Err(ImageError::EmptySheet)));

        let sheet = ContactSheet::new().with_picture("t", filled(2, 2, RED));
        for (sheet, option) in [
            (sheet.clone().with_columns(0), "columns"),
            (sheet.clone().with_max_side(0), "max_side"),
        ] {
            let message = sheet.render().unwrap_err().to_string();
            assert!(
                message.contains(&format!("`with_{option}(0)`")),
                "{message}"
            );
        }
        assert!(matches!(
            sheet.with_gap(u32::MAX).render(),
            Err(ImageError::SheetTooLarge { .. })
        ));
    }
}
