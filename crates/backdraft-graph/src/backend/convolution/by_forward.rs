//! The input gradient of a 2D convolution, computed by forward convolutions.
//!
//! Along one axis, input position `i` receives `weight[k] · gradient[o]` from every tap `k` and output `o` with
//! `i + padding = o · stride + k · dilation`. The positions with the same remainder of `i + padding` by the stride,
//! a *phase*, share their taps, and read consecutive outputs. So each phase is a convolution of the gradient, of
//! stride one, by its flipped taps. With stride one there is one phase.

use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

/// The gradient of a convolution's input, from the gradient of its output.
///
/// Same as Burn's `conv2d_x_backward`, which is a transposed convolution. On a backend whose transposed convolution
/// is slow and whose convolution is fast, this is faster.
///
/// # Shapes
///
/// - `gradient`: `[batch, out channels, out height, out width]`
/// - `weight`: `[out channels, in channels / groups, kernel height, kernel width]`
/// - result: `input_shape`, `[batch, in channels, height, width]`
pub(crate) fn input_gradient<B: Backend>(
    gradient: FloatTensor<B>,
    weight: FloatTensor<B>,
    input_shape: [usize; 4],
    options: &ConvOptions<2>,
) -> FloatTensor<B> {
    let [rows, columns] = [0, 1].map(|axis| {
        let axis = Axis {
            input: input_shape[2 + axis],
            output: gradient.shape()[2 + axis],
            kernel: weight.shape()[2 + axis],
            stride: options.stride[axis],
            dilation: options.dilation[axis],
            padding: options.padding[axis].0,
        };
        axis.phases()
    });
    let weight = transposed::<B>(weight, options.groups);
    let convolve = |row: &Phase, column: &Phase| {
        let gradient = slice::<B>(&gradient, [row.outputs.slice(), column.outputs.slice()]);
        let taps = slice::<B>(&weight, [row.taps.slice(), column.taps.slice()]);
        let padding = [row.padding, column.padding];
        let dilation = [row.dilation, column.dilation];
        let options = ConvOptions::new_with_padding([1, 1], padding, dilation, options.groups);
        B::conv2d(gradient, B::float_flip(taps, &[2, 3]), None, options)
    };
    if let ([1, 1], [row], [column]) = (options.stride, &rows[..], &columns[..]) {
        return convolve(row, column);
    }
    let zeros = B::float_zeros(
        Shape::new(input_shape),
        &gradient.device(),
        gradient.dtype().into(),
    );
    let phases = rows
        .iter()
        .flat_map(|row| columns.iter().map(move |column| (row, column)));
    phases.fold(zeros, |result, (row, column)| {
        let positions = spatial([row.positions.slice(), column.positions.slice()]);
        B::float_slice_assign(result, &positions, convolve(row, column))
    })
}

/// The weight of the convolution back: `[in channels, out channels / groups, height, width]`.
fn transposed<B: Backend>(weight: FloatTensor<B>, groups: usize) -> FloatTensor<B> {
    let [outputs, inputs, height, width] = weight.shape().dims();
    let [outputs_each, inputs_all] = [outputs / groups, inputs * groups];
    let grouped = Shape::new([groups, outputs_each, inputs, height, width]);
    let swapped = B::float_swap_dims(B::float_reshape(weight, grouped), 1, 2);
    B::float_reshape(
        swapped,
        Shape::new([inputs_all, outputs_each, height, width]),
    )
}

fn slice<B: Backend>(tensor: &FloatTensor<B>, slices: [Slice; 2]) -> FloatTensor<B> {
    B::float_slice(tensor.clone(), &spatial(slices))
}

/// The whole batch and all channels.
fn spatial([rows, columns]: [Slice; 2]) -> [Slice; 4] {
    [Slice::full(), Slice::full(), rows, columns]
}

/// One axis of a convolution.
struct Axis {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
}

/// Input positions that share their taps, and the convolution of the gradient that they receive.
struct Phase {
    positions: Steps,
    taps: Steps,
    outputs: Steps,
    dilation: usize,
    padding: (usize, usize),
}

impl Axis {
    /// Input positions that are in no phase receive nothing.
    fn phases(&self) -> Vec<Phase> {
        let phases = (0..self.stride).filter_map(|remainder| self.phase(remainder));
        phases.collect()
    }

