//! pytorch-grad-cam's Ablation-CAM.

use backdraft::graph::Probes;
use backdraft::{AnyTensor, Attribution, Error, Inputs, Method, Network, Target};
use burn::tensor::Float;

/// How many channels pytorch-grad-cam ablates at once.
const BATCH: usize = 32;

/// How far below the least activation it puts an ablated channel.
const BELOW: f32 = 1e7;

/// Ablation with what the library puts in place of a channel where the layer's least activation isn't zero: ten million
/// less than the least of all copies of the activation, also of those that it has ablated already.
/// [`AblationCam`](backdraft::AblationCam) always takes zero, as the paper does.
pub(crate) struct FarBelow {
    pub(crate) layer: String,
}

impl Method for FarBelow {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let probes = Probes::new().with_activation(&self.layer);
        let pass = net.run(inputs.tensors().to_vec(), &probes)?;
        let scores = inputs.scores(target, pass.outputs())?.scores;
        let activation = pass.activation(&self.layer)?.to_tensor::<4, Float>()?;
        let [rows, channels, height, width] = activation.dims();
        let least = activation
            .clone()
            .reshape([rows, channels * height * width]);
        let least = least.min_dim(1).reshape([rows, 1, 1, 1]);
        let mut lower = least.clone();
        let mut map = activation.clone().narrow(1, 0, 1) * 0.0;
        for channel in 0..channels {
            if channel % BATCH == 0 {
                lower = least.clone();
            }
            lower = lower - BELOW;
            let whole = [0..rows, channel..channel + 1, 0..height, 0..width];
            let plane = activation.clone().slice(whole.clone());
            let ablated = lower.clone().expand(plane.dims());
            let ablated = activation.clone().slice_assign(whole, ablated);
            let probes = Probes::new().with_replacement(&self.layer, ablated);
            let pass = net.run(inputs.tensors().to_vec(), &probes)?;
            let lost = scores.clone() - inputs.scores(target, pass.outputs())?.scores;
            map = map + plane * lost.reshape([rows, 1, 1, 1]);
        }
        let scores = scores.into_data().iter().collect();
        Attribution::new("far below", "as given", vec![AnyTensor::from(map)], scores)
    }
}

/// Its weights are divided by the score of each sample, so that the map has the opposite sign where the score is negative.
pub(crate) fn divided_by_scores(map: impl Iterator<Item = f32>, scores: &[f32]) -> Vec<f32> {
    let map: Vec<f32> = map.collect();
    let size = map.len() / scores.len();
    let rows = map.chunks(size).zip(scores);
    rows.flat_map(|(row, score)| row.iter().map(move |value| value / score))
        .collect()
}
