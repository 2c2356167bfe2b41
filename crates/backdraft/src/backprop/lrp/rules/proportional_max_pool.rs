//! Max pooling, by proportions.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{ModuleOperationIr as Module, OperationIr};
use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use crate::backprop::lrp::stabilizer::per_unit;

/// Max pooling as if it were a sum: everything positive in a window gets its part, and not the winner alone.
///
/// ```text
/// R_i = Σ_j  x_i⁺ / (Σ_i' in window j x_i'⁺ + ε) R_j
/// ```
///
/// Lapuschkin et al., [*The LRP Toolbox for Artificial Neural
/// Networks*](https://jmlr.org/papers/v17/15-618.html), 2016. Pictures are smoother than with
/// [`WinnerTakesAll`](crate::lrp::rules::WinnerTakesAll). A window without positive values hands nothing on.
#[derive(Clone, Copy, Debug)]
pub struct ProportionalMaxPool;

impl Rule for ProportionalMaxPool {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let x = step.operand(operand);
        let windows = Windows::of(step.op());
        let windows =
            windows.unwrap_or_else(|| panic!("it is for max pooling of one or two dimensions"));
        let positive = AnyTensor::from(x.flat().clamp_min(0.0)).reshape_to(x.shape());
        let given = windows.given(&planes(&positive), planes(&gradient));
        AnyTensor::from(given).reshape_to(x.shape())
    }
}

/// `[samples, channels, height, width]` as `[samples · channels, 1, height, width]`; of one dimension the width is one.
fn planes(tensor: &AnyTensor) -> Tensor<4> {
    let shape = tensor.shape();
    let width = if shape.num_dims() > 3 { shape[3] } else { 1 };
    tensor.reshape([shape[0] * shape[1], 1, shape[2], width])
}

/// The windows of a pooling, along height and width.
struct Windows {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

impl Windows {
    fn of(op: &OperationIr) -> Option<Self> {
        macro_rules! windows {
            ($op:expr, $of:expr) => {
                Some(Self {
                    kernel: $of($op.kernel_size, 1),
                    stride: $of($op.stride, 1),
                    padding: $of($op.padding, 0),
                    dilation: $of($op.dilation, 1),
                })
            };
        }
        let column = |height: usize, width: usize| [height, width];
        let both = |sizes: [usize; 2], _: usize| sizes;
        let OperationIr::Module(op) = op else {
            return None;
        };
        match op {
            Module::MaxPool1d(op) => windows!(op, column),
            Module::MaxPool1dWithIndices(op) => windows!(op, column),
            Module::MaxPool2d(op) => windows!(op, both),
            Module::MaxPool2dWithIndices(op) => windows!(op, both),
            _ => None,
        }
    }

    /// What each element of `x`, which isn't negative, gets of the windows' relevance.
    fn given(&self, x: &Tensor<4>, relevance: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let [_, _, rows, columns] = relevance.dims();
        // From the padding before the first element to the end of the last window; a pooling that rounds up goes beyond
        // the input, one that rounds down may not reach its end.
        let span = |windows: usize, axis: usize| {
            let window = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            (windows - 1) * self.stride[axis] + window - self.padding[axis]
        };
        let spans = [span(rows, 0), span(columns, 1)];
        let seen = [height.min(spans[0]), width.min(spans[1])];
        let x_seen = x
            .clone()
            .slice([0..x.dims()[0], 0..1, 0..seen[0], 0..seen[1]]);
        let ones = Tensor::ones(
            [1, 1, self.kernel[0], self.kernel[1]],
            (&x.device(), x.dtype()),
        );
        let end = |axis: usize| (self.padding[axis], spans[axis] - seen[axis]);
        let sums = conv2d(
            x_seen,
            ones.clone(),
            None,
            ConvOptions::new_with_padding(self.stride, [end(0), end(1)], self.dilation, 1),
        );
        let shape = relevance.dims();
        let per_unit = per_unit(relevance.flatten(0, 3), sums.flatten(0, 3), 1e-6);
        let back = conv_transpose2d(
            per_unit.reshape(shape),
            ones,
            None,
            ConvTransposeOptions::new(self.stride, [0, 0], [0, 0], self.dilation, 1),
        );
        let [top, left] = self.padding;
        let rows = x.dims()[0];
        let back = back.slice([0..rows, 0..1, top..top + seen[0], left..left + seen[1]]);
        let whole = x.zeros_like();
        let back = whole.slice_assign([0..rows, 0..1, 0..seen[0], 0..seen[1]], back);
        back * x.clone()
    }
}
