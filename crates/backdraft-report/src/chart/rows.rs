//! Which contributions are shown.

use super::contributions::Contribution;

/// The largest contributions, and what the others sum to.
pub(super) struct Rows {
    /// In descending order of size.
    pub(super) shown: Vec<Contribution>,
    /// How many others there are, and their sum.
    pub(super) others: Option<(usize, f64)>,
}

impl Rows {
    /// At most so many rows, one of which may be for the others.
    pub(super) fn of(mut contributions: Vec<Contribution>, limit: usize) -> Self {
        contributions.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        if contributions.len() <= limit {
            return Self {
                shown: contributions,
                others: None,
            };
        }
        let others = contributions.split_off(limit.saturating_sub(1));
        let sum = others.iter().map(|other| other.value).sum();
        Self {
            others: Some((others.len(), sum)),
            shown: contributions,
        }
    }

    /// What all of them are called, with the others at the end.
    pub(super) fn all(&self) -> Vec<Contribution> {
        let others = self.others.map(|(count, sum)| Contribution {
            name: format!("{count} others"),
            value: sum,
            error: None,
        });
        self.shown.iter().cloned().chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_shown_and_the_others_added_up() {
        let of = |value: f64| Contribution {
            name: value.to_string(),
            value,
            error: None,
        };
        let rows = || [1.0, -5.0, 0.5, 3.0, -0.25].map(of).to_vec();
        let values = |limit| -> Vec<f64> {
            Rows::of(rows(), limit)
                .all()
                .iter()
                .map(|row| row.value)
                .collect()
        };
        assert_eq!(values(5), [-5.0, 3.0, 1.0, 0.5, -0.25]);
        assert_eq!(values(3), [-5.0, 3.0, 1.25]);
        assert_eq!(Rows::of(rows(), 3).all()[2].name, "3 others");
        assert_eq!(values(1), [-0.75]);
    }
}
