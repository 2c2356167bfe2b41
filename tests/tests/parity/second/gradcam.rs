//! Grad-CAM over two layers: the mean of pytorch-grad-cam, which is scaled once more, and the maximum of torch-cam.
//!
//! Both stretch maps from corner to corner, where ours lie where their layers look.

use backdraft::{
    AtLayers, Attribution, Error, Fusion, GradCam, Inputs, Method, Network, Target, TokenLayout,
};
use backdraft_tests::SecondCase;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let maps = second.layers(case).into_iter().map(|layer| {
        let method = GradCam::at(layer);
        Stretched(if case.is_of_tokens {
            method.with_tokens(TokenLayout::new().with_leading(1))
        } else {
            method
        })
    });
    let maps = AtLayers::new(maps);
    match case.variant() {
        "fusion.mean" => {
            let mean = second.explain(case, maps.with_input_size(true));
            scaled(&all(&mean.values()[0]), case.classes().len())
        }
        "fusion.torchcam" => {
            let maximum = second.explain(case, maps.with_fusion(Fusion::Maximum));
            all(&maximum.values()[0])
        }
        other => panic!("{}: what is {other}?", case.key),
    }
}

/// A method whose maps say nothing of where they lie.
struct Stretched(GradCam);

impl Method for Stretched {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let result = self.0.compute(net, inputs, target)?;
        Ok(result.with_places(Vec::new()))
    }
}

/// Every row from zero to one.
fn scaled(maps: &[f32], rows: usize) -> Vec<f32> {
    let scale = |map: &[f32]| {
        let least = map.iter().copied().fold(f32::INFINITY, f32::min);
        let most = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = move |value: &f32| (value - least) / (most - least + 1e-7);
        map.iter().map(scale).collect::<Vec<_>>()
    };
    maps.chunks(maps.len() / rows).flat_map(scale).collect()
}
