//! What an attribution takes, before it runs.

use std::fmt;

use backdraft_graph::{Cost, Probes};
use serde::Serialize;

use crate::run::units::scaled;
use crate::{AnyTensor, Error, Inputs, Model, Network};

/// What an attribution takes: how many evaluations of the model it is, how much memory it needs and how much arithmetic it is.
///
/// It comes from [`Method::plan`](crate::Method::plan), prints as a few lines and serializes to JSON. Memory and arithmetic are known for
/// a captured [`Network`] alone.
///
/// A [method](crate::Method) of your own says in [`Method::cost`](crate::Method::cost) what it does, put together from [`outputs`](Self::outputs),
/// [`gradients`](Self::gradients) and [`run`](Self::run):
///
/// ```
/// use backdraft::{Attribution, Differentiable, Error, Inputs, Method, Plan, Target};
/// # use backdraft::Network;
/// # use burn::nn::Linear;
/// # use burn::tensor::{Device, Tensor};
///
/// /// The gradient, or zero where the target is negative.
/// struct WherePositive;
///
/// impl<M: Differentiable> Method<M> for WherePositive {
/// #   fn compute(&self, model: &M, inputs: &Inputs, target: &dyn Target) -> Result<Attribution, Error> {
/// #       backdraft::Saliency::new().compute(model, inputs, target)
/// #   }
///     // fn compute ...
///
///     fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
///         Ok(Plan::outputs(model, inputs)?.then(Plan::gradients(model, inputs)?))
///     }
/// }
/// # let x = Tensor::<2>::ones([3, 2], &Device::default());
/// # let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.exp())?;
/// let plan = WherePositive.plan(&net, x)?;
/// assert_eq!((plan.forward_evaluations(), plan.backward_evaluations()), (6, 3));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    forward_evaluations: usize,
    backward_evaluations: usize,
    rows: usize,
    fixed_batch: bool,
    peak_bytes: Option<u64>,
    parameter_bytes: Option<u64>,
    flops: Option<u64>,
}

impl Plan {
    /// One evaluation of the model's outputs.
    ///
    /// # Errors
    ///
    /// As for [`Model::outputs`], without a look at the inputs' values.
    pub fn outputs<M: Model + ?Sized>(model: &M, inputs: &Inputs) -> Result<Self, Error> {
        Ok(Self::of(model.outputs_cost(inputs)?, inputs).forward_only())
    }

    /// One evaluation of the gradients with respect to the inputs.
    ///
    /// # Errors
    ///
    /// As for [`Differentiable::gradients`](crate::Differentiable::gradients), without a look at the inputs' values.
    pub fn gradients<M: Model + ?Sized>(model: &M, inputs: &Inputs) -> Result<Self, Error> {
        Ok(Self::of(model.gradients_cost(inputs)?, inputs))
    }

    /// One run of a network with probes, and one backward pass. With a reference every sample is computed
    /// forward twice.
    ///
    /// # Errors
    ///
    /// As for [`Network::run`], without a look at the inputs' values.
    pub fn run(net: &Network, inputs: &Inputs, probes: &Probes) -> Result<Self, Error> {
        let plan = Self::of(Some(net.cost(inputs.tensors().to_vec(), probes)?), inputs);
        let runs = if probes.has_reference() { 2 } else { 1 };
        Ok(Self {
            forward_evaluations: runs * plan.forward_evaluations,
            ..plan
        })
    }

    fn of(cost: Option<Cost>, inputs: &Inputs) -> Self {
        let rows = inputs.rows();
        Self {
            forward_evaluations: rows,
            backward_evaluations: rows,
            rows,
            fixed_batch: !inputs.stack(),
            peak_bytes: cost.map(|cost| cost.peak_bytes()),
            parameter_bytes: cost.map(|cost| cost.parameter_bytes()),
            flops: cost.map(|cost| cost.forward_flops() + cost.backward_flops()),
        }
    }

    /// This without the backward pass, for a run whose probes ask for no gradient.
    #[must_use]
    pub fn forward_only(self) -> Self {
        Self {
            backward_evaluations: 0,
            ..self
        }
    }

