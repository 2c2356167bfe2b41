use std::path::Path;

use image::error::{ImageFormatHint, UnsupportedError};
use image::{ImageFormat, ImageResult, Rgb, RgbImage};

use crate::{
    ColorMap, Heatmap, ImageError, Photo, Scale, Scaling, color_bar::ColorBar, colormap::Palette,
};

/// A finished picture: of a heat map, alone or on its photo, a gradient image, a photo, or several
/// of them on a contact sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    image: RgbImage,
    flat: bool,
    color_bar: Option<ColorBar>,
}

impl Picture {
    /// Of a photo or a sheet, whose colors stand for no values.
    pub(crate) fn without_scale(image: RgbImage) -> Self {
        Self {
            image,
            flat: false,
            color_bar: None,
        }
    }

    /// Of values on a scale, whose intensities have these colors.
    pub(crate) fn with_scale(
        image: RgbImage,
        scale: &Scale,
        color: impl Fn(f32) -> [u8; 3],
    ) -> Self {
        Self {
            image,
            flat: scale.is_flat(),
            color_bar: ColorBar::new(scale, color),
        }
    }

    /// What the colors stand for, if they stand for values that differ.
    pub(crate) fn color_bar(&self) -> Option<&ColorBar> {
        self.color_bar.as_ref()
    }

    /// The pixels, row by row from the top.
    pub fn image(&self) -> &RgbImage {
        &self.image
    }

    /// Turns the picture into its pixels.
    pub fn into_image(self) -> RgbImage {
        self.image
    }

    /// Whether the heat map or gradient image has the same value everywhere. Such a map shows no
    /// place; unless its range is fixed it is drawn blank. Of a photo or a contact sheet it is
    /// `false`.
    pub fn is_flat(&self) -> bool {
        self.flat
    }

    /// Saves the picture. The extension of the name decides the format: `.png`, `.jpg`, `.jpeg`.
    ///
    /// # Errors
    ///
    /// When the folder does not exist, the extension is another one, or writing fails; the error
    /// names the path.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ImageError> {
        let path = path.as_ref();
        if let Some(folder) = path
            .parent()
            .filter(|folder| *folder != "" && !folder.is_dir())
        {
            return Err(ImageError::MissingFolder {
                path: path.into(),
                folder: folder.into(),
            });
        }
        let written = format(path).and_then(|format| self.image.save_with_format(path, format));
        written.map_err(|source| ImageError::CannotSave {
            path: path.into(),
            source,
        })
    }
}

impl Heatmap {
    /// Draws the map by itself, one pixel per cell. [`resize`](Self::resize) it first for a
    /// larger picture.
    ///
    /// # Errors
    ///
    /// When the scaling is invalid, or does not put zero where a diverging color map shows it.
    pub fn render(&self, color_map: ColorMap, scaling: Scaling) -> Result<Picture, ImageError> {
        let paint = Paint::new(self, color_map, scaling)?;
        let mut image = RgbImage::new(self.width() as u32, self.height() as u32);
        for (pixel, value) in image.pixels_mut().zip(self.values()) {
            *pixel = Rgb(paint.color(paint.scale.intensity(*value)));
        }
        let color = |intensity| paint.color(intensity);
        Ok(Picture::with_scale(image, &paint.scale, color))
    }
}

impl Photo {
    /// The photo as a picture, to stand beside others on a
    /// [`ContactSheet`](crate::ContactSheet).
    pub fn picture(&self) -> Picture {
        Picture::without_scale(self.pixels().clone())
    }
}

/// The format that an extension stands for, of those that pictures are written in.
fn format(path: &Path) -> ImageResult<ImageFormat> {
    let format = ImageFormat::from_path(path)?;
    if matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Ok(format);
    }
    let unsupported = UnsupportedError::from(ImageFormatHint::Exact(format));
    Err(image::ImageError::Unsupported(unsupported))
}

/// A scaling and a color map that go together, ready for one heat map.
pub(crate) struct Paint {
    pub(crate) scale: Scale,
    palette: Palette,
}

