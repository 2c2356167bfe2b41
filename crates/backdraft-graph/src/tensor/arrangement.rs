//! Tensors with their dimensions in another order.

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::tensor::kind::Kind;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::AnyTensor;

/// How a tensor's dimensions become others: cut into pieces, brought into order, and put together.
///
/// A network's layers have whatever dimensions their model gave them: channels last, tokens, windows, frames in the
/// batch. An arrangement, which a [`Network`](crate::Network) finds, makes them what methods work on: the samples
/// first, for a map the channels next and then positions in rows and columns. It fits a tensor with any number of
/// samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// The sizes of the pieces of every dimension.
    pub(crate) pieces: Vec<Vec<Size>>,
    /// The pieces' positions in the arranged order.
    pub(crate) order: Vec<usize>,
    /// The sizes of what the ordered pieces are put together to.
    pub(crate) blocks: Vec<Size>,
    /// Indices of blocks that are chosen, in their order.
    pub(crate) chosen: Vec<(usize, Vec<usize>)>,
    /// The arranged sizes.
    pub(crate) shape: Vec<Size>,
}

/// The size of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// As many as there are samples.
    Samples,
    Of(usize),
}

impl Size {
    pub(crate) fn with(self, samples: usize) -> usize {
        match self {
            Self::Samples => samples,
            Self::Of(size) => size,
        }
    }
}

impl Arrangement {
    /// The arranged tensor; part of the backward pass if the tensor is.
    ///
    /// # Panics
    ///
    /// If the tensor isn't one of those that the arrangement was made for.
    #[must_use]
    pub fn apply(&self, tensor: &AnyTensor) -> AnyTensor {
        if self.is_identity() {
            return tensor.clone();
        }
        let samples = self.samples(&tensor.shape());
        let cut = reshaped(tensor.clone(), self.cut(samples));
        let ordered = permuted(cut, &self.order);
        let blocks = sizes(&self.blocks, samples);
        let put_together = reshaped(ordered, blocks);
        let chosen = self
            .chosen
            .iter()
            .fold(put_together, |tensor, (block, indices)| {
                selected(tensor, *block, indices)
            });
        reshaped(chosen, sizes(&self.shape, samples))
    }

    /// The tensor that was arranged: the opposite of [`apply`](Self::apply). `None` if some of its elements were left
    /// out, such as class tokens of a map.
    ///
    /// # Panics
    ///
    /// If the tensor isn't an arranged one.
    #[must_use]
    pub fn undo(&self, arranged: &AnyTensor) -> Option<AnyTensor> {
        if self.is_identity() {
            return Some(arranged.clone());
        }
        let position = self.shape.iter().position(|size| *size == Size::Samples);
        let samples = position.map_or(1, |position| arranged.shape()[position]);
        let chosen = self.chosen.iter().rev();
        let back = chosen.map(|(block, indices)| {
            Some((*block, inverse(indices, self.blocks[*block].with(samples))?))
        });
        let back: Vec<(usize, Vec<usize>)> = back.collect::<Option<_>>()?;
        let blocks = reshaped(arranged.clone(), sizes(&self.blocks, samples));
        let tensor = back.into_iter().fold(blocks, |tensor, (block, indices)| {
            selected(tensor, block, &indices)
        });
        let cut = self.cut(samples);
        let ordered = self.order.iter().map(|&piece| cut[piece]).collect();
        let back = inverse(&self.order, cut.len())?;
        let tensor = permuted(reshaped(tensor, ordered), &back);
        let dimension = |pieces: &Vec<Size>| sizes(pieces, samples).iter().product();
        Some(reshaped(
            tensor,
            self.pieces.iter().map(dimension).collect(),
        ))
    }

    /// Whether a tensor of this shape can be arranged, with any number of samples.
    pub fn fits(&self, shape: &[usize]) -> bool {
        let dimensions = self.pieces.iter().zip(shape);
        let fits = |(pieces, &size): (&Vec<Size>, &usize)| {
            let own: usize = sizes(pieces, 1).iter().product();
            if pieces.contains(&Size::Samples) {
                size > 0 && size.is_multiple_of(own)
            } else {
                size == own
            }
        };
        shape.len() == self.pieces.len() && dimensions.into_iter().all(fits)
    }

    /// Whether tensors stay as they are.
    pub fn is_identity(&self) -> bool {
        let whole = self.pieces.iter().all(|pieces| pieces.len() == 1);
        let pieces: Vec<Size> = self.pieces.iter().flatten().copied().collect();
        let ordered = self.order.iter().copied().eq(0..pieces.len());
        whole && ordered && self.chosen.is_empty() && pieces == self.shape
    }

    fn cut(&self, samples: usize) -> Vec<usize> {
        let pieces = self.pieces.iter().flatten();
        pieces.map(|piece| piece.with(samples)).collect()
    }

