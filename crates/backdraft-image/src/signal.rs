use burn::tensor::Tensor;
use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::Pixel;
use embedded_graphics::primitives::{Line, Polyline, Primitive, PrimitiveStyle};
use image::{Rgb, RgbImage};

use crate::{Heatmap, ImageError, Overlay, Photo, View};

/// The background, and the line at zero.
const PAPER: [u8; 3] = [250, 250, 250];
const ZERO_LINE: Rgb888 = Rgb888::new(215, 215, 215);
/// More can't be told apart on a screen.
const MAX_CHANNELS: usize = 64;
const INK: Rgb888 = Rgb888::new(40, 40, 40);

/// A signal over time, such as audio or a series of measurements, drawn as a curve for each channel.
///
/// The drawing is a [`Photo`] on which a heat map of one row shows when something mattered.
///
/// # Example
///
/// ```
/// use backdraft_image::{Heatmap, Signal};
/// use burn::tensor::{Device, Tensor};
///
/// let tone: Vec<f32> = (0..1000).map(|t| (t as f32 * 0.1).sin()).collect();
/// let tone = Tensor::<1>::from_data(tone.as_slice(), &Device::flex()).reshape([1, 1000]);
/// let signal = Signal::from_tensor(tone)?;
/// let map = Heatmap::new(4, 1, vec![0.0, 0.2, 1.0, 0.1])?;
/// let picture = signal.overlay(&map)?.render()?;
/// assert_eq!(picture.image().dimensions(), (960, 240));
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Signal {
    photo: Photo,
}

impl Signal {
    /// Draws a signal, 960 pixels wide and 240 high, or more if it has more than three channels.
    ///
    /// All channels have the same scale. Where there are more moments than pixels, the curve covers
    /// everything between the smallest and the largest value of a pixel.
    ///
    /// # Shapes
    ///
    /// - tensor: `[channels, length]`
    ///
    /// # Errors
    ///
    /// When the tensor is empty, has values that are NaN or infinite or cannot be read from its device, or has more
    /// than 64 channels.
    pub fn from_tensor(tensor: Tensor<2>) -> Result<Self, ImageError> {
        let [channels, length] = tensor.dims();
        // A heat map knows what a row of values must be.
        let rows = Heatmap::from_tensor(tensor)?;
        if channels > MAX_CHANNELS {
            return Err(ImageError::TooManyChannels {
                channels,
                limit: MAX_CHANNELS,
            });
        }
        let lane = 240.max(80 * channels as u32) / channels as u32;
        let mut canvas = Canvas(RgbImage::from_pixel(
            960,
            lane * channels as u32,
            Rgb(PAPER),
        ));
        let largest = rows.max().max(-rows.min());
        for (channel, values) in rows.values().chunks(length).enumerate() {
            canvas.curve(values, largest, channel as u32 * lane, lane);
        }
        Ok(Self {
            photo: Photo::from_image(canvas.0)?,
        })
    }

    /// The curves, as a photo.
    pub fn photo(&self) -> &Photo {
        &self.photo
    }

    /// Lays a map of one row over the curves: its first cell begins where the signal begins, its last one ends where
    /// the signal ends.
    ///
    /// # Errors
    ///
    /// When the map has several rows.
    pub fn overlay(&self, map: &Heatmap) -> Result<Overlay<'_>, ImageError> {
        if map.height() != 1 {
            return Err(ImageError::NotOneRow { rows: map.height() });
        }
        let whole = View::whole(&self.photo);
        Ok(map.overlay(&self.photo).with_view(whole))
    }
}

/// A picture that shapes can be drawn on.
struct Canvas(RgbImage);

impl Canvas {
    /// One channel, in a lane of this height that begins `top` pixels from above.
    fn curve(&mut self, values: &[f32], largest: f32, top: u32, lane: u32) {
        let width = self.0.width() as usize;
        let middle = f64::from(top) + f64::from(lane) / 2.0;
        let reach = 0.45 * f64::from(lane) / f64::from(largest.max(f32::MIN_POSITIVE));
        let y = |value: f32| (middle - reach * f64::from(value)).round() as i32;
        let zero = Line::new(Point::new(0, y(0.0)), Point::new(width as i32, y(0.0)));
        let drawn = zero
            .into_styled(PrimitiveStyle::with_stroke(ZERO_LINE, 1))
            .draw(self);
        let points: Vec<Point> = (outline(values, width).into_iter())
            .map(|(x, value)| Point::new(x, y(value)))
            .collect();
        let curve = Polyline::new(&points);
        let style = PrimitiveStyle::with_stroke(INK, 1);
        let Ok(()) = drawn.and_then(|()| curve.into_styled(style).draw(self));
    }
}

