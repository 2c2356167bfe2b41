use crate::{ImageError, Photo};

/// The rectangle of a photo that a network saw, in pixels of the photo.
///
/// A network rarely sees a photo whole: [`Preprocess`](crate::Preprocess) crops it. A view keeps
/// where the crop was, so that a heat map over the network's input lands on the right place of
/// the full photo. Edges may fall between pixels. The pixel in column `c` covers `c..c + 1`, so
/// its center is at `c + 0.5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    photo: (u32, u32),
}

impl View {
    /// The whole photo, for a network that saw all of it, squeezed or not.
    pub fn whole(photo: &Photo) -> Self {
        let size = (photo.width(), photo.height());
        Self {
            x: 0.0,
            y: 0.0,
            width: size.0.into(),
            height: size.1.into(),
            photo: size,
        }
    }

    /// A rectangle of a photo: left edge, top edge, width and height in pixels.
    ///
    /// # Errors
    ///
    /// When the rectangle is empty, not finite, or reaches beyond the photo.
    pub fn new(photo: &Photo, x: f64, y: f64, width: f64, height: f64) -> Result<Self, ImageError> {
        // An edge that was computed may miss the photo's own edge by a rounding error.
        const TOLERANCE: f64 = 1e-6;
        let within = |start: f64, length: f64, limit: u32| {
            start >= -TOLERANCE && length > 0.0 && start + length <= f64::from(limit) + TOLERANCE
        };
        if within(x, width, photo.width()) && within(y, height, photo.height()) {
            Ok(Self {
                x,
                y,
                width,
                height,
                photo: (photo.width(), photo.height()),
            })
        } else {
            Err(ImageError::InvalidView {
                x,
                y,
                width,
                height,
                photo_width: photo.width(),
                photo_height: photo.height(),
            })
        }
    }

    /// The same part of a copy of the photo in another size, such as [`Photo::shrunk`] gives it.
    ///
    /// ```
    /// use backdraft_image::{Photo, RgbImage, View};
    ///
    /// let photo = Photo::from_image(RgbImage::new(6000, 4000))?;
    /// let view = View::new(&photo, 300.0, 0.0, 4000.0, 4000.0)?;
    /// let view = view.scaled_to(&photo.shrunk(600));
    /// assert_eq!((view.x(), view.width(), view.height()), (30.0, 400.0, 400.0));
    /// # Ok::<(), backdraft_image::ImageError>(())
    /// ```
    #[must_use]
    pub fn scaled_to(&self, photo: &Photo) -> Self {
        let size = (photo.width(), photo.height());
        let across = f64::from(size.0) / f64::from(self.photo.0);
        let down = f64::from(size.1) / f64::from(self.photo.1);
        Self {
            x: self.x * across,
            y: self.y * down,
            width: self.width * across,
            height: self.height * down,
            photo: size,
        }
    }

    /// Left edge, in photo pixels.
    pub fn x(&self) -> f64 {
        self.x
    }

    /// Top edge, in photo pixels.
    pub fn y(&self) -> f64 {
        self.y
    }

    /// Width, in photo pixels.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Height, in photo pixels.
    pub fn height(&self) -> f64 {
        self.height
    }

    /// Width and height in pixels of the photo that this is a view of.
    pub fn photo_size(&self) -> (u32, u32) {
        self.photo
    }

    /// From a point of the view to the same point of the photo.
    ///
    /// Both are `(x, y)` as fractions of width and height: `(0.0, 0.0)` is the top left corner,
    /// `(1.0, 1.0)` the bottom right one.
    pub fn to_photo(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            (self.x + x * self.width) / f64::from(self.photo.0),
            (self.y + y * self.height) / f64::from(self.photo.1),
        )
    }

    /// The center of a photo's pixel as fractions of the view, if it lies within the view.
    pub(crate) fn fraction_at(&self, column: u32, row: u32) -> Option<(f64, f64)> {
        let x = (f64::from(column) + 0.5 - self.x) / self.width;
        let y = (f64::from(row) + 0.5 - self.y) / self.height;
        let inside = 0.0..=1.0;
        (inside.contains(&x) && inside.contains(&y)).then_some((x, y))
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn photo() -> Photo {
        Photo::from_image(RgbImage::new(100, 50)).unwrap()
    }

    #[test]
    fn points_of_the_view_are_points_of_the_photo() {
        let view = View::new(&photo(), 20.0, 10.0, 40.0, 20.0).unwrap();
        assert_eq!(view.to_photo((0.0, 0.0)), (0.2, 0.2));
        assert_eq!(view.to_photo((0.5, 1.0)), (0.4, 0.6));
        assert_eq!(View::whole(&photo()).to_photo((0.25, 0.75)), (0.25, 0.75));
    }

    #[test]
    fn pixels_outside_have_no_place_in_the_view() {
        let view = View::new(&photo(), 20.0, 10.0, 40.0, 20.0).unwrap();
        assert_eq!(view.fraction_at(20, 10), Some((0.0125, 0.025)));
        assert_eq!(view.fraction_at(19, 10), None);
        assert_eq!(view.fraction_at(20, 9), None);
        assert!(view.fraction_at(59, 29).is_some());
        assert_eq!(view.fraction_at(60, 29), None);
        assert_eq!(view.fraction_at(59, 30), None);
    }

    #[test]
    fn a_smaller_copy_shows_the_same_part() {
        let view = View::new(&photo(), 20.0, 10.0, 40.0, 20.0).unwrap();
        let small = view.scaled_to(&photo().shrunk(50));
        assert_eq!(
            small,
            View::new(&photo().shrunk(50), 10.0, 5.0, 20.0, 10.0).unwrap()
        );
        assert_eq!(small.to_photo((0.5, 1.0)), view.to_photo((0.5, 1.0)));
    }

    #[test]
    fn a_rectangle_beyond_the_photo_is_refused() {
        for (x, y, width, height) in [
            (-1.0, 0.0, 10.0, 10.0),
            (0.0, 0.0, 101.0, 50.0),
            (0.0, 41.0, 10.0, 10.0),
            (0.0, 0.0, 0.0, 10.0),
            (0.0, 0.0, 10.0, -1.0),
            (f64::NAN, 0.0, 10.0, 10.0),
            (0.0, 0.0, f64::INFINITY, 10.0),
        ] {
            let view = View::new(&photo(), x, y, width, height);
            assert!(
                matches!(view, Err(ImageError::InvalidView { .. })),
                "{view:?}"
            );
        }
    }
}