    /// How many samples a tensor has.
    fn samples(&self, shape: &[usize]) -> usize {
        let dimensions = self.pieces.iter().zip(shape);
        let with_samples = |(pieces, size): (&Vec<Size>, &usize)| {
            pieces
                .contains(&Size::Samples)
                .then(|| size / sizes(pieces, 1).iter().product::<usize>())
        };
        dimensions
            .map(with_samples)
            .find_map(|samples| samples)
            .unwrap_or(1)
    }
}

fn sizes(sizes: &[Size], samples: usize) -> Vec<usize> {
    sizes.iter().map(|size| size.with(samples)).collect()
}

/// Where each of `len` indices went; `None` if one went nowhere.
fn inverse(indices: &[usize], len: usize) -> Option<Vec<usize>> {
    (0..len)
        .map(|index| indices.iter().position(|&it| it == index))
        .collect()
}

fn reshaped(tensor: AnyTensor, shape: Vec<usize>) -> AnyTensor {
    if *tensor.shape() == shape[..] {
        return tensor;
    }
    let (kind, tensor, shape) = (tensor.kind(), tensor.into_dispatch(), shape.into());
    AnyTensor::from_dispatch(match kind {
        Some(Kind::Int) => Dispatch::int_reshape(tensor, shape),
        Some(Kind::Bool) => Dispatch::bool_reshape(tensor, shape),
        _ => Dispatch::float_reshape(tensor, shape),
    })
}

fn permuted(tensor: AnyTensor, order: &[usize]) -> AnyTensor {
    if order.iter().copied().eq(0..order.len()) {
        return tensor;
    }
    let (kind, tensor) = (tensor.kind(), tensor.into_dispatch());
    AnyTensor::from_dispatch(match kind {
        Some(Kind::Int) => Dispatch::int_permute(tensor, order),
        Some(Kind::Bool) => Dispatch::bool_permute(tensor, order),
        _ => Dispatch::float_permute(tensor, order),
    })
}

fn selected(tensor: AnyTensor, dimension: usize, indices: &[usize]) -> AnyTensor {
    let device: Device = tensor.device().without_autodiff();
    let indices: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
    let count = indices.len();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &device);
    let indices = indices.into_dispatch();
    let (kind, tensor) = (tensor.kind(), tensor.into_dispatch());
    AnyTensor::from_dispatch(match kind {
        Some(Kind::Int) => Dispatch::int_select(tensor, dimension, indices),
        Some(Kind::Bool) => Dispatch::bool_select(tensor, dimension, indices),
        _ => Dispatch::float_select(tensor, dimension, indices),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Size::{Of, Samples};

    fn numbers<const D: usize>(shape: [usize; D]) -> AnyTensor {
        let count = shape.iter().product::<usize>() as i64;
        let numbers = Tensor::<1, Int>::arange(0..count, &Device::flex()).float();
        numbers.reshape(shape).into()
    }

    fn values(tensor: &AnyTensor) -> Vec<f32> {
        tensor.flat().into_data().iter().collect()
    }

    #[test]
    fn channels_last_become_second_and_last_again() {
        let arrangement = Arrangement {
            pieces: vec![vec![Samples], vec![Of(2)], vec![Of(3)]],
            order: vec![0, 2, 1],
            blocks: vec![Samples, Of(3), Of(2)],
            chosen: Vec::new(),
            shape: vec![Samples, Of(3), Of(2)],
        };
        let x = numbers([2, 2, 3]);
        let arranged = arrangement.apply(&x);
        assert_eq!(arranged.shape().as_slice(), [2, 3, 2]);
        assert_eq!(values(&arranged)[..4], [0.0, 3.0, 1.0, 4.0]);
        assert_eq!(values(&arrangement.undo(&arranged).unwrap()), values(&x));
    }

    #[test]
    fn tokens_that_are_left_out_can_not_come_back() {
        let arrangement = Arrangement {
            pieces: vec![vec![Samples], vec![Of(5)]],
            order: vec![0, 1],
            blocks: vec![Samples, Of(5)],
            chosen: vec![(1, vec![1, 2, 3, 4])],
            shape: vec![Samples, Of(2), Of(2)],
        };
        let arranged = arrangement.apply(&numbers([1, 5]));
        assert_eq!(arranged.shape().as_slice(), [1, 2, 2]);
        assert_eq!(values(&arranged), [1.0, 2.0, 3.0, 4.0]);
        assert!(arrangement.undo(&arranged).is_none());
    }

    #[test]
    fn a_batch_in_a_dimension_comes_first() {
        // Time first, two frames in the batch.
        let arrangement = Arrangement {
            pieces: vec![vec![Of(3)], vec![Samples, Of(2)]],
            order: vec![1, 0, 2],
            blocks: vec![Samples, Of(3), Of(2)],
            chosen: Vec::new(),
            shape: vec![Samples, Of(3), Of(2)],
        };
        let arranged = arrangement.apply(&numbers([3, 4]));
        assert_eq!(arranged.shape().as_slice(), [2, 3, 2]);
        assert_eq!(values(&arranged)[..6], [0.0, 1.0, 4.0, 5.0, 8.0, 9.0]);
        assert_eq!(
            values(&arrangement.undo(&arranged).unwrap()),
            values(&numbers([3, 4]))
        );
    }
}
