use crate::{Heatmap, ImageError, Scaling};

impl Scaling {
    /// Finds the range of intensities for one map.
    ///
    /// # Errors
    ///
    /// When a fixed range is empty or not finite, or a percentile is not within 0 and 100.
    pub fn fit(&self, map: &Heatmap) -> Result<Scale, ImageError> {
        let (low, high): (f64, f64) = match *self {
            Self::MinMax => (map.min().into(), map.max().into()),
            Self::Symmetric => (0.0, map.max().max(-map.min()).into()),
            Self::Fixed { min, max } => check_range(min, max)?,
            Self::Percentile(p) => {
                let low = map.min().max(0.0).into();
                (low, percentile(map, p, low)?)
            }
            Self::SignedPercentile(p) => (0.0, percentile(map, p, 0.0)?),
        };
        let flat = map.is_flat();
        Ok(Scale {
            low: if self.is_signed() { 0.0 } else { low },
            high,
            signed: self.is_signed(),
            flat,
            blank: flat && !matches!(self, Self::Fixed { .. }),
        })
    }
}

/// A [`Scaling`] fitted to one heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    signed: bool,
    flat: bool,
    blank: bool,
}

impl Scale {
    /// The intensity of a finite raw value: within `-1.0..=1.0` if the scaling is signed, else
    /// within `0.0..=1.0`.
    ///
    /// It is 0 for every value if the map is flat and the scaling takes its range from the map.
    pub fn intensity(&self, value: f32) -> f32 {
        if self.blank {
            return 0.0;
        }
        let floor = if self.signed { -1.0 } else { 0.0 };
        ((f64::from(value) - self.low) / (self.high - self.low)).clamp(floor, 1.0) as f32
    }

    /// Whether intensities are of `-1.0..=1.0`, rather than of `0.0..=1.0`.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The values of the lowest and the highest intensity.
    pub(crate) fn ends(&self) -> (f64, f64) {
        if self.signed {
            (-self.high, self.high)
        } else {
            (self.low, self.high)
        }
    }

    /// Whether all values have intensity 0 because there is nothing to tell apart.
    pub(crate) fn is_blank(&self) -> bool {
        self.blank
    }

    /// Whether the map has the same value everywhere.
    pub fn is_flat(&self) -> bool {
        self.flat
    }
}

/// The ends of a range, which must be finite and in order.
pub(crate) fn check_range(min: f32, max: f32) -> Result<(f64, f64), ImageError> {
    if min.is_finite() && max.is_finite() && min < max {
        Ok((min.into(), max.into()))
    } else {
        Err(ImageError::InvalidRange { min, max })
    }
}

