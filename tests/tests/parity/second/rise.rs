//! RISE: with stored grids of a probability, and with the masks that they become of a logit, where those are small enough
//! to be stored.

use backdraft::{Classes, Rise};
use backdraft_tests::SecondCase;
use burn::tensor::{Device, Tensor, TensorData};

use super::network::{Second, of_regions, probability};

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let fixture = &second.fixture;
    let weights = |link: &str| {
        let data = TensorData::new(fixture.values(link), fixture.shape(link));
        Tensor::<3>::from_data(data, &Device::flex())
    };
    let of_grids = || Rise::new().with_grids(weights("rise/grids"), fixture.rows("rise/offsets"));
    let classes = case.classes();
    let explained = match case.variant() {
        "prob" => second.explain_target(case, of_grids(), probability(classes)),
        "logit" if fixture.first().name() == "efficientnet_lite0" => {
            second.explain_target(case, of_grids(), Classes(classes))
        }
        "logit" => {
            let rise = Rise::new().with_masks(weights("rise/masks"));
            second.explain_target(case, rise, Classes(classes))
        }
        other => panic!("{}: what is {other}?", case.key),
    };
    of_regions(&explained)
}
