//! The inputs of an explanation, as methods see them.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use backdraft_graph::{Arrangement, Batch, Planes};
use burn::tensor::Device;

use crate::attribution::AttributionError;
use crate::inputs::layer_inputs::LayerInputs;
use crate::inputs::memo::Memo;
use crate::inputs::rows::{cat_rows, only_row};
use crate::layer::LayerError;
use crate::model::ModelError;
use crate::run::options::{Budget, RunOptions};
use crate::run::progress::Progress;
use crate::targets::{Explained, Target, explain};
use crate::{AnyTensor, Error, Tensors, graph};

/// A batch of inputs: one tensor for each input of the network.
///
/// Which of their dimensions counts the samples, a network's graph tells: methods begin with
/// [what it says](Self::with_batch). An input that all samples share, such as a table of tokens or an adjacency matrix,
/// is never repeated. For a model without a graph the first dimension of the first input is the batch, and so is that
/// of every input with as many rows that isn't [shared](Self::with_shared).
///
/// A method that looks at several versions of every sample (points of a path, noisy copies) stacks them as
/// [copies](Self::copies), so that one run of the network sees them all: row `c * samples + s` is copy `c` of sample
/// `s`.
///
/// Float inputs are explained, unless they are held: a method [at a layer](crate::AtLayer) sees the layer's output
/// as the input that is explained, and holds the others. That an input is a mask or a time step doesn't show: a float
/// mask that isn't [held](Self::with_constant) is explained like everything else. It gets values and shares in their
/// sum, noise is added to it, and a path leads to it from its baseline.
///
/// Every method takes tensors, or `Inputs` where there is more to say. Methods that are given the same `&Inputs`, or
/// clones of them, share what they can: the network's outputs are computed once, and for class activation maps and
/// methods [at a layer](crate::AtLayer) the network up to the layer.
///
/// # How to run
///
/// [`with_memory_budget`](Self::with_memory_budget), [`with_batch_size`](Self::with_batch_size) and
/// [`with_progress`](Self::with_progress) say how methods run that evaluate a model at many points: paths, noisy
/// copies, sets of baselines. They go along with these inputs into every method and every method that it wraps, and
/// the result doesn't depend on them.
///
/// ```
/// use backdraft::{AnyTensor, Inputs};
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::ones([2, 3], &Device::default());
/// let inputs = Inputs::new(x.clone());
/// let twice = inputs.stacked(&[vec![x.clone().into()], vec![(x * 2.0).into()]]);
/// assert_eq!((twice.samples(), twice.copies(), twice.rows()), (2, 2, 4));
/// ```
#[derive(Clone, Debug)]
pub struct Inputs {
    tensors: Vec<AnyTensor>,
    /// A flag for each tensor.
    constant: Vec<bool>,
    /// Positions of the inputs that the user says all samples share.
    shared: Vec<usize>,
    /// Where the tensors have their samples.
    batch: Batch,
    samples: usize,
    copies: usize,
    /// Where the last tensors come from, if they are outputs of layers.
    layers: Option<Arc<LayerInputs>>,
    memo: Memo,
    options: RunOptions,
}

impl Inputs {
    /// The inputs of one batch, as a network takes them.
    pub fn new(inputs: impl Tensors) -> Self {
        let tensors = inputs.into_tensors();
        let batch = Batch::by_first_dimension(&tensors, &[]);
        Self {
            constant: vec![false; tensors.len()],
            shared: Vec::new(),
            samples: batch.samples(),
            batch,
            copies: 1,
            layers: None,
            memo: Memo::default(),
            options: RunOptions::default(),
            tensors,
        }
    }

    /// One tensor for each input of the network.
    pub fn tensors(&self) -> &[AnyTensor] {
        &self.tensors
    }

    /// Number of samples that are explained.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many versions of every sample there are.
    pub fn copies(&self) -> usize {
        self.copies
    }

    /// Number of rows: samples times copies.
    pub fn rows(&self) -> usize {
        self.samples * self.copies
    }

