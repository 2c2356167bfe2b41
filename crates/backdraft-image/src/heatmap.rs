use std::fmt;

use burn::tensor::{Tensor, TensorReadError};

use crate::{ImageError, View};

/// A two-dimensional map of signed, finite numbers: how much each place matters.
///
/// The values are raw. Nothing is made positive, scaled or smoothed until a [`Scaling`](crate::Scaling)
/// is named.
///
/// # Example
///
/// ```
/// use backdraft_image::Heatmap;
///
/// let map = Heatmap::new(3, 2, vec![0.0, 1.0, 0.0, -2.0, 0.0, 5.0])?;
/// assert_eq!((map.min(), map.max()), (-2.0, 5.0));
/// // The largest value is in the last column and the last row.
/// assert_eq!(map.peak(), Some((2.5 / 3.0, 0.75)));
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Heatmap {
    width: usize,
    height: usize,
    values: Vec<f32>,
    /// Where columns and rows lie, if they aren't cells of equal size.
    places: Option<[Vec<f64>; 2]>,
}

impl Heatmap {
    /// A map from its values, row by row from the top.
    ///
    /// # Errors
    ///
    /// When a side is zero, the number of values is not `width * height`, or a value is NaN or
    /// infinite.
    pub fn new(width: usize, height: usize, values: Vec<f32>) -> Result<Self, ImageError> {
        check_size(width, height)?;
        if width.checked_mul(height) != Some(values.len()) {
            return Err(ImageError::HeatmapLength {
                width,
                height,
                found: values.len(),
            });
        }
        check_finite(width, &values)?;
        Ok(Self {
            width,
            height,
            values,
            places: None,
        })
    }

    /// A map from a tensor of any float type.
    ///
    /// # Shapes
    ///
    /// - tensor: `[height, width]`
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new), and when the tensor cannot be read from its device.
    pub fn from_tensor(tensor: Tensor<2>) -> Result<Self, ImageError> {
        let [height, width] = tensor.dims();
        check_size(width, height)?;
        let values = tensor.try_into_data_as::<f32>()?;
        Self::new(
            width,
            height,
            values.try_into_vec().map_err(TensorReadError::from)?,
        )
    }

    /// The same map, with columns and rows at these places: ascending fractions of the width and height of what the
    /// network saw, which may lie beyond its border. Of a network whose convolutions have no padding, or move by more
    /// than one pixel, positions don't lie where equal cells would; between them values are interpolated.
    ///
    /// ```
    /// use backdraft_image::Heatmap;
    ///
    /// let map = Heatmap::new(2, 1, vec![0.0, 1.0])?.with_places(vec![0.25, 0.5], vec![0.5])?;
    /// assert_eq!(map.peak(), Some((0.5, 0.5)));
    /// assert_eq!(map.resize(8, 1)?.values(), [0.0, 0.0, 0.25, 0.75, 1.0, 1.0, 1.0, 1.0]);
    /// # Ok::<(), backdraft_image::ImageError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there isn't one place for each column and each row, or they aren't finite and ascending.
    pub fn with_places(mut self, columns: Vec<f64>, rows: Vec<f64>) -> Result<Self, ImageError> {
        for (places, cells) in [(&columns, self.width), (&rows, self.height)] {
            let ascend = places.windows(2).all(|pair| pair[0] < pair[1]);
            let finite = places.iter().all(|place| place.is_finite());
            if places.len() != cells || !ascend || !finite {
                return Err(ImageError::HeatmapPlaces {
                    cells,
                    places: places.len(),
                });
            }
        }
        self.places = Some([columns, rows]);
        Ok(self)
    }

    /// Width in cells.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in cells.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The values, row by row from the top.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The smallest value.
    pub fn min(&self) -> f32 {
        self.values.iter().copied().fold(f32::INFINITY, f32::min)
    }

    /// The largest value.
    pub fn max(&self) -> f32 {
        self.values
            .iter()
            .copied()
            .fold(f32::NEG_INFINITY, f32::max)
    }

    /// Whether all values are the same, so that the map says nothing about places.
    pub fn is_flat(&self) -> bool {
        self.min() >= self.max()
    }

    /// Where the largest value is: the center of its cell, as fractions `(x, y)` of width and
    /// height. The first one counts if there are several; a flat map has none.
    pub fn peak(&self) -> Option<(f64, f64)> {
        if self.is_flat() {
            return None;
        }
        let max = self.max();
        let cell = self.values.iter().position(|value| *value >= max)?;
        let (column, row) = (cell % self.width, cell / self.width);
        if let Some([columns, rows]) = &self.places {
            return Some((columns[column].clamp(0.0, 1.0), rows[row].clamp(0.0, 1.0)));
        }
        let center = |cell: usize, cells: usize| (cell as f64 + 0.5) / cells as f64;
        Some((center(column, self.width), center(row, self.height)))
    }

    /// Where the largest value is in the photo: like [`peak`](Self::peak), as fractions of the
    /// photo's width and height, when this map covers `view`.
    pub fn peak_in(&self, view: &View) -> Option<(f64, f64)> {
        self.peak().map(|point| view.to_photo(point))
    }

    /// The same map with other numbers of cells, interpolated bilinearly.
    ///
    /// Cells are areas: the corners of the two maps coincide, not the centers of their corner
    /// cells. This is `PyTorch`'s `interpolate(mode="bilinear", align_corners=False)`; like
    /// there, making a map smaller picks values and does not average.
    ///
    /// # Errors
    ///
    /// When a side is zero.
    pub fn resize(&self, width: usize, height: usize) -> Result<Self, ImageError> {
        check_size(width, height)?;
        let fraction = |cell: usize, cells: usize| (cell as f64 + 0.5) / cells as f64;
        let values = (0..height)
            .flat_map(|row| (0..width).map(move |column| (column, row)))
            .map(|(column, row)| self.sample(fraction(column, width), fraction(row, height)))
            .collect();
        Ok(Self {
            width,
            height,
            values,
            places: None,
        })
    }

    /// A map of one cell per pixel of the photo: this map stretched over `view`, interpolated as
    /// in [`resize`](Self::resize), and zero everywhere else.
    #[must_use]
    pub fn place(&self, view: &View) -> Self {
        let (width, height) = view.photo_size();
        let values = (0..height)
            .flat_map(|row| (0..width).map(move |column| (column, row)))
            .map(|(column, row)| match view.fraction_at(column, row) {
                Some((x, y)) => self.sample(x, y),
                None => 0.0,
            })
            .collect();
        Self {
            width: width as usize,
            height: height as usize,
            values,
            places: None,
        }
    }

    /// The value at a point, given as fractions of width and height, interpolated between the
    /// centers of cells and constant from the outermost centers to the border.
    pub(crate) fn sample(&self, x: f64, y: f64) -> f32 {
        let [(left, right, across), (top, bottom, down)] = match &self.places {
            Some([columns, rows]) => [between(x, columns), between(y, rows)],
            None => [neighbors(x, self.width), neighbors(y, self.height)],
        };
        let at = |column: usize, row: usize| f64::from(self.values[row * self.width + column]);
        let mix = |from: f64, to: f64, part: f64| from * (1.0 - part) + to * part;
        mix(
            mix(at(left, top), at(right, top), across),
            mix(at(left, bottom), at(right, bottom), across),
            down,
        ) as f32
    }
}

