//! Activations element by element: values, derivatives, and slopes in their place.
//!
//! The slope of a function of one element is `(f(x) - f(r)) / (x - r)` for a reference `r`, and the derivative at `x`
//! where the two are no farther apart than a threshold or the quotient isn't finite.

use burn::backend::DType;
use burn_flex::FlexTensor;
use pulp::Arch;
use rayon::prelude::*;

use crate::activation::Activation;
use crate::tensor::{tensor, values};

/// Elements that one thread takes at a time.
const CHUNK: usize = 1 << 14;

/// Whether all of these tensors are `f32`, as this crate's functions of single elements need them.
pub fn are_f32(tensors: &[&FlexTensor]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32)
}

/// The activation of each element, for tensors of any rank. It takes the place of `x` if that is nobody else's.
///
/// # Panics
///
/// If the tensor isn't `f32`.
pub fn activate(x: FlexTensor, activation: Activation) -> FlexTensor {
    let (low, high) = activation.bounds();
    changed(x, [], move |x, []| bounded(x, low, high))
}

/// The sums of two tensors' elements. They take the place of either if that is nobody else's.
///
/// ```
/// use burn::backend::TensorData;
/// use burn_flex::FlexTensor;
///
/// let row = |values: [f32; 2]| FlexTensor::from_data(TensorData::new(values.to_vec(), [2]));
/// let sum = backdraft_kernels::sum(row([1.0, 2.0]), row([10.0, 20.0]));
/// assert_eq!(sum.storage::<f32>(), [11.0, 22.0]);
/// ```
///
/// # Panics
///
/// If a tensor isn't `f32`, or their shapes differ.
pub fn sum(a: FlexTensor, b: FlexTensor) -> FlexTensor {
    let (a, b) = if a.is_unique() { (a, b) } else { (b, a) };
    assert_eq!(
        a.layout().shape(),
        b.layout().shape(),
        "tensors of one shape"
    );
    let b = b.to_contiguous();
    changed(a, [values(&b)], |a, [b]| a + b)
}

/// The gradient below an activation, given that of its output: it passes where the activation passed, see
/// [`Activation`].
///
/// # Panics
///
/// If a tensor isn't `f32`, or their sizes differ.
pub fn activation_gradient(
    gradient: FlexTensor,
    output: FlexTensor,
    activation: Activation,
) -> FlexTensor {
    let Some((low, high)) = activation.limits() else {
        return gradient;
    };
    let shape = output.layout().shape().clone();
    let [gradient, output] = [gradient, output].map(|tensor| tensor.to_contiguous());
    let passed = move |[gradient, output]: [f32; 2]| {
        let stops = output <= low || output >= high;
        if stops { 0.0 } else { gradient }
    };
    tensor(each([&gradient, &output].map(values), passed), shape)
}

/// `gradient` times the slope of an activation between `reference` and `x`, in one pass.
///
/// Where the derivative takes the place of the slope, that of a clamp is 1 at both ends of its range, and that of ReLU
/// 0 at zero.
///
/// ```
/// use backdraft_kernels::{Activation, activation_slope};
/// use burn::backend::TensorData;
/// use burn_flex::FlexTensor;
///
/// let row = |values: [f32; 3]| FlexTensor::from_data(TensorData::new(values.to_vec(), [3]));
/// let (x, reference) = (row([2.0, -1.0, 5.0]), row([-2.0, 3.0, 5.0]));
/// let slope = activation_slope(row([1.0, 1.0, 7.0]), x, reference, Activation::Relu, 1e-6);
/// assert_eq!(slope.storage::<f32>(), [0.5, 0.75, 7.0]);
/// ```
///
/// # Panics
///
/// If a tensor isn't `f32`, or their sizes differ.
pub fn activation_slope(
    gradient: FlexTensor,
    x: FlexTensor,
    reference: FlexTensor,
    activation: Activation,
    threshold: f32,
) -> FlexTensor {
    let shape = x.layout().shape().clone();
    let [gradient, x, reference] = [gradient, x, reference].map(|tensor| tensor.to_contiguous());
    let [gradients, x, references] = [&gradient, &x, &reference].map(values);
    let passes_ends = matches!(activation, Activation::Clamp { .. });
    let (low, high) = activation.bounds();
    let slope = move |[gradient, x, reference]: [f32; 3]| {
        let change = bounded(x, low, high) - bounded(reference, low, high);
        let (inside, within) = (x > low && x < high, x >= low && x <= high);
        let passes = inside || (passes_ends && within);
        let derivative = if passes { gradient } else { gradient * 0.0 };
        quotient(gradient * change, x - reference, derivative, threshold)
    };
    tensor(each([gradients, x, references], slope), shape)
}

/// NaN stays NaN.
#[inline(always)]
fn bounded(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// What a function makes of the elements at each place, with the vectors of the processor.
fn each<const N: usize>(
    sources: [&[f32]; N],
    f: impl Fn([f32; N]) -> f32 + Copy + Sync,
) -> Vec<f32> {
    let mut result = vec![0.0; sources[0].len()];
    update(&mut result, sources, move |_, sources| f(sources));
    result
}

/// Changes each element into what a function makes of it and of those of other tensors at its place.
fn update<const N: usize>(
    target: &mut [f32],
    sources: [&[f32]; N],
    f: impl Fn(f32, [f32; N]) -> f32 + Copy + Sync,
) {
    let sizes = sources.map(<[f32]>::len);
    assert_eq!(sizes, [target.len(); N], "tensors of one size");
    let change = move |(chunk, target): (usize, &mut [f32])| {
        let sources = sources.map(|source| &source[chunk * CHUNK..][..target.len()]);
        // Nothing by reference, which the loop would have to read again for each element.
        Arch::new().dispatch(move || {
            for place in 0..target.len() {
                target[place] = f(target[place], sources.map(|source| source[place]));
            }
        });
    };
    if target.len() <= CHUNK {
        // Other threads would take longer to wake up.
        change((0, target));
    } else {
        target.par_chunks_mut(CHUNK).enumerate().for_each(&change);
    }
}

/// The tensor that this makes of another, in its place if that is nobody else's.
fn changed<const N: usize>(
    x: FlexTensor,
    others: [&[f32]; N],
    f: impl Fn(f32, [f32; N]) -> f32 + Copy + Sync,
) -> FlexTensor {
    let mut x = if x.is_contiguous() {
        x
    } else {
        x.to_contiguous()
    };
    if let Some((start, end)) = x.layout().contiguous_offsets()
        && let Some(own) = x.try_storage_mut()
    {
        update(&mut own[start..end], others, f);
        return x;
    }
    let mut result = values(&x).to_vec();
    update(&mut result, others, f);
    tensor(result, x.layout().shape().clone())
}

/// `flowing / change`, or `otherwise`.
#[inline(always)]
pub(crate) fn quotient(flowing: f32, change: f32, otherwise: f32, threshold: f32) -> f32 {
    let quotient = flowing / change;
    if change.abs() > threshold && quotient.is_finite() {
        quotient
    } else {
        otherwise
    }
}
