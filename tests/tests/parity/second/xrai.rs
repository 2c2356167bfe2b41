//! XRAI with stored segments of stored values.

use backdraft::{Attribution, Error, Inputs, Method, Target, Xrai};
use backdraft_tests::{SecondCase, SecondFixture};
use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::network::Second;
use crate::compare::values as all;

/// The values that segments are ranked by, before channels are summed, and the segments.
const VALUES: &str = "first:ig.gausslegendre32";
const MASKS: &str = "path/xrai_masks";

/// A method whose values are known.
struct Stored(Attribution);

impl Method for Stored {
    fn compute(
        &self,
        _: &backdraft::Network,
        _: &Inputs,
        _: &dyn Target,
    ) -> Result<Attribution, Error> {
        Ok(self.0.clone())
    }
}

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let fixture = &second.fixture;
    let (_, target) = case.key.split_once('/').expect("a key has parts");
    let values = fixture.tensor(&format!("{VALUES}/{target}/zero"));
    let scores = vec![0.0; case.classes().len()];
    let stored = Attribution::new("stored", "as stored", vec![values], scores);
    let method = Xrai::new(Stored(stored.expect("the values are finite")))
        .with_masks(masks(fixture))
        .with_min_pixels(case.number("min_pixel_diff") as usize);
    let explained = second.explain(case, method).sum_channels();
    all(&explained.values()[0])
}

fn masks(fixture: &SecondFixture) -> Tensor<3, Bool> {
    let values = fixture.values(MASKS).into_iter();
    let values: Vec<bool> = values.map(|value| value != 0.0).collect();
    Tensor::from_data(
        TensorData::new(values, fixture.shape(MASKS)),
        &Device::flex(),
    )
}