impl fmt::Debug for Heatmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, .. } = self;
        write!(
            f,
            "Heatmap({width} x {height}, {} to {})",
            self.min(),
            self.max()
        )
    }
}

/// The two places that enclose a point, and how far from the first to the second it is.
fn between(fraction: f64, places: &[f64]) -> (usize, usize, f64) {
    let second = places.partition_point(|&place| place < fraction);
    let (Some(first), true) = (second.checked_sub(1), second < places.len()) else {
        let only = second.min(places.len() - 1);
        return (only, only, 0.0);
    };
    let part = (fraction - places[first]) / (places[second] - places[first]);
    (first, second, part)
}

/// The two cells whose centers enclose a point, and how far from the first to the second it is.
pub(crate) fn neighbors(fraction: f64, cells: usize) -> (usize, usize, f64) {
    let last = cells - 1;
    let position = (fraction * cells as f64 - 0.5).clamp(0.0, last as f64);
    let first = position as usize;
    (first, (first + 1).min(last), position - first as f64)
}

pub(crate) fn check_size(width: usize, height: usize) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::EmptyHeatmap { width, height });
    }
    Ok(())
}

fn check_finite(width: usize, values: &[f32]) -> Result<(), ImageError> {
    let mut bad = values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_finite());
    match bad.next() {
        None => Ok(()),
        Some((first, value)) => Err(ImageError::NonFiniteHeatmap {
            count: 1 + bad.count(),
            total: values.len(),
            x: first % width,
            y: first / width,
            value: *value,
        }),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use burn::tensor::{DType, Device};
    use image::RgbImage;

    use super::*;
    use crate::Photo;

    fn map(width: usize, height: usize, values: &[f32]) -> Heatmap {
        Heatmap::new(width, height, values.to_vec()).unwrap()
    }

    #[test]
    fn upsampling_agrees_with_pytorch() {
        // By hand: centers of 4 cells lie at -0.25, 0.25, 0.75 and 1.25 of the 2 cells' centers,
        // and those outside take the border's value.
        // Row by row, (0, 1, 2, 3) interpolated across gives (0, .25, .75, 1), (2, 2.25, 2.75, 3).
        let large = map(2, 2, &[0.0, 1.0, 2.0, 3.0]).resize(4, 4).unwrap();
        #[rustfmt::skip]
        let expected = [
            0.0, 0.25, 0.75, 1.0,
            0.5, 0.75, 1.25, 1.5,
            1.5, 1.75, 2.25, 2.5,
            2.0, 2.25, 2.75, 3.0,
        ];
        assert_eq!(large.values(), expected);
    }

    #[test]
    fn sides_are_resized_independently() {
        // 3 cells to 2: centers at 0.25 and 1.75 of the old cells' centers.
        let other = map(3, 1, &[0.0, 4.0, 8.0]).resize(2, 3).unwrap();
        assert_eq!((other.width(), other.height()), (2, 3));
        assert_eq!(other.values(), [1.0, 7.0, 1.0, 7.0, 1.0, 7.0]);
    }

    #[test]
    fn the_same_size_is_the_same_map() {
        let map = map(3, 2, &[1.5, -2.0, 3.0, 0.1, 7.0, -0.3]);
        assert_eq!(map.resize(3, 2).unwrap(), map);
    }

    #[test]
    fn extreme_values_do_not_overflow() {
        let large = map(2, 1, &[f32::MAX, f32::MIN]).resize(5, 1).unwrap();
        assert!(
            large.values().iter().all(|value| value.is_finite()),
            "{large:?}"
        );
        assert_eq!(large.values()[2], 0.0);
    }

    #[test]
    fn a_placed_map_is_zero_outside_its_view() {
        let photo = Photo::from_image(RgbImage::new(6, 3)).unwrap();
        let view = View::new(&photo, 1.0, 1.0, 4.0, 2.0).unwrap();
        let placed = map(2, 1, &[1.0, 3.0]).place(&view);
        #[rustfmt::skip]
        let expected = [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
            0.0, 1.0, 1.5, 2.5, 3.0, 0.0,
            0.0, 1.0, 1.5, 2.5, 3.0, 0.0,
        ];
        assert_eq!((placed.width(), placed.height()), (6, 3));
        assert_eq!(placed.values(), expected);
    }

    #[test]
    fn the_peak_is_the_center_of_the_hottest_cell() {
        let map = map(4, 2, &[0.0, 0.0, 0.0, 0.0, 0.0, 9.0, 9.0, -20.0]);
        assert_eq!(map.peak(), Some((0.375, 0.75)));
        let photo = Photo::from_image(RgbImage::new(100, 50)).unwrap();
        let view = View::new(&photo, 50.0, 0.0, 40.0, 20.0).unwrap();
        let (x, y) = map.peak_in(&view).unwrap();
        assert_relative_eq!(x, 0.65);
        assert_relative_eq!(y, 0.3);
    }

    #[test]
    fn a_flat_map_has_no_peak() {
        assert_eq!(map(2, 2, &[3.0; 4]).peak(), None);
        assert!(map(1, 1, &[3.0]).is_flat());
        assert!(!map(2, 1, &[3.0, 3.1]).is_flat());
    }

    #[test]
    fn tensors_are_rows_of_columns() {
        let tensor = Tensor::<2>::from_floats([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], &Device::flex());
        let expected = map(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(Heatmap::from_tensor(tensor.clone()).unwrap(), expected);
        assert_eq!(
            Heatmap::from_tensor(tensor.cast(DType::F64)).unwrap(),
            expected
        );
    }

    #[test]
    fn the_number_of_values_must_fit() {
        let error = Heatmap::new(3, 2, vec![0.0; 5]).unwrap_err();
        assert!(matches!(
            error,
            ImageError::HeatmapLength {
                width: 3,
                height: 2,
                found: 5
            }
        ));
        assert!(Heatmap::new(usize::MAX, 2, vec![0.0; 5]).is_err());
    }

    #[test]
    fn a_map_without_cells_is_refused() {
        assert!(matches!(
            Heatmap::new(0, 2, vec![]),
            Err(ImageError::EmptyHeatmap { .. })
        ));
        let resized = map(1, 1, &[0.0]).resize(3, 0);
        assert!(matches!(
            resized,
            Err(ImageError::EmptyHeatmap {
                width: 3,
                height: 0
            })
        ));
    }

    #[test]
    fn values_without_a_color_are_counted_and_located() {
        let values = vec![0.0, 1.0, 2.0, 3.0, f32::NAN, f32::INFINITY];
        let error = Heatmap::new(3, 2, values).unwrap_err();
        assert!(matches!(
            error,
            ImageError::NonFiniteHeatmap { count: 2, total: 6, x: 1, y: 1, value } if value.is_nan()
        ));
        assert!(
            error
                .to_string()
                .starts_with("2 of the heat map's 6 values"),
            "{error}"
        );
    }
}
