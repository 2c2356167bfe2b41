//! One map for each word of a caption.

use backdraft::{AnyTensor, Attribution, Error, Inputs, Method, Network, Target};
use burn::tensor::Tensor;

/// A method's maps for several targets, side by side in place of the channels.
pub(crate) struct PerStep<T> {
    pub(crate) method: T,
    pub(crate) steps: Vec<Box<dyn Target>>,
}

impl<T: Method> Method for PerStep<T> {
    fn explain(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let whole = self.method.explain(net, inputs, target)?;
        let steps = self.steps.iter().map(|step| {
            let map = self.method.explain(net, inputs, &**step)?;
            map.tensor::<4>()
        });
        let maps: Tensor<4> = Tensor::cat(steps.collect::<Result<_, _>>()?, 1);
        let scores = whole.scores().to_vec();
        Attribution::new(
            "per step",
            whole.target(),
            vec![AnyTensor::from(maps)],
            scores,
        )
    }
}
