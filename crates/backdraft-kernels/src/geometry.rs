//! The sizes of a convolution, checked once.

use burn::backend::ops::ConvOptions;

/// One spatial axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub input: usize,
    pub output: usize,
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
    pub padding: usize,
}

/// The sizes of a convolution. Channels are counted per group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    pub batch: usize,
    pub groups: usize,
    pub channels_in: usize,
    pub channels_out: usize,
    pub axes: [Extent; 2],
}

impl Geometry {
    /// `None` if the shapes don't fit each other, something is empty, or the output is too large to address.
    pub fn new(input: [usize; 4], weight: [usize; 4], options: &ConvOptions<2>) -> Option<Self> {
        let [batch, channels, ..] = input;
        let groups = options.groups;
        let geometry = Self {
            batch,
            groups,
            channels_in: weight[1],
            channels_out: weight[0].checked_div(groups)?,
            axes: [
                extent(input, weight, options, 0)?,
                extent(input, weight, options, 1)?,
            ],
        };
        let fits = weight[1].checked_mul(groups) == Some(channels)
            && geometry.channels_out * groups == weight[0];
        let filled = input.iter().chain(&weight).all(|&size| size > 0);
        (fits && filled && addressable(&geometry.output_shape())).then_some(geometry)
    }

    pub fn input_shape(&self) -> [usize; 4] {
        let [y, x] = self.axes;
        [self.batch, self.groups * self.channels_in, y.input, x.input]
    }

    pub fn output_shape(&self) -> [usize; 4] {
        let [y, x] = self.axes;
        [
            self.batch,
            self.groups * self.channels_out,
            y.output,
            x.output,
        ]
    }
}

fn extent(
    input: [usize; 4],
    weight: [usize; 4],
    options: &ConvOptions<2>,
    axis: usize,
) -> Option<Extent> {
    let (input, kernel) = (input[axis + 2], weight[axis + 2]);
    let (stride, dilation) = (options.stride[axis], options.dilation[axis]);
    let (begin, end) = options.padding[axis];
    let window = kernel
        .checked_sub(1)?
        .checked_mul(dilation)?
        .checked_add(1)?;
    let padded = input.checked_add(begin)?.checked_add(end)?;
    let output = padded.checked_sub(window)?.checked_div(stride)? + 1;
    (dilation > 0).then_some(Extent {
        input,
        output,
        kernel,
        stride,
        dilation,
        padding: begin,
    })
}

/// Whether the bytes of a tensor of this shape can be counted, with room for padding around it.
fn addressable(shape: &[usize; 4]) -> bool {
    let elements = shape
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size));
    elements.is_some_and(|elements| elements < isize::MAX as usize / 64)
}
