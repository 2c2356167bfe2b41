//! What every attribution method does.

use crate::{Attribution, Error, Inputs, Model, Network, Plan, Target};

/// An attribution method for models of type `M`.
///
/// Methods that need only outputs are implemented for every [`Model`], those that need input gradients too for every
/// [`Differentiable`](crate::Differentiable) one, methods that look at layers or use gradient rules only
/// for a captured [`Network`].
///
/// Users call [`attribute`](Self::attribute), [`attribute_each`](Self::attribute_each) and [`plan`](Self::plan), with
/// tensors or with [`Inputs`]. A method of your own provides [`compute`](Self::compute) and, if it does more than one
/// backward pass, [`cost`](Self::cost). It gets wrappers such as [`SmoothGrad`](crate::SmoothGrad) and the checks of
/// [`axioms`](crate::evaluation::axioms) for free:
///
/// ```
/// use backdraft::{Attribution, Class, Differentiable, Error, Inputs, Method, Network, SmoothGrad, Target};
/// # use burn::module::{Module, Param};
/// # use burn::tensor::{Device, Tensor};
/// # #[derive(Module, Debug)]
/// # struct Model { weight: Param<Tensor<2>> }
///
/// /// The sign of the gradient.
/// struct GradientSign;
///
/// impl<M: Differentiable> Method<M> for GradientSign {
///     fn compute(&self, model: &M, inputs: &Inputs, target: &dyn Target) -> Result<Attribution, Error> {
///         let result = model.gradients(inputs, target)?;
///         let scores = result.values();
///         let signs = result.gradients.iter().map(|gradient| {
///             let size = gradient.shape().num_elements();
///             let signs: Tensor<1> = gradient.reshape([size]).sign();
///             backdraft::AnyTensor::from(signs).reshape_to(gradient.shape())
///         });
///         Attribution::new("gradient-sign", result.target, signs.collect(), scores)
///     }
/// }
///
/// # let device = Device::default();
/// # let model = Model { weight: Param::from_data([[2.0, 0.0], [-1.0, 5.0]], &device) };
/// # let x = Tensor::<2>::from_data([[3.0, 4.0]], &device);
/// # let net = Network::capture(&model, x.clone(), |m: &Model, x: Tensor<2>| x.matmul(m.weight.val()))?;
/// let signs = GradientSign.attribute(&net, x.clone(), Class(0))?;
/// assert_eq!(signs.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [1.0, -1.0]);
/// let smooth = SmoothGrad::new(GradientSign).attribute(&net, x, Class(0))?;
/// # Ok::<(), backdraft::Error>(())
/// ```
pub trait Method<M: ?Sized = Network> {
    /// Computes the attribution for prepared inputs: values with a row for each row of the inputs. This is what an
    /// implementation provides; call [`attribute`](Self::attribute).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute).
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error>;

