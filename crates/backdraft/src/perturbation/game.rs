//! Cooperative games: the regions are the players, and a coalition is worth the score with only its regions in place.

use crate::perturbation::coalition::Coalition;
use crate::perturbation::error::RegionError;
use crate::perturbation::sweep::{Scores, Sweep};
use crate::run::batching::Work;
use crate::{Error, Model};

/// The most players whose coalitions are enumerated: a million evaluations.
const MOST: usize = 20;

/// What every coalition of one sample's regions is worth.
pub(crate) struct Game {
    players: usize,
    /// By the bits of the coalition.
    worth: Vec<f64>,
}

/// How many coalitions so many players have.
pub(crate) fn coalitions(players: usize, method: &'static str) -> Result<usize, Error> {
    if players > MOST {
        return Err(RegionError::TooMany {
            regions: players,
            most: MOST,
            method,
        }
        .into());
    }
    Ok(1 << players)
}

/// The games of all rows, for each target.
pub(crate) fn play<M: Model + ?Sized>(
    sweep: &Sweep<'_, M>,
    work: &mut Work,
) -> Result<Vec<Vec<Game>>, Error> {
    let players = sweep.regions().len();
    let all = (0..1_u64 << players).map(Coalition::Bits);
    let tables = sweep.scores(work, all)?;
    let of_rows = |scores: Scores| {
        let rows = 0..sweep.rows();
        rows.map(|row| Game {
            players,
            worth: scores.iter().map(|scores| scores[row]).collect(),
        })
        .collect()
    };
    Ok(tables.into_iter().map(of_rows).collect())
}

impl Game {
    /// The sum over all coalitions `S` without a player of `weight(|S|) · (v(S with the player) - v(S))`.
    pub(crate) fn contributions(&self, weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let weights: Vec<f64> = (0..self.players).map(weight).collect();
        let of = |player: usize| {
            let bit = 1 << player;
            let without = (0..self.worth.len()).filter(|coalition| coalition & bit == 0);
            without
                .map(|coalition| {
                    let gain = self.worth[coalition | bit] - self.worth[coalition];
                    weights[size(coalition)] * gain
                })
                .sum()
        };
        (0..self.players).map(of).collect()
    }

    /// The sum over all coalitions `S` without two players of `weight(|S|)` times what both bring together beyond what
    /// each brings alone, `v(S with both) - v(S with one) - v(S with the other) + v(S)`.
    pub(crate) fn joint(&self, pair: [usize; 2], weight: impl Fn(usize) -> f64) -> f64 {
        let [first, second] = pair.map(|player| 1 << player);
        let without = (0..self.worth.len()).filter(|coalition| coalition & (first | second) == 0);
        without
            .map(|coalition| {
                let [both, one, other] =
                    [first | second, first, second].map(|bits| self.worth[coalition | bits]);
                weight(size(coalition)) * (both - one - other + self.worth[coalition])
            })
            .sum()
    }

    /// What a player is worth alone, beyond nobody.
    pub(crate) fn alone(&self, player: usize) -> f64 {
        self.worth[1 << player] - self.worth[0]
    }

    /// The Shapley values.
    pub(crate) fn shapley(&self) -> Vec<f64> {
        self.contributions(|size| orders(self.players, 1, size))
    }

    /// The Banzhaf values.
    pub(crate) fn banzhaf(&self) -> Vec<f64> {
        self.contributions(|_| 0.5_f64.powi(self.players as i32 - 1))
    }
}

/// The part of all orders of `players` in which a block of some of them comes, together, directly after a given set of
/// others of this `size`: `size! (players - size - block)! / (players - block + 1)!`.
pub(crate) fn orders(players: usize, block: usize, size: usize) -> f64 {
    let units = players - block;
    1.0 / ((units + 1) as f64 * binomial(units, size))
}

/// How many subsets of `k` there are of `n`.
pub(crate) fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |product, index| {
        product * (n - index) as f64 / (index + 1) as f64
    })
}

fn size(coalition: usize) -> usize {
    coalition.count_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left gloves are of the first two players, the right one of the third: only pairs are worth something.
    fn gloves() -> Game {
        let pairs = |coalition: usize| {
            let has = |player: usize| (coalition >> player & 1) as f64;
            (has(0) + has(1)).min(has(2))
        };
        Game {
            players: 3,
            worth: (0..8).map(pairs).collect(),
        }
    }

    fn close(actual: &[f64], expected: &[f64]) {
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
        }
    }

    #[test]
    fn gloves_are_worth_what_the_textbooks_say() {
        close(&gloves().shapley(), &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0]);
        close(&gloves().banzhaf(), &[0.25, 0.25, 0.75]);
    }

    #[test]
    fn weights_of_orders_sum_to_one() {
        for block in [1, 2] {
            let sum: f64 = (0..=5 - block)
                .map(|size| binomial(5 - block, size) * orders(5, block, size))
                .sum();
            assert!((sum - 1.0).abs() < 1e-12, "{block}: {sum}");
        }
        close(&[binomial(6, 2), binomial(4, 0)], &[15.0, 1.0]);
    }

    #[test]
    fn what_gloves_do_together() {
        let game = gloves();
        // Two left gloves stand in for each other if there is a right one, and nothing else.
        assert_eq!(game.joint([0, 1], |_| 1.0), -1.0);
        assert_eq!(game.joint([0, 2], |size| f64::from(size == 0)), 1.0);
        assert_eq!(game.alone(2), 0.0);
    }

    #[test]
    fn too_many_players_are_refused() {
        assert_eq!(coalitions(20, "shapley-values").unwrap(), 1 << 20);
        let error = coalitions(21, "shapley-values").unwrap_err().to_string();
        assert!(
            error.contains("for 21 regions are 2^21: give it at most 20"),
            "{error}"
        );
    }
}