    /// This, and then something else.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let both = |a: Option<u64>, b: Option<u64>, f: fn(u64, u64) -> u64| Some(f(a?, b?));
        Self {
            forward_evaluations: self.forward_evaluations + next.forward_evaluations,
            backward_evaluations: self.backward_evaluations + next.backward_evaluations,
            rows: self.rows.max(next.rows),
            fixed_batch: self.fixed_batch || next.fixed_batch,
            peak_bytes: both(self.peak_bytes, next.peak_bytes, u64::max),
            parameter_bytes: both(self.parameter_bytes, next.parameter_bytes, u64::max),
            flops: both(self.flops, next.flops, u64::saturating_add),
        }
    }

    /// This several times, one after the other.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        self.fraction(times, 1)
    }

    /// This with more memory around it: tensors that are alive all the time.
    #[must_use]
    pub fn holding(self, bytes: u64) -> Self {
        Self {
            peak_bytes: self.peak_bytes.map(|peak| peak + bytes),
            ..self
        }
    }

    /// This with another number for the most bytes that are alive at once.
    pub(crate) fn taking(self, bytes: u64) -> Self {
        Self {
            peak_bytes: self.peak_bytes.map(|_| bytes),
            ..self
        }
    }

    /// So many points, where this computes `at_once` of them.
    pub(crate) fn fraction(self, points: usize, at_once: usize) -> Self {
        let evaluations = |evaluations: usize| evaluations / at_once * points;
        let flops = |flops: u64| (u128::from(flops) * points as u128 / at_once as u128) as u64;
        Self {
            forward_evaluations: evaluations(self.forward_evaluations),
            backward_evaluations: evaluations(self.backward_evaluations),
            flops: self.flops.map(flops),
            ..self
        }
    }

    /// How many evaluations of the model there are: rows that it computes forward, each version of a sample counted. The most, where a method stops
    /// when it is exact enough.
    pub fn forward_evaluations(&self) -> usize {
        self.forward_evaluations
    }

    /// For how many of them gradients are computed.
    pub fn backward_evaluations(&self) -> usize {
        self.backward_evaluations
    }

    /// How many rows the model sees at once, at most.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether versions of the inputs can only be computed one after the other, because the model can't take more rows
    /// than it was given, or because samples share an input that is explained.
    pub fn is_batch_fixed(&self) -> bool {
        self.fixed_batch
    }

    /// The most bytes that are alive at once beside the weights and the inputs. An estimate for the `flex` backend,
    /// usually within a fifth; `None` for a model that isn't captured.
    pub fn peak_bytes(&self) -> Option<u64> {
        self.peak_bytes
    }

    /// Size of the weights; `None` for a model that isn't captured.
    pub fn parameter_bytes(&self) -> Option<u64> {
        self.parameter_bytes
    }

    /// Floating-point operations of all passes, a multiplication with an addition counted as two; `None` for a model
    /// that isn't captured.
    pub fn flops(&self) -> Option<u64> {
        self.flops
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known =
            |value: Option<u64>, unit| value.map_or("unknown".into(), |value| scaled(value, unit));
        writeln!(f, "forward   {} evaluations", self.forward_evaluations)?;
        writeln!(f, "backward  {} evaluations", self.backward_evaluations)?;
        let fixed = if self.fixed_batch {
            ": no more can be"
        } else {
            ""
        };
        writeln!(f, "at once   {} rows{fixed}", self.rows)?;
        writeln!(f, "memory    {}", known(self.peak_bytes, "B"))?;
        write!(f, "work      {}", known(self.flops, "FLOP"))
    }
}

