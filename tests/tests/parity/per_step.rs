//! One map for each word of a caption.

use backdraft::{AnyTensor, Attribution, Error, Inputs, Method, Network, Target};
use burn::tensor::Tensor;

/// A method's maps for several targets, side by side in place of the channels.
pub(crate) struct PerStep<T> {
    pub(crate) method: T,
    pub(crate) steps: Vec<Box<dyn Target>>,
}

impl<T: Method> Method for PerStep<T> {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let whole = self.method.compute(net, inputs, target)?;
        let maps = self.method.attribute_each(net, inputs, &self.steps)?;
        let maps = maps.iter().map(Attribution::tensor::<4>);
        let maps: Tensor<4> = Tensor::cat(maps.collect::<Result<_, _>>()?, 1);
        let scores = whole.scores().to_vec();
        Attribution::new(
            "per step",
            whole.target(),
            vec![AnyTensor::from(maps)],
            scores,
        )
    }
}