/// The percentile of the absolute values, or their largest where that wouldn't be above `low`.
fn percentile(map: &Heatmap, percentile: f32, low: f64) -> Result<f64, ImageError> {
    if !(percentile > 0.0 && percentile <= 100.0) {
        return Err(ImageError::InvalidPercentile { percentile });
    }
    let mut values: Vec<f32> = map.values().iter().map(|value| value.abs()).collect();
    values.sort_unstable_by(f32::total_cmp);
    let last = values.len() - 1;
    let rank = f64::from(percentile) / 100.0 * last as f64;
    let below = rank as usize;
    let above = (below + 1).min(last);
    let part = rank - below as f64;
    let value = f64::from(values[below]) * (1.0 - part) + f64::from(values[above]) * part;
    Ok(if value > low {
        value
    } else {
        values[last].into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f32]) -> Heatmap {
        Heatmap::new(values.len(), 1, values.to_vec()).unwrap()
    }

    fn scaled(scaling: Scaling, values: &[f32]) -> Vec<f32> {
        let scale = scaling.fit(&map(values)).unwrap();
        values.iter().map(|value| scale.intensity(*value)).collect()
    }

    #[test]
    fn min_max_spans_the_map() {
        assert_eq!(scaled(Scaling::MinMax, &[-1.0, 0.0, 3.0]), [0.0, 0.25, 1.0]);
    }

    #[test]
    fn symmetric_keeps_zero_and_signs() {
        assert_eq!(
            scaled(Scaling::Symmetric, &[-4.0, 0.0, 2.0]),
            [-1.0, 0.0, 0.5]
        );
        assert_eq!(
            scaled(Scaling::Symmetric, &[-1.0, 0.0, 2.0]),
            [-0.5, 0.0, 1.0]
        );
    }

    #[test]
    fn fixed_is_the_same_for_every_map() {
        let fixed = Scaling::Fixed { min: 1.0, max: 5.0 };
        assert_eq!(scaled(fixed, &[0.0, 1.0, 2.0, 9.0]), [0.0, 0.0, 0.25, 1.0]);
        let centered = Scaling::Fixed {
            min: -2.0,
            max: 2.0,
        };
        assert!(centered.is_signed() && !fixed.is_signed());
        assert_eq!(
            scaled(centered, &[-3.0, -1.0, 0.0, 1.0]),
            [-1.0, -0.5, 0.0, 0.5]
        );
    }

    #[test]
    fn percentiles_clip_outliers() {
        // Of the absolute values 0, 1, 2, 3, 100 the 75th percentile is 3.
        let values = [0.0, -1.0, 2.0, -3.0, 100.0];
        let third = 1.0 / 3.0;
        assert_eq!(
            scaled(Scaling::SignedPercentile(75.0), &values),
            [0.0, -third, 2.0 * third, -1.0, 1.0]
        );
        assert_eq!(
            scaled(Scaling::Percentile(75.0), &values),
            [0.0, 0.0, 2.0 * third, 0.0, 1.0]
        );
    }

    #[test]
    fn percentiles_fall_between_values() {
        // Rank 0.6 * 2 = 1.2: a fifth of the way from 1 to 6.
        assert_eq!(
            scaled(Scaling::Percentile(60.0), &[0.0, 1.0, 6.0]),
            [0.0, 0.5, 1.0]
        );
    }

    #[test]
    fn what_every_value_exceeds_shows_no_color() {
        // From 7 to 9, the 50th percentile.
        assert_eq!(
            scaled(Scaling::Percentile(50.0), &[7.0, 8.0, 9.0, 9.0, 50.0]),
            [0.0, 0.5, 1.0, 1.0, 1.0]
        );
        let mut nearly_flat = [5.0; 200];
        nearly_flat[7] = 6.0;
        let scaled = scaled(Scaling::Percentile(50.0), &nearly_flat);
        assert_eq!((scaled[0], scaled[7]), (0.0, 1.0));
    }

    #[test]
    fn a_sparse_map_is_not_divided_by_its_zero_percentile() {
        let mut values = [0.0; 200];
        values[7] = 4.0;
        values[9] = 2.0;
        let scaled = scaled(Scaling::Percentile(50.0), &values);
        assert_eq!((scaled[0], scaled[7], scaled[9]), (0.0, 1.0, 0.5));
    }

    #[test]
    fn a_flat_map_is_blank_and_says_so() {
        for value in [0.0, 7.0, -7.0] {
            for scaling in [
                Scaling::MinMax,
                Scaling::Symmetric,
                Scaling::Percentile(99.0),
                Scaling::SignedPercentile(99.0),
            ] {
                let scale = scaling.fit(&map(&[value; 3])).unwrap();
                assert!(scale.is_flat());
                assert_eq!(scale.intensity(value), 0.0, "{scaling:?} of {value}");
            }
        }
    }

    #[test]
    fn a_flat_map_still_has_a_place_in_a_fixed_range() {
        let scale = Scaling::Fixed { min: 0.0, max: 4.0 }
            .fit(&map(&[3.0; 3]))
            .unwrap();
        assert!(scale.is_flat());
        assert_eq!(scale.intensity(3.0), 0.75);
    }

    #[test]
    fn extreme_values_stay_within_bounds() {
        let values = [f32::MIN, 0.0, f32::MIN_POSITIVE, f32::MAX];
        for scaling in [
            Scaling::MinMax,
            Scaling::Symmetric,
            Scaling::Fixed {
                min: f32::MIN,
                max: f32::MAX,
            },
            Scaling::Percentile(50.0),
            Scaling::SignedPercentile(1.0),
        ] {
            let floor = if scaling.is_signed() { -1.0 } else { 0.0 };
            for intensity in scaled(scaling, &values) {
                assert!(
                    (floor..=1.0).contains(&intensity),
                    "{scaling:?}: {intensity}"
                );
            }
        }
    }

    #[test]
    fn the_smallest_values_are_told_apart() {
        let smallest = f32::from_bits(1);
        for scaling in [
            Scaling::MinMax,
            Scaling::Symmetric,
            Scaling::Percentile(10.0),
        ] {
            assert_eq!(scaled(scaling, &[0.0, smallest]), [0.0, 1.0], "{scaling:?}");
        }
        // Zero has two signs, which must not count as two values.
        assert_eq!(scaled(Scaling::MinMax, &[0.0, -0.0]), [0.0, 0.0]);
    }

    #[test]
    fn ranges_and_percentiles_must_be_some() {
        for (min, max) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (f32::NAN, 1.0),
            (0.0, f32::INFINITY),
        ] {
            let error = Scaling::Fixed { min, max }
                .fit(&map(&[0.0, 1.0]))
                .unwrap_err();
            assert!(matches!(error, ImageError::InvalidRange { .. }));
        }
        for p in [0.0, -1.0, 100.1, f32::NAN] {
            let error = Scaling::Percentile(p).fit(&map(&[0.0, 1.0])).unwrap_err();
            assert!(matches!(error, ImageError::InvalidPercentile { .. }));
        }
    }
}