impl Paint {
    pub(crate) fn new(
        map: &Heatmap,
        color_map: ColorMap,
        scaling: Scaling,
    ) -> Result<Self, ImageError> {
        if color_map.is_diverging() && !scaling.is_signed() {
            return Err(ImageError::ZeroOffCenter { color_map, scaling });
        }
        Ok(Self {
            scale: scaling.fit(map)?,
            palette: color_map.palette(),
        })
    }

    /// The color of an intensity.
    pub(crate) fn color(&self, intensity: f32) -> [u8; 3] {
        if self.scale.is_signed() {
            self.palette.at(f32::midpoint(intensity, 1.0))
        } else {
            self.palette.at(intensity)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f32]) -> Heatmap {
        Heatmap::new(values.len(), 1, values.to_vec()).unwrap()
    }

    fn colors(picture: &Picture) -> Vec<[u8; 3]> {
        picture.image().pixels().map(|pixel| pixel.0).collect()
    }

    #[test]
    fn each_cell_is_one_pixel_of_its_color() {
        let picture = map(&[-1.0, 0.0, 3.0])
            .render(ColorMap::Viridis, Scaling::MinMax)
            .unwrap();
        let expected = [0.0, 0.25, 1.0].map(|place| ColorMap::Viridis.color(place));
        assert_eq!(colors(&picture), expected);
        assert!(!picture.is_flat());
    }

    #[test]
    fn zero_is_the_middle_of_a_diverging_map() {
        let picture = map(&[-1.0, 0.0, 4.0])
            .render(ColorMap::BlueRed, Scaling::Symmetric)
            .unwrap();
        let expected = [0.375, 0.5, 1.0].map(|place| ColorMap::BlueRed.color(place));
        assert_eq!(colors(&picture), expected);
    }

    #[test]
    fn a_flat_map_is_blank_and_flagged() {
        let flat = map(&[-5.0; 4]);
        let picture = flat.render(ColorMap::BlueRed, Scaling::Symmetric).unwrap();
        assert_eq!(colors(&picture), [ColorMap::BlueRed.color(0.5); 4]);
        assert!(picture.is_flat());
        let picture = flat.render(ColorMap::Inferno, Scaling::MinMax).unwrap();
        assert_eq!(colors(&picture), [ColorMap::Inferno.color(0.0); 4]);
    }

    #[test]
    fn a_diverging_map_needs_zero_in_the_middle() {
        for scaling in [Scaling::MinMax, Scaling::Fixed { min: 0.0, max: 1.0 }] {
            let error = map(&[0.0, 1.0])
                .render(ColorMap::BlueRed, scaling)
                .unwrap_err();
            assert!(matches!(error, ImageError::ZeroOffCenter { .. }));
            assert!(error.to_string().contains("`blue-red`"), "{error}");
        }
    }

    #[test]
    fn saving_writes_the_pixels() {
        let path = std::env::temp_dir().join(format!("backdraft-{}.png", std::process::id()));
        let picture = map(&[0.0, 1.0])
            .render(ColorMap::Magma, Scaling::MinMax)
            .unwrap();
        picture.save(&path).unwrap();
        let read_back = crate::Photo::open(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read_back.unwrap().pixels(), picture.image());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let picture = map(&[0.0, 1.0])
            .render(ColorMap::Magma, Scaling::MinMax)
            .unwrap();
        let error = picture.save("no/such/folder/cat.png").unwrap_err();
        assert!(matches!(error, ImageError::MissingFolder { .. }));
        assert!(error.to_string().contains("`no/such/folder`"), "{error}");
    }

    #[test]
    fn an_unknown_extension_is_an_error() {
        let picture = map(&[0.0, 1.0])
            .render(ColorMap::Magma, Scaling::MinMax)
            .unwrap();
        // The second is a format that photos are read from.
        for name in ["cat.xyz", "cat.gif"] {
            let error = picture.save(std::env::temp_dir().join(name)).unwrap_err();
            assert!(matches!(error, ImageError::CannotSave { .. }));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
