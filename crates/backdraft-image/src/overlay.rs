use std::path::Path;

use image::{DynamicImage, Rgb, RgbImage, imageops};

use crate::mix::mix;
use crate::{ColorMap, Heatmap, ImageError, Photo, Picture, Scaling, View, picture::Paint};

/// A heat map laid over the photo it explains; made by [`Heatmap::overlay`].
///
/// Every pixel of the photo is mixed with the color of the map at that place; where the map does
/// not reach there is only the photo. The photo is drawn in gray, so that every color in the
/// picture comes from the map: heat on orange fur would be anyone's guess.
///
/// A signed map asks for a diverging color map: the photo shows through at zero, and strong values
/// of either sign cover it. `Scaling::SignedPercentile(99.0)` keeps the outliers of a gradient from
/// fading out all the rest.
///
/// | option | default |
/// |---|---|
/// | [`with_view`](Self::with_view) | the whole photo, if the map has its shape |
/// | [`with_alpha`](Self::with_alpha) | 0.8 |
/// | [`with_fading`](Self::with_fading) | `true`: cold places show the photo |
/// | [`with_gray_photo`](Self::with_gray_photo) | `true` |
/// | [`with_scaling`](Self::with_scaling) | `MinMax`, or `Symmetric` with a diverging color map |
/// | [`with_color_map`](Self::with_color_map) | `Inferno`, or `BlueRed` with a signed scaling |
///
/// # Example
///
/// ```no_run
/// use backdraft_image::{ColorMap, Heatmap, Photo};
///
/// let photo = Photo::open("cat.jpg")?;
/// let map = Heatmap::new(2, 2, vec![0.0, 1.0, -0.5, 0.2])?;
/// map.overlay(&photo).with_color_map(ColorMap::BlueRed).save("why.png")?;
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[doc(alias = "show_cam_on_image")]
#[doc(alias = "visualize_image_attr")]
#[derive(Debug, Clone)]
pub struct Overlay<'a> {
    map: Heatmap,
    photo: &'a Photo,
    view: Option<View>,
    alpha: f32,
    fading: bool,
    gray_photo: bool,
    scaling: Option<Scaling>,
    color_map: Option<ColorMap>,
}

impl Heatmap {
    /// Lays the map over the photo it explains: options, then
    /// [`save`](Overlay::save) or [`render`](Overlay::render).
    pub fn overlay<'a>(&self, photo: &'a Photo) -> Overlay<'a> {
        Overlay::new(self.clone(), photo)
    }
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(map: Heatmap, photo: &'a Photo) -> Self {
        Self {
            map,
            photo,
            view: None,
            alpha: 0.8,
            fading: true,
            gray_photo: true,
            scaling: None,
            color_map: None,
        }
    }

    /// Sets the part of the photo that the map covers, as
    /// [`Preprocess::view`](crate::Preprocess::view) gives it.
    #[must_use]
    pub fn with_view(mut self, view: View) -> Self {
        self.view = Some(view);
        self
    }

    /// Sets how opaque the map is, from 0 (invisible) to 1 (hides the photo).
    #[must_use]
    pub fn with_alpha(mut self, alpha: f32) -> Self {
        self.alpha = alpha;
        self
    }

    /// Sets whether the map fades out where it is cold: if so, a pixel's opacity is alpha times
    /// its absolute intensity; if not, it is alpha everywhere.
    #[must_use]
    pub fn with_fading(mut self, fading: bool) -> Self {
        self.fading = fading;
        self
    }

    /// Sets whether the photo is drawn in gray, or in its own colors.
    #[must_use]
    pub fn with_gray_photo(mut self, gray_photo: bool) -> Self {
        self.gray_photo = gray_photo;
        self
    }

    /// Sets how values become intensities.
    #[must_use]
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = Some(scaling);
        self
    }

    /// Sets how intensities become colors.
    #[must_use]
    pub fn with_color_map(mut self, color_map: ColorMap) -> Self {
        self.color_map = Some(color_map);
        self
    }

    /// Draws the overlay, as large as the photo.
    ///
    /// A flat map gives the bare photo, unless its range is fixed, and [`Picture::is_flat`] tells.
    ///
    /// # Errors
    ///
    /// When alpha is not within `0.0..=1.0`, the scaling is invalid or does not put zero where a
    /// diverging color map shows it, the view belongs to another photo, or no view is given and
    /// the map does not have the photo's shape.
    pub fn render(&self) -> Result<Picture, ImageError> {
        let alpha = self.alpha;
        if !(0.0..=1.0).contains(&alpha) {
            return Err(ImageError::InvalidAlpha { alpha });
        }
        let view = self.checked_view()?;
        let (scaling, color_map) = self.style();
        let paint = Paint::new(&self.map, color_map, scaling)?;

        let mut image = self.backdrop();
        let shade = mean_color(&image);
        if !paint.scale.is_blank() {
            self.draw(&mut image, &view, &paint);
        }
        let color = |intensity| self.shine(shade, &paint, intensity).0;
        Ok(Picture::with_scale(image, &paint.scale, color))
    }

    /// Draws the overlay and saves it, like [`Picture::save`].
    ///
    /// # Errors
    ///
    /// Those of [`render`](Self::render) and of [`Picture::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ImageError> {
        self.render()?.save(path)
    }

    fn backdrop(&self) -> RgbImage {
        let pixels = self.photo.pixels();
        if self.gray_photo {
            DynamicImage::from(imageops::grayscale(pixels)).into_rgb8()
        } else {
            pixels.clone()
        }
    }

    fn draw(&self, image: &mut RgbImage, view: &View, paint: &Paint) {
        for (column, row, pixel) in image.enumerate_pixels_mut() {
            if let Some((x, y)) = view.fraction_at(column, row) {
                let intensity = paint.scale.intensity(self.map.sample(x, y));
                *pixel = self.shine(*pixel, paint, intensity);
            }
        }
    }

    /// The color of an intensity over a pixel of the photo.
    fn shine(&self, pixel: Rgb<u8>, paint: &Paint, intensity: f32) -> Rgb<u8> {
        let opacity = if self.fading {
            self.alpha * intensity.abs()
        } else {
            self.alpha
        };
        mix(pixel, paint.color(intensity), opacity)
    }

    fn checked_view(&self) -> Result<View, ImageError> {
        let whole = View::whole(self.photo);
        match self.view {
            Some(view) if view.photo_size() != whole.photo_size() => Err(ImageError::WrongView {
                expected: view.photo_size(),
                found: whole.photo_size(),
            }),
            Some(view) => Ok(view),
            None if has_shape_of(&self.map, self.photo) => Ok(whole),
            None => Err(ImageError::ShapeMismatch {
                map: (self.map.width(), self.map.height()),
                photo: whole.photo_size(),
            }),
        }
    }

    /// Of scaling and color map, one that is not set follows the other.
    fn style(&self) -> (Scaling, ColorMap) {
        let diverging = match (self.scaling, self.color_map) {
            (_, Some(color_map)) => color_map.is_diverging(),
            (Some(scaling), None) => scaling.is_signed(),
            (None, None) => false,
        };
        let (scaling, color_map) = if diverging {
            (Scaling::Symmetric, ColorMap::BlueRed)
        } else {
            (Scaling::MinMax, ColorMap::Inferno)
        };
        (
            self.scaling.unwrap_or(scaling),
            self.color_map.unwrap_or(color_map),
        )
    }
}

