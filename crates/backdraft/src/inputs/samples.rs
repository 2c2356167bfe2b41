//! Where inputs have their samples.

use backdraft_graph::{Arrangement, Batch, Planes};

use crate::attribution::AttributionError;
use crate::inputs::rows::samples_first;
use crate::model::ModelError;
use crate::{AnyTensor, Error, Inputs};

impl Inputs {
    /// Says that all samples share some inputs, whatever their number of rows. A network's graph knows that without
    /// being told; for an [`Opaque`](crate::Opaque) model and a [`BlackBox`](crate::BlackBox) it must be said where an
    /// input happens to have as many rows as there are samples.
    #[must_use]
    pub fn with_shared(mut self, inputs: impl IntoIterator<Item = usize>) -> Self {
        self.shared.extend(inputs);
        let batch = self.by_first_dimension();
        self.samples = batch.samples() / self.copies;
        self.batch = batch;
        self
    }

    /// What can be said of a model's samples without its graph.
    pub fn by_first_dimension(&self) -> Batch {
        Batch::by_first_dimension(&self.tensors, &self.shared)
    }

    /// The same inputs, with what a [model](crate::Model::batch_of) says of their samples.
    ///
    /// # Errors
    ///
    /// [`ModelError::MixedRows`] if samples see each other, [`ModelError::UnknownRows`] if it isn't known what the rows of
    /// the output are.
    pub fn with_batch(mut self, batch: Batch) -> Result<Self, Error> {
        if batch.is_mixed() && self.copies == 1 {
            return Err(Error::Model(ModelError::MixedRows {
                samples: batch.samples(),
            }));
        }
        if batch.is_unknown() && batch.samples() > self.copies {
            return Err(Error::Model(ModelError::UnknownRows {
                rows: batch.samples(),
            }));
        }
        self.samples = batch.samples() / self.copies;
        self.batch = batch;
        Ok(self)
    }

    /// Whether several versions of these inputs can be computed at once.
    pub(crate) fn stack(&self) -> bool {
        let own = |input: usize| self.batch.inputs()[input].is_some();
        self.batch.stacks() && self.explained().all(own)
    }

    /// Where each explained input has its channels and space.
    pub(crate) fn planes(&self) -> Vec<Option<Planes>> {
        let planes = self.batch.planes();
        self.explained()
            .map(|input| planes.get(input).copied().flatten())
            .collect()
    }

    /// The same, with channels second where nothing is known.
    pub(crate) fn image_planes(&self) -> Vec<Planes> {
        let channels_second = Planes {
            channels: 1,
            frames: 0,
        };
        let planes = self.planes().into_iter();
        planes
            .map(|planes| planes.unwrap_or(channels_second))
            .collect()
    }

    /// An input's values, or its gradient, with the samples first. An input that all samples share belongs to the only
    /// sample, if there is one.
    pub(crate) fn samples_first(
        &self,
        input: usize,
        tensor: &AnyTensor,
    ) -> Result<AnyTensor, Error> {
        self.arranged(input, tensor).ok_or_else(|| {
            let position = self.explained().position(|explained| explained == input);
            Error::Attribution(AttributionError::NotPerSample {
                position: position.unwrap_or(input),
                shape: format!("{:?}", tensor.shape().as_slice()),
                samples: self.rows(),
            })
        })
    }

    /// A tensor like an input with its samples first; `None` if it isn't like it, or all of several samples share it.
    pub(crate) fn arranged(&self, input: usize, tensor: &AnyTensor) -> Option<AnyTensor> {
        samples_first(self.batch.inputs()[input].as_ref(), tensor, self.rows())
    }

    /// Tensors like the explained inputs with their samples first, as far as they are like them.
    pub(crate) fn arranged_like_explained(&self, tensors: &[AnyTensor]) -> Vec<AnyTensor> {
        let pairs = self.explained().zip(tensors);
        pairs
            .map(|(input, tensor)| {
                self.arranged(input, tensor)
                    .unwrap_or_else(|| tensor.clone())
            })
            .collect()
    }

    /// What [`samples_first`](Self::samples_first) made of an input as it was.
    pub(crate) fn as_given(&self, input: usize, arranged: &AnyTensor) -> AnyTensor {
        match &self.batch.inputs()[input] {
            Some(arrangement) => whole(arrangement, arranged),
            None => arranged.clone().reshape_to(self.tensors[input].shape()),
        }
    }
}

/// The tensor that was arranged.
pub(super) fn whole(arrangement: &Arrangement, arranged: &AnyTensor) -> AnyTensor {
    arrangement
        .undo(arranged)
        .expect("samples come first without loss")
}
