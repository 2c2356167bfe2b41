//! A captured model.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use burn::module::Module;
use burn::tensor::{Device, Shape};
use lru::LruCache;

use crate::backend::list::check_supported;
use crate::build::build;
use crate::capture::{Captured, Forward, Parameter, Source, parameters_of};
use crate::ir::program::Program;
use crate::network::input_spec::InputSpec;
use crate::network::traced::Traced;
use crate::network::weights::Weights;
use crate::network::{device, layer};
use crate::transform::cut::Cut;
use crate::transform::surgery::Change;
use crate::{AnyTensor, Error, InputError, Rewrite, Supplied, Tensors};

/// How many graphs, one for each set of input shapes, a network remembers.
const CACHED_GRAPHS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// How many networks that begin or end at one of its layers it remembers.
const CACHED_CUTS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// A model's forward pass as a graph of operations, for inputs of any shape that the model accepts.
///
/// Capturing records the operations of a forward pass without computing them, in inference: batch
/// normalization uses its running statistics and dropout does nothing, whatever device the model lives
/// on. The model isn't changed, and its weights are shared, not copied. What is differentiated later is the
/// function that was recorded; Burn doesn't record `detach`, so gradients flow through it.
///
/// ```
/// use backdraft_graph::Network;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let model: Linear = LinearConfig::new(3, 2).init(&device);
/// let example = Tensor::<2>::zeros([1, 3], &device);
/// let net = Network::capture(&model, example, |model, x: Tensor<2>| model.forward(x))?;
///
/// // The example's batch size is no limit.
/// let logits: Tensor<2> = net.forward(Tensor::<2>::ones([8, 3], &device))?.output()?;
/// assert_eq!(logits.dims(), [8, 2]);
/// # Ok::<(), backdraft_graph::Error>(())
/// ```
///
/// A network is cheap to clone and can be used from several threads. It holds the weights of the moment
/// of its capture: capture again after training.
#[derive(Clone)]
pub struct Network(pub(super) Arc<Inner>);

pub(super) struct Inner {
    forward: Arc<dyn Forward>,
    pub(super) weights: Weights,
    /// Applied to every graph, in order.
    changes: Vec<Change>,
    /// Those of the forward pass, and after them the layers that are inputs.
    pub(super) inputs: Vec<InputSpec>,
    /// How many the forward pass has.
    pub(super) recorded: usize,
    pub(super) device: Device,
    pub(super) example: Arc<Program>,
    graphs: Mutex<LruCache<Vec<Shape>, Arc<Program>>>,
    /// Networks with one change more, by the change.
    cuts: Mutex<LruCache<Cut, Network>>,
    /// What is known of inputs by their shapes.
    pub(super) traced: Mutex<LruCache<Vec<Shape>, Arc<Traced>>>,
    pub(super) example_traced: OnceLock<Arc<Traced>>,
}

impl Network {
    /// Captures `forward(model, example)`.
    ///
    /// `example` is one tensor, or a tuple of up to four tensors of any ranks and kinds; only its shapes
    /// and types matter, and later inputs may have other shapes. `forward` returns one tensor or a tuple.
    /// The model and the example must live on the same device, with autodiff or without.
    ///
    /// Recording computes nothing. The forward pass can read parameters (a shape that it reshapes to), and their values
    /// are then part of the graph, as shapes are; it can't read what depends on an input. Tensors that it creates must
    /// be on the device of its inputs, `x.device()`, and tensors that the closure brings along are moved there:
    /// `table.clone().to_device(&x.device())`. [`capture_built`](Self::capture_built) captures models that keep a
    /// device of their own.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the forward pass depends on its input's values or can't be recorded, if it
    /// performs an operation that can't be replayed, ignores an input, or if devices differ. The model is
    /// intact in every case. (A forward pass that can't be recorded panics inside. The panic is caught, and nothing is
    /// printed.)
    pub fn capture<M, I, O, F>(model: &M, example: I, forward: F) -> Result<Self, Error>
    where
        M: Module + 'static,
        I: Tensors + 'static,
        O: Tensors + 'static,
        F: Fn(&M, I) -> O + Send + Sync + 'static,
    {
        // `valid` copies the running statistics, with pending updates, which a plain clone would share.
        let model = model.valid();
        let parameters = parameters_of(&model);
        Self::of_source(Source::copies_of(model), parameters, example, forward)
    }