    /// Holds some inputs as they are: they aren't explained, whatever their kind. Of a network of an image and a
    /// float mask,
    ///
    /// ```
    /// use backdraft::{Class, Inputs, IntegratedGradients, Method, Network};
    /// use burn::nn::Linear;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let (image, mask) = (Tensor::<2>::ones([1, 3], &device), Tensor::<2>::ones([1, 3], &device));
    /// let forward = |_: &Vec<Linear>, (image, mask): (Tensor<2>, Tensor<2>)| image * mask;
    /// let net = Network::capture(&Vec::new(), (image.clone(), mask.clone()), forward)?;
    ///
    /// let inputs = Inputs::new((image, mask)).with_constant([1]);
    /// let path = IntegratedGradients::new().attribute(&net, inputs, Class(2))?;
    /// assert_eq!(path.values().len(), 1);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// explains the image alone.
    ///
    /// # Panics
    ///
    /// If there is no such input.
    #[must_use]
    pub fn with_constant(mut self, inputs: impl IntoIterator<Item = usize>) -> Self {
        for input in inputs {
            self.constant[input] = true;
        }
        // What is known of networks cut at a layer depends on what is explained.
        self.memo = Memo::default();
        self
    }

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
        let shape = tensor.shape();
        match &self.batch.inputs()[input] {
            Some(arrangement) => arrangement.fits(&shape).then(|| arrangement.apply(tensor)),
            None if self.rows() == 1 && shape.first() == Some(&1) => Some(tensor.clone()),
            None if self.rows() == 1 && tensor.is_float() => Some(only_row(tensor)),
            None => None,
        }
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
    fn as_given(&self, input: usize, arranged: &AnyTensor) -> AnyTensor {
        match &self.batch.inputs()[input] {
            Some(arrangement) => whole(arrangement, arranged),
            None => arranged.clone().reshape_to(self.tensors[input].shape()),
        }
    }

    /// The most bytes that the process may hold while a method runs: as many rows are computed at once as fit.
    ///
    /// By default a method takes a quarter of the memory that is free. On a CPU it takes no more than 24 MiB for each
    /// core in any case, whatever the budget, and nowhere more than 32 rows at once: more wouldn't be faster. On a GPU
    /// the budget is for weights and activations, 2 GiB for activations by default.
    ///
    /// If not even one whole batch of the inputs fits, that is
    /// [`RunError::OverBudget`](crate::run::RunError::OverBudget). For a model of which it isn't known what it takes,
    /// such as an [`Opaque`](crate::Opaque) one, use [`with_batch_size`](Self::with_batch_size).
    ///
    /// An allocator may keep memory that a method has freed, and the process then holds it still. For these inputs and
    /// their clones that is known, and refuses nothing that ran before: under a tight budget give the same inputs to
    /// one method after the other, rather than new ones.
    #[must_use]
    pub fn with_memory_budget(mut self, bytes: u64) -> Self {
        self.options.budget = Budget::Bytes(bytes);
        self
    }

    /// How many rows the model sees at once, at least one whole batch, in place of a
    /// [memory budget](Self::with_memory_budget).
    #[must_use]
    pub fn with_batch_size(mut self, rows: usize) -> Self {
        self.options.budget = Budget::Rows(rows);
        self
    }

    /// Calls back with the units of work done and their total number, and stops with
    /// [`RunError::Cancelled`](crate::run::RunError::Cancelled) if the answer is `Break`.
    ///
    /// Of a method inside another one, such as integrated gradients inside
    /// [`SmoothGrad`](crate::SmoothGrad), the outer one reports and the inner one doesn't: the total stays the same
    /// from the first call to the last, and the number done grows up to it. With several
    /// [targets](crate::Method::attribute_each) each of them begins anew.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use backdraft::{Class, Inputs, IntegratedGradients, Method, Network};
    /// use burn::nn::Linear;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let x = Tensor::<2>::ones([1, 3], &Device::default());
    /// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.exp())?;
    /// let inputs = Inputs::new(x).with_batch_size(10).with_progress(|done, total| {
    ///     println!("{done} of {total}");
    ///     ControlFlow::Continue(())
    /// });
    /// let path = IntegratedGradients::new().attribute(&net, inputs, Class(2))?;
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    #[must_use]
    pub fn with_progress(
        mut self,
        callback: impl Fn(usize, usize) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.options.progress = Progress::new(callback);
        self
    }

    /// The same without reports of progress: what a method gives to one that it wraps.
    #[must_use]
    pub fn without_progress(mut self) -> Self {
        self.options.progress = Progress::default();
        self
    }

    pub(crate) fn options(&self) -> &RunOptions {
        &self.options
    }

    /// The same, run as other inputs are.
    pub(crate) fn run_as(mut self, others: &Self) -> Self {
        self.options = others.options.clone();
        self
    }

