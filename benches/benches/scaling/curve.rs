//! Time against an amount of work.

use std::time::Instant;

/// How often every amount is timed.
const ROUNDS: usize = 5;

/// Times of one kind of work for growing amounts of it.
pub struct Curve {
    /// What there is more and more of.
    pub amount: &'static str,
    /// Amounts and seconds, in growing order.
    pub points: Vec<(usize, f64)>,
}

impl Curve {
    /// Times the amounts in turns, so that a disturbance hits all of them alike, and keeps the median of each.
    pub fn measure<const N: usize>(
        amount: &'static str,
        amounts: [usize; N],
        mut work: impl FnMut(usize),
    ) -> Self {
        let mut time = |amount| {
            let start = Instant::now();
            work(amount);
            start.elapsed().as_secs_f64()
        };
        // The first run captures the network for the amount's shape.
        for amount in amounts {
            time(amount);
        }
        let rounds: Vec<[f64; N]> = (0..ROUNDS).map(|_| amounts.map(&mut time)).collect();
        let median = |index: usize| {
            let mut times: Vec<f64> = rounds.iter().map(|round| round[index]).collect();
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        };
        let points = amounts.into_iter().enumerate();
        Self {
            amount,
            points: points
                .map(|(index, amount)| (amount, median(index)))
                .collect(),
        }
    }

    /// The exponent `e` for which time grows with `amount ^ e`, fitted to all points: 1 is linear.
    pub fn exponent(&self) -> f64 {
        exponent(&self.points)
    }

    /// The exponent between the last two points, where what every run costs anyway counts least.
    pub fn last_exponent(&self) -> f64 {
        exponent(&self.points[self.points.len() - 2..])
    }
}

/// The slope of the least-squares line through the logarithms.
fn exponent(points: &[(usize, f64)]) -> f64 {
    let logs = points
        .iter()
        .map(|&(amount, seconds)| ((amount as f64).ln(), seconds.ln()));
    let logs: Vec<(f64, f64)> = logs.collect();
    let count = logs.len() as f64;
    let mean_x = logs.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logs.iter().map(|(_, y)| y).sum::<f64>() / count;
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    covariance / variance
}