/// The points of a curve in so many pixels: the smallest and the largest value of each pixel, or every value if
/// there are fewer.
fn outline(values: &[f32], width: usize) -> Vec<(i32, f32)> {
    let last = values.len().saturating_sub(1).max(1) as f64;
    let pixel = |moment: usize| (moment as f64 / last * (width - 1) as f64).round() as i32;
    let mut points: Vec<(i32, f32)> = Vec::new();
    let mut start = 0;
    while start < values.len() {
        let x = pixel(start);
        let end = (start..values.len()).find(|&moment| pixel(moment) != x);
        let here = &values[start..end.unwrap_or(values.len())];
        let low = here.iter().copied().fold(f32::INFINITY, f32::min);
        let high = here.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        points.push((x, low));
        if high > low {
            points.push((x, high));
        }
        start += here.len();
    }
    points
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = std::convert::Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(point, color) in pixels {
            let pixel = <(u32, u32)>::try_from(point).ok();
            if let Some(pixel) = pixel.and_then(|(x, y)| self.0.get_pixel_mut_checked(x, y)) {
                *pixel = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn tensor<const C: usize, const L: usize>(values: [[f32; L]; C]) -> Tensor<2> {
        Tensor::from_data(values, &Device::flex())
    }

    #[test]
    fn a_curve_goes_up_where_values_are_large() {
        let signal = Signal::from_tensor(tensor([[0.0, 1.0, -1.0, 0.0]])).unwrap();
        let image = signal.photo().pixels();
        assert_eq!(image.dimensions(), (960, 240));
        let ink = |x: u32, y: u32| image.get_pixel(x, y).0 == [INK.r(), INK.g(), INK.b()];
        // The values are at x = 0, 320, 639 and 959; the reach is 45% of the height around 120.
        assert!(ink(0, 120) && ink(320, 12) && ink(639, 228) && ink(959, 120));
        assert!(!ink(0, 12) && !ink(320, 120));
    }

    #[test]
    fn dense_signals_keep_their_extremes() {
        let mut values = vec![0.0; 9600];
        values[5000] = 1.0;
        let points = outline(&values, 960);
        assert!(points.contains(&(500, 1.0)), "{points:?}");
        assert!(points.len() <= 2 * 960);
        assert_eq!(outline(&[3.0], 960), [(0, 3.0)]);
    }

    #[test]
    fn channels_have_lanes_of_their_own() {
        let five = Signal::from_tensor(Tensor::ones([5, 8], &Device::flex())).unwrap();
        assert_eq!(five.photo().pixels().dimensions(), (960, 400));
    }

    #[test]
    fn heat_is_where_its_moment_is() {
        let signal = Signal::from_tensor(tensor([[0.0; 8]])).unwrap();
        let map = Heatmap::new(4, 1, vec![0.0, 0.0, 1.0, 0.0]).unwrap();
        let picture = signal.overlay(&map).unwrap().render().unwrap();
        let image = picture.image();
        assert_ne!(image.get_pixel(600, 30), image.get_pixel(100, 30));
        assert_eq!(image.get_pixel(100, 30).0, PAPER);
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        assert!(Signal::from_tensor(tensor([[f32::NAN, 0.0]])).is_err());
        assert!(Signal::from_tensor(Tensor::zeros([0, 4], &Device::flex())).is_err());
        let many = Signal::from_tensor(Tensor::zeros([65, 4], &Device::flex()));
        assert!(many.unwrap_err().to_string().contains("at most 64"));
        let signal = Signal::from_tensor(tensor([[0.0, 1.0]])).unwrap();
        let map = Heatmap::new(1, 2, vec![0.0, 1.0]).unwrap();
        let error = signal.overlay(&map).unwrap_err().to_string();
        assert!(error.contains("2 rows"), "{error}");
    }
}
