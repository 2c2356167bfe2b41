use burn::tensor::Tensor;
use image::{Rgb, RgbImage};
use tiny_skia::{Color, LineCap, Paint, PathBuilder, Pixmap, Stroke, Transform};

use crate::{Heatmap, ImageError, Overlay, Photo, View};

/// The background, and the line at zero.
const PAPER: [u8; 3] = [250; 3];
const ZERO_LINE: [u8; 3] = [215; 3];
const INK: [u8; 3] = [40; 3];
const WIDTH: u32 = 960;
/// More can't be told apart on a screen.
const MAX_CHANNELS: usize = 64;

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
        let mut canvas = Canvas::new(WIDTH, lane * channels as u32);
        let largest = rows.max().max(-rows.min());
        for (channel, values) in rows.values().chunks(length).enumerate() {
            canvas.curve(values, largest, channel as u32 * lane, lane);
        }
        Ok(Self {
            photo: Photo::from_image(canvas.image())?,
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

/// Paper to draw smooth lines on.
struct Canvas(Pixmap);

impl Canvas {
    fn new(width: u32, height: u32) -> Self {
        let mut paper =
            Pixmap::new(width, height).expect("the limit of channels keeps the size within memory");
        paper.fill(opaque(PAPER));
        Self(paper)
    }

    /// One channel, in a lane of this height that begins `top` pixels from above.
    fn curve(&mut self, values: &[f32], largest: f32, top: u32, lane: u32) {
        let width = self.0.width();
        let middle = top as f32 + lane as f32 / 2.0;
        let reach = 0.45 * lane as f32;
        let y = |value: f32| middle - reach * (value / largest.max(f32::MIN_POSITIVE));
        self.line([(0.0, y(0.0)), (width as f32, y(0.0))], ZERO_LINE);
        // The middle of a pixel is half a pixel from its edge.
        let points = outline(values, width as usize);
        self.line(
            points.iter().map(|&(x, value)| (x as f32 + 0.5, y(value))),
            INK,
        );
    }

    fn line(&mut self, points: impl IntoIterator<Item = (f32, f32)>, color: [u8; 3]) {
        let mut path = PathBuilder::new();
        for (x, y) in points {
            if path.is_empty() {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        // A single point has no line.
        let Some(path) = path.finish() else { return };
        let mut paint = Paint::default();
        paint.set_color(opaque(color));
        // Square ends fill the outermost pixels, of which a curve reaches the middle.
        let stroke = Stroke {
            width: 1.5,
            line_cap: LineCap::Square,
            ..Stroke::default()
        };
        self.0
            .stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    fn image(&self) -> RgbImage {
        RgbImage::from_fn(self.0.width(), self.0.height(), |x, y| {
            let pixel = self
                .0
                .pixel(x, y)
                .expect("both pictures have the same size");
            Rgb([pixel.red(), pixel.green(), pixel.blue()])
        })
    }
}

fn opaque([red, green, blue]: [u8; 3]) -> Color {
    Color::from_rgba8(red, green, blue, 255)
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
        // A line a pixel wide may share its ink with a neighbor.
        let ink = |x: u32, y: u32| {
            let near = [y - 1, y, y + 1].map(|y| image.get_pixel(x, y).0[0]);
            near.into_iter().min().unwrap() < 170
        };
        // The values are at x = 0, 320, 639 and 959; the reach is 45% of the height around 120.
        assert!(ink(0, 120) && ink(320, 12) && ink(639, 228) && ink(959, 120));
        assert!(!ink(0, 12) && !ink(320, 120));
    }

    #[test]
    fn a_slanted_line_is_smooth() {
        let signal = Signal::from_tensor(tensor([[0.0, 1.0]])).unwrap();
        let pixels = signal.photo().pixels().pixels();
        let between = |gray: u8| (INK[0] + 20..ZERO_LINE[0] - 20).contains(&gray);
        assert!(pixels.filter(|pixel| between(pixel.0[0])).count() > 500);
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
