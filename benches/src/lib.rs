//! Ratios of backdraft's work to the same work written by hand in Burn.
//!
//! Absolute times depend on the machine and on what else runs there. A ratio of two times taken in turns
//! doesn't, so that is what the benchmarks report besides criterion's own measurements.

use std::time::{Duration, Instant};

/// How often [`ratio`] times both sides.
const PAIRS: usize = 15;

/// Times `ours` and `theirs` in turns and prints the median of the ratios of each pair.
pub fn ratio(name: &str, goal: f64, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    ours();
    theirs();
    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|_| time(&mut ours).as_secs_f64() / time(&mut theirs).as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (low, median, high) = (ratios[PAIRS / 4], ratios[PAIRS / 2], ratios[3 * PAIRS / 4]);
    println!("ratio: {name}: {median:.3} (quartiles {low:.3} to {high:.3}, goal at most {goal})");
}

fn time(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
