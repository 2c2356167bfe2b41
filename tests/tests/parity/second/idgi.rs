//! IDGI of a probability and of a logit.

use backdraft::{Classes, Idgi};
use backdraft_tests::SecondCase;

use super::network::{Second, probability};
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let method = Idgi::new()
        .with_baseline(second.start(case))
        .with_steps(case.number("steps") as usize);
    let classes = case.classes();
    let explained = match case.variant() {
        "" => second.explain_target(case, method, probability(classes)),
        "logit" => second.explain_target(case, method, Classes(classes)),
        other => panic!("{}: what is {other}?", case.key),
    };
    all(&explained.values()[0])
}
