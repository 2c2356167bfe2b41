//! Windows cut out of images.

use burn::backend::DType;
use burn_flex::FlexTensor;
use rayon::prelude::*;
use std::ops::Range;

use crate::tensor::{dims, tensor, values};

/// Windows of one size cut out of images, also beyond their borders, with patches in the place of what they cover.
///
/// Window `i` is cut out of image `i`, where there are as many images as windows, or else out of image `i` modulo their
/// number.
///
/// ```
/// use backdraft_kernels::Windows;
/// use burn::backend::TensorData;
/// use burn_flex::FlexTensor;
///
/// let row = |values: Vec<f32>| {
///     let shape = [1, 1, 1, values.len()];
///     FlexTensor::from_data(TensorData::new(values, shape))
/// };
/// let windows = Windows {
///     size: [1, 4],
///     starts: vec![[0, -1]],
///     patches: vec![[0, 1]],
///     outside: 0.0,
/// };
/// let cut = windows.cut(row(vec![1.0, 2.0, 3.0, 4.0]), Some(row(vec![9.0])));
/// assert_eq!(cut.storage::<f32>(), [0.0, 1.0, 9.0, 3.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Height and width of a window.
    pub size: [usize; 2],
    /// Where each of them begins in its image.
    pub starts: Vec<[isize; 2]>,
    /// Where the patch of each window begins in its image; empty without patches.
    pub patches: Vec<[usize; 2]>,
    /// What lies outside of images.
    pub outside: f32,
}

/// A plane, and where it lies.
#[derive(Clone, Copy)]
struct Plane<'a> {
    values: &'a [f32],
    size: [usize; 2],
    start: [isize; 2],
}

impl Windows {
    /// Whether this crate cuts them: `f32`, rank 4, nothing empty. What it doesn't is Burn's to cut.
    pub fn is_supported(&self, x: &FlexTensor, patches: Option<&FlexTensor>) -> bool {
        let fits = |x: &FlexTensor| {
            x.dtype() == DType::F32 && dims(x).is_some_and(|dims| !dims.contains(&0))
        };
        fits(x) && patches.is_none_or(fits) && !self.size.contains(&0)
    }

    /// The windows.
    ///
    /// # Shapes
    ///
    /// - `x`: `[images, channels, height, width]`
    /// - `patches`: `[windows, channels, patch_height, patch_width]`
    /// - output: `[windows, channels, window_height, window_width]`
    ///
    /// # Panics
    ///
    /// Where [`is_supported`](Self::is_supported) says no, or if there isn't a patch for every window.
    pub fn cut(&self, x: FlexTensor, patches: Option<FlexTensor>) -> FlexTensor {
        let x = x.to_contiguous();
        let patches = patches.map(|patches| patches.to_contiguous());
        let [images, channels, height, width] = dims(&x).expect("images of rank 4");
        let patch = patches.as_ref().map(|patches| {
            let [_, _, height, width] = dims(patches).expect("patches of rank 4");
            (values(patches), [height, width])
        });
        let [rows, columns] = self.size;
        let mut windows = vec![0.0; self.starts.len() * channels * rows * columns];
        let planes = windows.par_chunks_mut(rows * columns).enumerate();
        let source = values(&x);
        planes.for_each(|(index, window)| {
            let (number, channel) = (index / channels, index % channels);
            let image = Plane {
                values: plane(
                    source,
                    (number % images) * channels + channel,
                    height * width,
                ),
                size: [height, width],
                start: [0, 0],
            };
            if !self.is_inside(number, image.size) {
                window.fill(self.outside);
            }
            self.copy(number, window, image);
            if let Some((values, size)) = patch {
                self.copy(
                    number,
                    window,
                    Plane {
                        values: plane(values, index, size[0] * size[1]),
                        size,
                        start: self.patches[number].map(usize::cast_signed),
                    },
                );
            }
        });
        tensor(windows, [self.starts.len(), channels, rows, columns])
    }

    /// Whether a window lies in its image altogether.
    fn is_inside(&self, window: usize, image: [usize; 2]) -> bool {
        (0..2).all(|axis| {
            let start = self.starts[window][axis];
            start >= 0 && start.cast_unsigned() + self.size[axis] <= image[axis]
        })
    }

    /// Copies what a window shows of a plane.
    fn copy(&self, number: usize, window: &mut [f32], plane: Plane<'_>) {
        let [rows, columns] = [0, 1].map(|axis| {
            let start = plane.start[axis] - self.starts[number][axis];
            visible(start, plane.size[axis], self.size[axis])
        });
        let [own_width, width] = [plane.size, self.size].map(|size| size[1]);
        for (to, from) in rows.0.zip(rows.1) {
            let target = &mut window[to * width..][columns.0.clone()];
            target.copy_from_slice(&plane.values[from * own_width..][columns.1.clone()]);
        }
    }
}

/// Of something that begins at `start` in a window, the part that shows: where in the window, and where in itself.
fn visible(start: isize, size: usize, window: usize) -> (Range<usize>, Range<usize>) {
    let clamp = |place: isize| place.clamp(0, window.cast_signed());
    let shown = clamp(start)..clamp(start + size.cast_signed());
    if shown.is_empty() {
        return (0..0, 0..0);
    }
    let inside = |range: Range<isize>| range.start.cast_unsigned()..range.end.cast_unsigned();
    (
        inside(shown.clone()),
        inside(shown.start - start..shown.end - start),
    )
}

fn plane(values: &[f32], index: usize, size: usize) -> &[f32] {
    &values[index * size..][..size]
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::TensorData;

    fn images(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
        FlexTensor::from_data(TensorData::new(values, shape))
    }

    fn windows(starts: Vec<[isize; 2]>, patches: Vec<[usize; 2]>) -> Windows {
        Windows {
            size: [2, 2],
            starts,
            patches,
            outside: -1.0,
        }
    }

    /// `1 2 3 / 4 5 6 / 7 8 9`
    fn image() -> FlexTensor {
        images((1_u8..=9).map(f32::from).collect(), [1, 1, 3, 3])
    }

    #[test]
    fn what_lies_outside_is_filled() {
        let cut = windows(vec![[1, 1], [-1, 2], [5, 0]], Vec::new()).cut(image(), None);
        let expected = [
            5.0, 6.0, 8.0, 9.0, -1.0, -1.0, 3.0, -1.0, -1.0, -1.0, -1.0, -1.0,
        ];
        assert_eq!(cut.storage::<f32>(), expected);
    }

    #[test]
    fn patches_show_as_far_as_windows_do() {
        let patches = images(vec![10.0, 20.0, 30.0, 40.0, 50.0, 60.0], [3, 1, 2, 1]);
        let places = vec![[0, 1], [1, 1], [1, 0]];
        let cut = windows(vec![[0, 0], [0, 1], [1, 1]], places).cut(image(), Some(patches));
        let expected = [
            1.0, 10.0, 4.0, 20.0, 2.0, 3.0, 30.0, 6.0, 5.0, 6.0, 8.0, 9.0,
        ];
        assert_eq!(cut.storage::<f32>(), expected);
    }

    #[test]
    fn windows_take_turns_with_images() {
        let two = images((0_u8..16).map(f32::from).collect(), [2, 2, 2, 2]);
        let all = windows(vec![[0, 0]; 4], Vec::new()).cut(two.clone(), None);
        let values = two.storage::<f32>();
        assert_eq!(all.storage::<f32>(), [values, values].concat());
    }
}
