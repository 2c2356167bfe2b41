//! The largest value of each window.

use burn::backend::DType;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::tensor::{dims, tensor, values};

/// Maxima over windows of the last two dimensions.
///
/// A window with NaN has NaN, and one that lies in the padding altogether `-inf`. Backward, the gradient of a maximum
/// goes to the first place that has it, row by row (to the last NaN), as in Burn and PyTorch.
///
/// The forward pass needs no places: they are found again from input and output, which a network keeps anyway.
///
/// ```
/// use backdraft_kernels::MaxPool2d;
/// use burn::backend::TensorData;
/// use burn_flex::FlexTensor;
///
/// let row = |values: Vec<f32>| {
///     let shape = [1, 1, 1, values.len()];
///     FlexTensor::from_data(TensorData::new(values, shape))
/// };
/// let pool = MaxPool2d {
///     kernel: [1, 2],
///     stride: [1, 2],
///     padding: [0, 0],
///     dilation: [1, 1],
///     ceil_mode: false,
/// };
/// let x = row(vec![3.0, 5.0, 2.0, 2.0]);
/// let maxima = pool.forward(x.clone());
/// assert_eq!(maxima.storage::<f32>(), [5.0, 2.0]);
///
/// let gradient = pool.input_gradient(row(vec![1.0, 10.0]), x, maxima);
/// assert_eq!(gradient.storage::<f32>(), [0.0, 1.0, 10.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    /// Height and width of a window, in taps.
    pub kernel: [usize; 2],
    /// How far apart windows are.
    pub stride: [usize; 2],
    /// Rows and columns on each side that hold no values.
    pub padding: [usize; 2],
    /// How far apart the taps of a window are.
    pub dilation: [usize; 2],
    /// Whether windows may reach beyond the padding.
    pub ceil_mode: bool,
}

/// The taps of a window along an axis that lie in the input.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    first: usize,
    taps: usize,
    dilation: usize,
}

impl Span {
    fn places(self) -> impl Iterator<Item = usize> {
        (0..self.taps).map(move |tap| self.first + tap * self.dilation)
    }
}

impl MaxPool2d {
    /// Whether this crate computes it: `f32`, rank 4, nothing empty, at least one window. What it doesn't is Burn's
    /// to compute, or to refuse.
    pub fn is_supported(&self, x: &FlexTensor) -> bool {
        let fits = |[.., height, width]: [usize; 4]| {
            [height, width].into_iter().enumerate().all(|(axis, size)| {
                let extent = self.dilation[axis] * self.kernel[axis].saturating_sub(1) + 1;
                self.stride[axis] > 0 && size + 2 * self.padding[axis] >= extent
            })
        };
        x.dtype() == DType::F32
            && dims(x).is_some_and(|shape| !shape.contains(&0) && fits(shape))
            && !self.kernel.contains(&0)
    }

    /// The maxima.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, channels, height, width]`
    /// - output: `[batch, channels, height_out, width_out]`
    ///
    /// # Panics
    ///
    /// Where [`is_supported`](Self::is_supported) says no.
    pub fn forward(&self, x: FlexTensor) -> FlexTensor {
        let x = x.to_contiguous();
        let shape @ [batch, channels, _, width] = dims(&x).expect("a tensor of rank 4");
        let [rows, columns] = self.spans(shape);
        let mut maxima = vec![0.0; batch * channels * rows.len() * columns.len()];
        let planes = maxima.par_chunks_mut(rows.len() * columns.len());
        let sources = values(&x).par_chunks(shape[2] * width);
        planes.zip(sources).for_each(|(maxima, source)| {
            let mut row = vec![0.0; width];
            for (maxima, span) in maxima.chunks_mut(columns.len()).zip(&rows) {
                row.fill(f32::NEG_INFINITY);
                for place in span.places() {
                    let values = &source[place * width..][..width];
                    for (maximum, &value) in row.iter_mut().zip(values) {
                        *maximum = larger(*maximum, value);
                    }
                }
                for (maximum, span) in maxima.iter_mut().zip(&columns) {
                    let values = span.places().map(|place| row[place]);
                    *maximum = values.fold(f32::NEG_INFINITY, larger);
                }
            }
        });
        tensor(maxima, [batch, channels, rows.len(), columns.len()])
    }

