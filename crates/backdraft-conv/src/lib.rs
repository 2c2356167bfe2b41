//! Convolutions for Burn's Flex backend: forward and input gradient, with bias and activation in the same pass.

mod activation;
mod blocks;
mod convolve;
mod geometry;
mod output;
mod panel;
mod planes;
mod shifts;

pub use activation::Activation;

use burn::backend::ops::ConvOptions;
use burn::backend::{Bytes, DType, Shape};
use burn_flex::{FlexTensor, Layout};
use convolve::{Convolution, Weights};
use geometry::Geometry;
use planes::{Mask, Source};
use shifts::Axis;

/// Whether this crate computes it: `f32`, rank 4, shapes that fit each other, nothing empty. What it doesn't is
/// Burn's to compute, or to refuse.
pub fn is_supported(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions<2>) -> bool {
    [x, weight]
        .iter()
        .all(|tensor| tensor.dtype() == DType::F32)
        && geometry(x, weight, options).is_some()
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
        bias: bias.as_ref().map(values),
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

fn dims(tensor: &FlexTensor) -> Option<[usize; 4]> {
    tensor.layout().shape().as_slice().try_into().ok()
}

/// The values of a contiguous tensor.
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous f32 values")
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(values),
        Layout::contiguous(Shape::from(shape)),
        DType::F32,
    )
}
