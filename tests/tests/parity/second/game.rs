//! Values and interactions of cooperative games.

use backdraft::{Banzhaf, Interaction, ShapleyInteractions, ShapleyValues};
use backdraft_tests::SecondCase;

use super::network::{Second, of_regions};
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let (players, baseline) = (second.players(case, "players"), second.baseline(case));
    let index = match case.variant() {
        "shapley" => {
            let shapley = ShapleyValues::new().with_regions(players);
            return of_regions(&second.explain(case, shapley.with_baseline(baseline)));
        }
        "banzhaf" => {
            let banzhaf = Banzhaf::new().with_regions(players);
            return of_regions(&second.explain(case, banzhaf.with_baseline(baseline)));
        }
        "shapley_interaction" => Interaction::Shapley,
        "banzhaf_interaction" => Interaction::Banzhaf,
        "shapley_taylor" => Interaction::ShapleyTaylor,
        other => panic!("{}: what is {other}?", case.key),
    };
    let pairs = ShapleyInteractions::new()
        .with_index(index)
        .with_regions(players)
        .with_baseline(baseline);
    all(&second.explain(case, pairs).values()[0])
}
