//! The inputs of an explanation, as methods see them.

use std::ops::ControlFlow;
use std::sync::Arc;

use backdraft_graph::Batch;
use burn::tensor::Device;
use burn::tensor::kind::Kind;

use crate::attribution::AttributionError;
use crate::inputs::layer_inputs::LayerInputs;
use crate::inputs::memo::Memo;
use crate::run::options::{Budget, RunOptions};
use crate::run::progress::Progress;
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
    pub(super) tensors: Vec<AnyTensor>,
    /// A flag for each tensor.
    pub(super) constant: Vec<bool>,
    /// Whether inputs of integers are explained.
    pub(super) integers: bool,
    /// Positions of the inputs that the user says all samples share.
    pub(super) shared: Vec<usize>,
    /// Where the tensors have their samples.
    pub(super) batch: Batch,
    pub(super) samples: usize,
    pub(super) copies: usize,
    /// Where the last tensors come from, if they are outputs of layers.
    pub(super) layers: Option<Arc<LayerInputs>>,
    pub(super) memo: Memo,
    pub(super) options: RunOptions,
}

impl Inputs {
    /// The inputs of one batch, as a network takes them.
    pub fn new(inputs: impl Tensors) -> Self {
        let tensors = inputs.into_tensors();
        let batch = Batch::by_first_dimension(&tensors, &[]);
        Self {
            constant: vec![false; tensors.len()],
            integers: false,
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
    pub(super) fn renewed(&self) -> Self {
        Self {
            memo: Memo::default(),
            ..self.clone()
        }
    }

    /// Explains inputs of integers too, such as tokens: for methods that replace values, and differentiate nothing.
    #[must_use]
    pub fn with_integers(mut self) -> Self {
        self.integers = true;
        self.memo = Memo::default();
        self
    }

    /// Positions of the inputs that are explained: float, or of integers [if they are too](Self::with_integers), and not
    /// constant.
    pub fn explained(&self) -> impl Iterator<Item = usize> {
        (0..self.tensors.len()).filter(|&input| self.is_explained(input))
    }

    pub(super) fn is_explained(&self, input: usize) -> bool {
        let fits = match self.tensors[input].kind() {
            Some(Kind::Float) => true,
            Some(Kind::Int) => self.integers,
            _ => false,
        };
        fits && !self.constant[input]
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
        for (position, tensor) in floats.iter().enumerate() {
            check_rows(position, tensor, self.rows())?;
        }
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

    /// The same inputs on another device.
    pub(crate) fn to_device(&self, device: &Device) -> Self {
        let tensors = self.tensors.iter();
        Self {
            tensors: tensors.map(|tensor| tensor.to_device(device)).collect(),
            ..self.renewed()
        }
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

/// Checks that a tensor has this many rows.
pub(crate) fn check_rows(position: usize, tensor: &AnyTensor, rows: usize) -> Result<(), Error> {
    let shape = tensor.shape();
    if shape.first() == Some(&rows) {
        return Ok(());
    }
    Err(not_per_sample(position, tensor, rows))
}

/// That a tensor doesn't hold numbers for each sample.
pub(crate) fn not_per_sample(position: usize, tensor: &AnyTensor, samples: usize) -> Error {
    Error::Attribution(AttributionError::NotPerSample {
        position,
        shape: format!("{:?}", tensor.shape().as_slice()),
        samples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::testing::rows;

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
}
