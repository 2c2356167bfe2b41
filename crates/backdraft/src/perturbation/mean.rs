//! Means of draws, and how far they may be off.

/// The mean of some draws and their spread, draw by draw (Welford).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    draws: u64,
    center: f64,
    squares: f64,
}

impl Mean {
    pub(crate) fn add(&mut self, value: f64) {
        self.draws += 1;
        let before = value - self.center;
        self.center += before / self.draws as f64;
        self.squares += before * (value - self.center);
    }

    pub(crate) fn draws(&self) -> u64 {
        self.draws
    }

    pub(crate) fn value(&self) -> f64 {
        self.center
    }

    /// The standard error of the mean; zero for a single draw, which says nothing about it.
    pub(crate) fn error(&self) -> f64 {
        if self.draws < 2 {
            return 0.0;
        }
        (self.squares / (self.draws - 1) as f64 / self.draws as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_spread_over_the_root_of_the_draws() {
        let mut mean = Mean::default();
        assert_eq!((mean.value(), mean.error()), (0.0, 0.0));
        for value in [1.0, 2.0, 3.0, 6.0] {
            mean.add(value);
        }
        // The squared deviations from 3 are 4, 1, 0 and 9: a variance of 14/3.
        assert_eq!(mean.value(), 3.0);
        assert!((mean.error() - (14.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
    }
}
