//! What every attribution method does.

use crate::{Attribution, Differentiable, Error, Inputs, Network, Plan, Target, Tensors};

/// An attribution method for models of type `M`.
///
/// Methods that need only outputs and input gradients are implemented for every
/// [`Differentiable`](crate::Differentiable) model, methods that look at layers or use gradient rules only
/// for a captured [`Network`].
///
/// A method of your own gets wrappers such as [`SmoothGrad`](crate::SmoothGrad) and the checks of
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
///     fn explain(&self, model: &M, inputs: &Inputs, target: &dyn Target) -> Result<Attribution, Error> {
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
    /// What a method has to say about prepared inputs: values with a row for each row of the inputs. This
    /// is what an implementation provides; call [`attribute`](Self::attribute).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute).
    fn explain(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error>;

    /// What the method says about several targets, one attribution for each, in order. A method that can
    /// share work between targets does it here; call [`attribute_each`](Self::attribute_each).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute).
    fn explain_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        let targets = targets.iter();
        targets
            .map(|target| self.explain(model, inputs, *target))
            .collect()
    }

    /// What [`explain`](Self::explain) takes: by default one gradient with respect to the inputs. A method that does
    /// something else says so here; call [`Planning::plan`](crate::Planning::plan).
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Self::attribute), as far as shapes and options tell.
    fn plan(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Differentiable,
    {
        Plan::gradients(model, inputs)
    }

    /// Attributes the target to the inputs, or to a layer.
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
        inputs: impl Tensors,
        target: impl Target,
    ) -> Result<Attribution, Error>
    where
        Self: Sized,
    {
        self.explain(model, &Inputs::new(inputs), &target)
    }

    /// Attributes several targets, one after the other: what speaks for each class, or for each step of a
    /// caption.
    ///
    /// The results are those of [`attribute`](Self::attribute). [`GradCam`](crate::GradCam) and its kin
    /// compute the network below their layer only once.
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
        inputs: impl Tensors,
        targets: impl IntoIterator<Item = impl Target>,
    ) -> Result<Vec<Attribution>, Error>
    where
        Self: Sized,
    {
        let targets: Vec<_> = targets.into_iter().collect();
        let targets: Vec<&dyn Target> = targets.iter().map(|target| target as _).collect();
        self.explain_each(model, &Inputs::new(inputs), &targets)
    }
}

impl<M: ?Sized, T: Method<M> + ?Sized> Method<M> for &T {
    fn explain(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        (**self).explain(model, inputs, target)
    }

    fn explain_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        (**self).explain_each(model, inputs, targets)
    }

    fn plan(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Differentiable,
    {
        (**self).plan(model, inputs)
    }
}

impl<M: ?Sized, T: Method<M> + ?Sized> Method<M> for Box<T> {
    fn explain(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        (**self).explain(model, inputs, target)
    }

    fn explain_each(
        &self,
        model: &M,
        inputs: &Inputs,
        targets: &[&dyn Target],
    ) -> Result<Vec<Attribution>, Error> {
        (**self).explain_each(model, inputs, targets)
    }

    fn plan(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error>
    where
        M: Differentiable,
    {
        (**self).plan(model, inputs)
    }
}