    /// What is known of networks at these inputs.
    pub(crate) fn memo(&self) -> &Memo {
        &self.memo
    }

    /// A copy that is about to get other values.
    fn renewed(&self) -> Self {
        Self {
            memo: Memo::default(),
            ..self.clone()
        }
    }

    /// Positions of the inputs that are explained: float, and not constant.
    pub fn explained(&self) -> impl Iterator<Item = usize> {
        (0..self.tensors.len()).filter(|&input| self.is_explained(input))
    }

    fn is_explained(&self, input: usize) -> bool {
        self.tensors[input].is_float() && !self.constant[input]
    }

    /// The explained inputs in order, their samples first: what attributions are for. Those of half precision are given in single
    /// precision, in which methods compute.
    ///
    /// # Errors
    ///
    /// [`AttributionError::NotPerSample`] if several samples share one of them: then no sample has an attribution of its
    /// own. [`AttributionError::NothingExplained`] if there is none.
    pub fn floats(&self) -> Result<Vec<AnyTensor>, Error> {
        let explained = self.explained();
        let floats =
            explained.map(|input| self.samples_first(input, &self.tensors[input].upcast()));
        let floats: Vec<AnyTensor> = floats.collect::<Result<_, _>>()?;
        if floats.is_empty() {
            return Err(Error::Attribution(AttributionError::NothingExplained));
        }
        check_rows(&floats, self.rows())?;
        Ok(floats)
    }

    /// The same inputs with other values in the place of the explained ones, in order, and in their precision.
    ///
    /// # Panics
    ///
    /// If there are fewer values than explained inputs.
    #[must_use]
    pub fn with_floats(&self, floats: Vec<AnyTensor>) -> Self {
        let mut changed = self.renewed();
        let positions: Vec<usize> = self.explained().collect();
        let mut floats = floats.into_iter();
        for input in positions {
            let value = floats.next().expect("a value for every explained input");
            let value = value.cast_like(&self.tensors[input]);
            changed.tensors[input] = self.as_given(input, &value);
        }
        changed
    }

    /// The inputs of a network that begins at layers, whose outputs are explained. What was explained before is
    /// held, unless it is `kept`.
    pub(crate) fn at_layers(
        &self,
        layers: LayerInputs,
        outputs: Vec<AnyTensor>,
        kept: bool,
        batch: Batch,
    ) -> Result<Self, Error> {
        let mut inputs = self.renewed();
        if !kept {
            inputs.constant.fill(true);
        }
        inputs.append(outputs);
        inputs.layers = Some(Arc::new(layers));
        inputs.with_batch(batch)
    }

    /// All tensors of a network that begins at layers, whose outputs come last.
    pub(crate) fn tensors_with(&self, outputs: &[AnyTensor]) -> Vec<AnyTensor> {
        self.tensors.iter().chain(outputs).cloned().collect()
    }

    fn append(&mut self, explained: Vec<AnyTensor>) {
        self.constant
            .resize(self.constant.len() + explained.len(), false);
        self.tensors.extend(explained);
    }

    pub(crate) fn layers(&self) -> Option<Arc<LayerInputs>> {
        self.layers.clone()
    }

    /// What the explained values are for other inputs of the network.
    ///
    /// # Errors
    ///
    /// If the tensors aren't as many as the network takes, or it doesn't run with them.
    pub(crate) fn floats_at(&self, tensors: &[AnyTensor]) -> Result<Vec<AnyTensor>, Error> {
        let tensors = match &self.layers {
            Some(layers) => {
                let repeated = |input: usize| self.batch.inputs()[input].as_ref();
                layers.inputs_after(tensors, self.samples, &repeated)?
            }
            None => tensors.to_vec(),
        };
        if tensors.len() != self.tensors.len() {
            return Err(Error::Graph(graph::Error::Input(
                graph::InputError::WrongCount {
                    expected: self.tensors.len(),
                    actual: tensors.len(),
                },
            )));
        }
        let explained = self.explained();
        let floats = explained.map(|input| {
            let tensor = tensors[input].upcast();
            self.arranged(input, &tensor).unwrap_or(tensor)
        });
        Ok(floats.collect())
    }

