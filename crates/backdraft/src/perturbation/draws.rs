//! How many draws a method takes.

use std::iter;
use std::ops::Range;

use crate::Error;
use crate::perturbation::sweep::RegionTable;

/// How many draws a method takes, and what they depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    /// How many; with a tolerance how many at a time.
    pub(crate) count: usize,
    /// The largest standard error, as a part of the largest value of a row.
    pub(crate) tolerance: Option<f64>,
    /// How many at most, with a tolerance.
    pub(crate) most: usize,
    pub(crate) seed: u64,
}

impl Draws {
    pub(crate) fn new(count: usize, most: usize) -> Self {
        Self {
            count,
            tolerance: None,
            most,
            seed: 0,
        }
    }

    /// How many there are, at most.
    pub(crate) fn limit(&self) -> Result<usize, Error> {
        let limit = if self.tolerance.is_some() {
            self.most
        } else {
            self.count
        };
        match limit.min(self.count) {
            0 => Err(Error::InvalidOption {
                option: "draws",
                value: "0".into(),
                requirement: "at least one is needed",
            }),
            _ => Ok(limit),
        }
    }

    /// So many draws in parts, after each of which standard errors are looked at.
    pub(crate) fn rounds(&self, total: usize) -> Vec<Range<usize>> {
        let at_once = match self.tolerance {
            Some(_) => self.count,
            None => total,
        };
        let starts = (0..total).step_by(at_once.max(1));
        starts
            .map(|start| start..(start + at_once).min(total))
            .collect()
    }

    /// As many draws that are given, and no sample of others, in one part.
    pub(crate) fn all(total: usize) -> Vec<Range<usize>> {
        iter::once(0..total).collect()
    }

    /// Whether standard errors are within the tolerance, if there is one.
    pub(crate) fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        table.errors.as_ref()?;
        let largest = |values: &[f64]| values.iter().fold(0.0, |most, it| it.abs().max(most));
        Some(table.is_within(self.tolerance?, largest))
    }

    /// What `draw` finds after each round, given which draws are new, until no more of them are needed.
    pub(crate) fn until_enough(
        &self,
        rounds: Vec<Range<usize>>,
        mut draw: impl FnMut(Range<usize>) -> Result<Vec<RegionTable>, Error>,
    ) -> Result<Vec<RegionTable>, Error> {
        let mut tables = Vec::new();
        for round in rounds {
            tables = draw(round)?;
            if self.are_enough(&tables) {
                break;
            }
        }
        Ok(tables)
    }

    /// Whether no more of them are needed.
    fn are_enough(&self, tables: &[RegionTable]) -> bool {
        tables
            .iter()
            .all(|table| self.is_converged(table) == Some(true))
    }
}

/// Draws that are given are all used, so there is no tolerance beside them.
pub(crate) fn check_given(tolerance: Option<f64>) -> Result<(), Error> {
    match tolerance {
        None => Ok(()),
        Some(_) => Err(Error::InvalidOption {
            option: "tolerance",
            value: "beside draws that are given".into(),
            requirement: "those are all used: leave out the tolerance or the draws",
        }),
    }
}

/// The options of a method that has `draws`, which are so called.
macro_rules! draws_options {
    ($draws:literal) => {
        #[doc = concat!("How many ", $draws, "; with a [tolerance](Self::with_tolerance) how many at a time.")]
        #[must_use]
        pub fn with_draws(mut self, draws: usize) -> Self {
            self.draws.count = draws;
            self
        }

        /// Goes on until no standard error is above this part of the largest value, for every sample and target. The
        /// result's option `converged` says whether that was reached. Draws that are given are all used: a tolerance beside
        /// them is an error.
        #[must_use]
        pub fn with_tolerance(mut self, tolerance: f64) -> Self {
            self.draws.tolerance = Some(tolerance);
            self
        }

        #[doc = concat!("How many ", $draws, " at most, with a [tolerance](Self::with_tolerance).")]
        #[must_use]
        pub fn with_max_draws(mut self, draws: usize) -> Self {
            self.draws.most = draws;
            self
        }

        /// What random draws depend on.
        #[must_use]
        pub fn with_seed(mut self, seed: u64) -> Self {
            self.draws.seed = seed;
            self
        }
    };
}

pub(crate) use draws_options;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tolerance_makes_several_rounds() {
        let mut draws = Draws::new(4, 10);
        assert_eq!(
            (draws.limit().unwrap(), draws.rounds(7)),
            (4, Draws::all(7))
        );
        draws.tolerance = Some(0.1);
        assert_eq!(draws.limit().unwrap(), 10);
        assert_eq!(draws.rounds(10), [0..4, 4..8, 8..10]);
        draws.most = 0;
        assert!(
            draws
                .limit()
                .unwrap_err()
                .to_string()
                .contains("at least one")
        );
    }

    #[test]
    fn errors_are_compared_with_the_largest_value() {
        let table = |errors: Option<Vec<Vec<f64>>>| RegionTable {
            values: vec![vec![1.0, -4.0], vec![0.0, 0.0]],
            errors,
            ..RegionTable::default()
        };
        let mut draws = Draws::new(4, 10);
        let known = table(Some(vec![vec![0.4, 0.1], vec![0.0, 0.0]]));
        assert_eq!(draws.is_converged(&known), None);
        draws.tolerance = Some(0.1);
        assert_eq!(draws.is_converged(&known), Some(true));
        let large = table(Some(vec![vec![0.5, 0.1], vec![0.0, 0.0]]));
        assert_eq!(draws.is_converged(&large), Some(false));
        assert_eq!(draws.is_converged(&table(None)), None);
        assert!(draws.are_enough(&[known]) && !draws.are_enough(&[large]));
    }
}
