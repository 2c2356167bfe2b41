use std::path::Path;

use image::{Rgb, RgbImage, imageops};

use crate::{ImageError, Picture, grid::Grid, shrink::shrunk, text::Pen};

/// Several pictures with titles in one, to compare methods on one photo.
///
/// The pictures stand in a grid of equal cells, row by row, each in the middle of its cell below
/// its title. A cell is as wide as the widest picture and as high as the highest. Pictures are
/// never enlarged: [`resize`](crate::Heatmap::resize) a small heat map, or lay it over the photo.
///
/// A title is one line in a fixed font of 20 pixels with the characters of ISO 8859-1 (Western
/// Europe); others become question marks. A title that is wider than its cell ends in "...";
/// 16 characters always fit.
///
/// | option | default |
/// |---|---|
/// | [`with_columns`](Self::with_columns) | what brings the sheet nearest to a shape of 4 to 3 |
/// | [`with_max_side`](Self::with_max_side) | 512 pixels |
/// | [`with_gap`](Self::with_gap) | 16 pixels |
/// | [`with_background`](Self::with_background) | light gray, 216 of 255 |
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
    panels: Vec<Panel>,
    columns: Option<u32>,
    max_side: u32,
    gap: u32,
    background: [u8; 3],
}

#[derive(Debug, Clone)]
struct Panel {
    title: String,
    caption: Option<String>,
    picture: Picture,
}

impl ContactSheet {
    /// Room for 16 characters of a title.
    const MIN_CELL_WIDTH: u32 = 160;
    /// Between the last line of text and the picture, in pixels.
    const TEXT_GAP: u32 = 4;

    /// An empty sheet.
    pub fn new() -> Self {
        Self {
            panels: Vec::new(),
            columns: None,
            max_side: 512,
            gap: 16,
            background: [216; 3],
        }
    }

    /// Adds a picture with a title after the others.
    #[must_use]
    pub fn with_picture(self, title: impl Into<String>, picture: Picture) -> Self {
        self.with_panel(Panel {
            title: title.into(),
            caption: None,
            picture,
        })
    }

    /// Adds a picture with a title and below it a caption: one smaller, paler line, such as a
    /// score.
    #[must_use]
    pub fn with_captioned_picture(
        self,
        title: impl Into<String>,
        caption: impl Into<String>,
        picture: Picture,
    ) -> Self {
        self.with_panel(Panel {
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
        self.gap = pixels;
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
        let images: Vec<RgbImage> = self
            .panels
            .iter()
            .map(|panel| shrunk(panel.picture.image(), self.max_side))
            .collect();
        let frame = frame(&images);
        let cell = (frame.0, self.heading() + frame.1);
        let count = images.len() as u32;
        let columns = self
            .columns
            .unwrap_or_else(|| Grid::best_columns(count, cell, self.gap));
        let grid = Grid::new(count, columns, cell, self.gap)?;

        let (width, height) = grid.size();
        let mut sheet = RgbImage::from_pixel(width, height, Rgb(self.background));
        for ((index, panel), image) in (0..).zip(&self.panels).zip(&images) {
            let (left, top) = grid.corner(index);
            self.write(&mut sheet, panel, (left, top), frame.0);
            let x = left + (frame.0 - image.width()) / 2;
            let y = top + self.heading() + (frame.1 - image.height()) / 2;
            imageops::replace(&mut sheet, image, x.into(), y.into());
        }
        Ok(Picture::new(sheet, false))
    }

    /// Draws the sheet and saves it, like [`Picture::save`].
    ///
    /// # Errors
    ///
    /// Those of [`render`](Self::render) and of [`Picture::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ImageError> {
        self.render()?.save(path)
    }

    fn with_panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    fn check(&self) -> Result<(), ImageError> {
        if self.panels.is_empty() {
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

    /// Height of the text above a picture. If one has a caption, all have room for it, so that
    /// pictures of one row are level.
    fn heading(&self) -> u32 {
        let captions = self.panels.iter().any(|panel| panel.caption.is_some());
        let caption = if captions {
            Pen::for_captions(self.background).height()
        } else {
            0
        };
        Pen::for_titles(self.background).height() + caption + Self::TEXT_GAP
    }

    fn write(&self, sheet: &mut RgbImage, panel: &Panel, (left, top): (u32, u32), width: u32) {
        let title = Pen::for_titles(self.background);
        title.write(sheet, &panel.title, (left, top), width);
        if let Some(caption) = &panel.caption {
            let below = (left, top + title.height());
            Pen::for_captions(self.background).write(sheet, caption, below, width);
        }
    }
}

impl Default for ContactSheet {
    fn default() -> Self {
        Self::new()
    }
}

/// Width and height that every picture fits into.
fn frame(images: &[RgbImage]) -> (u32, u32) {
    let most = |side: fn(&RgbImage) -> u32| images.iter().map(side).max().unwrap_or(0);
    (
        most(RgbImage::width).max(ContactSheet::MIN_CELL_WIDTH),
        most(RgbImage::height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Photo;

    const BACKGROUND: [u8; 3] = [216; 3];
    const RED: [u8; 3] = [200, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 200];
    /// Of a sheet without captions: 20 pixels of title and 4 of distance.
    const HEADING: u32 = 24;
    const CAPTION: u32 = 13;

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

    #[test]
    fn the_titles_are_in_their_cells() {
        let untitled = ContactSheet::new()
            .with_picture("", filled(200, 50, RED))
            .with_picture("", filled(200, 50, BLUE))
            .with_columns(2);
        let titled = ContactSheet::new()
            .with_picture("", filled(200, 50, RED))
            .with_picture(
                "a title that is far too wide for its cell",
                filled(200, 50, BLUE),
            )
            .with_columns(2);
        let (untitled, titled) = (render(&untitled), render(&titled));
        let changed: Vec<_> = titled
            .enumerate_pixels()
            .filter(|(x, y, pixel)| untitled.get_pixel(*x, *y) != *pixel)
            .collect();
        assert!(changed.len() > 100);
        for (x, y, pixel) in changed {
            assert_eq!(pixel.0, [0; 3]);
            assert!(
                (232..432).contains(&x) && (16..36).contains(&y),
                "({x}, {y})"
            );
        }
    }

    #[test]
    fn one_caption_makes_room_above_all_pictures() {
        let sheet = ContactSheet::new()
            .with_picture("a", filled(200, 50, RED))
            .with_captioned_picture("b", "0.97", filled(200, 50, BLUE))
            .with_columns(2)
            .with_gap(0);
        let image = render(&sheet);
        assert_eq!(image.dimensions(), (400, HEADING + CAPTION + 50));
        assert_eq!(rectangle(&image, RED).1, HEADING + CAPTION);
        assert_eq!(rectangle(&image, BLUE).1, HEADING + CAPTION);
        let pale = |pixel: &Rgb<u8>| pixel.0 == [72; 3];
        let caption = |left: u32| {
            imageops::crop_imm(&image, left, 20, 200, CAPTION)
                .to_image()
                .pixels()
                .any(pale)
        };
        assert!(!caption(0) && caption(200));
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
