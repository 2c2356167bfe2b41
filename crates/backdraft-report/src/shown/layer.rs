//! Maps as pictures that let the photo through.

use backdraft::image::{DynamicImage, FilterType, Heatmap, ImageFormat};

use crate::ReportError;
use crate::encode::data_url;
use crate::shown::range::Range;

/// A coarse map is interpolated to at least so many pixels, before a browser enlarges it.
const MIN_SIDE: usize = 224;
/// A finer map is shown smaller.
const MAX_SIDE: usize = 512;

/// Which values a layer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Those that speak for the target, and all of a map without signs.
    For,
    /// Those that speak against it.
    Against,
}

/// The values of one sign, each in its color and as opaque as it is intense, as the text of a data URL.
pub(crate) fn url(map: &Heatmap, range: &Range, sign: Sign) -> Result<String, ReportError> {
    data_url(&drawn(map, range, sign)?, ImageFormat::Png)
}

fn drawn(map: &Heatmap, range: &Range, sign: Sign) -> Result<DynamicImage, ReportError> {
    let (width, height) = (map.width(), map.height());
    let factor = MIN_SIDE.div_ceil(width.max(height));
    let map = map.resize(width * factor, height * factor)?;
    let colors = Colors::of(range);
    let (width, height) = (map.width() as u32, map.height() as u32);
    let mut image = DynamicImage::new_rgba8(width, height).into_rgba8();
    for (pixel, &value) in image.pixels_mut().zip(map.values()) {
        let intensity = range.intensity(value);
        if (intensity < 0.0) == (sign == Sign::Against) {
            let [red, green, blue] = colors.of_intensity(intensity);
            pixel.0 = [red, green, blue, (255.0 * intensity.abs()).round() as u8];
        }
    }
    let image = DynamicImage::from(image);
    let limit = MAX_SIDE as u32;
    if width.max(height) <= limit {
        return Ok(image);
    }
    Ok(image.resize(limit, limit, FilterType::Triangle))
}

/// The colors of all intensities, in as many steps as 8 bits have.
struct Colors {
    start: f64,
    steps: Vec<[u8; 3]>,
}

impl Colors {
    fn of(range: &Range) -> Self {
        let start = if range.signed { -1.0 } else { 0.0 };
        let color = |step: u16| range.color(start + (1.0 - start) * f64::from(step) / 255.0);
        Self {
            start,
            steps: (0..=255).map(color).collect(),
        }
    }

    fn of_intensity(&self, intensity: f64) -> [u8; 3] {
        let place = (intensity - self.start) / (1.0 - self.start);
        self.steps[(255.0 * place).round() as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(values: &[f32], sign: Sign) -> DynamicImage {
        let map = Heatmap::new(values.len(), 1, values.to_vec()).unwrap();
        drawn(&map, &Range::of(&map, false), sign).unwrap()
    }

    #[test]
    fn each_sign_has_a_layer_of_its_own() {
        let [for_it, against] = [Sign::For, Sign::Against].map(|sign| {
            let layer = layer(&[-2.0, 0.0, 1.0], sign).into_rgba8();
            let last = layer.width() - 1;
            [layer.get_pixel(0, 0).0, layer.get_pixel(last, 0).0]
        });
        assert_eq!(for_it[0][3], 0);
        assert_eq!(for_it[1][3], 128);
        assert_eq!(against[0][3], 255);
        assert_eq!(against[1][3], 0);
        // Red is for, blue against.
        assert!(for_it[1][0] > for_it[1][2] && against[0][2] > against[0][0]);
    }

    #[test]
    fn coarse_maps_are_interpolated_and_fine_ones_made_smaller() {
        assert_eq!(layer(&[0.0, 1.0], Sign::For).width(), 224);
        let fine: Vec<f32> = (0..2000_u16).map(f32::from).collect();
        assert_eq!(layer(&fine, Sign::For).width(), 512);
    }
}
