//! What a layer does while the inputs move from a baseline to where they are.

use backdraft_graph::{Batch, Cost, Probes};

use crate::finite::origin::Backward;
use crate::finite::{Origin, check};
use crate::layer::rows::layer_rows;
use crate::path::{Along, average_over, plan_over};
use crate::run::batching::Work;
use crate::targets::Explained;
use crate::{
    AnyTensor, Attribution, Differentiable, Differentiated, Error, Inputs, IntegratedGradients,
    Model, Network, Plan, Target,
};

/// What `values` makes of the gradients at a layer on the way from every baseline, averaged over the baselines.
/// The path is that of integrated gradients.
pub(super) fn along(
    method: &str,
    path: &IntegratedGradients,
    net: &Network,
    layer: &str,
    inputs: &Inputs,
    target: &dyn Target,
    values: impl Fn(&Along<'_, GradientsAt<'_>>, &[(f64, f64)], &mut Work) -> Result<AnyTensor, Error>,
) -> Result<Attribution, Error> {
    let points = path.points()?;
    let model = GradientsAt { net, layer };
    let steps = points.len();
    let line = path.path();
    let result = average_over(
        method,
        line,
        &model,
        inputs,
        target,
        steps,
        |along, work| Ok(vec![values(along, &points, work)?]),
    )?;
    let planes = net.layer_planes(layer, inputs.tensors().to_vec())?;
    Ok(result
        .with_planes(vec![planes])
        .with_layer(layer)
        .with_option("steps", steps)
        .with_option("quadrature", path.quadrature().name()))
}

/// What [`along`] takes, but for what `values` does beside gradients.
pub(super) fn plan_along(
    path: &IntegratedGradients,
    net: &Network,
    layer: &str,
    inputs: &Inputs,
) -> Result<Plan, Error> {
    let model = GradientsAt { net, layer };
    // Of one path the difference.
    plan_over(path.path(), &model, inputs, path.points()?.len(), 1)
}

/// The options of a method whose field `path` has them.
macro_rules! path_options {
    () => {
        /// Where the path begins: zeros by default.
        #[must_use]
        pub fn with_baseline(mut self, baseline: crate::Baseline) -> Self {
            self.path = self.path.with_baseline(baseline);
            self
        }

        /// How many points the path has: 50 by default.
        #[must_use]
        pub fn with_steps(mut self, steps: usize) -> Self {
            self.path = self.path.with_steps(steps);
            self
        }

        /// Where the points are: Gauss-Legendre by default.
        #[must_use]
        pub fn with_quadrature(mut self, quadrature: crate::Quadrature) -> Self {
            self.path = self.path.with_quadrature(quadrature);
            self
        }
    };
}
pub(super) use path_options;

/// A network whose gradients are those at a layer.
pub(super) struct GradientsAt<'a> {
    pub(super) net: &'a Network,
    pub(super) layer: &'a str,
}

impl Model for GradientsAt<'_> {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        self.net.outputs(inputs)
    }

    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        self.net.batch_of(inputs)
    }

    fn not_finite_at(&self, inputs: &Inputs) -> Option<Origin> {
        self.net.not_finite_at(inputs)
    }

    fn outputs_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        self.net.outputs_cost(inputs)
    }

    fn gradients_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        let probes = Probes::new().with_layer_gradient(self.layer);
        Ok(Some(self.net.cost(inputs.tensors().to_vec(), &probes)?))
    }
}

impl Differentiable for GradientsAt<'_> {
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        let probes = Probes::new().with_layer_gradient(self.layer);
        let pass = self.net.run(inputs.tensors().to_vec(), &probes)?;
        let Explained { scores, name } = inputs.scores(target, pass.outputs())?;
        let values = scores.clone().without_autodiff();
        let gradient = pass.backward(scores)?.layer(self.layer)?.upcast();
        let gradient = layer_rows(self.net, self.layer, inputs, &gradient)?;
        let backward = Backward {
            net: self.net,
            inputs,
            target,
            probes,
        };
        check::gradients(&backward, &values, std::slice::from_ref(&gradient))?;
        Ok(Differentiated {
            scores: values,
            target: name,
            gradients: vec![gradient],
        })
    }
}
