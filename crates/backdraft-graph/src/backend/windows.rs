//! Windows cut out of activations, on the fastest way that each backend has.

use std::ops::Range;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Slice};

use crate::backend::convolution::OptionalTensor;
use crate::backend::list::by_default;

/// Windows of one size in tensors `[rows, channels, space...]`, also beyond their borders, with patches in the place of
/// what they cover. Window `i` lies in row `i`, modulo the number of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// The size of a window along every dimension of space.
    pub(crate) size: Vec<usize>,
    /// Where each of them begins.
    pub(crate) starts: Vec<Vec<isize>>,
    /// Where the patch of each window begins; empty without patches.
    pub(crate) patches: Vec<Vec<usize>>,
    /// What lies beyond the borders.
    pub(crate) outside: f32,
}

/// Backends that cut windows.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    LibTorch: cfg(feature = "tch"),
    Cube: cfg(feature = "_cube"),
    Autodiff
)]
pub trait Windowing: Backend {
    /// The windows, `[windows, channels, window...]`, given a patch for each: `[windows, channels, patch...]`.
    fn windows(
        x: FloatTensor<Self>,
        #[extension_type] patches: OptionalTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self> {
        by_burn::<Self>(&x, patches.into_option().as_ref(), &windows)
    }
}

by_default!(Windowing: NdArray, LibTorch, Cube);

impl<B: Backend, C: CheckpointStrategy> Windowing for Autodiff<B, C> {}

#[cfg(feature = "flex")]
impl Windowing for burn::backend::Flex {
    fn windows(
        x: FloatTensor<Self>,
        patches: OptionalTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self> {
        let patches = patches.into_option();
        match on_flex(&windows) {
            Some(cut) if cut.is_supported(&x, patches.as_ref()) => cut.cut(x, patches),
            _ => by_burn::<Self>(&x, patches.as_ref(), &windows),
        }
    }
}

/// The same for images, if they are.
#[cfg(feature = "flex")]
fn on_flex(windows: &Windows) -> Option<backdraft_kernels::Windows> {
    let starts = windows
        .starts
        .iter()
        .map(|start| start.as_slice().try_into().ok());
    let patches = windows
        .patches
        .iter()
        .map(|start| start.as_slice().try_into().ok());
    Some(backdraft_kernels::Windows {
        size: windows.size.as_slice().try_into().ok()?,
        starts: starts.collect::<Option<_>>()?,
        patches: patches.collect::<Option<_>>()?,
        outside: windows.outside,
    })
}

fn by_burn<B: Backend>(
    x: &FloatTensor<B>,
    patches: Option<&FloatTensor<B>>,
    windows: &Windows,
) -> FloatTensor<B> {
    let rows = x.shape()[0];
    let cut = windows.starts.iter().enumerate().map(|(number, start)| {
        let at = vec![0; start.len()];
        let window = pasted::<B>(outside::<B>(x, windows), (x, number % rows), &at, start);
        match patches {
            Some(patches) => {
                let at = &windows.patches[number];
                pasted::<B>(window, (patches, number), at, start)
            }
            None => window,
        }
    });
    B::float_cat(cut.collect(), 0)
}

/// A window that shows nothing.
fn outside<B: Backend>(x: &FloatTensor<B>, windows: &Windows) -> FloatTensor<B> {
    let shape: Vec<usize> = [1, x.shape()[1]]
        .iter()
        .chain(&windows.size)
        .copied()
        .collect();
    let (device, dtype) = (x.device(), x.dtype().into());
    B::float_full(Shape::from(shape), windows.outside.into(), &device, dtype)
}

/// A window with what it shows of a row that lies `at` a place.
fn pasted<B: Backend>(
    window: FloatTensor<B>,
    (source, row): (&FloatTensor<B>, usize),
    at: &[usize],
    start: &[isize],
) -> FloatTensor<B> {
    let shape = source.shape();
    let space = at.iter().zip(start).enumerate();
    let seen = space.map(|(axis, (&at, &start))| {
        let own = at as isize..(at + shape[axis + 2]) as isize;
        let end = start + window.shape()[axis + 2] as isize;
        own.start.max(start)..own.end.min(end)
    });
    let seen: Vec<Range<isize>> = seen.collect();
    if seen.iter().any(Range::is_empty) {
        return window;
    }
    let slices = |row: usize, origin: &dyn Fn(usize) -> isize| -> Vec<Slice> {
        let space = seen.iter().enumerate().map(|(axis, range)| {
            let place = |at: isize| at - origin(axis);
            Slice::from(place(range.start)..place(range.end))
        });
        let (row, channels) = (row as isize, shape[1] as isize);
        [Slice::from(row..row + 1), Slice::from(0..channels)]
            .into_iter()
            .chain(space)
            .collect()
    };
    let shown = B::float_slice(source.clone(), &slices(row, &|axis| at[axis] as isize));
    B::float_slice_assign(window, &slices(0, &|axis| start[axis]), shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Dispatch;
    use burn::tensor::{Device, Int, Tensor, TensorData};

    #[test]
    fn a_fast_way_gives_what_burn_gives() {
        let device = Device::flex();
        let x = Tensor::<1, Int>::arange(0..48, &device)
            .float()
            .reshape([2, 2, 3, 4]);
        let patches = Tensor::<1, Int>::arange(100..132, &device)
            .float()
            .reshape([4, 2, 2, 2]);
        let windows = Windows {
            size: vec![3, 2],
            starts: vec![vec![0, 0], vec![-1, 3], vec![2, -2], vec![1, 1]],
            patches: vec![vec![0, 1], vec![1, 2], vec![0, 0], vec![1, 2]],
            outside: -1.0,
        };
        let [x, patches] = [x, patches].map(Tensor::into_dispatch);
        for patches in [None, Some(patches)] {
            let fast = Dispatch::windows(x.clone(), patches.clone().into(), windows.clone());
            let slow = by_burn::<Dispatch>(&x, patches.as_ref(), &windows);
            let [fast, slow] = [fast, slow].map(|cut| Tensor::<4>::from_dispatch(cut).into_data());
            fast.assert_eq(&slow, true);
        }
    }

    #[test]
    fn space_has_any_number_of_dimensions() {
        let x = Tensor::<3>::from_data([[[1.0, 2.0, 3.0]]], &Device::flex());
        let windows = Windows {
            size: vec![2],
            starts: vec![vec![-1], vec![2]],
            patches: Vec::new(),
            outside: 0.0,
        };
        let cut = Dispatch::windows(x.into_dispatch(), None.into(), windows);
        let expected = TensorData::from([[[0.0_f32, 1.0]], [[3.0, 0.0]]]);
        Tensor::<3>::from_dispatch(cut)
            .into_data()
            .assert_eq(&expected, true);
    }
}