    /// Computes the attributions of several targets: by default one after the other. A method whose work doesn't depend
    /// on the target shares it here; call [`attribute_each`](Self::attribute_each).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute).
    fn compute_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        let targets = targets.iter();
        targets
            .map(|target| self.compute(model, inputs, *target))
            .collect()
    }

    /// What [`compute`](Self::compute) takes: by default one gradient with respect to the inputs. A method that does
    /// something else says so here; call [`plan`](Self::plan).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute), as far as shapes and options tell.
    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Model,
    {
        Plan::gradients(model, inputs)
    }

    /// Attributes the target to the inputs, or to a layer.
    ///
    /// Inputs are tensors, or [`Inputs`] that say more: which of them are explained, or how to run. Methods that are
    /// given the same `&Inputs` share what they can.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model, the target doesn't fit its output or doesn't
    /// depend differentiably on what it is attributed to, or an option of the method doesn't fit. Every
    /// float input needs a row for each sample: one that all samples share has no attribution of its own
    /// for each.
    fn attribute(
        &self,
        model: &M,
        inputs: impl Into<Inputs>,
        target: impl Target,
    ) -> Result<Attribution, Error>
    where
        M: Model,
        Self: Sized,
    {
        let inputs = prepared(model, inputs)?;
        Ok(self.compute(model, &inputs, &target)?.of_inputs(&inputs))
    }

    /// Attributes several targets, one after the other: the evidence for each class, or for each step of a caption.
    ///
    /// The results are those of [`attribute`](Self::attribute), and the work that doesn't depend on the target is
    /// shared: class activation maps and [`AtLayer`](crate::AtLayer) compute the network up to their layer only once, and
    /// methods that [replace regions](crate::perturbation) look at all targets in the same evaluations.
    ///
    /// ```
    /// use backdraft::{Class, Method, Network, Saliency};
    /// # use burn::module::Module;
    /// # use burn::nn::{Linear, LinearConfig};
    /// # use burn::tensor::{Device, Tensor};
    /// # let device = Device::default();
    /// # let model: Linear = LinearConfig::new(3, 5).init(&device);
    /// # let x = Tensor::<2>::ones([1, 3], &device);
    /// let net = Network::capture(&model, x.clone(), |model: &Linear, x: Tensor<2>| model.forward(x))?;
    /// let classes = Saliency::new().attribute_each(&net, x, (0..5).map(Class))?;
    /// assert_eq!(classes[4].target(), "class 4");
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute).
    fn attribute_each(
        &self,
        model: &M,
        inputs: impl Into<Inputs>,
        targets: impl IntoIterator<Item = impl Target>,
    ) -> Result<Vec<Attribution>, Error>
    where
        M: Model,
        Self: Sized,
    {
        let inputs = prepared(model, inputs)?;
        let targets: Vec<_> = targets.into_iter().collect();
        let targets: Vec<&dyn Target> = targets.iter().map(|target| target as _).collect();
        let results = self.compute_each(model, &inputs, &targets)?.into_iter();
        Ok(results.map(|result| result.of_inputs(&inputs)).collect())
    }

    /// Estimates what an attribution takes, before it runs. No pass over the whole network is made.
    ///
    /// ```
    /// use backdraft::{IntegratedGradients, Method, Network};
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let model: Linear = LinearConfig::new(100, 10).init(&device);
    /// let x = Tensor::<2>::ones([1, 100], &device);
    /// let net = Network::capture(&model, x.clone(), |model: &Linear, x: Tensor<2>| model.forward(x))?;
    ///
    /// let plan = IntegratedGradients::new().with_steps(500).plan(&net, x)?;
    /// // The target at the input and at the baseline, and the points between.
    /// assert_eq!((plan.forward_evaluations(), plan.backward_evaluations()), (502, 500));
    /// // Twice 100 · 10 multiplications with additions, forward and backward.
    /// assert!(plan.flops().unwrap() >= 500 * 2 * 2000);
    /// println!("{plan}");
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute), as far as shapes and options tell.
    fn plan(&self, model: &M, inputs: impl Into<Inputs>) -> Result<Plan, Error>
    where
        M: Model,
        Self: Sized,
    {
        self.cost(model, &prepared(model, inputs)?)
    }
}

/// Inputs with what the model says of their samples.
pub(crate) fn prepared<M: Model + ?Sized>(
    model: &M,
    inputs: impl Into<Inputs>,
) -> Result<Inputs, Error> {
    let inputs = inputs.into();
    let batch = model.batch_of(&inputs)?;
    inputs.with_batch(batch)
}

impl<M: ?Sized, T: Method<M> + ?Sized> Method<M> for &T {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        (**self).compute(model, inputs, target)
    }

    fn compute_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        (**self).compute_each(model, inputs, targets)
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Model,
    {
        (**self).cost(model, inputs)
    }
}

impl<M: ?Sized, T: Method<M> + ?Sized> Method<M> for Box<T> {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        (**self).compute(model, inputs, target)
    }

    fn compute_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        (**self).compute_each(model, inputs, targets)
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Model,
    {
        (**self).cost(model, inputs)
    }
}
