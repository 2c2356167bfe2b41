//! Attributions of channels: where values have them, and what they are reduced to.

use backdraft_graph::Planes;
use burn::tensor::Tensor;

use crate::attribution::Attribution;
use crate::attribution::region_values::RegionValues;
use crate::{AnyTensor, Error, Inputs};

impl Attribution {
    /// Records for each value where it has its channels and space; without it, channels are the second dimension.
    #[must_use]
    pub fn with_planes(mut self, planes: Vec<Option<Planes>>) -> Self {
        self.planes = planes;
        self
    }

    /// Records that values lie as those of another result of the same method do.
    pub(crate) fn lying_like(mut self, other: &Self) -> Self {
        self.planes.clone_from(&other.planes);
        self.places.clone_from(&other.places);
        self
    }

    /// Records where values of the explained inputs have channels and space.
    pub(crate) fn of_inputs(self, inputs: &Inputs) -> Self {
        let is_of_inputs = self.layer().is_none() && self.planes.is_empty();
        let planes = inputs.planes();
        if is_of_inputs && planes.len() == self.values.len() {
            return self.with_planes(planes);
        }
        self
    }

    /// For each value the dimension of its channels and how many there are of frames; `None` if nothing is known of any.
    pub(super) fn known_planes(&self) -> Option<Vec<Option<(usize, usize)>>> {
        let pair = |planes: &Option<Planes>| planes.map(|it| (it.channels, it.frames));
        let known = self.planes.iter().any(Option::is_some);
        known.then(|| self.planes.iter().map(pair).collect())
    }

    /// Where a value has its channels and space.
    pub(crate) fn planes(&self, position: usize) -> Planes {
        let known = self.planes.get(position).copied().flatten();
        known.unwrap_or(Planes {
            channels: 1,
            frames: 0,
        })
    }

    /// Absolute values: how much, not in which direction.
    #[must_use]
    pub fn abs(self) -> Self {
        self.no_sum().map(Tensor::abs)
    }

    /// Positive part: only the evidence for the target.
    #[must_use]
    pub fn positive(self) -> Self {
        self.no_sum().map(|plane| plane.clamp_min(0.0))
    }

    /// Sums over channels: `[batch, channels, ...]` becomes `[batch, 1, ...]`. Where [regions](crate::Regions) have all
    /// channels of their positions, each of these has the region's value, which is then counted once.
    #[must_use]
    pub fn sum_channels(self) -> Self {
        let regions = self.regions();
        if regions.is_some_and(RegionValues::have_whole_channels) {
            return self.map(|plane| plane.mean_dim(1));
        }
        self.map(|plane| plane.sum_dim(1))
    }

    /// Sums over features, the last dimension: an embedding's `[batch, tokens, features]` becomes `[batch, tokens]`.
    ///
    /// Not so [`sum_channels`](Self::sum_channels) and [`max_channels`](Self::max_channels), whose channels are the
    /// second dimension: there tokens would be summed.
    #[must_use]
    pub fn sum_features(mut self) -> Self {
        for value in &mut self.values {
            let mut shape = value.shape().to_vec();
            if let Some(features) = shape.pop().filter(|_| !shape.is_empty()) {
                let rows = shape.iter().product();
                *value =
                    AnyTensor::from(value.reshape([rows, features]).sum_dim(1)).reshape_to(shape);
            }
        }
        self
    }

    /// The largest value over channels: `[batch, channels, ...]` becomes `[batch, 1, ...]`.
    #[must_use]
    pub fn max_channels(self) -> Self {
        self.no_sum().map(|plane| plane.max_dim(1))
    }

    /// One frame of every sample, where there are several: of values `[batch, frames, channels, positions...]`, such as
    /// those of a network that looks at the frames of a video one by one, those of a single picture.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if there is no such frame.
    pub fn frame(mut self, frame: usize) -> Result<Self, Error> {
        let planes = self.planes(0);
        let arranged = self.channels_first()?;
        let shape = arranged.shape().to_vec();
        let frames = if planes.frames > 0 { shape[1] } else { 0 };
        if frame >= frames {
            return Err(Error::Unknown {
                what: "frame",
                name: frame.to_string(),
                known: format!("a sample has {frames}"),
            });
        }
        let rows = (0..shape[0]).map(|sample| {
            let row = sample * frames + frame;
            let all = arranged
                .clone()
                .reshape_to(vec![shape[0] * frames, shape[2..].iter().product()]);
            all.rows(row..row + 1)
        });
        let rest = std::iter::once(shape[0]).chain(shape[2..].iter().copied());
        let picture = AnyTensor::cat_rows(rows.collect()).reshape_to(rest.collect::<Vec<_>>());
        self.replace(
            picture,
            Planes {
                channels: planes.frames,
                frames: planes.frames - 1,
            },
        );
        Ok(self)
    }

