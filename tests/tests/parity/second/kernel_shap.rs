//! Shapley values as a regression: over all coalitions, over stored ones weighted by the kernel, and Captum's, which
//! counts each stored one once.

use std::iter::repeat_n;

use backdraft::KernelShap;
use backdraft_tests::SecondCase;

use super::network::{Second, of_regions};

/// The coalitions that are stored.
const LIST: &str = "kshap/list";
/// The players, whom not every case names.
const PLAYERS: &str = "mask/players";

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let players = second.fixture.shape(LIST)[1];
    let method = match case.variant() {
        "exact" => KernelShap::new().with_evaluations((1 << players) - 2),
        "list" => KernelShap::new().with_coalitions(stored(second)),
        "captum.list" => KernelShap::new().with_coalitions(equally_weighted(stored(second))),
        other => panic!("{}: what is {other}?", case.key),
    };
    let method = method
        .with_regions(second.labels(&[PLAYERS.to_owned()]))
        .with_baseline(second.baseline(case));
    of_regions(&second.explain(case, method))
}

fn stored(second: &Second) -> Vec<Vec<bool>> {
    let rows = second.fixture.rows(LIST).into_iter();
    rows.map(|row| row.into_iter().map(|kept| kept == 1).collect())
        .collect()
}

/// Each coalition as often as makes all count the same: what a coalition of `s` of `n` players counts, times
/// `C(n - 2, s - 1)`, is the same for every `s`.
///
/// Captum weights all coalitions alike, as it draws them with the kernel's probabilities. Instead of the conditions on
/// the empty and the full coalition it weights these a million times as much, which changes the seventh digit.
fn equally_weighted(coalitions: Vec<Vec<bool>>) -> Vec<Vec<bool>> {
    let times = |coalition: &Vec<bool>| {
        let size = coalition.iter().filter(|kept| **kept).count();
        binomial(coalition.len() - 2, size - 1)
    };
    let each = coalitions.into_iter();
    each.flat_map(|coalition| repeat_n(coalition.clone(), times(&coalition)))
        .collect()
}

fn binomial(n: usize, k: usize) -> usize {
    (0..k).fold(1, |product, index| product * (n - index) / (index + 1))
}
