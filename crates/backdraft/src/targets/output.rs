//! Outputs, as targets read them.

use burn::tensor::{Int, Tensor, TensorData};

use crate::{AnyTensor, Error, graph};

/// An output that must be float, by its position.
///
/// # Errors
///
/// [`Error::WrongShape`] if there is no such output, an error of the pass if it isn't float.
pub(super) fn float_output<'a>(
    outputs: &'a [AnyTensor],
    position: usize,
    what: &'static str,
    needs: &'static str,
) -> Result<&'a AnyTensor, Error> {
    let output = outputs.get(position);
    let output = output.ok_or_else(|| wrong_output(what, needs, None, ""))?;
    check_float(output, position)?;
    Ok(output)
}

/// Only floats have a gradient.
///
/// # Errors
///
/// An error of the pass that names the output by its position.
pub(super) fn check_float(output: &AnyTensor, position: usize) -> Result<(), Error> {
    match output.kind() {
        Some(kind) if !output.is_float() => {
            Err(graph::Error::Pass(graph::PassError::NoGradientForKind {
                what: match position {
                    0 => "the first output".into(),
                    position => format!("output {position}"),
                },
                kind: kind.as_str(),
            })
            .into())
        }
        _ => Ok(()),
    }
}

/// An output of another form than the target needs; `None` if there is none at all.
pub(super) fn wrong_output(
    what: &'static str,
    needs: &'static str,
    output: Option<&AnyTensor>,
    help: &'static str,
) -> Error {
    Error::WrongShape {
        what,
        needs,
        shape: output.map_or("none".into(), |output| {
            format!("{:?}", output.shape().as_slice())
        }),
        help,
    }
}

/// What a target was settled for, and the samples that it is now asked for.
///
/// # Errors
///
/// [`Error::WrongCount`] if there are more or fewer.
pub(super) fn check_samples(given: usize, what: &'static str, samples: usize) -> Result<(), Error> {
    if given == samples {
        return Ok(());
    }
    Err(Error::WrongCount {
        given,
        what,
        expected: samples,
        each: "samples",
        help: "",
    })
}

/// Numbers that don't change, on the device and in the precision of a tensor that they are combined with.
pub(super) fn constant<const D: usize, const E: usize>(
    values: Vec<f64>,
    shape: [usize; D],
    like: &Tensor<E>,
) -> Tensor<D> {
    let device = like.device();
    Tensor::from_data(TensorData::new(values, shape), (&device, like.dtype()))
}

/// The values of a tensor, row by row.
pub(super) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    let data = tensor.clone().without_autodiff().into_data();
    data.iter::<f64>().collect()
}

/// Checks that there is a class of this number.
pub(super) fn check_class(class: usize, classes: usize) -> Result<(), Error> {
    if class < classes {
        return Ok(());
    }
    Err(Error::unknown_class(class, classes))
}

/// The logit of each row's own class.
pub(super) fn pick(logits: Tensor<2>, classes: &[usize]) -> Tensor<1> {
    let rows = classes.len();
    let indices: Vec<i32> = classes.iter().map(|&class| class as i32).collect();
    let indices = TensorData::new(indices, [rows, 1]);
    let indices = Tensor::<2, Int>::from_data(indices, &logits.device());
    logits.gather(1, indices).reshape([rows])
}

/// The positions of the largest logits along the classes, the second dimension.
pub(super) fn top<const D: usize>(logits: Tensor<D>) -> Vec<usize> {
    let top = logits.without_autodiff().argmax(1).into_data();
    top.iter::<i64>().map(|class| class as usize).collect()
}

/// What all have in common, if they do.
pub(super) fn common<T: PartialEq>(all: &[T]) -> Option<&T> {
    let (first, rest) = all.split_first()?;
    rest.iter().all(|other| other == first).then_some(first)
}