    /// The first attribution as `[batch, frames..., channels, positions...]`.
    pub(super) fn channels_first(&self) -> Result<AnyTensor, Error> {
        let value = self.value(0)?;
        let planes = self.planes(0);
        if planes.channels >= value.shape().num_dims() {
            return Ok(value.clone());
        }
        Ok(planes.channels_first(&value.shape()).apply(value))
    }

    /// Takes one tensor in place of all values, which then sum to something else.
    pub(super) fn replace(&mut self, value: AnyTensor, planes: Planes) {
        self.values = vec![value];
        self.planes = vec![Some(planes)];
        self.additive = false;
    }

    pub(super) fn no_sum(mut self) -> Self {
        self.additive = false;
        self
    }

    /// Applies `f` to every tensor in the form `[rows, channels, positions]`. Where it reduces the channels, what is left
    /// of them becomes the dimension after samples and frames.
    fn map(mut self, f: impl Fn(Tensor<3>) -> Tensor<3>) -> Self {
        let planes: Vec<Planes> = (0..self.values.len()).map(|it| self.planes(it)).collect();
        for (position, (value, planes)) in self.values.iter_mut().zip(planes).enumerate() {
            let given = value.shape().to_vec();
            if planes.channels >= given.len() {
                let [rows, ..] = batch_channels_positions(&given);
                let mapped = f(value.reshape([rows, 1, given[1..].iter().product()]));
                *value = AnyTensor::from(mapped).reshape_to(given);
                continue;
            }
            let arrangement = planes.channels_first(&given);
            let arranged = arrangement.apply(value);
            let mut shape = arranged.shape().to_vec();
            let channels = 1 + planes.frames;
            let rows = shape[..channels].iter().product();
            let positions = shape[channels + 1..].iter().product();
            let mapped = f(arranged.reshape([rows, shape[channels], positions]));
            let is_reduced = mapped.dims()[1] != shape[channels];
            shape[channels] = mapped.dims()[1];
            let mapped = AnyTensor::from(mapped).reshape_to(shape);
            *value = if is_reduced {
                mapped
            } else {
                let whole = arrangement.undo(&mapped);
                whole.expect("channels come first without loss")
            };
            if let Some(known) = self.planes.get_mut(position).filter(|_| is_reduced) {
                *known = Some(Planes { channels, ..planes });
            }
        }
        self
    }
}

/// The shape of any tensor seen as `[batch, channels, positions]`.
pub(crate) fn batch_channels_positions(shape: &[usize]) -> [usize; 3] {
    let batch = shape.first().copied().unwrap_or(1);
    let channels = shape.get(1).copied().unwrap_or(1);
    [batch, channels, shape.iter().skip(2).product()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::testing::attribution;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn reductions_over_channels_keep_the_plane() {
        let summed = attribution().sum_channels().tensor::<4>().unwrap();
        summed
            .into_data()
            .assert_eq(&TensorData::from([[[[4.0, -1.0]]]]), false);
        let largest = attribution().abs().max_channels().tensor::<4>().unwrap();
        largest
            .into_data()
            .assert_eq(&TensorData::from([[[[3.0, 2.0]]]]), false);
        let positive = attribution()
            .positive()
            .sum_channels()
            .tensor::<4>()
            .unwrap();
        positive
            .into_data()
            .assert_eq(&TensorData::from([[[[4.0, 1.0]]]]), false);
    }

    #[test]
    fn features_are_the_last_dimension() {
        let values = Tensor::<3>::from_data([[[1.0, 2.0], [3.0, -4.0]]], &Device::flex());
        let words = Attribution::new("made up", "class 0", vec![values.into()], vec![5.0]).unwrap();
        let words = words.sum_features().tensor::<2>().unwrap();
        words
            .into_data()
            .assert_eq(&TensorData::from([[3.0, -1.0]]), false);
    }
}