    /// The input positions `i` with `i + padding = remainder + n · stride`, for consecutive `n`.
    fn phase(&self, remainder: usize) -> Option<Phase> {
        let common = greatest_common_divisor(self.stride, self.dilation);
        let step = self.stride / common;
        let mut residues = 0..step.min(self.kernel);
        let tap = residues.find(|tap| tap * self.dilation % self.stride == remainder)?;
        let taps = Steps {
            first: tap,
            count: (self.kernel - tap).div_ceil(step),
            step,
        };

        // From here on, everything along the axis is counted in strides.
        let n = |padded: usize| padded.saturating_sub(remainder).div_ceil(self.stride);
        let (start, end) = (n(self.padding), n(self.padding + self.input));
        let dilation = self.dilation / common;
        let reach = (taps.count - 1) * dilation;
        let offset = (tap * self.dilation - remainder) / self.stride;

        // Where the convolution must read before the first output and after the last. It leaves out the outputs
        // that no position receives.
        let before = (offset + reach) as isize - start as isize;
        let after = end as isize - (self.output + offset) as isize;
        let unread = [before, after].map(|padding| padding.min(0).unsigned_abs());
        let read = self.output.checked_sub(unread[0] + unread[1])?;
        (end > start && read > 0).then(|| Phase {
            positions: Steps {
                first: remainder + start * self.stride - self.padding,
                count: end - start,
                step: self.stride,
            },
            taps,
            outputs: Steps {
                first: unread[0],
                count: read,
                step: 1,
            },
            dilation,
            padding: (before.max(0) as usize, after.max(0) as usize),
        })
    }
}

/// Every `step`-th index, at least one.
struct Steps {
    first: usize,
    count: usize,
    step: usize,
}

impl Steps {
    fn slice(&self) -> Slice {
        let end = self.first + (self.count - 1) * self.step + 1;
        Slice::new(self.first as isize, Some(end as isize), self.step as isize)
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    // Burn deprecates NdArray in favor of Flex, but runs it, and so do we.
    #![cfg_attr(feature = "ndarray", allow(deprecated))]

    use super::*;
    use burn::backend::TensorData;
    use burn::tensor::{Device, Distribution, Tensor};

    /// Sizes of one convolution.
    #[derive(Clone, Debug)]
    struct Case {
        input: [usize; 4],
        outputs: usize,
        kernel: [usize; 2],
        options: ConvOptions<2>,
    }

    /// Every combination along the rows, with another one along the columns.
    fn grid() -> Vec<Case> {
        let mut cases = Vec::new();
        for (kernel, stride, padding, dilation) in axes() {
            for (groups, outputs) in [(1, 5), (2, 6), (4, 4)] {
                let options = ConvOptions::new_with_padding(
                    [stride, 2],
                    [padding, (1, 1)],
                    [dilation, 1],
                    groups,
                );
                // Six rows, or seven: with a stride, the last ones may be out of every output's reach.
                for rows in [6, 7] {
                    cases.push(Case {
                        input: [2, 4, rows, 5],
                        outputs,
                        kernel: [kernel, 3],
                        options: options.clone(),
                    });
                }
            }
        }
        cases
    }

    fn axes() -> Vec<(usize, usize, (usize, usize), usize)> {
        let mut axes = Vec::new();
        for kernel in 1..=3 {
            for stride in 1..=4 {
                for padding in [(0, 0), (1, 1), (0, 2), (3, 1)] {
                    for dilation in 1..=3 {
                        let reach = (kernel - 1) * dilation;
                        if reach < 6 + padding.0 + padding.1 {
                            axes.push((kernel, stride, padding, dilation));
                        }
                    }
                }
            }
        }
        axes
    }

    fn random(shape: [usize; 4]) -> TensorData {
        Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex()).into_data()
    }

    /// The largest difference from Burn's own input gradient.
    fn largest_difference<B: Backend>(case: &Case, device: &B::Device) -> f64 {
        let Case {
            input,
            outputs,
            kernel,
            options,
        } = case.clone();
        let tensor = |shape| B::float_from_data(random(shape), device);
        let x = tensor(input);
        let weight = tensor([outputs, input[1] / options.groups, kernel[0], kernel[1]]);
        let shape = B::conv2d(x.clone(), weight.clone(), None, options.clone()).shape();
        let gradient = tensor(shape.dims());
        let actual = input_gradient::<B>(gradient.clone(), weight.clone(), input, &options);
        assert_eq!(actual.shape().dims(), input, "{case:?}");
        let expected = B::conv2d_x_backward(x, weight, gradient, options);
        let difference = B::float_abs(B::float_sub(actual, expected));
        Tensor::<4>::from_data(read::<B>(difference), &Device::flex())
            .max()
            .into_scalar::<f64>()
    }

    fn read<B: Backend>(tensor: FloatTensor<B>) -> TensorData {
        burn::tensor::read_sync(B::float_into_data(tensor)).unwrap()
    }

    fn check<B: Backend>(device: &B::Device) {
        let cases = grid();
        assert!(cases.len() > 500, "{}", cases.len());
        for case in cases {
            let difference = largest_difference::<B>(&case, device);
            assert!(difference < 1e-5, "{case:?}: {difference}");
        }
    }

    #[test]
    fn it_is_burns_input_gradient_on_flex() {
        check::<burn::backend::Flex>(&burn::backend::FlexDevice);
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn it_is_burns_input_gradient_on_ndarray() {
        check::<burn::backend::NdArray>(&burn::backend::NdArrayDevice::Cpu);
    }
}
