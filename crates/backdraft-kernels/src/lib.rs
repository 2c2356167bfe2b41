//! Convolutions for Burn's Flex backend: forward and input gradient, with bias and activation in the same pass; and
//! the maxima over windows between them ([`MaxPool2d`]), with their slopes between two points. [`Windows`] cuts out what a local change needs to be computed
//! again.
//!
//! Each direction of a convolution is a sum of shifted planes. A task copies the rows of the source that its
//! rows of results need, padded with zeros and split by the stride, so that what a tap of the kernel reads for
//! neighboring results lies side by side. A small panel of results (vectors of positions times channels) then
//! stays in registers for the whole sum, and takes bias and activation on its way out. Nothing like the matrix of
//! all windows (`im2col`) exists: beyond the result, a thread needs the planes of one block, which are chosen to
//! fit its cache where a few rows of all channels do.
//!
//! Kernels of 3 x 3 with a stride of 1 over many channels and pixels take about a third of the products that such a
//! sum takes, by minimal filtering (Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016).
//! Their results are off by about 5e-7 (relative L2, for values without a pattern) instead of 2e-7; and where an
//! input is NaN, infinite or close to the largest float, all results of its tile, 4 rows by 2 columns, may be NaN. Which
//! way is taken depends on channels and size alone: an image has the same results in any batch.
//!
//! The loops use AVX2, NEON or plain code, as the processor has it; the feature `x86-v4` adds AVX-512.
//!
//! ```
//! use backdraft_kernels::{Activation, conv2d, conv2d_input_gradient};
//! use burn::backend::TensorData;
//! use burn::backend::ops::ConvOptions;
//! use burn_flex::FlexTensor;
//!
//! let image = FlexTensor::from_data(TensorData::new(vec![1.0_f32, 2.0, 3.0], [1, 1, 1, 3]));
//! let difference = FlexTensor::from_data(TensorData::new(vec![-1.0_f32, 1.0], [1, 1, 1, 2]));
//! let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
//!
//! let edges = conv2d(image, difference.clone(), None, &options, Activation::Relu);
//! assert_eq!(edges.storage::<f32>(), [1.0, 1.0]);
//!
//! // Each edge grows with the pixel to its right.
//! let gradient =
//!     conv2d_input_gradient(edges.clone(), Some(edges), difference, [1, 1, 1, 3], &options, Activation::Relu);
//! assert_eq!(gradient.storage::<f32>(), [-1.0, 0.0, 1.0]);
//! ```

mod activation;
mod blocks;
mod convolution;
mod convolve;
mod copy;
mod dense;
mod depthwise;
mod elementwise;
mod geometry;
mod max_pool;
mod output;
mod panel;
mod plan;
mod planes;
mod positions;
mod runs;
mod shifts;
mod slope;
mod store;
mod task;
mod tensor;
mod windows;
mod winograd;

pub use activation::Activation;
pub use elementwise::{activate, activation_gradient, activation_slope, are_f32, sum};
pub use max_pool::MaxPool2d;
pub use windows::Windows;

use burn::backend::DType;
use burn::backend::ops::ConvOptions;
use burn_flex::FlexTensor;
use convolution::{Convolution, Weights};
use geometry::Geometry;
use planes::{Mask, Source};
use shifts::Axis;
use tensor::{dims, tensor, values};

/// Whether this crate computes it: `f32`, rank 4, shapes that fit each other, nothing empty. What it doesn't is
/// Burn's to compute, or to refuse.
pub fn is_supported(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions<2>) -> bool {
    [x, weight]
        .iter()
        .all(|tensor| tensor.dtype() == DType::F32)
        && geometry(x, weight, options).is_some()
}

/// Whether this crate computes the gradient of an input of this shape: as for [`is_supported`].
pub fn is_gradient_supported(
    gradient: &FlexTensor,
    weight: &FlexTensor,
    input_shape: [usize; 4],
    options: &ConvOptions<2>,
) -> bool {
    let floats = [gradient, weight]
        .iter()
        .all(|tensor| tensor.dtype() == DType::F32);
    let geometry = dims(weight).and_then(|weight| Geometry::new(input_shape, weight, options));
    floats && geometry.is_some_and(|geometry| dims(gradient) == Some(geometry.output_shape()))
}