/// Size of all tensors.
pub(crate) fn bytes(tensors: &[AnyTensor]) -> u64 {
    let bytes = |tensor: &AnyTensor| tensor.shape().num_elements() * tensor.dtype().size();
    tensors.iter().map(bytes).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AtLayer, Baseline, Class, DeepLift, GradCam, GradientShap, GuidedGradCam,
        IntegratedGradients, InternalInfluence, LayerActivation, LayerConductance, Method,
        NeuronConductance, Opaque, Saliency, SmoothGrad,
    };
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};
    use std::ops::ControlFlow;
    use std::sync::{Arc, Mutex};

    fn images() -> Tensor<4> {
        Tensor::ones([2, 3, 4, 4], &Device::flex())
    }

    fn net() -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<4>| {
            let [batch, ..] = x.dims();
            relu(x * 2.0).sum_dim(2).sum_dim(3).reshape([batch, 3])
        };
        Network::capture(&Vec::new(), images(), forward).unwrap()
    }

    fn evaluations(method: &impl Method) -> (usize, usize, usize) {
        evaluations_at(method, images())
    }

    fn evaluations_at(method: &impl Method, inputs: impl Into<Inputs>) -> (usize, usize, usize) {
        let plan = method.plan(&net(), inputs).unwrap();
        (
            plan.forward_evaluations(),
            plan.backward_evaluations(),
            plan.rows(),
        )
    }

    #[test]
    fn every_method_counts_its_evaluations() {
        // Two samples.
        assert_eq!(evaluations(&Saliency::new()), (2, 2, 2));
        assert_eq!(evaluations(&GradCam::at("relu")), (2, 2, 2));
        assert_eq!(evaluations(&GuidedGradCam::at("relu")), (4, 4, 2));
        assert_eq!(evaluations(&LayerActivation::at("relu")), (2, 0, 2));
        // Input and baseline, and ten points between, which are few enough to be computed at once.
        let path = IntegratedGradients::new().with_steps(10);
        assert_eq!(evaluations(&path), (24, 20, 20));
        // Eight rows are four points.
        let eight = &Inputs::new(images()).with_batch_size(8);
        assert_eq!(evaluations_at(&path, eight), (24, 20, 8));
        let two = Inputs::new(images()).with_batch_size(2);
        assert_eq!(evaluations_at(&path, two), (24, 20, 2));
        let refined = path.clone().with_tolerance(0.1).with_max_steps(30);
        assert_eq!(evaluations_at(&refined, eight), (64, 60, 8));
        assert_eq!(
            evaluations_at(&AtLayer::new(path.clone(), "relu"), eight),
            (24, 20, 8)
        );
        let set = Baseline::average((0..3).map(|seed| Baseline::uniform(0.0, 1.0, seed)));
        assert_eq!(
            evaluations_at(&path.with_baseline(set.clone()), eight),
            (68, 60, 8)
        );
        assert_eq!(
            evaluations(&GradientShap::new(set.clone()).with_draws(5)),
            (18, 10, 10)
        );
        // Both runs for each baseline.
        assert_eq!(evaluations(&DeepLift::new()), (4, 2, 2));
        assert_eq!(evaluations(&DeepLift::new().with_baseline(set)), (12, 6, 6));
        assert_eq!(
            evaluations(&SmoothGrad::new(Saliency::new()).with_draws(9)),
            (20, 18, 18)
        );
        assert_eq!(
            evaluations(&InternalInfluence::at("relu").with_steps(4)),
            (12, 8, 8)
        );
        // The layer's output at both ends of every piece.
        assert_eq!(
            evaluations(&LayerConductance::at("relu").with_steps(4)),
            (22, 8, 8)
        );
        // A sample of it runs through the network and through the part up to the neuron.
        let neuron = NeuronConductance::at("relu", [0, 0, 0]).with_steps(4);
        assert_eq!(evaluations(&neuron), (12, 8, 8));
    }

    #[test]
    fn as_many_points_are_computed_as_planned() {
        let (seen, total) = (Arc::new(Mutex::new(Vec::new())), 10);
        let notes = Arc::clone(&seen);
        let path = IntegratedGradients::new().with_steps(total);
        let inputs = Inputs::new(images()).with_progress(move |done, _| {
            notes.lock().unwrap().push(done);
            ControlFlow::Continue(())
        });
        let plan = path.plan(&net(), &inputs).unwrap();
        path.attribute(&net(), inputs, Class(0)).unwrap();
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0] * 2, plan.rows());
        assert_eq!(seen.last(), Some(&(plan.backward_evaluations() / 2)));
    }

    #[test]
    fn of_a_model_that_is_not_captured_only_evaluations_are_known() {
        let device = Device::flex();
        let model: Linear = LinearConfig::new(3, 2).init(&device);
        let x = Tensor::<2>::ones([1, 3], &device);
        let model =
            Opaque::new(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x)).unwrap();
        let plan = IntegratedGradients::new().plan(&model, x).unwrap();
        assert_eq!(
            (plan.forward_evaluations(), plan.peak_bytes(), plan.flops()),
            (52, None, None)
        );
        assert!(plan.to_string().contains("memory    unknown"), "{plan}");
    }

    #[test]
    fn inputs_that_do_not_fit_are_refused() {
        let error = Saliency::new().plan(&net(), Tensor::<2>::ones([1, 3], &Device::flex()));
        assert!(matches!(error, Err(Error::Graph(_))));
        let steps = IntegratedGradients::new().with_steps(0);
        assert!(matches!(
            steps.plan(&net(), images()),
            Err(Error::InvalidOption { .. })
        ));
    }
}
