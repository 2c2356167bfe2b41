/// How raw values become intensities that a [`ColorMap`](crate::ColorMap) can show.
///
/// | scaling | intensity | result |
/// |---|---|---|
/// | `MinMax` | smallest value to 0, largest to 1 | `0.0..=1.0` |
/// | `Symmetric` | `v / max abs(v)` | `-1.0..=1.0` |
/// | `Fixed { min, max }` | `min` to 0, `max` to 1, clipped | `0.0..=1.0` |
/// | `Fixed { min: -m, max: m }` | `v / m`, clipped | `-1.0..=1.0` |
/// | `Percentile(p)` | `v / q`, clipped | `0.0..=1.0` |
/// | `SignedPercentile(p)` | `v / q`, clipped | `-1.0..=1.0` |
///
/// `q` is the `p`-th percentile of `abs(v)`, interpolated linearly between ranks. If it is zero,
/// because so few values are not, the largest `abs(v)` takes its place.
///
/// Signed scalings, those to `-1.0..=1.0`, keep zero in the middle and are what diverging color
/// maps need. `MinMax` moves zero, and `Percentile` shows every negative value as 0.
///
/// `Fixed` makes several pictures comparable. All others take their range from the map itself.
///
/// # Example
///
/// ```
/// use backdraft_image::{Heatmap, Scaling};
///
/// let map = Heatmap::new(3, 1, vec![-1.0, 0.0, 4.0])?;
/// assert_eq!(Scaling::MinMax.fit(&map)?.intensity(0.0), 0.2);
/// assert_eq!(Scaling::Symmetric.fit(&map)?.intensity(-1.0), -0.25);
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scaling {
    /// The map's smallest value to 0, its largest to 1.
    MinMax,
    /// Divides by the map's largest absolute value.
    Symmetric,
    /// A given range, the same for every map; values beyond are clipped. Signed if
    /// `min == -max`.
    Fixed {
        /// The value with the lowest intensity.
        min: f32,
        /// The value with the highest intensity.
        max: f32,
    },
    /// The map's smallest value to 0, a percentile (above 0, at most 100) and all beyond to 1, so
    /// that a few outliers do not darken the rest. For maps without negative values, which would
    /// be 0 like zero.
    Percentile(f32),
    /// Divides by a percentile (above 0, at most 100) of the absolute values and clips to
    /// `-1.0..=1.0`, so that a few outliers do not pale the rest.
    SignedPercentile(f32),
}

impl Scaling {
    /// Whether intensities are of `-1.0..=1.0` with zero in the middle, rather than of
    /// `0.0..=1.0`.
    pub fn is_signed(&self) -> bool {
        match *self {
            Self::Symmetric | Self::SignedPercentile(_) => true,
            Self::Fixed { min, max } => min.total_cmp(&-max).is_eq(),
            Self::MinMax | Self::Percentile(_) => false,
        }
    }
}