/// `activation(conv2d(x, weight) + bias)`.
///
/// # Shapes
///
/// - `x`: `[batch, channels_in, height, width]`
/// - `weight`: `[channels_out, channels_in / groups, kernel_height, kernel_width]`
/// - `bias`: `[channels_out]`
/// - output: `[batch, channels_out, height_out, width_out]`
///
/// # Panics
///
/// Where [`is_supported`] says no, or the bias isn't an `f32` for each channel.
pub fn conv2d(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &ConvOptions<2>,
    activation: Activation,
) -> FlexTensor {
    let geometry = geometry(&x, &weight, options).expect("shapes fit each other");
    let (x, weight, bias) = (
        x.to_contiguous(),
        weight.to_contiguous(),
        bias.map(|bias| bias.to_contiguous()),
    );
    let biases = bias.as_ref().map(values);
    assert!(
        biases.is_none_or(|biases| biases.len() == geometry.output_shape()[1]),
        "a bias for each channel"
    );
    let [y_axis, x_axis] = geometry.axes;
    let kernel = y_axis.kernel * x_axis.kernel;
    let values = Convolution {
        source: Source {
            values: values(&x),
            mask: None,
        },
        weights: Weights {
            values: values(&weight),
            group: geometry.channels_out * geometry.channels_in * kernel,
            row: geometry.channels_in * kernel,
            channel: kernel,
            kernel: x_axis.kernel,
        },
        bias: biases,
        bounds: activation.bounds(),
        batch: geometry.batch,
        groups: geometry.groups,
        channels: [geometry.channels_in, geometry.channels_out],
        axes: geometry.axes.map(Axis::forward),
        result: geometry.axes.map(|axis| axis.output),
    }
    .run();
    tensor(values, geometry.output_shape())
}

/// The gradient of the input of [`conv2d`], given that of its output.
///
/// `output` and `activation` are those of the forward pass: the gradient passes where the activation passed, see
/// [`Activation`]. `output` isn't needed for [`Activation::Identity`].
///
/// # Shapes
///
/// - `gradient`, `output`: `[batch, channels_out, height_out, width_out]`
/// - `weight`: `[channels_out, channels_in / groups, kernel_height, kernel_width]`
/// - result: `input_shape`, which is `[batch, channels_in, height, width]`
///
/// # Panics
///
/// If the shapes don't fit each other, a tensor isn't `f32`, or the output is missing.
pub fn conv2d_input_gradient(
    gradient: FlexTensor,
    output: Option<FlexTensor>,
    weight: FlexTensor,
    input_shape: [usize; 4],
    options: &ConvOptions<2>,
    activation: Activation,
) -> FlexTensor {
    let shape = dims(&weight).expect("a weight of rank 4");
    let geometry = Geometry::new(input_shape, shape, options).expect("shapes fit each other");
    assert_eq!(
        dims(&gradient),
        Some(geometry.output_shape()),
        "the gradient's shape is that of the output"
    );
    let (gradient, weight) = (gradient.to_contiguous(), weight.to_contiguous());
    let output = activation.limits().map(|limits| {
        let output = output
            .expect("an activation's derivative needs its output")
            .to_contiguous();
        assert_eq!(
            dims(&output),
            Some(geometry.output_shape()),
            "the output's shape is that of its gradient"
        );
        (output, limits)
    });
    let mask = output.as_ref().map(|(output, limits)| Mask {
        outputs: values(output),
        limits: *limits,
    });
    let [y_axis, x_axis] = geometry.axes;
    let kernel = y_axis.kernel * x_axis.kernel;
    let values = Convolution {
        source: Source {
            values: values(&gradient),
            mask,
        },
        weights: Weights {
            values: values(&weight),
            group: geometry.channels_out * geometry.channels_in * kernel,
            row: kernel,
            channel: geometry.channels_in * kernel,
            kernel: x_axis.kernel,
        },
        bias: None,
        bounds: Activation::Identity.bounds(),
        batch: geometry.batch,
        groups: geometry.groups,
        channels: [geometry.channels_out, geometry.channels_in],
        axes: geometry.axes.map(Axis::gradient),
        result: geometry.axes.map(|axis| axis.input),
    }
    .run();
    tensor(values, geometry.input_shape())
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions<2>) -> Option<Geometry> {
    Geometry::new(dims(x)?, dims(weight)?, options)
}