    /// Captures a model that keeps a device in a field and creates tensors on it, as the models that `burn-onnx`
    /// generates do. A recording can't reach such a field in a copy of the model. So it runs `build(device)`, made for
    /// the device that records, with the parameters of `model`.
    ///
    /// `build` must make the model as `model` was made: everything but its parameters is taken from there. They need no
    /// values; what initializes them isn't computed.
    ///
    /// ```
    /// use backdraft_graph::Network;
    /// use burn::module::Module;
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::{Device, Tensor};
    ///
    /// #[derive(Module, Debug)]
    /// struct Model {
    ///     linear: Linear,
    ///     #[module(skip)]
    ///     device: Device,
    /// }
    ///
    /// impl Model {
    ///     fn new(device: &Device) -> Self {
    ///         let linear = LinearConfig::new(3, 2).init(device);
    ///         Self { linear, device: device.clone() }
    ///     }
    ///
    ///     fn forward(&self, x: Tensor<2>) -> Tensor<2> {
    ///         self.linear.forward(x + Tensor::<2>::ones([1, 3], &self.device))
    ///     }
    /// }
    ///
    /// let device = Device::default();
    /// let model = Model::new(&device);
    /// let x = Tensor::<2>::zeros([1, 3], &device);
    /// let net = Network::capture_built(&model, Model::new, x.clone(), Model::forward)?;
    /// let logits: Tensor<2> = net.forward(x.clone())?.output()?;
    /// logits.into_data().assert_eq(&model.forward(x).into_data(), false);
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`capture`](Self::capture), and if the parameters of the built model differ from those of `model` in
    /// number, path, shape or kind.
    pub fn capture_built<M, I, O, B, F>(
        model: &M,
        build: B,
        example: I,
        forward: F,
    ) -> Result<Self, Error>
    where
        M: Module + 'static,
        I: Tensors + 'static,
        O: Tensors + 'static,
        B: Fn(&Device) -> M + Send + Sync + 'static,
        F: Fn(&M, I) -> O + Send + Sync + 'static,
    {
        let parameters = parameters_of(&model.valid());
        Self::of_source(Source::built_by(build), parameters, example, forward)
    }

    fn of_source<M, I, O, F>(
        source: Source<M>,
        parameters: Vec<Parameter>,
        example: I,
        forward: F,
    ) -> Result<Self, Error>
    where
        M: Module + 'static,
        I: Tensors + 'static,
        O: Tensors + 'static,
        F: Fn(&M, I) -> O + Send + Sync + 'static,
    {
        let example: Vec<AnyTensor> = example
            .into_tensors()
            .into_iter()
            .map(AnyTensor::without_autodiff)
            .collect();
        let device = device::common(&example, &parameters)?;
        let values = parameters.iter().map(|parameter| parameter.value.clone());
        let weights = Weights::new(values.collect());
        let forward = Arc::new(Captured::<M, F, I, O>::new(source, parameters, forward));
        Self::new(forward, weights, Vec::new(), &example, device)
    }

    fn new(
        forward: Arc<dyn Forward>,
        weights: Weights,
        changes: Vec<Change>,
        example: &[AnyTensor],
        device: Device,
    ) -> Result<Self, Error> {
        specs(example)?;
        let recording = forward.record(example, &device)?;
        let built = build(recording, &changes, example, &weights, &device)?;
        let inputs = specs(&built.inputs)?;
        let program = Arc::new(built.program);
        let mut graphs = LruCache::new(CACHED_GRAPHS);
        graphs.put(shapes(example), Arc::clone(&program));
        Ok(Self(Arc::new(Inner {
            forward,
            weights,
            changes,
            inputs,
            recorded: example.len(),
            device,
            example: program,
            graphs: Mutex::new(graphs),
            cuts: Mutex::new(LruCache::new(CACHED_CUTS)),
            traced: Mutex::new(LruCache::new(CACHED_GRAPHS)),
            example_traced: OnceLock::new(),
        })))
    }

    /// The same network with its weights on another device; they are copied once. Free if they are
    /// there already.
    ///
    /// # Errors
    ///
    /// As for [`capture`](Self::capture): the forward pass is recorded again, with the same
    /// [rewrites](Self::rewritten).
    pub fn to_device(&self, device: &Device) -> Result<Self, Error> {
        let device = device.clone().without_autodiff();
        if device == self.0.device {
            return Ok(self.clone());
        }
        check_supported(&device)?;
        let weights = self.0.weights.to_device(&device);
        self.rebuilt(weights, self.0.changes.clone(), device)
    }

    /// The same function in another implementation, as [`Rewrite`] describes them. Rewrites can be chained.
    ///
    /// Two networks that compute the same function should get the same attributions (the axiom of
    /// implementation invariance, [Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365)): this makes the
    /// other network. Outputs agree up
    /// to rounding, and layers that the rewrite doesn't touch keep their names. The parameters of a layer
    /// whose weights changed are those that its new weights were computed from.
    ///
    /// New weights are computed once for each set of input shapes and kept with its graph.
    ///
    /// ```
    /// use backdraft_graph::{Network, Rewrite};
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::activation::relu;
    /// use burn::tensor::{Device, Tensor, Tolerance};
    ///
    /// let device = Device::default();
    /// let model: Linear = LinearConfig::new(3, 2).init(&device);
    /// let x = Tensor::<2>::ones([4, 3], &device);
    /// let net = Network::capture(&model, x.clone(), |model, x: Tensor<2>| relu(model.forward(x)))?;
    ///
    /// let other = net.rewritten(Rewrite::ReluAsProduct)?;
    /// assert_eq!(net.layer("relu")?.op(), "Relu");
    /// assert_eq!(other.layer("relu")?.op(), "Mul");
    ///
    /// let before: Tensor<2> = net.forward(x.clone())?.output()?;
    /// let after: Tensor<2> = other.forward(x)?.output()?;
    /// before.into_data().assert_approx_eq::<f32>(&after.into_data(), Tolerance::default());
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RewriteError`](crate::RewriteError) if the network has no place where the rewrite applies, and for a shift
    /// that isn't finite.
    pub fn rewritten(&self, rewrite: Rewrite) -> Result<Self, Error> {
        self.changed(Change::Rewrite(rewrite))
    }

    /// The same network with a layer's output as a further input, after those it has: the network from this
    /// layer on. What only the layer needs isn't computed any more; other inputs stay inputs, whether or not
    /// something still reads them.
    ///
    /// A method that explains inputs thus explains a layer. The layer's output for some inputs is the
    /// [activation](crate::Pass::activation) of a run of the network before.
    ///
    /// ```
    /// use backdraft_graph::{AnyTensor, Network, Probes};
    /// use burn::nn::{Embedding, EmbeddingConfig};
    /// use burn::tensor::{Device, Int, Tensor};
    ///
    /// let device = Device::default();
    /// let model = EmbeddingConfig::new(5, 4).init(&device);
    /// let tokens = Tensor::<2, Int>::from_data([[1, 3, 2]], &device);
    /// let net = Network::capture(&model, tokens.clone(), |m: &Embedding, x| m.forward(x).sum_dim(1))?;
    /// let layers = net.layers();
    /// let words = layers[0].name();
    ///
    /// let pass = net.run(tokens.clone(), &Probes::new().with_activation(words))?;
    /// let embedded = pass.activation(words)?;
    /// let opened = net.with_input_at(words)?;
    /// let same = opened.forward(vec![AnyTensor::from(tokens), embedded])?;
    /// assert_eq!(same.outputs()[0].shape().as_slice(), [1, 1, 4]);
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`](crate::LookupError::UnknownLayer), or [`PassError::NoGradientForKind`](crate::PassError::NoGradientForKind) if the
    /// layer's output isn't float.
    pub fn with_input_at(&self, layer: impl Into<String>) -> Result<Self, Error> {
        self.cut(Cut::InputAt(layer.into()))
    }

    /// The same network up to a layer, whose output is the only output. Inputs stay as they are, whether or
    /// not something still reads them.
    ///
    /// A target on this network looks at the layer: a neuron, or one head of several.
    ///
    /// ```
    /// use backdraft_graph::Network;
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::activation::relu;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let model = vec![LinearConfig::new(3, 8).init(&device), LinearConfig::new(8, 2).init(&device)];
    /// let x = Tensor::<2>::ones([1, 3], &device);
    /// let forward = |m: &Vec<Linear>, x: Tensor<2>| m[1].forward(relu(m[0].forward(x)));
    /// let net = Network::capture(&model, x.clone(), forward)?;
    ///
    /// let hidden: Tensor<2> = net.with_output_at("relu")?.forward(x)?.output()?;
    /// assert_eq!(hidden.dims(), [1, 8]);
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LookupError::UnknownLayer`](crate::LookupError::UnknownLayer).
    pub fn with_output_at(&self, layer: impl Into<String>) -> Result<Self, Error> {
        self.cut(Cut::OutputAt(layer.into()))
    }

    fn cut(&self, cut: Cut) -> Result<Self, Error> {
        let cuts = || self.0.cuts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cuts().get(&cut) {
            return Ok(known.clone());
        }
        let new = self.changed(Change::Cut(cut.clone()))?;
        cuts().put(cut, new.clone());
        Ok(new)
    }

    fn changed(&self, change: Change) -> Result<Self, Error> {
        let mut changes = self.0.changes.clone();
        changes.push(change);
        self.rebuilt(self.0.weights.clone(), changes, self.0.device.clone())
    }

    fn rebuilt(
        &self,
        weights: Weights,
        changes: Vec<Change>,
        device: Device,
    ) -> Result<Self, Error> {
        let recorded = self.0.inputs[..self.0.recorded].iter();
        let example: Vec<AnyTensor> = recorded.map(|input| input.example(&device)).collect();
        let forward = Arc::clone(&self.0.forward);
        Self::new(forward, weights, changes, &example, device)
    }

    /// Whether both are clones of one network.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The device of the weights, without autodiff: inputs must live there too.
    pub fn device(&self) -> &Device {
        &self.0.device
    }

    /// The graph for the example input.
    pub(crate) fn example(&self) -> &Program {
        &self.0.example
    }

    pub(super) fn graph_for(&self, inputs: &[AnyTensor]) -> Result<Arc<Program>, Error> {
        let (recorded, at_layers) = inputs.split_at(self.0.recorded);
        let graph = self.recorded_for(recorded)?;
        for (value, input) in at_layers.iter().zip(&graph.layer_inputs) {
            if value.shape() != input.shape {
                return Err(Error::Input(InputError::WrongTensor {
                    tensor: Supplied::Replacement(input.layer.clone()),
                    expected: format!("of shape {:?} for these inputs", input.shape.as_slice()),
                    actual: format!("{:?}", value.shape().as_slice()),
                }));
            }
        }
        Ok(graph)
    }

    /// The graph for inputs of these shapes; the layers that are inputs follow from them.
    pub(super) fn recorded_for(&self, inputs: &[AnyTensor]) -> Result<Arc<Program>, Error> {
        let shapes = shapes(inputs);
        if let Some(graph) = self.lock_graphs().get(&shapes) {
            return Ok(Arc::clone(graph));
        }
        let Inner {
            forward,
            weights,
            changes,
            device,
            ..
        } = &*self.0;
        let recording = forward.record(inputs, device)?;
        let built = build(recording, changes, inputs, weights, device)?;
        let program = Arc::new(built.program);
        self.lock_graphs().put(shapes, Arc::clone(&program));
        Ok(program)
    }

    fn lock_graphs(&self) -> std::sync::MutexGuard<'_, LruCache<Vec<Shape>, Arc<Program>>> {
        self.0.graphs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn parameter_sizes(&self) -> Vec<usize> {
        let parameters = self.0.weights.parameters().iter();
        parameters
            .map(|value| value.shape().num_elements())
            .collect()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        layer::table(&self.layers(), self.parameter_sizes().iter().sum(), f)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("inputs", &self.0.inputs)
            .field("layers", &self.0.example.nodes.len())
            .field("parameters", &self.0.weights.parameters().len())
            .field("device", &self.0.device)
            .finish()
    }
}

fn specs(inputs: &[AnyTensor]) -> Result<Vec<InputSpec>, InputError> {
    inputs.iter().enumerate().map(InputSpec::of).collect()
}

fn shapes(tensors: &[AnyTensor]) -> Vec<Shape> {
    tensors.iter().map(AnyTensor::shape).collect()
}
