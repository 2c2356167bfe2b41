//! Which values the colors of a map stand for.

use backdraft::image::{ColorMap, Heatmap};

/// Of so many cells on maps are fine ones, whose few largest values would pale all others.
const FINE: usize = 64 * 64;
/// The percentile of absolute values beyond which those of a fine map look alike.
const CLIP: f64 = 0.95;
/// The part of a diverging color map that is used: its ends are so dark that they look alike on a photo.
const VIVID: f64 = 0.8;

/// The values with the first and the last color of a map. Signed maps have zero in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) signed: bool,
    /// Whether values beyond the range look like its ends.
    pub(crate) clipped: bool,
}

impl Range {
    /// The range of a map that isn't flat.
    pub(crate) fn of(map: &Heatmap, signed: bool) -> Self {
        let signed = signed || map.min() < 0.0;
        let largest = f64::from(map.max().max(-map.min()));
        let fine = map.values().len() >= FINE;
        let least = if signed { 0.0 } else { map.min().into() };
        let high = if fine {
            percentile(map, least)
        } else {
            largest
        };
        Self {
            low: if signed { -high } else { least },
            high,
            signed,
            clipped: high < largest,
        }
    }

    /// How intense a value is: from −1 to 1 if values are signed, else from 0 to 1.
    pub(crate) fn intensity(&self, value: f32) -> f64 {
        let value = f64::from(value);
        if self.signed {
            return (value / self.high).clamp(-1.0, 1.0);
        }
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The color of an intensity.
    pub(crate) fn color(&self, intensity: f64) -> [u8; 3] {
        if self.signed {
            ColorMap::BlueRed.color(f64::midpoint(VIVID * intensity, 1.0) as f32)
        } else {
            ColorMap::Inferno.color(intensity as f32)
        }
    }
}

/// The absolute value that nearly all others are below; the largest one where that isn't above `lowest`.
fn percentile(map: &Heatmap, lowest: f64) -> f64 {
    let mut values: Vec<f32> = map.values().iter().map(|value| value.abs()).collect();
    values.sort_unstable_by(f32::total_cmp);
    let last = values.len() - 1;
    let value = f64::from(values[(CLIP * last as f64).round() as usize]);
    if value > lowest {
        value
    } else {
        values[last].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(values: &[f32], signed: bool) -> Range {
        let map = Heatmap::new(values.len(), 1, values.to_vec()).unwrap();
        Range::of(&map, signed)
    }

    #[test]
    fn zero_is_in_the_middle_of_a_signed_map() {
        let range = range(&[-1.0, 0.0, 4.0], false);
        assert_eq!((range.low, range.high, range.signed), (-4.0, 4.0, true));
        assert_eq!(
            [-1.0, 0.0, 4.0].map(|it| range.intensity(it)),
            [-0.25, 0.0, 1.0]
        );
        assert_eq!(range.color(0.0), ColorMap::BlueRed.color(0.5));
    }

    #[test]
    fn a_signed_method_has_signed_maps_also_where_nothing_is_negative() {
        assert_eq!(range(&[0.0, 2.0], true).low, -2.0);
        assert_eq!(range(&[0.5, 2.0], false).low, 0.5);
    }

    #[test]
    fn few_large_values_of_a_fine_map_are_clipped() {
        let mut values = [1.0, 2.0].repeat(FINE / 2);
        values[7] = 1000.0;
        let range = range(&values, false);
        assert_eq!((range.low, range.high, range.clipped), (1.0, 2.0, true));
        assert_eq!(range.intensity(1000.0), 1.0);
    }

    #[test]
    fn a_fine_map_of_few_values_keeps_them() {
        let mut values = vec![0.0; FINE];
        values[7] = -2.0;
        let range = range(&values, false);
        assert_eq!((range.high, range.clipped), (2.0, false));
    }
}