    /// The gradient of `x`, given that of the output.
    ///
    /// # Shapes
    ///
    /// - `gradient`, `output`: `[batch, channels, height_out, width_out]`
    /// - `x`, result: `[batch, channels, height, width]`
    ///
    /// # Panics
    ///
    /// If the shapes don't fit each other or a tensor isn't `f32`.
    pub fn input_gradient(
        &self,
        gradient: FlexTensor,
        x: FlexTensor,
        output: FlexTensor,
    ) -> FlexTensor {
        let [gradient, x, output] = [gradient, x, output].map(|tensor| tensor.to_contiguous());
        let shape @ [batch, channels, height, width] = dims(&x).expect("a tensor of rank 4");
        let [rows, columns] = self.spans(shape);
        let shapes = [&gradient, &output].map(dims);
        let expected = Some([batch, channels, rows.len(), columns.len()]);
        assert_eq!(shapes, [expected; 2], "a value for each window");
        let mut result = vec![0.0; batch * channels * height * width];
        let size = rows.len() * columns.len();
        let planes = result.par_chunks_mut(height * width);
        let sources = values(&x).par_chunks(height * width);
        let outputs = values(&output).par_chunks(size);
        let gradients = values(&gradient).par_chunks(size);
        let all = planes.zip(sources).zip(outputs.zip(gradients));
        all.for_each(|((result, source), (maxima, gradients))| {
            // Written before it is read: memory that is still to come is mapped once then.
            result.fill(0.0);
            let windows = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |column| (row, column)));
            for ((row, column), (&maximum, &gradient)) in windows.zip(maxima.iter().zip(gradients))
            {
                if let Some(place) = place(source, width, *row, *column, maximum) {
                    result[place] += gradient;
                }
            }
        });
        tensor(result, shape)
    }

    /// The spans of all windows, along both axes.
    pub(crate) fn spans(&self, [.., height, width]: [usize; 4]) -> [Vec<Span>; 2] {
        [(0, height), (1, width)].map(|(axis, size)| {
            let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
            let (padding, dilation) = (self.padding[axis], self.dilation[axis]);
            let windows = burn::backend::ops::conv::calculate_pool_output_size(
                kernel,
                stride,
                padding,
                dilation,
                size,
                self.ceil_mode,
            );
            let span = |window: usize| {
                let places = (0..kernel).map(|tap| window * stride + tap * dilation);
                let mut inside = places
                    .filter_map(|place| place.checked_sub(padding))
                    .filter(|place| *place < size)
                    .peekable();
                let first = inside.peek().copied().unwrap_or(0);
                Span {
                    first,
                    taps: inside.count(),
                    dilation,
                }
            };
            (0..windows).map(span).collect()
        })
    }
}

/// NaN is larger than any number.
#[inline(always)]
fn larger(maximum: f32, value: f32) -> f32 {
    if value > maximum || value.is_nan() {
        value
    } else {
        maximum
    }
}

/// Where a window has its maximum.
pub(crate) fn place(
    source: &[f32],
    width: usize,
    rows: Span,
    columns: Span,
    maximum: f32,
) -> Option<usize> {
    let mut last_nan = None;
    for row in rows.places() {
        let values = &source[row * width..][..width];
        for column in columns.places() {
            #[expect(clippy::float_cmp, reason = "the maximum is one of these values")]
            if values[column] == maximum {
                return Some(row * width + column);
            }
            if values[column].is_nan() {
                last_nan = Some(row * width + column);
            }
        }
    }
    last_nan
}
