//! The method.

use backdraft_graph::Probes;

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::start::Start;
use crate::finite::check;
use crate::finite::origin::Backward;
use crate::model::differentiable::{run_for_gradients, with_gradients};
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Layer-wise relevance propagation.
#[derive(Clone, Debug)]
pub struct Lrp {
    composite: Composite,
}

impl Default for Lrp {
    fn default() -> Self {
        Self::with_composite(Composite::epsilon_plus_flat())
    }
}

impl Lrp {
    /// The default composite.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules of a composite.
    pub fn with_composite(composite: Composite) -> Self {
        Self { composite }
    }

    fn probes(&self) -> Probes {
        Probes::new().with_rules(self.composite.rule_map())
    }
}

/// Values have the inputs' shapes.
impl Method for Lrp {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let pass = run_for_gradients(net, inputs, self.probes())?;
        let start = Start::of(inputs, target, &pass)?;
        let weighted = start.weighted(&pass);
        let relevance = pass.backward(weighted)?;
        let relevance = (inputs.explained())
            .map(|input| inputs.samples_first(input, &relevance.input(input)?.upcast()))
            .collect::<Result<Vec<_>, Error>>()?;
        let backward = Backward {
            net,
            inputs,
            target,
            probes: with_gradients(Probes::new(), inputs),
        };
        check::gradients(&backward, &start.scores, &relevance)?;
        let scores = start.scores.into_data().iter::<f32>().collect();
        Ok(Attribution::new("lrp", start.target, relevance, scores)?
            .with_option("composite", self.composite.name()))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        Plan::run(net, inputs, &with_gradients(self.probes(), inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::module::{Module, Param};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor, TensorData};

    #[derive(Module, Debug)]
    struct Model {
        hidden: Param<Tensor<2>>,
        head: Param<Tensor<2>>,
    }

    #[test]
    fn relevance_of_two_layers_is_that_by_hand() {
        let device = Device::flex();
        let model = Model {
            hidden: Param::from_data([[1.0, -1.0], [2.0, 1.0]], &device),
            head: Param::from_data([[1.0], [5.0]], &device),
        };
        let x = Tensor::<2>::from_data([[2.0, 1.0]], &device);
        let forward = |m: &Model, x: Tensor<2>| relu(x.matmul(m.hidden.val())).matmul(m.head.val());
        let net = Network::capture(&model, x.clone(), forward).unwrap();
        // The hidden layer is [4, 0]: the output 4 is that of the first unit, to which both inputs bring 2.
        let method = Lrp::with_composite(Composite::epsilon(0.0001));
        let result = method.attribute(&net, x, Class(0)).unwrap();
        let expected = TensorData::from([[2.0, 2.0]]);
        let relevance = result.tensor::<2>().unwrap().into_data();
        relevance.assert_approx_eq::<f32>(&expected, burn::tensor::Tolerance::absolute(1e-3));
    }
}