/// Whether square cells could tile the photo, give or take the one row or column that strides
/// and padding add or lose.
fn has_shape_of(map: &Heatmap, photo: &Photo) -> bool {
    let cell_sizes = |pixels: u32, cells: usize| {
        let (pixels, cells) = (f64::from(pixels), cells as f64);
        (pixels / (cells + 1.0), pixels / (cells - 1.0))
    };
    let (least_across, most_across) = cell_sizes(photo.width(), map.width());
    let (least_down, most_down) = cell_sizes(photo.height(), map.height());
    least_across <= most_down && least_down <= most_across
}

/// The color that a photo has on average: the color bar shows what intensities look like over it.
fn mean_color(image: &RgbImage) -> Rgb<u8> {
    let mut sums = [0; 3];
    for pixel in image.pixels() {
        for (sum, channel) in sums.iter_mut().zip(pixel.0) {
            *sum += u64::from(channel);
        }
    }
    let pixels = u64::from(image.width()) * u64::from(image.height());
    Rgb(sums.map(|sum| (sum / pixels) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAY: [u8; 3] = [100, 100, 100];

    fn photo(width: u32, height: u32) -> Photo {
        Photo::from_image(RgbImage::from_pixel(width, height, Rgb(GRAY))).unwrap()
    }

    fn map(width: usize, values: &[f32]) -> Heatmap {
        Heatmap::new(width, values.len() / width, values.to_vec()).unwrap()
    }

    fn row(picture: &Picture) -> Vec<[u8; 3]> {
        picture.image().pixels().map(|pixel| pixel.0).collect()
    }

    #[test]
    fn uniform_opacity_mixes_color_and_photo_in_the_given_parts() {
        let photo = photo(2, 1);
        let picture = map(2, &[0.0, 1.0])
            .overlay(&photo)
            .with_alpha(0.25)
            .with_fading(false)
            .render()
            .unwrap();
        // Three quarters of 100 and a quarter of (0, 0, 4) and (252, 255, 164).
        assert_eq!(row(&picture), [[75, 75, 76], [138, 139, 116]]);
    }

    #[test]
    fn fading_shows_the_photo_where_the_map_is_cold() {
        let photo = photo(3, 1);
        let picture = map(3, &[0.0, 0.5, 1.0])
            .overlay(&photo)
            .with_alpha(1.0)
            .render()
            .unwrap();
        let half = mix(Rgb(GRAY), ColorMap::Inferno.color(0.5), 0.5).0;
        assert_eq!(row(&picture), [GRAY, half, [252, 255, 164]]);
    }

    #[test]
    fn both_signs_fade_around_zero() {
        let photo = photo(3, 1);
        let picture = map(3, &[-2.0, 0.0, 2.0])
            .overlay(&photo)
            .with_alpha(1.0)
            .with_color_map(ColorMap::BlueRed)
            .render()
            .unwrap();
        let ends = [0.0, 1.0].map(|place| ColorMap::BlueRed.color(place));
        assert_eq!(row(&picture), [ends[0], GRAY, ends[1]]);
    }

    #[test]
    fn a_signed_scaling_brings_a_diverging_color_map() {
        let photo = photo(2, 1);
        let overlay = map(2, &[-1.0, 1.0]).overlay(&photo).with_alpha(1.0);
        assert_eq!(
            overlay
                .clone()
                .with_scaling(Scaling::Symmetric)
                .render()
                .unwrap(),
            overlay.with_color_map(ColorMap::BlueRed).render().unwrap()
        );
    }

    #[test]
    fn outside_the_view_the_photo_is_untouched() {
        let photo = photo(6, 4);
        let view = View::new(&photo, 2.0, 1.0, 2.0, 2.0).unwrap();
        let picture = map(2, &[1.0, 2.0, 3.0, 4.0])
            .overlay(&photo)
            .with_view(view)
            .with_fading(false)
            .render()
            .unwrap();
        for (x, y, pixel) in picture.image().enumerate_pixels() {
            let inside = (2..4).contains(&x) && (1..3).contains(&y);
            assert_eq!(pixel.0 != GRAY, inside, "({x}, {y})");
        }
    }

    #[test]
    fn opacity_zero_is_the_photo_and_opacity_one_the_map() {
        let photo = photo(4, 4);
        let map = map(2, &[1.0, -2.0, 3.0, 4.0]);
        let overlay = map.overlay(&photo).with_fading(false);
        let none = overlay.clone().with_alpha(0.0).render().unwrap();
        assert_eq!(none.image(), photo.pixels());
        let all = overlay.with_alpha(1.0).with_scaling(Scaling::Fixed {
            min: -2.0,
            max: 5.0,
        });
        let alone = map
            .resize(4, 4)
            .unwrap()
            .render(
                ColorMap::Inferno,
                Scaling::Fixed {
                    min: -2.0,
                    max: 5.0,
                },
            )
            .unwrap();
        assert_eq!(all.render().unwrap(), alone);
    }

    #[test]
    fn a_flat_map_leaves_the_photo_alone_and_is_flagged() {
        let photo = photo(2, 2);
        for fading in [true, false] {
            let picture = map(2, &[3.0; 4])
                .overlay(&photo)
                .with_fading(fading)
                .render()
                .unwrap();
            assert_eq!(picture.image(), photo.pixels());
            assert!(picture.is_flat());
        }
    }

    #[test]
    fn only_the_map_has_color_unless_asked() {
        let red = Photo::from_image(RgbImage::from_pixel(2, 1, Rgb([200, 50, 50]))).unwrap();
        let overlay = map(2, &[0.0, 1.0]).overlay(&red).with_alpha(1.0);
        // Luma: 0.2126 * 200 + 0.7874 * 50 = 81.9, rounded down.
        let in_gray = overlay.render().unwrap();
        assert_eq!(row(&in_gray), [[81, 81, 81], [252, 255, 164]]);
        let in_color = overlay.with_gray_photo(false).render().unwrap();
        assert_eq!(row(&in_color), [[200, 50, 50], [252, 255, 164]]);
    }

    #[test]
    fn an_opacity_out_of_bounds_is_refused() {
        let photo = photo(2, 1);
        for alpha in [-0.1, 1.1, f32::NAN] {
            let error = map(2, &[0.0, 1.0])
                .overlay(&photo)
                .with_alpha(alpha)
                .render()
                .unwrap_err();
            assert!(matches!(error, ImageError::InvalidAlpha { .. }));
        }
    }

    #[test]
    fn a_square_map_needs_a_view_on_a_wide_photo() {
        let photo = photo(451, 300);
        let overlay = Heatmap::new(7, 7, (0..49).map(|v| v as f32).collect())
            .unwrap()
            .overlay(&photo);
        let error = overlay.render().unwrap_err();
        assert!(matches!(
            error,
            ImageError::ShapeMismatch {
                map: (7, 7),
                photo: (451, 300)
            }
        ));
        assert!(overlay.with_view(View::whole(&photo)).render().is_ok());
    }

    #[test]
    fn a_map_of_the_photos_shape_needs_no_view() {
        // A stride of 32 over 451 x 300, rounded down and rounded up.
        for (width, height) in [(14, 9), (15, 10), (451, 300)] {
            let values = (0..width * height).map(|v| v as f32).collect();
            let map = Heatmap::new(width, height, values).unwrap();
            assert!(
                map.overlay(&photo(451, 300)).render().is_ok(),
                "{width} x {height}"
            );
        }
    }

    #[test]
    fn the_view_of_another_photo_is_refused() {
        let (photo, other) = (photo(20, 10), photo(10, 20));
        let error = map(2, &[0.0, 1.0])
            .overlay(&photo)
            .with_view(View::whole(&other))
            .render()
            .unwrap_err();
        assert!(matches!(
            error,
            ImageError::WrongView {
                expected: (10, 20),
                found: (20, 10)
            }
        ));
    }
}