    /// Several versions of these inputs in one batch, given by the values of the explained inputs. Other inputs with
    /// samples are repeated; what all samples share stays as it is.
    ///
    /// # Panics
    ///
    /// If there is no version, or one has fewer values than there are explained inputs.
    #[must_use]
    pub fn stacked(&self, versions: &[Vec<AnyTensor>]) -> Self {
        if let [floats] = versions {
            return self.with_floats(floats.clone());
        }
        let versions: Vec<Self> = (versions.iter())
            .map(|floats| self.with_floats(floats.clone()))
            .collect();
        let stack = |input: usize| {
            let tensors = versions.iter().map(|version| &version.tensors[input]);
            match &self.batch.inputs()[input] {
                Some(arrangement) => {
                    let rows = tensors.map(|tensor| arrangement.apply(tensor));
                    whole(arrangement, &cat_rows(rows.collect()))
                }
                None => self.tensors[input].clone(),
            }
        };
        Self {
            tensors: (0..self.tensors.len()).map(stack).collect(),
            copies: self.copies * versions.len(),
            ..self.renewed()
        }
    }

    /// Some of the copies.
    pub(crate) fn part(&self, copies: Range<usize>) -> Self {
        if copies.len() == self.copies {
            return self.clone();
        }
        let rows = copies.start * self.samples..copies.end * self.samples;
        let tensors = self.tensors.iter().zip(self.batch.inputs());
        let tensors = tensors.map(|(tensor, arrangement)| match arrangement {
            Some(arrangement) => whole(arrangement, &arrangement.apply(tensor).rows(rows.clone())),
            None => tensor.clone(),
        });
        Self {
            tensors: tensors.collect(),
            copies: copies.len(),
            ..self.renewed()
        }
    }

    /// The same inputs on another device.
    pub(crate) fn to_device(&self, device: &Device) -> Self {
        let tensors = self.tensors.iter();
        Self {
            tensors: tensors.map(|tensor| tensor.to_device(device)).collect(),
            ..self.renewed()
        }
    }

    /// The target's scores, one for each row, from the outputs that a network gives for these inputs.
    ///
    /// The target sees one copy of the batch at a time, and single precision where the outputs have half.
    ///
    /// # Errors
    ///
    /// As for [`Target::scores`], [`TargetError::ScoreCount`](crate::targets::TargetError::ScoreCount) if there isn't
    /// one score for each sample, and
    /// [`ModelError::OutputRows`] if there are several copies and an output doesn't have a row for each.
    pub fn scores(&self, target: &dyn Target, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let copies = (0..self.copies).map(|copy| {
            let outputs = self.copy_of(outputs, copy)?;
            let outputs: Vec<_> = outputs.iter().map(AnyTensor::upcast).collect();
            explain(target, &outputs, self.samples)
        });
        let copies = copies.collect::<Result<Vec<_>, _>>()?;
        let name = copies[0].name.clone();
        let scores = copies.into_iter().map(|explained| explained.scores);
        Ok(Explained {
            scores: burn::tensor::Tensor::cat(scores.collect(), 0),
            name,
        })
    }

    /// The rows of one copy of the batch.
    ///
    /// # Errors
    ///
    /// [`ModelError::OutputRows`] if an output doesn't have a row for each row of the inputs, where there are
    /// several copies.
    pub(crate) fn copy_of(
        &self,
        outputs: &[AnyTensor],
        copy: usize,
    ) -> Result<Vec<AnyTensor>, Error> {
        if self.copies == 1 {
            return Ok(outputs.to_vec());
        }
        let start = copy * self.samples;
        if let Some(arrangements) = self.batch.outputs() {
            let of = |(output, arrangement): (&AnyTensor, &Arrangement)| {
                let rows = arrangement.apply(output).rows(start..start + self.samples);
                whole(arrangement, &rows)
            };
            return Ok(outputs.iter().zip(arrangements).map(of).collect());
        }
        let of = |(index, output): (usize, &AnyTensor)| {
            let shape = output.shape();
            if shape.first() != Some(&self.rows()) {
                return Err(Error::Model(ModelError::OutputRows {
                    output: index,
                    shape: format!("{:?}", shape.as_slice()),
                    rows: self.rows(),
                }));
            }
            Ok(output.rows(start..start + self.samples))
        };
        outputs.iter().enumerate().map(of).collect()
    }
}

impl<T: Tensors> From<T> for Inputs {
    fn from(tensors: T) -> Self {
        Self::new(tensors)
    }
}

