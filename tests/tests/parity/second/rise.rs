//! RISE: with stored grids of a probability, and with the masks that they become of a logit, where those are small enough
//! to be stored.

use backdraft::{Classes, Rise, Score};
use backdraft_tests::SecondCase;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Float, Int, Tensor, TensorData};

use super::network::{Second, of_regions};

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

/// The probability of a class for each row.
fn probability(classes: Vec<usize>) -> Score<impl Fn(Tensor<2, Float>) -> Tensor<1>, Tensor<2>> {
    Score::new("probability", move |logits: Tensor<2>| {
        let indices: Vec<i64> = classes.iter().map(|&class| class as i64).collect();
        let data = TensorData::new(indices, [classes.len(), 1]);
        let indices = Tensor::<2, Int>::from_data(data, &logits.device());
        softmax(logits, 1).gather(1, indices).squeeze_dim(1)
    })
}
