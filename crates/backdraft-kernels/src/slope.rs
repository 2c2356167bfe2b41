//! Slopes of maxima over windows between two points, in place of derivatives.

use burn_flex::FlexTensor;
use pulp::Arch;
use rayon::prelude::*;

use crate::elementwise::quotient;
use crate::max_pool::{MaxPool2d, place};
use crate::tensor::{dims, tensor, values};

impl MaxPool2d {
    /// `gradient` times slopes of the maxima between a reference and `x`, so that slopes times `x - reference` sum to
    /// `gradient` times the change of the maxima.
    ///
    /// A maximum changes in two steps: up (or not) to the larger of both maxima, which is the doing of the largest
    /// element of `x`, and down (or not) from there, which is that of the reference's. Both are divided by the change of
    /// their element.
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
    /// // The maximum rises from 3 to 5, by an element that rises from 1 to 5.
    /// let points = [row(vec![5.0, 2.0]), row(vec![1.0, 3.0])];
    /// let maxima = points.clone().map(|point| pool.forward(point));
    /// let slope = pool.slope(row(vec![1.0]), points, maxima, 1e-6);
    /// assert_eq!(slope.storage::<f32>(), [0.5, 0.0]);
    /// ```
    ///
    /// # Shapes
    ///
    /// - `gradient`, `maxima`: `[batch, channels, height_out, width_out]`
    /// - `points`, result: `[batch, channels, height, width]`
    ///
    /// `points` and `maxima` are `x` and its maxima, and then the same of the reference.
    ///
    /// # Panics
    ///
    /// If the shapes don't fit each other or a tensor isn't `f32`.
    pub fn slope(
        &self,
        gradient: FlexTensor,
        points: [FlexTensor; 2],
        maxima: [FlexTensor; 2],
        threshold: f32,
    ) -> FlexTensor {
        let gradient = gradient.to_contiguous();
        let [points, maxima] = [points, maxima].map(|pair| pair.map(|t| t.to_contiguous()));
        let shape @ [batch, channels, height, width] =
            dims(&points[0]).expect("a tensor of rank 4");
        let [rows, columns] = self.spans(shape);
        let windows = Some([batch, channels, rows.len(), columns.len()]);
        assert_eq!(
            dims(&points[1]),
            Some(shape),
            "a reference for each element"
        );
        assert_eq!(
            [&gradient, &maxima[0], &maxima[1]].map(dims),
            [windows; 3],
            "a value for each window"
        );
        let mut result = vec![0.0; batch * channels * height * width];
        let (plane, count) = (height * width, rows.len() * columns.len());
        let [x, references] = [&points[0], &points[1]].map(|t| values(t).par_chunks(plane));
        let of_windows = |tensor| values(tensor).par_chunks(count);
        let changes = of_windows(&maxima[0]).zip(of_windows(&maxima[1]));
        let planes = (result.par_chunks_mut(plane).zip(x.zip(references)))
            .zip(changes.zip(of_windows(&gradient)));
        let arch = Arch::new();
        planes.for_each(|((result, (x, references)), ((to, from), gradients))| {
            let mut derivative = vec![0.0; plane];
            result.fill(0.0);
            let spans = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |column| (*row, *column)));
            for (window, (row, column)) in spans.enumerate() {
                let (gradient, change) = (gradients[window], to[window] - from[window]);
                let up = change.max(0.0);
                if let Some(place) = place(x, width, row, column, to[window]) {
                    result[place] += gradient * up;
                    derivative[place] += gradient;
                }
                if let Some(place) = place(references, width, row, column, from[window]) {
                    result[place] += gradient * (change - up);
                }
            }
            let derivative = &derivative[..plane];
            let (result, x, references) = (&mut result[..plane], &x[..plane], &references[..plane]);
            arch.dispatch(move || {
                for place in 0..plane {
                    let change = x[place] - references[place];
                    result[place] = quotient(result[place], change, derivative[place], threshold);
                }
            });
        });
        tensor(result, shape)
    }
}