/// A clone, which shares what is known of networks at these inputs.
impl From<&Self> for Inputs {
    fn from(inputs: &Self) -> Self {
        inputs.clone()
    }
}

/// The tensor that was arranged.
fn whole(arrangement: &Arrangement, arranged: &AnyTensor) -> AnyTensor {
    arrangement
        .undo(arranged)
        .expect("samples come first without loss")
}

/// Checks that a layer's output is float and has this many rows.
pub(crate) fn check_layer_rows(layer: &str, output: &AnyTensor, rows: usize) -> Result<(), Error> {
    let shape = output.shape();
    if output.is_float() && shape.first() == Some(&rows) {
        return Ok(());
    }
    Err(Error::Layer(LayerError::LayerRows {
        layer: layer.into(),
        kind: output
            .kind()
            .map_or("quantized tensor", |kind| kind.as_str()),
        shape: format!("{:?}", shape.as_slice()),
        samples: rows,
    }))
}

/// Checks that every tensor is float and has this many rows.
pub(crate) fn check_rows(tensors: &[AnyTensor], rows: usize) -> Result<(), Error> {
    for (position, tensor) in tensors.iter().enumerate() {
        let shape = tensor.shape();
        if !tensor.is_float() || shape.first() != Some(&rows) {
            return Err(Error::Attribution(AttributionError::NotPerSample {
                position,
                shape: format!("{:?}", shape.as_slice()),
                samples: rows,
            }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Classes};
    use burn::tensor::{Device, Int, Tensor, TensorData};

    fn rows(values: [[f32; 2]; 2]) -> AnyTensor {
        Tensor::<2>::from_data(values, &Device::flex()).into()
    }

    #[test]
    fn copies_are_stacked_one_after_the_other_and_integers_repeated() {
        let device = Device::flex();
        let tokens = Tensor::<2, Int>::from_data([[7], [8]], &device);
        let x = Tensor::<2>::zeros([2, 2], &device);
        let inputs = Inputs::new((x, tokens));
        let versions = [
            rows([[1.0, 2.0], [3.0, 4.0]]),
            rows([[5.0, 6.0], [7.0, 8.0]]),
        ];
        let stacked = inputs.stacked(&versions.map(|version| vec![version]));
        let x = stacked.floats().unwrap()[0]
            .to_tensor::<2, burn::tensor::Float>()
            .unwrap();
        let expected = TensorData::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
        x.into_data().assert_eq(&expected, false);
        let tokens = stacked.tensors()[1]
            .to_tensor::<2, Int>()
            .unwrap()
            .into_data();
        tokens.assert_eq(&TensorData::from([[7], [8], [7], [8]]), false);
    }

    #[test]
    fn held_inputs_stay_as_they_are() {
        let (x, mask) = (
            rows([[1.0, 2.0], [3.0, 4.0]]),
            rows([[5.0, 6.0], [7.0, 8.0]]),
        );
        let inputs = Inputs::new(vec![x.clone(), mask]).with_constant([1]);
        assert_eq!(inputs.explained().collect::<Vec<_>>(), [0]);
        let twice = inputs.stacked(&[vec![x.clone()], vec![x]]);
        assert_eq!(twice.floats().unwrap().len(), 1);
        let mask = twice.tensors()[1].reshape([8]).into_data();
        let expected = [5.0, 6.0, 7.0, 8.0, 5.0, 6.0, 7.0, 8.0];
        assert_eq!(mask.iter::<f32>().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_target_of_every_sample_is_that_of_all_its_copies() {
        let x = rows([[1.0, 2.0], [3.0, 4.0]]);
        let inputs = Inputs::new(vec![x.clone()]);
        let twice = inputs.stacked(&[vec![x], vec![rows([[5.0, 6.0], [7.0, 8.0]])]]);
        let scores = twice
            .scores(&Classes(vec![0, 1]), &twice.floats().unwrap())
            .unwrap();
        assert_eq!(scores.values(), [1.0, 4.0, 5.0, 8.0]);
        assert_eq!(scores.name, "classes [0, 1]");
        assert!(twice.scores(&Class(2), &twice.floats().unwrap()).is_err());
        // A model that doesn't keep the batch dimension can't be asked about several copies at once.
        let error = twice
            .scores(&Class(0), &inputs.floats().unwrap())
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Model(ModelError::OutputRows {
                    output: 0,
                    rows: 4,
                    ..
                })
            ),
            "{error}"
        );
    }
}
