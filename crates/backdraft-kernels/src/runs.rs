//! The taps of a depthwise convolution, as far as they are read together.

use crate::panel::Offsets;

/// The most taps of a run.
const TAPS: usize = 5;

/// Taps whose sources lie one below the other, as far apart as the vectors of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub source: usize,
    /// Offsets of the weights, from the topmost tap on.
    pub weights: Vec<usize>,
}

impl Run {
    /// All taps, in runs.
    pub fn all(taps: &[Offsets], distance: usize) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        let mut taps = taps.to_vec();
        taps.sort_by_key(|tap| tap.source);
        for tap in taps {
            let follows = |run: &&mut Self| {
                run.weights.len() < TAPS && run.source + run.weights.len() * distance == tap.source
            };
            match runs.iter_mut().find(follows) {
                Some(run) => run.weights.push(tap.weight),
                None => runs.push(Self {
                    source: tap.source,
                    weights: vec![tap.weight],
                }),
            }
        }
        runs
    }
}

/// How many rows of results fit into a vector.
pub(crate) fn height(columns: usize, pitch: usize, lanes: usize) -> usize {
    lanes.saturating_sub(columns) / pitch + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_below_each_other_make_a_run() {
        let taps = [(0, 0), (1, 1), (10, 2), (11, 3), (20, 4)]
            .map(|(source, weight)| Offsets { source, weight });
        let run = |source, weights: &[usize]| Run {
            source,
            weights: weights.to_vec(),
        };
        assert_eq!(Run::all(&taps, 10), [run(0, &[0, 2, 4]), run(1, &[1, 3])]);
        // Vectors of two rows: taps two rows apart.
        assert_eq!(
            Run::all(&taps, 20),
            [run(0, &[0, 4]), run(1, &[1]), run(10, &[2]), run(11, &[3])]
        );
    }
}
